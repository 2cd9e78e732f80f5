import { createHash } from 'node:crypto';
import type { Connection, mongo } from 'mongoose';
import { PhrError } from '../../errors.js';
import type { ResourceCodec } from '../indexing.js';
import { makeKeyedHash } from '../keyed-hash.js';
import type { KeyedHash } from '../keyed-hash.js';
import { anotherMove, markToBegin } from '../move-store.js';
import { PAGE_BYTES, PAGE_ROWS, sizeOfRow } from '../moving.js';
import type {
  MovedPage,
  MovedResource,
  MovedRows,
  MovedVersion,
  Section,
  StoreClock,
  StoreDump,
  StoreLoader,
} from '../moving.js';
import { CHUNK_BYTES, uploadBlobs } from './blobs.js';
import { collectionsOf, connect } from './connection.js';
import type { Collections } from './connection.js';
import { ORIGINS, recordId, resourceId } from './documents.js';
import type {
  BlobDocument,
  RecordDocument,
  RecordKeyDocument,
  ResourceDocument,
  VersionDocument,
  VersionFields,
} from './documents.js';
import { explained } from './failures.js';
import { checkDatabase, ensureIndexes } from './migrate.js';
import { rowOf as outboxRowOf } from './outbox-reads.js';
import { prepareLine, prepareResource } from './prepared-unit.js';

/** Nobody waits for one question of a move. */
const MOVE_TIMEOUT_MS = 120_000;

export interface MongoMovingOptions {
  readonly uri: string;
  readonly codec: ResourceCodec;
  /** As of the store. */
  readonly termKey: Uint8Array;
}

const fingerprintOf = (hash: KeyedHash): string => createHash('sha256').update(hash.key('fingerprint')).digest('hex');

/**
 * Reads a database whole, page by page in the order of primary keys.
 * @throws PhrError `unavailable` when it can't be reached, is not prepared or was made with another key
 */
export async function openMongoDump({ uri, termKey }: Omit<MongoMovingOptions, 'codec'>): Promise<StoreDump> {
  const fingerprint = fingerprintOf(makeKeyedHash(termKey));
  const connection = await connect(uri, MOVE_TIMEOUT_MS);
  const collections = collectionsOf(connection);
  try {
    await checkDatabase(collections, fingerprint);
  } catch (error) {
    await connection.close();
    throw explained(error);
  }
  return {
    fingerprint,
    clock: async () => clockOf(collections),
    pages: (section, after) => pagesOf(collections, section, after),
    close: async () => connection.close(),
  };
}

async function clockOf({ clock }: Collections): Promise<StoreClock> {
  const found = await clock.findOne({ _id: 'clock' }, { readConcern: 'majority' });
  if (found === null) throw new PhrError('unavailable', 'The database is not prepared: npm run migrate makes its indexes');
  return { commit: found.commit, at: found.at, row: found.row };
}

/** A collection in the order of a field, and how its documents are read. */
interface SectionRead<S extends Section> {
  readonly collection: (collections: Collections) => mongo.Collection;
  readonly order: '_id' | 'n';
  readonly projection?: Readonly<Record<string, 0>>;
  readonly rowOf: (document: never, collections: Collections) => MovedRows[S] | Promise<MovedRows[S]>;
}

const read = <S extends Section, D extends mongo.Document>(
  collection: (collections: Collections) => mongo.Collection<D>,
  rowOf: (document: D, collections: Collections) => MovedRows[S] | Promise<MovedRows[S]>,
  more: Partial<Pick<SectionRead<S>, 'order' | 'projection'>> = {},
): SectionRead<S> => ({ order: '_id', ...more, collection: collection as never, rowOf: rowOf as never });

const READS: { readonly [S in Section]: SectionRead<S> } = {
  history: read(
    ({ versions }) => versions,
    (document: VersionDocument) => versionOf(document),
  ),
  resource: read(
    ({ resources }) => resources,
    (document: ResourceDocument): MovedResource => ({ ...versionOf(document), row: document.row }),
    { projection: { terms: 0, dated: 0, strs: 0, rngs: 0 } },
  ),
  record: read(
    ({ records }) => records,
    ({ collection, id, version, created, commit, schema, value, keys }: RecordDocument) => ({
      ...{ collection, id, version, created, commit, schema, value },
      keys: keys.map(({ h, s }) => ({ h, sort: s })),
    }),
  ),
  guard: read(
    ({ guards }) => guards,
    ({ _id: k, version }) => ({ k, version }),
  ),
  claim: read(
    ({ claims }) => claims,
    ({ _id: k, owner }) => ({ k, owner }),
  ),
  outbox: read(({ outbox }) => outbox, outboxRowOf, { order: 'n' }),
  access: read(
    ({ access }) => access,
    ({ line }) => line,
    { projection: { by: 0 } },
  ),
  ledger: read(
    ({ ledger }) => ledger,
    ({ _id: { s, k }, key, id }) => ({ s, k, key, id }),
  ),
  blob: read(
    ({ blobs }) => blobs,
    async (document: BlobDocument, collections) => ({
      id: document._id,
      bytes: await bytesOfBlob(collections, document),
    }),
  ),
  hold: read(
    ({ holds }) => holds,
    ({ _id: label }) => ({ label }),
  ),
};

