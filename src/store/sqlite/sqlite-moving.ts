import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { PhrError } from '../../errors.js';
import type { AccessLine } from '../access-log.js';
import type { ResourceCodec } from '../indexing.js';
import { makeKeyedHash } from '../keyed-hash.js';
import type { KeyedHash } from '../keyed-hash.js';
import { anotherMove, markToBegin, sameMark } from '../move-store.js';
import { inPages, sizeOfRow } from '../moving.js';
import type {
  MovedPage,
  MovedResource,
  MovedRows,
  MovedVersion,
  MoveMark,
  Section,
  StoreClock,
  StoreDump,
  StoreLoader,
} from '../moving.js';
import type { ResourcePut } from '../resource-store.js';
import type { OutboxRow } from '../store.js';
import { insertVersion } from './apply-resource.js';
import { openDatabase } from './driver.js';
import type { SqlDatabase, SqlRow, SqlValue } from './driver.js';
import { rowOf as outboxRowOf } from './outbox-rows.js';
import { prepareLine, prepareResource } from './prepared-unit.js';
import {
  checkSchema,
  checkWhole,
  configureBulkWriter,
  configureReader,
  configureWriter,
  ensureSchema,
  MOVE_MARK,
  ORIGINS,
} from './schema.js';
import { fingerprintOf } from './sqlite-store.js';
import { BUSY_TIMEOUT_MS } from './writer.js';

export interface SqliteMovingOptions {
  readonly path: string;
  readonly codec: ResourceCodec;
  /** As of the store. */
  readonly termKey: Uint8Array;
}

/**
 * Reads a data file whole. Every section is read from the same instant: a transaction is open until `close`.
 * @throws PhrError `unavailable` when the file can't be opened, or was made with another key
 */
export function openSqliteDump({ path, termKey }: Omit<SqliteMovingOptions, 'codec'>): StoreDump {
  const fingerprint = fingerprintOf(makeKeyedHash(termKey));
  const database = opened(path, true);
  const fresh = opened(path, true);
  try {
    configureReader(database);
    checkSchema(database);
    checkWhole(database);
    checkKey(database, fingerprint);
    database.exec('BEGIN');
  } catch (error) {
    database.close();
    fresh.close();
    throw error;
  }
  return {
    fingerprint,
    clock: async () => clockOf(fresh),
    pages: <S extends Section>(section: S, after?: string) => pagesOf(database, section, after),
    async close() {
      database.close();
      fresh.close();
    },
  };
}

function opened(path: string, readOnly: boolean): SqlDatabase {
  try {
    return openDatabase({ path, readOnly, busyTimeoutMs: BUSY_TIMEOUT_MS });
  } catch (cause) {
    throw new PhrError('unavailable', 'The data file cannot be opened', [], { cause });
  }
}

function checkKey(database: SqlDatabase, fingerprint: string): void {
  const kept = database.prepare(`SELECT value FROM meta WHERE name = 'termKey'`).get()?.['value'];
  if (kept !== undefined && kept !== fingerprint) {
    throw new PhrError('unavailable', 'The data file was made with another master key');
  }
}

function clockOf(database: SqlDatabase): StoreClock {
  const row = database.prepare('SELECT commit_number, at, rid FROM clock').get();
  return { commit: Number(row?.['commit_number']), at: Number(row?.['at']), row: Number(row?.['rid']) };
}

/** How the rows of a section are asked for behind a position (the values of its order), and read. */
interface SectionRead<S extends Section> {
  readonly sql: string;
  /** Below every position. */
  readonly first: readonly SqlValue[];
  readonly positionOf: (row: SqlRow) => readonly SqlValue[];
  readonly rowOf: (row: SqlRow) => MovedRows[S];
}

const VERSION_COLUMNS = 'type, id, ver, commit_number, at, origin, subject, labels, memo, schema, body';
const NOTHING = new Uint8Array();

