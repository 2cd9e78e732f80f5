import { mongo } from 'mongoose';
import type { KeyedHash } from '../keyed-hash.js';
import type { FoundRecord, RecordQuery, RecordReads, StoredRecord } from '../record-store.js';
import { recordId, recordPrefix } from './documents.js';
import type { RecordDocument } from './documents.js';
import { makeReadGroup } from './read-group.js';
import { inSnapshot } from './snapshot.js';
import type { ReadParts } from './snapshot.js';

const FIELDS = { keys: 0 } as const;

const recordOf = <T>({ collection, id, version, created, commit, schema, value }: RecordDocument): StoredRecord<T> => ({
  collection,
  id,
  version,
  createdCommit: created,
  commit,
  ...(schema === 1 ? {} : { schemaVersion: schema }),
  value: JSON.parse(value) as T,
});

/** Just above every text that begins with the prefix of a collection: `0` follows `/`. */
const endOf = (prefix: string): string => `${prefix.slice(0, -1)}0`;

export function makeRecordReads(parts: ReadParts, hash: KeyedHash): RecordReads {
  const { records, record_keys } = parts.collections;

  const ask = async (keys: readonly string[]): Promise<ReadonlyMap<string, RecordDocument>> => {
    const found = await inSnapshot(parts, async (asked) =>
      records.find({ _id: { $in: [...keys] } }, { ...asked, projection: FIELDS }).toArray(),
    );
    return new Map(found.map((document) => [document._id, document]));
  };
  const readTogether = makeReadGroup(ask);
  /** Each reader gets a value of its own. */
  const valueOf = <T>(document: RecordDocument | undefined): StoredRecord<T> | undefined =>
    document === undefined ? undefined : recordOf<T>(document);

  return {
    record: async <T>(collection: string, id: string) => valueOf<T>(await readTogether(recordId(collection, id))),
    async records<T>(collection: string, ids: readonly string[]) {
      if (ids.length === 0) return [];
      const keys = ids.map((id) => recordId(collection, id));
      const found = await ask(keys);
      return keys.map((key) => valueOf<T>(found.get(key)));
    },
    async find<T>({ collection, index, value, descending, limit, after }: RecordQuery) {
      if (limit <= 0) return [];
      const h = hash.key('record', collection, index, value);
      const whole = { $gte: { h }, $lt: { h, s: new mongo.MaxKey() } };
      const behind = after === undefined ? undefined : { h, s: after.sort, i: after.id };
      const bounds =
        behind === undefined ? whole : descending === true ? { ...whole, $lt: behind } : { $gt: behind, $lt: whole.$lt };
      const found = await inSnapshot(parts, async (asked) =>
        record_keys
          .aggregate<{ readonly _id: { readonly s: string }; readonly record: RecordDocument }>(
            [
              { $match: { _id: bounds } },
              { $sort: { _id: descending === true ? -1 : 1 } },
              { $limit: limit },
              { $lookup: { from: 'records', localField: 'r', foreignField: '_id', as: 'record' } },
              { $unwind: '$record' },
            ],
            asked,
          )
          .toArray(),
      );
      return found.map(({ _id, record }): FoundRecord<T> => ({ ...recordOf<T>(record), sort: _id.s }));
    },
    async scanRecords<T>(collection: string, afterId: string | undefined, limit: number) {
      if (limit <= 0) return [];
      const prefix = recordPrefix(collection);
      const _id = { ...(afterId === undefined ? { $gte: prefix } : { $gt: `${prefix}${afterId}` }), $lt: endOf(prefix) };
      const found = await inSnapshot(parts, async (asked) =>
        records.find({ _id }, { ...asked, projection: FIELDS, sort: { _id: 1 }, limit }).toArray(),
      );
      return found.map((document) => recordOf<T>(document));
    },
  };
}
