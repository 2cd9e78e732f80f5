import type { FoundRecord, RecordReads, StoredRecord } from '../record-store.js';
import type { SqlDatabase, SqlRow } from './driver.js';
import type { KeyedHash } from '../keyed-hash.js';

const COLUMNS = 'r.collection, r.id, r.version, r.created, r.commit_number, r.schema, r.value';

const recordOf = <T>(row: SqlRow): StoredRecord<T> => ({
  collection: String(row['collection']),
  id: String(row['id']),
  version: Number(row['version']),
  createdCommit: Number(row['created']),
  commit: Number(row['commit_number']),
  ...(row['schema'] === 1 ? {} : { schemaVersion: Number(row['schema']) }),
  value: JSON.parse(String(row['value'])) as T,
});

export function makeRecordReads(database: SqlDatabase, hash: KeyedHash): RecordReads {
  const read = <T>(collection: string, id: string): StoredRecord<T> | undefined => {
    const row = database.prepare(`SELECT ${COLUMNS} FROM record r WHERE r.collection = ? AND r.id = ?`).get(collection, id);
    return row === undefined ? undefined : recordOf<T>(row);
  };
  return {
    record: async (collection, id) => read(collection, id),
    records: async (collection, ids) => ids.map((id) => read(collection, id)),
    async find<T>({ collection, index, value, descending, limit, after }: Parameters<RecordReads['find']>[0]) {
      const [direction, order] = descending === true ? ['<', 'DESC'] : ['>', 'ASC'];
      const keyset = after === undefined ? '' : `AND (k.sort, k.id) ${direction} (?, ?)`;
      return database
        .prepare(
          `SELECT k.sort, ${COLUMNS} FROM record_key k CROSS JOIN record r ON r.collection = ? AND r.id = k.id
           WHERE k.h = ? ${keyset} ORDER BY k.sort ${order}, k.id ${order} LIMIT ?`,
        )
        .all(
          collection,
          hash.key('record', collection, index, value),
          ...(after === undefined ? [] : [after.sort, after.id]),
          limit,
        )
        .map((row): FoundRecord<T> => ({ ...recordOf<T>(row), sort: String(row['sort']) }));
    },
    async scanRecords<T>(collection: string, afterId: string | undefined, limit: number) {
      return database
        .prepare(`SELECT ${COLUMNS} FROM record r WHERE r.collection = ? AND r.id > ? ORDER BY r.id LIMIT ?`)
        .all(collection, afterId ?? '', limit)
        .map((row) => recordOf<T>(row));
    },
  };
}