const READS: { readonly [S in Section]: SectionRead<S> } = {
  history: {
    sql: `SELECT hid, ${VERSION_COLUMNS} FROM hist WHERE hid > ? ORDER BY hid`,
    first: [0],
    positionOf: ({ hid }) => [hid ?? 0],
    rowOf: (row) => versionOf(row, row['body'] instanceof Uint8Array ? inflateRawSync(row['body']).toString('utf8') : undefined),
  },
  resource: {
    sql: `SELECT rid, ${VERSION_COLUMNS} FROM res WHERE rid > ? ORDER BY rid`,
    first: [0],
    positionOf: ({ rid }) => [rid ?? 0],
    rowOf: (row): MovedResource => ({
      ...versionOf(row, typeof row['body'] === 'string' ? row['body'] : undefined),
      row: Number(row['rid']),
    }),
  },
  record: {
    sql: 'SELECT * FROM record WHERE (collection, id) > (?, ?) ORDER BY collection, id',
    first: ['', ''],
    positionOf: ({ collection, id }) => [collection ?? '', id ?? ''],
    rowOf: (row) => ({
      collection: String(row['collection']),
      id: String(row['id']),
      version: Number(row['version']),
      created: Number(row['created']),
      commit: Number(row['commit_number']),
      schema: Number(row['schema']),
      value: String(row['value']),
      keys: [...new Map((JSON.parse(String(row['keys'])) as [string, string][]).map((key) => [key.join('|'), key])).values()].map(
        ([h, sort]) => ({ h: Buffer.from(h, 'base64'), sort }),
      ),
    }),
  },
  guard: {
    sql: 'SELECT k, version FROM guard WHERE k > ? ORDER BY k',
    first: [NOTHING],
    positionOf: ({ k }) => [k ?? NOTHING],
    rowOf: (row) => ({ k: bytesOf(row['k']), version: Number(row['version']) }),
  },
  claim: {
    sql: 'SELECT k, owner FROM claim WHERE k > ? ORDER BY k',
    first: [NOTHING],
    positionOf: ({ k }) => [k ?? NOTHING],
    rowOf: (row) => ({ k: bytesOf(row['k']), owner: String(row['owner']) }),
  },
  outbox: {
    sql: 'SELECT * FROM outbox WHERE seq > ? ORDER BY seq',
    first: [0],
    positionOf: ({ seq }) => [seq ?? 0],
    rowOf: (row): OutboxRow => outboxRowOf(row),
  },
  access: {
    sql: `SELECT id, line FROM access WHERE id > ?1 UNION ALL SELECT id, line FROM access_tail WHERE id > ?1 ORDER BY id`,
    first: [''],
    positionOf: ({ id }) => [id ?? ''],
    rowOf: (row) => JSON.parse(String(row['line'])) as AccessLine,
  },
  ledger: {
    sql: 'SELECT * FROM ledger WHERE (s, k) > (?, ?) ORDER BY s, k',
    first: [NOTHING, NOTHING],
    positionOf: ({ s, k }) => [s ?? NOTHING, k ?? NOTHING],
    rowOf: (row) => ({ s: bytesOf(row['s']), k: bytesOf(row['k']), key: String(row['key']), id: String(row['id']) }),
  },
  blob: {
    sql: 'SELECT rowid AS n, id, bytes FROM blob WHERE rowid > ? ORDER BY rowid',
    first: [0],
    positionOf: ({ n }) => [n ?? 0],
    rowOf: (row) => ({ id: String(row['id']), bytes: bytesOf(row['bytes']) }),
  },
  hold: {
    sql: 'SELECT label FROM hold WHERE label > ? ORDER BY label',
    first: [''],
    positionOf: ({ label }) => [label ?? ''],
    rowOf: (row) => ({ label: String(row['label']) }),
  },
};

const bytesOf = (value: SqlValue | undefined): Uint8Array => (value instanceof Uint8Array ? value : NOTHING);

function versionOf(row: SqlRow, body: string | undefined): MovedVersion {
  const { subject, memo } = row;
  return {
    resourceType: String(row['type']),
    id: String(row['id']),
    origin: ORIGINS[Number(row['origin'])] ?? 'fact',
    version: Number(row['ver']),
    commit: Number(row['commit_number']),
    at: Number(row['at']),
    ...(typeof subject === 'string' ? { subject } : {}),
    labels: JSON.parse(String(row['labels'])) as string[],
    ...(typeof memo === 'string' ? { memo } : {}),
    schema: Number(row['schema']),
    ...(body === undefined ? {} : { body }),
  };
}

function pagesOf<S extends Section>(database: SqlDatabase, section: S, after: string | undefined): AsyncIterable<MovedPage<S>> {
  const { sql, first, positionOf, rowOf } = READS[section] as SectionRead<S>;
  const rows = database.prepare(sql).iterate(...(after === undefined ? first : spelledBack(after)));
  return inPages(
    (function* () {
      for (const row of rows) yield [rowOf(row), spelled(positionOf(row))] as const;
    })(),
    sizeOfRow,
  );
}

const spelled = (position: readonly SqlValue[]): string =>
  JSON.stringify(
    position.map((value) => (value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value)),
  );
const spelledBack = (position: string): SqlValue[] =>
  (JSON.parse(position) as (string | number | { base64: string })[]).map((value) =>
    typeof value === 'object' ? Buffer.from(value.base64, 'base64') : value,
  );

/**
 * Fills a data file, made when it is missing; on the calling thread.
 * @throws PhrError `unavailable` when the file can't be opened, or was made with another key
 */
