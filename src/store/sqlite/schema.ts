import { PhrError } from '../../errors.js';
import type { SqlDatabase } from './driver.js';

/** Version of the tables below. A newer file is refused, an older one is migrated here. */
export const SCHEMA_VERSION = 2;

/** Origins as stored. */
export const ORIGINS = ['fact', 'contribution'] as const;

/**
 * store-spike.md, "What follows", point 3. `rid` grows with every version made, so the order of `rid` is the order of commits and the
 * newest page is the end of an index. `h`, `o`, `p` are keyed 64-bit hashes; every key of a belief is 128 bits, since it is not re-checked.
 *
 * - `tok`   equality terms and labels in commit order;
 * - `tokd`  type and code-like terms in clinical order;
 * - `own`   the terms of one person side by side (`o` = person, `h` = term, type or 0 for everything);
 * - `str`   folded prefixes; `rng` ranges in buckets `k` of length.
 */
const TABLES = `
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE clock(one INTEGER PRIMARY KEY CHECK (one = 1), commit_number INTEGER NOT NULL, at INTEGER NOT NULL, rid INTEGER NOT NULL);
INSERT INTO clock VALUES (1, 0, 0, 0);

CREATE TABLE res(
  rid INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL, ver INTEGER NOT NULL, commit_number INTEGER NOT NULL,
  at INTEGER NOT NULL, origin INTEGER NOT NULL, subject TEXT, s INTEGER NOT NULL, labels TEXT NOT NULL, memo TEXT,
  schema INTEGER NOT NULL DEFAULT 1, idx BLOB NOT NULL, body TEXT);
CREATE UNIQUE INDEX res_key ON res(type, id);
CREATE INDEX res_date ON res(s, rid);
CREATE TABLE hist(
  hid INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL, ver INTEGER NOT NULL, commit_number INTEGER NOT NULL,
  at INTEGER NOT NULL, origin INTEGER NOT NULL, subject TEXT, labels TEXT NOT NULL, memo TEXT,
  schema INTEGER NOT NULL DEFAULT 1, body BLOB);
CREATE UNIQUE INDEX hist_key ON hist(type, id, ver);
CREATE TABLE tok(h INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY(h, rid)) WITHOUT ROWID;
CREATE TABLE tokd(h INTEGER NOT NULL, s INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY(h, s, rid)) WITHOUT ROWID;
CREATE TABLE own(o INTEGER NOT NULL, h INTEGER NOT NULL, s INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY(o, h, s, rid)) WITHOUT ROWID;
CREATE TABLE str(p INTEGER NOT NULL, v TEXT NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY(p, v, rid)) WITHOUT ROWID;
CREATE INDEX str_rid ON str(rid, p, v);
CREATE TABLE rng(
  p INTEGER NOT NULL, k INTEGER NOT NULL, lo NUMERIC NOT NULL, rid INTEGER NOT NULL, hi NUMERIC NOT NULL,
  PRIMARY KEY(p, k, lo, rid, hi)) WITHOUT ROWID;
CREATE INDEX rng_rid ON rng(rid, p, lo, hi);
CREATE TABLE hold(label TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE record(
  collection TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, created INTEGER NOT NULL, commit_number INTEGER NOT NULL,
  schema INTEGER NOT NULL, keys TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(collection, id)) WITHOUT ROWID;
CREATE TABLE record_key(h BLOB NOT NULL, sort TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(h, sort, id)) WITHOUT ROWID;

CREATE TABLE guard(k BLOB PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE claim(k BLOB PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, payload TEXT NOT NULL,
  opened_commit INTEGER NOT NULL, opened_at TEXT NOT NULL, attempts INTEGER NOT NULL, not_before TEXT, dead TEXT);
CREATE INDEX outbox_kind ON outbox(kind, seq);
CREATE INDEX outbox_dead ON outbox(seq) WHERE dead IS NOT NULL;

CREATE TABLE access(id TEXT PRIMARY KEY, at TEXT NOT NULL, line TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX access_at ON access(at, id);
CREATE TABLE access_by(h INTEGER NOT NULL, at TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(h, at, id)) WITHOUT ROWID;

CREATE TABLE ledger(s BLOB NOT NULL, k BLOB NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(s, k)) WITHOUT ROWID;
CREATE TABLE blob(id TEXT PRIMARY KEY, bytes BLOB NOT NULL);
`;

