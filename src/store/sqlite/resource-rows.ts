import { inflateRawSync } from 'node:zlib';
import type { ResourceKey, ResourceOrigin, ResourceReads, StoredResource } from '../resource-store.js';
import type { SqlDatabase, SqlRow } from './driver.js';
import { versionNumber } from './prepared-unit.js';
import { ORIGINS } from './schema.js';
import { NOT_HELD } from './search-predicate.js';
import type { TurnSnapshot } from './turn-snapshot.js';

const COLUMNS = 'r.type, r.id, r.ver, r.commit_number, r.at, r.origin, r.subject, r.labels, r.memo, r.body';

function storedOf(row: SqlRow, body: string | undefined): StoredResource {
  const { type, id, ver, commit_number, at, origin, subject, labels, memo } = row as {
    readonly [column: string]: string | number | null;
  };
  return {
    resourceType: String(type),
    id: String(id),
    origin: ORIGINS[Number(origin)] ?? 'fact',
    versionId: String(ver),
    lastUpdated: new Date(Number(at)).toISOString(),
    commit: Number(commit_number),
    ...(body === undefined ? {} : { body }),
    ...(typeof subject === 'string' ? { subject } : {}),
    labels: labels === '[]' ? [] : (JSON.parse(String(labels)) as string[]),
    ...(typeof memo === 'string' ? { memo } : {}),
  };
}

const currentOf = (row: SqlRow | undefined): StoredResource | undefined =>
  row === undefined ? undefined : storedOf(row, typeof row['body'] === 'string' ? row['body'] : undefined);

function pastOf(row: SqlRow): StoredResource {
  const body = row['body'];
  return storedOf(row, body instanceof Uint8Array ? inflateRawSync(body).toString('utf8') : undefined);
}

/** The current version in row `rid`; undefined when it has moved. */
export const rowByNumber = (database: SqlDatabase, rid: number): StoredResource | undefined =>
  currentOf(database.prepare(`SELECT ${COLUMNS} FROM res r WHERE r.rid = ?`).get(rid));

/** Point reads, each one or two prepared statements on the calling thread. */
export function makeResourceReads(database: SqlDatabase, turn?: TurnSnapshot): Omit<ResourceReads, 'search'> {
  const read = ({ resourceType, id }: ResourceKey, includeHeld: boolean): StoredResource | undefined => {
    turn?.enter();
    const sql = `SELECT ${COLUMNS} FROM res r WHERE r.type = ? AND r.id = ?`;
    return currentOf(database.prepare(includeHeld ? sql : `${sql} AND ${NOT_HELD}`).get(resourceType, id));
  };
  const versionsOf = ({ resourceType, id }: ResourceKey, limit: number): StoredResource[] =>
    database
      .prepare(`SELECT ${COLUMNS} FROM hist r WHERE r.type = ? AND r.id = ? AND ${NOT_HELD} ORDER BY r.ver DESC LIMIT ?`)
      .all(resourceType, id, limit)
      .map(pastOf);

  return {
    async resource(key, options) {
      return read(key, options?.includeHeld === true);
    },
    async resources(keys) {
      return keys.map((key) => read(key, false));
    },
    async version(key, versionId) {
      const current = read(key, false);
      if (current === undefined || current.versionId === versionId) return current;
      const row = database
        .prepare(`SELECT ${COLUMNS} FROM hist r WHERE r.type = ? AND r.id = ? AND r.ver = ? AND ${NOT_HELD}`)
        .get(key.resourceType, key.id, versionNumber(versionId));
      return row === undefined ? undefined : pastOf(row);
    },
    async history(key, limit) {
      const current = read(key, false);
      return current === undefined ? [] : [current, ...versionsOf(key, limit - 1)].slice(0, limit);
    },
    async scanResources(after, limit, origin?: ResourceOrigin) {
      const from = after ?? { resourceType: '', id: '' };
      return database
        .prepare(
          `SELECT ${COLUMNS} FROM res r WHERE (r.type, r.id) > (?, ?) AND r.body IS NOT NULL AND r.origin BETWEEN ? AND ?
           ORDER BY r.type, r.id LIMIT ?`,
        )
        .all(
          from.resourceType,
          from.id,
          origin === undefined ? 0 : ORIGINS.indexOf(origin),
          origin === undefined ? ORIGINS.length : ORIGINS.indexOf(origin),
          limit,
        )
        .flatMap((row) => currentOf(row) ?? []);
    },
  };
}