export function openSqliteLoader({ path, codec, termKey }: SqliteMovingOptions): StoreLoader {
  const hash = makeKeyedHash(termKey);
  const fingerprint = fingerprintOf(hash);
  const database = opened(path, false);
  configureWriter(database);
  ensureSchema(database);
  configureBulkWriter(database);
  const kept = (): MoveMark | undefined => {
    const text = database.prepare('SELECT value FROM meta WHERE name = ?').get(MOVE_MARK)?.['value'];
    return text === undefined ? undefined : (JSON.parse(String(text)) as MoveMark);
  };
  const keep = (mark: MoveMark): void => {
    database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(MOVE_MARK, JSON.stringify(mark));
  };
  return {
    fingerprint,
    async begin(source) {
      return inTransaction(database, () => {
        const mark = markToBegin(kept(), source, clockOf(database).commit === 0);
        checkKey(database, fingerprint);
        database.prepare(`INSERT OR IGNORE INTO meta VALUES ('termKey', ?)`).run(fingerprint);
        keep(mark);
        return mark;
      });
    },
    async load(section, rows, before, after) {
      inTransaction(database, () => {
        const known = kept();
        if (known === undefined || !sameMark(known, before)) throw anotherMove();
        const write = WRITES[section] as (row: (typeof rows)[number]) => (parts: WriteParts) => void;
        for (const row of rows) write(row)({ database, codec, hash });
        keep(after);
      });
    },
    async finish({ commit, at, row }) {
      inTransaction(database, () => {
        database.prepare('UPDATE clock SET commit_number = ?, at = ?, rid = ?').run(commit, at, row);
        database.prepare('DELETE FROM meta WHERE name = ?').run(MOVE_MARK);
      });
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    },
    async close() {
      database.close();
    },
  };
}

function inTransaction<T>(database: SqlDatabase, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

interface WriteParts {
  readonly database: SqlDatabase;
  readonly codec: ResourceCodec;
  readonly hash: KeyedHash;
}

/** One row into its tables. */
const WRITES: { readonly [S in Section]: (row: MovedRows[S]) => (parts: WriteParts) => void } = {
  history:
    ({ resourceType, id, version, commit, at, origin, subject, labels, memo, schema, body }) =>
    ({ database }) => {
      database
        .prepare(`INSERT INTO hist(${VERSION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
        .run(
          ...[resourceType, id, version, commit, at, ORIGINS.indexOf(origin), subject ?? null],
          ...[JSON.stringify(labels), memo ?? null, schema, body === undefined ? null : deflateRawSync(body)],
        );
    },
  resource: (moved) => (parts) => {
    writeResource(moved, parts);
  },
  record:
    ({ collection, id, version, created, commit, schema, value, keys }) =>
    ({ database }) => {
      const spelledKeys = JSON.stringify(keys.map(({ h, sort }) => [Buffer.from(h).toString('base64'), sort]));
      database
        .prepare('INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .run(collection, id, version, created, commit, schema, spelledKeys, value);
      for (const { h, sort } of keys) database.prepare('INSERT INTO record_key VALUES (?, ?, ?)').run(h, sort, id);
    },
  guard:
    ({ k, version }) =>
    ({ database }) => {
      database.prepare('INSERT INTO guard VALUES (?, ?)').run(k, version);
    },
  claim:
    ({ k, owner }) =>
    ({ database }) => {
      database.prepare('INSERT INTO claim VALUES (?, ?)').run(k, owner);
    },
  outbox:
    ({ id, kind, payload, openedCommit, openedAt, attempts, notBefore, dead }) =>
    ({ database }) => {
      database
        .prepare(
          `INSERT INTO outbox(id, kind, payload, opened_commit, opened_at, attempts, not_before, dead) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(id, kind, JSON.stringify(payload), openedCommit, openedAt, attempts, notBefore ?? null, dead ?? null);
    },
  access:
    (line) =>
    ({ database, hash }) => {
      const { id, at, line: text, by } = prepareLine(line, hash);
      database.prepare('INSERT INTO access VALUES (?, ?, ?)').run(id, at, text);
      database.prepare('INSERT OR IGNORE INTO access_by SELECT value, ?, ? FROM json_each(?)').run(at, id, by);
    },
  ledger:
    ({ s, k, key, id }) =>
    ({ database }) => {
      database.prepare('INSERT INTO ledger VALUES (?, ?, ?, ?)').run(s, k, key, id);
    },
  blob:
    ({ id, bytes }) =>
    ({ database }) => {
      database.prepare('INSERT INTO blob VALUES (?, ?)').run(id, bytes);
    },
  hold:
    ({ label }) =>
    ({ database }) => {
      database.prepare('INSERT INTO hold VALUES (?)').run(label);
    },
};

function writeResource(moved: MovedResource, { database, codec, hash }: WriteParts): void {
  const { row, version, commit, at, schema, body } = moved;
  // The text stays as it was kept; only the terms are made again.
  const prepared = { ...prepareResource(putOf(moved, codec), codec, hash), body: body ?? null };
  insertVersion(database, { rid: row, ver: version, commit, at, schema }, prepared);
}

const putOf = ({ resourceType, id, origin, subject, labels, memo, body }: MovedVersion, codec: ResourceCodec): ResourcePut => ({
  ...{ resourceType, id, origin, labels, expected: 'any' },
  ...(subject === undefined ? {} : { subject }),
  ...(memo === undefined ? {} : { memo }),
  ...(body === undefined ? {} : { resource: codec.parse(body) }),
});