/** `by`: hashes of the entries that the line will have in `access_by`. See `access-tail.ts`. */
const ACCESS_TAIL =
  'CREATE TABLE access_tail(id TEXT PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL, line TEXT NOT NULL) WITHOUT ROWID;';

/** From each version to the next one. */
const MIGRATIONS: Readonly<Record<number, string>> = { 1: ACCESS_TAIL };

const MMAP_BYTES = 1 << 30;
const WRITER_CACHE_KIB = 24 * 1024;
const READER_CACHE_KIB = 16 * 1024;
/** 16 MB between checkpoints: index pages are written many times; a third less time a resource than with the default of 1,000. */
const WAL_CHECKPOINT_PAGES = 4_000;
/** A load writes index pages all over the file: the more of them are kept, the fewer are written twice. */
const BULK_CACHE_KIB = 256 * 1024;
const BULK_WAL_CHECKPOINT_PAGES = 32_000;
const WAL_KEPT_BYTES = 64 * 1024 * 1024;

/** Every connection that writes. `secure_delete`: a destroyed data key must not stay in a free page. */
export function configureWriter(database: SqlDatabase): void {
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA mmap_size = ${String(MMAP_BYTES)};
    PRAGMA cache_size = -${String(WRITER_CACHE_KIB)};
    PRAGMA wal_autocheckpoint = ${String(WAL_CHECKPOINT_PAGES)};
    PRAGMA journal_size_limit = ${String(WAL_KEPT_BYTES)};
    PRAGMA temp_store = MEMORY;`);
}

/**
 * After `configureWriter`, for a load that can be run again: the log is flushed at checkpoints only. A power cut may take back the latest
 * commits, never a part of one; what was loaded is durable when the writer has closed.
 */
export function configureBulkWriter(database: SqlDatabase): void {
  database.exec(`
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -${String(BULK_CACHE_KIB)};
    PRAGMA wal_autocheckpoint = ${String(BULK_WAL_CHECKPOINT_PAGES)};`);
}

export function configureReader(database: SqlDatabase): void {
  database.exec(`
    PRAGMA mmap_size = ${String(MMAP_BYTES)};
    PRAGMA cache_size = -${String(READER_CACHE_KIB)};
    PRAGMA temp_store = MEMORY;`);
}

/** Makes the tables of an empty file, brings those of an older one up to date. Safe beside another process that does the same. @throws PhrError `unavailable` for a newer file */
export function ensureSchema(database: SqlDatabase): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const exists = database.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'`).get() !== undefined;
    if (!exists) {
      database.exec(TABLES + ACCESS_TAIL);
      database.prepare('INSERT INTO meta VALUES (?, ?)').run('schemaVersion', String(SCHEMA_VERSION));
    } else migrate(database);
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
  checkSchema(database);
}

function migrate(database: SqlDatabase): void {
  let version = Number(keptVersion(database));
  for (let step = MIGRATIONS[version]; step !== undefined; step = MIGRATIONS[version]) {
    database.exec(step);
    version += 1;
    database.prepare(`UPDATE meta SET value = ? WHERE name = 'schemaVersion'`).run(String(version));
  }
}

const keptVersion = (database: SqlDatabase): unknown =>
  database.prepare(`SELECT value FROM meta WHERE name = 'schemaVersion'`).get()?.['value'];

/** @throws PhrError `unavailable` when the file has tables of another version */
export function checkSchema(database: SqlDatabase): void {
  const found = keptVersion(database);
  if (found !== String(SCHEMA_VERSION)) {
    throw new PhrError(
      'unavailable',
      `The data file has tables of version ${String(found)}, this program knows ${String(SCHEMA_VERSION)}`,
    );
  }
}

/** Name of the row of `meta` that stands there while a file is filled by a move. */
export const MOVE_MARK = 'move';

/** @throws PhrError `unavailable` when a move into the file has not ended */
export function checkWhole(database: SqlDatabase): void {
  if (database.prepare('SELECT 1 FROM meta WHERE name = ?').get(MOVE_MARK) === undefined) return;
  throw new PhrError('unavailable', 'The data file is being filled by npm run move: run it to its end, or empty the target');
}
