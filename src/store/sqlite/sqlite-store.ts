import { createHash } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import { PhrError } from '../../errors.js';
import type { ResourceCodec } from '../indexing.js';
import { makePageCursors } from '../page-cursor.js';
import type { Store } from '../store.js';
import { makeAccessReads } from './access-rows.js';
import { openDatabase } from './driver.js';
import type { SqlDatabase, SqlRow } from './driver.js';
import { makeKeyedHash } from '../keyed-hash.js';
import type { KeyedHash } from '../keyed-hash.js';
import { makeOutboxReads } from './outbox-rows.js';
import { prepareUnit } from './prepared-unit.js';
import { makeRecordReads } from './record-rows.js';
import { makeResourceReads } from './resource-rows.js';
import { checkSchema, checkWhole, configureReader } from './schema.js';
import { searchPage } from './search.js';
import { makeTurnSnapshot, type TurnSnapshot } from './turn-snapshot.js';
import { BUSY_TIMEOUT_MS, connectToWriter, startSqliteWriter } from './writer.js';
import type { SqliteWriter, WriterConnection } from './writer.js';

export interface SqliteStoreOptions {
  readonly path: string;
  readonly codec: ResourceCodec;
  /** Secret of the index terms; derived from the master key. A file made with another one is refused. */
  readonly termKey: Uint8Array;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The process's writer, or a port of it in another thread. Absent: the store starts a writer of its own and ends it on close. */
  readonly writer?: SqliteWriter | MessagePort;
  /** Reads of one turn of the event loop share a snapshot; for a thread that only answers requests (`turn-snapshot.ts`). */
  readonly turnSnapshots?: boolean;
  /** Reads only: `commit` rejects with `unavailable`. The file must exist. */
  readonly readOnly?: boolean;
}

/**
 * The embedded engine: one file, read on the calling thread's own connection with prepared statements, written by the one writer thread
 * of the process. Terms and body text are computed here, before a unit is posted. docs/adr/0003-sqlite-writer-thread.md
 *
 * @throws PhrError `unavailable` when the file can't be opened, is of another version or was made with another key
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, codec, termKey, now, readOnly = false } = options;
  const hash = makeKeyedHash(termKey);
  const ownWriter = options.writer === undefined && !readOnly ? await startSqliteWriter({ path }) : undefined;
  const connection = readOnly ? undefined : connectToWriter(portOf(options.writer ?? ownWriter));
  try {
    await connection?.hello(fingerprintOf(hash));
    const database = openReader(path);
    if (readOnly) checkKey(database, hash);
    const turn = options.turnSnapshots === true ? makeTurnSnapshot(database) : undefined;
    return assemble({ database, codec, hash, now, connection, ownWriter, turn });
  } catch (error) {
    await connection?.close();
    await ownWriter?.close();
    throw error;
  }
}

interface Parts {
  readonly database: SqlDatabase;
  readonly codec: ResourceCodec;
  readonly hash: KeyedHash;
  readonly now: () => number;
  readonly connection: WriterConnection | undefined;
  readonly ownWriter: SqliteWriter | undefined;
  readonly turn: TurnSnapshot | undefined;
}

function assemble({ database, codec, hash, now, connection, ownWriter, turn }: Parts): Store {
  const cursors = makePageCursors(hash.key('page cursors'));
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await connection?.close();
    await ownWriter?.close();
    turn?.end();
    database.close();
  };
  return {
    ...makeResourceReads(database, turn),
    ...makeRecordReads(database, hash),
    ...makeAccessReads(database, hash),
    ...makeOutboxReads(database, now),
    search: async (query) => searchPage(query, { database, codec, hash, cursors, turn }),
    async commit(unit) {
      if (connection === undefined) throw new PhrError('unavailable', 'The store was opened for reading');
      if (closing !== undefined) throw new PhrError('unavailable', 'The store is closed');
      try {
        return await connection.commit(prepareUnit(unit, now(), codec, hash));
      } finally {
        turn?.end(); // whoever waited for the commit reads it
      }
    },
    async guardVersions(keys) {
      const statement = database.prepare('SELECT version FROM guard WHERE k = ?');
      return keys.map((key) => Number(statement.get(hash.key('guard', key))?.['version'] ?? 0));
    },
    async claimOwner(key) {
      const owner = database.prepare('SELECT owner FROM claim WHERE k = ?').get(hash.key('claim', key))?.['owner'];
      return typeof owner === 'string' ? owner : undefined;
    },
    async ledgerIds(scope, keys) {
      const scopeHash = hash.key('scope', scope);
      const all = database.prepare('SELECT key, id FROM ledger WHERE s = ?');
      const one = database.prepare('SELECT key, id FROM ledger WHERE s = ? AND k = ?');
      const rows: readonly (SqlRow | undefined)[] =
        keys === undefined ? all.all(scopeHash) : keys.map((key) => one.get(scopeHash, hash.key('ledger', key)));
      return new Map(rows.flatMap((row) => (row === undefined ? [] : [[String(row['key']), String(row['id'])]])));
    },
    async blob(id) {
      const bytes = database.prepare('SELECT bytes FROM blob WHERE id = ?').get(id)?.['bytes'];
      return bytes instanceof Uint8Array ? bytes : undefined;
    },
    async heldLabels() {
      return database
        .prepare('SELECT label FROM hold ORDER BY label')
        .all()
        .map(({ label }) => String(label));
    },
    async ping() {
      if (closing !== undefined) throw new PhrError('unavailable', 'The store is closed');
      await connection?.hello(fingerprintOf(hash));
      database.prepare('SELECT 1 FROM clock').get();
    },
    async close() {
      closing ??= close();
      await closing;
    },
  };
}

function portOf(writer: SqliteWriter | MessagePort | undefined): MessagePort {
  if (writer === undefined) throw new TypeError('a store that writes needs a writer');
  return 'terminate' in writer ? writer.port() : writer;
}

function openReader(path: string): SqlDatabase {
  try {
    const database = openDatabase({ path, readOnly: true, busyTimeoutMs: BUSY_TIMEOUT_MS });
    configureReader(database);
    checkSchema(database);
    checkWhole(database);
    return database;
  } catch (cause) {
    throw cause instanceof PhrError ? cause : new PhrError('unavailable', 'The data file cannot be opened', [], { cause });
  }
}

/** Tells keys apart without giving them away. */
export const fingerprintOf = (hash: KeyedHash): string => createHash('sha256').update(hash.key('fingerprint')).digest('hex');

function checkKey(database: SqlDatabase, hash: KeyedHash): void {
  const kept = database.prepare(`SELECT value FROM meta WHERE name = 'termKey'`).get()?.['value'];
  if (kept === undefined || kept === fingerprintOf(hash)) return;
  database.close();
  throw new PhrError('unavailable', 'The data file was made with another master key');
}