function versionOf(document: { readonly t: string } & VersionFields): MovedVersion {
  const { t, id, v, c, at, o, subject, labels, memo, body, schema } = document;
  return {
    ...{ resourceType: t, id, origin: ORIGINS[o] ?? 'fact', version: v, commit: c, at, labels, schema },
    ...(subject === undefined ? {} : { subject }),
    ...(memo === undefined ? {} : { memo }),
    ...(body === undefined ? {} : { body }),
  };
}

async function bytesOfBlob({ blob_chunks }: Collections, { bytes, upload, chunks = 0 }: BlobDocument): Promise<Uint8Array> {
  if (upload === undefined) return new Uint8Array(bytes ?? []);
  const whole = new Uint8Array(chunks * CHUNK_BYTES);
  let length = 0;
  for (let n = 0; n < chunks; n += 1) {
    const chunk = await blob_chunks.findOne({ _id: { u: upload, n } });
    if (chunk === null) throw new Error('chunks of a blob are missing');
    whole.set(chunk.bytes, length);
    length += chunk.bytes.length;
  }
  return whole.subarray(0, length);
}

async function* pagesOf<S extends Section>(
  collections: Collections,
  section: S,
  after: string | undefined,
): AsyncGenerator<MovedPage<S>> {
  const { collection, order, projection, rowOf } = READS[section] as SectionRead<S>;
  let position = after;
  for (;;) {
    const filter = position === undefined ? {} : { [order]: { $gt: spelledBack(position) } };
    const cursor = collection(collections).find(filter, {
      sort: { [order]: 1 },
      limit: PAGE_ROWS,
      ...(projection === undefined ? {} : { projection }),
    });
    const rows: MovedRows[S][] = [];
    let bytes = 0;
    try {
      for await (const document of cursor) {
        const row = await rowOf(document as never, collections);
        rows.push(row);
        bytes += sizeOfRow(row);
        position = spelled((document as mongo.Document)[order]);
        if (bytes >= PAGE_BYTES) break;
      }
    } catch (error) {
      throw explained(error);
    } finally {
      await cursor.close();
    }
    if (rows.length === 0 || position === undefined) return;
    yield { rows, position };
  }
}

/** An `_id`: text, number, bytes, or a document of those. */
const spelled = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) => {
    if (each instanceof Uint8Array) return { base64: Buffer.from(each).toString('base64') };
    const json = each as { readonly type?: unknown; readonly data?: readonly number[] } | null;
    return json?.type === 'Buffer' && json.data !== undefined ? { base64: Buffer.from(json.data).toString('base64') } : each;
  });
const spelledBack = (position: string): unknown =>
  JSON.parse(position, (_key, each: unknown) => {
    const base64 = (each as { readonly base64?: unknown } | null)?.base64;
    return typeof base64 === 'string' ? Buffer.from(base64, 'base64') : each;
  });

/**
 * Fills a database; its collections and indexes are made when they are missing.
 * @throws PhrError `unavailable` when it can't be reached
 */
export async function openMongoLoader({ uri, codec, termKey }: MongoMovingOptions): Promise<StoreLoader> {
  const hash = makeKeyedHash(termKey);
  const fingerprint = fingerprintOf(hash);
  await ensureIndexes(uri);
  const connection: Connection = await connect(uri, MOVE_TIMEOUT_MS);
  const collections = collectionsOf(connection);
  const { meta, clock } = collections;
  const explaining = async <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((error: unknown) => {
      throw explained(error);
    });
  return {
    fingerprint,
    begin: async (source) =>
      explaining(async () => {
        const found = await meta.findOne({ _id: 'store' });
        const mark = markToBegin(found?.move, source, (await clockOf(collections)).commit === 0);
        if (found?.termKey !== undefined && found.termKey !== fingerprint) {
          throw new PhrError('unavailable', 'The database was made with another master key');
        }
        await meta.updateOne({ _id: 'store' }, { $set: { termKey: fingerprint, move: mark } });
        return mark;
      }),
    load: async (section, rows, before, after) =>
      explaining(async () => {
        // Rows first, then the mark: whoever is killed between finds the very same rows and passes over them.
        if (rows.length > 0) {
          const write = WRITES[section] as (page: typeof rows, parts: WriteParts) => Promise<void>;
          await write(rows, { collections, codec, hash, before: before.rows });
        }
        const { matchedCount } = await meta.updateOne({ _id: 'store', move: before }, { $set: { move: after } });
        if (matchedCount === 0) throw anotherMove();
        if (section === 'outbox') await clock.updateOne({ _id: 'clock' }, { $max: { opened: after.rows } });
      }),
    finish: async ({ commit, at, row }) =>
      explaining(async () => {
        await clock.updateOne({ _id: 'clock' }, { $max: { commit, at, row } });
        await meta.updateOne({ _id: 'store' }, { $unset: { move: '' } });
      }),
    close: async () => connection.close(),
  };
}

