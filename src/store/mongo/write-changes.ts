import type { mongo } from 'mongoose';
import type { Changes } from './apply-unit.js';
import type { Collections } from './connection.js';
import type { ResourceDocument, VersionDocument } from './documents.js';
import { keyText } from './prepared-unit.js';

type Operations<D extends mongo.Document> = mongo.AnyBulkWriteOperation<D>[];

/** Writes what a group leaves behind, inside its transaction: one bulk a collection, nothing where nothing changed. */
export async function writeChanges(collections: Collections, session: mongo.ClientSession, changes: Changes): Promise<void> {
  const write = async <D extends mongo.Document>(collection: mongo.Collection<D>, operations: Operations<D>): Promise<void> => {
    if (operations.length > 0) await collection.bulkWrite(operations, { session, ordered: false });
  };
  await write(collections.versions, await retiredVersions(collections, session, changes));
  await write(
    collections.resources,
    [...changes.resources.values()].map((document) => replaced(document)),
  );
  await write(
    collections.records,
    [...changes.records].map(([_id, document]) => (document === null ? { deleteOne: { filter: { _id } } } : replaced(document))),
  );
  await write(collections.record_keys, recordKeys(changes));
  await write(
    collections.guards,
    [...changes.guards.values()].map((document) => replaced(document)),
  );
  await write(
    collections.claims,
    [...changes.claims.values()].map(({ _id, owner }) =>
      owner === null ? { deleteOne: { filter: { _id } } } : replaced({ _id, owner }),
    ),
  );
  await write(
    collections.outbox,
    [...changes.outbox].map(([_id, document]) => (document === null ? { deleteOne: { filter: { _id } } } : replaced(document))),
  );
  await write(
    collections.access,
    changes.access.map((document) => ({ insertOne: { document } })),
  );
  await write(
    collections.ledger,
    changes.ledger.map((document) => ({ insertOne: { document } })),
  );
  await write(
    collections.blobs,
    [...changes.blobs].map(([_id, document]) => (document === null ? { deleteOne: { filter: { _id } } } : replaced(document))),
  );
  await write(
    collections.holds,
    [...changes.holds].map(([_id, isHeld]) => (isHeld ? replaced({ _id }) : { deleteOne: { filter: { _id } } })),
  );
}

const replaced = <D extends { readonly _id: unknown }>(document: D): mongo.AnyBulkWriteOperation<D> => {
  const { _id, ...replacement } = document;
  return { replaceOne: { filter: { _id } as mongo.Filter<D>, replacement: replacement as mongo.WithoutId<D>, upsert: true } };
};

async function retiredVersions(
  { resources }: Collections,
  session: mongo.ClientSession,
  { retired, passed }: Changes,
): Promise<Operations<VersionDocument>> {
  const kept =
    retired.size === 0
      ? []
      : await resources
          .find({ _id: { $in: [...retired] } }, { session, projection: { terms: 0, dated: 0, strs: 0, rngs: 0 } })
          .toArray();
  return [...kept, ...passed].map((document) => ({ insertOne: { document: versionOf(document) } }));
}

function versionOf({ _id, t, id, v, c, at, o, subject, labels, memo, body, schema }: ResourceDocument): VersionDocument {
  return {
    _id: { r: _id, v },
    ...{ t, id, v, c, at, o, labels, schema },
    ...(subject === undefined ? {} : { subject }),
    ...(memo === undefined ? {} : { memo }),
    ...(body === undefined ? {} : { body }),
  };
}

function recordKeys({
  records,
  recordsBefore,
}: Changes): Operations<Collections['record_keys'] extends mongo.Collection<infer D> ? D & mongo.Document : never> {
  return [...records].flatMap(([r, document]) => {
    const before = recordsBefore.get(r)?.keys ?? [];
    const after = document?.keys ?? [];
    const id = r.slice(r.indexOf('/') + 1);
    const textsBefore = new Set(before.map(keyText));
    const textsAfter = new Set(after.map(keyText));
    return [
      ...before
        .filter((key) => !textsAfter.has(keyText(key)))
        .map(({ h, s }) => ({ deleteOne: { filter: { _id: { h, s, i: id } } } })),
      ...after
        .filter((key) => !textsBefore.has(keyText(key)))
        .map(({ h, s }) => ({ insertOne: { document: { _id: { h, s, i: id }, r } } })),
    ];
  });
}
