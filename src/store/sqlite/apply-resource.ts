import { deflateRawSync } from 'node:zlib';
import { PhrError } from '../../errors.js';
import type { CommitResult } from '../store.js';
import type { SqlDatabase } from './driver.js';
import type { PreparedResource, TermSet } from './prepared-unit.js';
import { unpackTerms } from './prepared-unit.js';

/** Term of `own` under which everything of a person stands in clinical order. */
export const EVERYTHING_OWNED = 0n;

interface RowBefore {
  readonly rid: number;
  readonly ver: number;
  readonly at: number;
  readonly s: number;
  readonly labels: string;
  readonly subject: string | null;
  readonly idx: Uint8Array;
  readonly body: string | null;
}

/** @throws PhrError `precondition-failed` when another version is the latest */
export function applyResource(
  database: SqlDatabase,
  clock: { commit: number; at: number; rid: number },
  put: PreparedResource,
): CommitResult['resources'][number] {
  const before = database
    .prepare('SELECT rid, ver, at, s, labels, subject, idx, body FROM res WHERE type = ? AND id = ?')
    .get(put.type, put.id) as unknown as RowBefore | undefined;
  if (put.expected !== null && put.expected !== (before?.ver ?? 0)) {
    throw new PhrError('precondition-failed', 'The resource has another version');
  }
  if (before !== undefined && before.body === put.body) {
    relabel(database, before, put);
    return { versionId: String(before.ver), lastUpdated: new Date(before.at).toISOString(), changed: false };
  }
  const ver = (before?.ver ?? 0) + 1;
  if (before !== undefined) retire(database, before);
  clock.rid += 1;
  insertVersion(database, { rid: clock.rid, ver, commit: clock.commit, at: clock.at, schema: 1 }, put);
  return { versionId: String(ver), lastUpdated: new Date(clock.at).toISOString(), changed: true };
}

/** Where a version stands. */
export interface VersionPlace {
  readonly rid: number;
  readonly ver: number;
  readonly commit: number;
  readonly at: number;
  readonly schema: number;
}

/** A current version with its terms; there must be none of this resource. */
export function insertVersion(
  database: SqlDatabase,
  { rid, ver, commit, at, schema }: VersionPlace,
  put: PreparedResource,
): void {
  const { type, id, origin, subject, date, labels, memo, terms, body } = put;
  database
    .prepare(
      `INSERT INTO res(rid, type, id, ver, commit_number, at, origin, subject, s, labels, memo, schema, idx, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(rid, type, id, ver, commit, at, origin, subject, date, labels, memo, schema, terms, body);
  insertTerms(database, rid, date, unpackTerms(terms));
  insertTexts(database, rid, put);
}

/** Moves the current version to the history, body deflated, and takes its terms away. */
function retire(database: SqlDatabase, before: RowBefore): void {
  database
    .prepare(
      `INSERT INTO hist(type, id, ver, commit_number, at, origin, subject, labels, memo, schema, body)
       SELECT type, id, ver, commit_number, at, origin, subject, labels, memo, schema, ? FROM res WHERE rid = ?`,
    )
    .run(before.body === null ? null : deflateRawSync(before.body), before.rid);
  deleteTerms(database, before.rid, before.s, unpackTerms(before.idx));
  deleteTexts(database, before.rid);
  database.prepare('DELETE FROM res WHERE rid = ?').run(before.rid);
}

/** Equal content: the version stays, what stands beside it is replaced. Only the terms that differ are touched. */
function relabel(database: SqlDatabase, before: RowBefore, put: PreparedResource): void {
  const old = unpackTerms(before.idx);
  const fresh = unpackTerms(put.terms);
  const stays = stayingTerms(before.s === put.date, old, fresh);
  deleteTerms(database, before.rid, before.s, old, stays);
  insertTerms(database, before.rid, put.date, fresh, stays);
  database
    .prepare('UPDATE res SET origin = ?, subject = ?, s = ?, labels = ?, memo = ?, idx = ? WHERE rid = ?')
    .run(put.origin, put.subject, put.date, put.labels, put.memo, put.terms, before.rid);
  if (put.body === null) return;
  deleteTexts(database, before.rid);
  insertTexts(database, before.rid, put);
}

/** Hashes that stand in the same places before and after; everything of an owner moves when the owner or the date does. */
function stayingTerms(sameDate: boolean, old: TermSet, fresh: TermSet): ReadonlySet<bigint> {
  if (!sameDate || old.owner !== fresh.owner) return new Set();
  const indexes = new Map(old.hashes.map((hash, index) => [hash, index]));
  const stays = fresh.hashes.filter((hash, after) => {
    const before = indexes.get(hash);
    return before !== undefined && before < old.dated === after < fresh.dated && before < old.owned === after < fresh.owned;
  });
  return new Set([...stays, EVERYTHING_OWNED]);
}

const NONE_STAY: ReadonlySet<bigint> = new Set();

function insertTerms(database: SqlDatabase, rid: number, date: number, terms: TermSet, except = NONE_STAY): void {
  const { dated, owned, owner, hashes } = terms;
  const insertOwned = database.prepare('INSERT OR IGNORE INTO own VALUES (?, ?, ?, ?)');
  if (owner !== undefined && !except.has(EVERYTHING_OWNED)) insertOwned.run(owner, EVERYTHING_OWNED, date, rid);
  for (const [index, hash] of hashes.entries()) {
    if (except.has(hash)) continue;
    database.prepare('INSERT OR IGNORE INTO tok VALUES (?, ?)').run(hash, rid);
    if (index < dated) database.prepare('INSERT OR IGNORE INTO tokd VALUES (?, ?, ?)').run(hash, date, rid);
    if (index < owned && owner !== undefined) insertOwned.run(owner, hash, date, rid);
  }
}

function deleteTerms(database: SqlDatabase, rid: number, date: number, terms: TermSet, except = NONE_STAY): void {
  const { dated, owned, owner, hashes } = terms;
  const deleteOwned = database.prepare('DELETE FROM own WHERE o = ? AND h = ? AND s = ? AND rid = ?');
  if (owner !== undefined && !except.has(EVERYTHING_OWNED)) deleteOwned.run(owner, EVERYTHING_OWNED, date, rid);
  for (const [index, hash] of hashes.entries()) {
    if (except.has(hash)) continue;
    database.prepare('DELETE FROM tok WHERE h = ? AND rid = ?').run(hash, rid);
    if (index < dated) database.prepare('DELETE FROM tokd WHERE h = ? AND s = ? AND rid = ?').run(hash, date, rid);
    if (index < owned && owner !== undefined) deleteOwned.run(owner, hash, date, rid);
  }
}

function insertTexts(database: SqlDatabase, rid: number, { strings, ranges }: PreparedResource): void {
  for (const [param, value] of strings) database.prepare('INSERT OR IGNORE INTO str VALUES (?, ?, ?)').run(param, value, rid);
  for (const [param, bucket, start, end] of ranges) {
    database.prepare('INSERT OR IGNORE INTO rng VALUES (?, ?, ?, ?, ?)').run(param, bucket, start, rid, end);
  }
}

function deleteTexts(database: SqlDatabase, rid: number): void {
  database.prepare('DELETE FROM str WHERE rid = ?').run(rid);
  database.prepare('DELETE FROM rng WHERE rid = ?').run(rid);
}