interface WriteParts {
  readonly collections: Collections;
  readonly codec: ResourceCodec;
  readonly hash: KeyedHash;
  /** Rows of the section that moved before this page. */
  readonly before: number;
}

const DUPLICATE_KEY = 11_000;

/** What is there already is what an interrupted move has written: the same source in the same state. */
async function insert<D extends mongo.Document>(collection: mongo.Collection<D>, documents: readonly D[]): Promise<void> {
  if (documents.length === 0) return;
  try {
    await collection.insertMany(documents as unknown as mongo.OptionalUnlessRequiredId<D>[], { ordered: false });
  } catch (error) {
    const written = (error as { readonly writeErrors?: unknown }).writeErrors;
    const errors = (Array.isArray(written) ? written : [written]) as ({ readonly code?: unknown } | undefined)[];
    if (written === undefined || errors.some((each) => each?.code !== DUPLICATE_KEY)) throw error;
  }
}

const WRITES: { readonly [S in Section]: (rows: readonly MovedRows[S][], parts: WriteParts) => Promise<void> } = {
  history: async (rows, { collections }) =>
    insert(
      collections.versions,
      rows.map((row) => ({ _id: { r: resourceId(row.resourceType, row.id), v: row.version }, ...fieldsOf(row) })),
    ),
  resource: async (rows, { collections, codec, hash }) =>
    insert(
      collections.resources,
      rows.map((row) => resourceDocument(row, codec, hash)),
    ),
  record: async (rows, { collections }) => {
    const documents = rows.map(({ keys, ...row }): RecordDocument => ({
      _id: recordId(row.collection, row.id),
      ...row,
      keys: keys.map(({ h, sort }) => ({ h, s: sort })),
    }));
    await insert(collections.records, documents);
    await insert(
      collections.record_keys,
      documents.flatMap(({ _id: r, id, keys }) => keys.map(({ h, s }): RecordKeyDocument => ({ _id: { h, s, i: id }, r }))),
    );
  },
  guard: async (rows, { collections }) =>
    insert(
      collections.guards,
      rows.map(({ k, version }) => ({ _id: k, version })),
    ),
  claim: async (rows, { collections }) =>
    insert(
      collections.claims,
      rows.map(({ k, owner }) => ({ _id: k, owner })),
    ),
  outbox: async (rows, { collections, before }) =>
    insert(
      collections.outbox,
      rows.map(({ id, payload, ...row }, index) => ({
        _id: id,
        n: before + index + 1,
        payload: JSON.stringify(payload),
        ...row,
      })),
    ),
  access: async (rows, { collections, hash }) =>
    insert(
      collections.access,
      rows.map((line) => prepareLine(line, hash)),
    ),
  ledger: async (rows, { collections }) =>
    insert(
      collections.ledger,
      rows.map(({ s, k, key, id }) => ({ _id: { s, k }, key, id })),
    ),
  blob: async (rows, { collections }) => {
    const known = await collections.blobs.find({ _id: { $in: rows.map(({ id }) => id) } }, { projection: { _id: 1 } }).toArray();
    const there = new Set(known.map(({ _id }) => _id));
    const missing = rows.filter(({ id }) => !there.has(id));
    await insert(collections.blobs, await uploadBlobs(collections, missing, new Date()));
  },
  hold: async (rows, { collections }) =>
    insert(
      collections.holds,
      rows.map(({ label }) => ({ _id: label })),
    ),
};

function fieldsOf({
  resourceType,
  id,
  version,
  commit,
  at,
  origin,
  subject,
  labels,
  memo,
  schema,
  body,
}: MovedVersion): VersionFields {
  return {
    ...{ t: resourceType, id, v: version, c: commit, at, o: ORIGINS.indexOf(origin), labels, schema },
    ...(subject === undefined ? {} : { subject }),
    ...(memo === undefined ? {} : { memo }),
    ...(body === undefined ? {} : { body }),
  };
}

/** The text stays as it was kept; only the terms are made again. */
function resourceDocument(moved: MovedResource, codec: ResourceCodec, hash: KeyedHash): ResourceDocument {
  const { resourceType, id, origin, subject, labels, memo, body, row } = moved;
  const { content } = prepareResource(
    {
      ...{ resourceType, id, origin, labels, expected: 'any' },
      ...(subject === undefined ? {} : { subject }),
      ...(memo === undefined ? {} : { memo }),
      ...(body === undefined ? {} : { resource: codec.parse(body) }),
    },
    codec,
    hash,
  );
  return {
    ...content,
    ...fieldsOf(moved),
    row,
    hash: body === undefined ? null : createHash('sha256').update(body).digest('base64url'),
  };
}
