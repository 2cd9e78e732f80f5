import { PhrError } from '../../errors.js';
import type { CommitResult } from '../store.js';
import { appendLine } from './access-tail.js';
import { applyResource } from './apply-resource.js';
import type { SqlDatabase } from './driver.js';
import type { PreparedRecord, PreparedUnit } from './prepared-unit.js';

/** Counters of the store; they live in the database, so several processes agree. */
export interface Clock {
  commit: number;
  /** Epoch milliseconds; never goes back. */
  at: number;
  /** Last row number given to a version. */
  rid: number;
}

export function refuse(message: string): never {
  throw new PhrError('precondition-failed', message);
}

/**
 * Applies one unit inside the caller's savepoint. Beliefs are checked here, in the writing transaction, so they hold at commit.
 * @throws PhrError `precondition-failed`; the caller rolls the savepoint back
 */
export function applyUnit(database: SqlDatabase, clock: Clock, unit: PreparedUnit): CommitResult {
  clock.commit += 1;
  clock.at = Math.max(clock.at, unit.at);
  const at = new Date(clock.at).toISOString();
  checkGuards(database, unit);
  applyClaims(database, unit);
  applyOutbox(database, unit, clock.commit, at);
  applyLedger(database, unit);
  for (const record of unit.records) applyRecord(database, record, clock.commit);
  const resources = unit.resources.map((put) => applyResource(database, clock, put));
  for (const line of unit.access) if (!appendLine(database, line)) refuse('An access line is never written twice');
  for (const id of unit.deleteBlobs) database.prepare('DELETE FROM blob WHERE id = ?').run(id);
  for (const { id, bytes } of unit.blobs) {
    database.prepare('INSERT INTO blob VALUES (?, ?) ON CONFLICT(id) DO UPDATE SET bytes = excluded.bytes').run(id, bytes);
  }
  for (const label of unit.release) database.prepare('DELETE FROM hold WHERE label = ?').run(label);
  for (const label of unit.hold) database.prepare('INSERT OR IGNORE INTO hold VALUES (?)').run(label);
  return { commit: clock.commit, at, resources };
}

function checkGuards(database: SqlDatabase, { guards, bumps }: PreparedUnit): void {
  for (const { key, version } of guards) {
    const found = database.prepare('SELECT version FROM guard WHERE k = ?').get(key)?.['version'] ?? 0;
    if (found !== version) refuse('A guarded key has moved');
  }
  for (const key of bumps) {
    database.prepare('INSERT INTO guard VALUES (?, 1) ON CONFLICT(k) DO UPDATE SET version = version + 1').run(key);
  }
}

function applyClaims(database: SqlDatabase, { claims, releases }: PreparedUnit): void {
  for (const key of releases) database.prepare('DELETE FROM claim WHERE k = ?').run(key);
  for (const { key, owner } of claims) {
    const holder = database.prepare('SELECT owner FROM claim WHERE k = ?').get(key)?.['owner'];
    if (holder === undefined) database.prepare('INSERT INTO claim VALUES (?, ?)').run(key, owner);
    else if (holder !== owner) refuse('A claim is held by another owner');
  }
}

function applyOutbox(database: SqlDatabase, { opens, closes, notes }: PreparedUnit, commit: number, at: string): void {
  for (const id of closes) {
    if (database.prepare('DELETE FROM outbox WHERE id = ?').run(id).changes === 0) refuse('An outbox row is closed already');
  }
  for (const { id, attempts, notBefore, dead } of notes) {
    database
      .prepare('UPDATE outbox SET attempts = ?, not_before = ?, dead = ? WHERE id = ?')
      .run(attempts, notBefore ?? null, dead ?? null, id);
  }
  for (const { id, kind, payload } of opens) {
    const { changes } = database
      .prepare(
        `INSERT INTO outbox(id, kind, payload, opened_commit, opened_at, attempts) VALUES (?, ?, ?, ?, ?, 0)
         ON CONFLICT(id) DO NOTHING`,
      )
      .run(id, kind, payload, commit, at);
    if (changes === 0) refuse('An outbox row is open already');
  }
}

function applyLedger(database: SqlDatabase, { ledger }: PreparedUnit): void {
  for (const { scope, hash, key, id } of ledger) {
    const known = database.prepare('SELECT id FROM ledger WHERE s = ? AND k = ?').get(scope, hash)?.['id'];
    if (known === undefined) database.prepare('INSERT INTO ledger VALUES (?, ?, ?, ?)').run(scope, hash, key, id);
    else if (known !== id) refuse('The ledger names another id');
  }
}

function applyRecord(database: SqlDatabase, put: PreparedRecord, commit: number): void {
  const before = database
    .prepare('SELECT version, created, keys FROM record WHERE collection = ? AND id = ?')
    .get(put.collection, put.id);
  const version = Number(before?.['version'] ?? 0);
  if (put.expected !== null && put.expected !== version) refuse('The record has another version');
  const keysBefore = JSON.parse(String(before?.['keys'] ?? '[]')) as [hash: string, sort: string][];
  const keys =
    put.value === null ? [] : put.keys.map(([hash, sort]): [string, string] => [Buffer.from(hash).toString('base64'), sort]);
  const spelled = JSON.stringify(keys);
  if (spelled !== (before?.['keys'] ?? '[]')) {
    for (const [hash, sort] of keysBefore) {
      database
        .prepare('DELETE FROM record_key WHERE h = ? AND sort = ? AND id = ?')
        .run(Buffer.from(hash, 'base64'), sort, put.id);
    }
    for (const [hash, sort] of keys) {
      database.prepare('INSERT OR IGNORE INTO record_key VALUES (?, ?, ?)').run(Buffer.from(hash, 'base64'), sort, put.id);
    }
  }
  if (put.value === null) {
    database.prepare('DELETE FROM record WHERE collection = ? AND id = ?').run(put.collection, put.id);
    return;
  }
  const created = before === undefined ? commit : Number(before['created']);
  database
    .prepare('INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    .run(put.collection, put.id, version + 1, created, commit, put.schema, spelled, put.value);
}
