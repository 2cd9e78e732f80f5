import { isPhrError } from '../../errors.js';
import type { ErrorCategory } from '../../errors.js';
import type { CommitResult } from '../store.js';
import { foldLines } from './access-tail.js';
import { applyUnit } from './apply-unit.js';
import type { Clock } from './apply-unit.js';
import type { SqlDatabase } from './driver.js';
import { sqliteCodeOf } from './driver.js';
import type { ReceivedUnit } from './writer-messages.js';

export type CommitOutcome =
  | { readonly result: CommitResult }
  /** Without category: a bug, passed on with its stack. */
  | { readonly category?: ErrorCategory; readonly message: string; readonly stack?: string };

/** Storage failed under the whole batch: nothing of it is committed. */
const STORAGE_CODES = /^SQLITE_(FULL|IOERR|BUSY|LOCKED|NOMEM|READONLY|CANTOPEN|CORRUPT|NOTADB|PROTOCOL)/;

/**
 * Commits several units with one fsync, each in a savepoint of its own: a belief that fails takes back its own unit only. An outcome is
 * given after COMMIT returned.
 */
export function commitTogether(
  database: SqlDatabase,
  units: readonly ReceivedUnit[],
): { readonly outcomes: readonly CommitOutcome[]; readonly isBroken: boolean } {
  const done = inOneCommit(database, () => {
    const clock = readClock(database);
    const outcomes = units.map((unit) => applyInSavepoint(database, clock, unit));
    database.prepare('UPDATE clock SET commit_number = ?, at = ?, rid = ?').run(clock.commit, clock.at, clock.rid);
    return outcomes;
  });
  if ('result' in done) return { outcomes: done.result, isBroken: false };
  const message = `The store cannot write (${done.code})`;
  return { outcomes: units.map(() => ({ category: 'unavailable', message })), isBroken: done.isBroken };
}

/** Folds a step of the tail in a commit of its own. @returns how many lines; undefined when that failed and the tail is as it was */
export function foldTogether(database: SqlDatabase): { readonly folded: number | undefined; readonly isBroken: boolean } {
  const done = inOneCommit(database, () => foldLines(database));
  return 'result' in done ? { folded: done.result, isBroken: false } : { folded: undefined, isBroken: done.isBroken };
}

/**
 * Nothing of a commit that failed is kept. `isBroken` tells the caller that the file can't be trusted any more (after a failed fsync a second
 * one may succeed without having written).
 */
function inOneCommit<T>(
  database: SqlDatabase,
  work: () => T,
): { readonly result: T } | { readonly code: string; readonly isBroken: boolean } {
  try {
    database.prepare('BEGIN IMMEDIATE').run();
    const result = work();
    database.prepare('COMMIT').run();
    return { result };
  } catch (error) {
    rollBack(database);
    const code = sqliteCodeOf(error) ?? 'unknown';
    return { code, isBroken: !/^SQLITE_(FULL|BUSY|LOCKED|NOMEM)/.test(code) };
  }
}

function applyInSavepoint(database: SqlDatabase, clock: Clock, unit: ReceivedUnit): CommitOutcome {
  const before = { ...clock };
  // A single line is refused before it has written anything: nothing to take back.
  const hasSavepoint = !unit.isAccessOnly || unit.access.length > 1;
  if (hasSavepoint) database.prepare('SAVEPOINT unit').run();
  try {
    const result = applyUnit(database, clock, unit);
    if (hasSavepoint) database.prepare('RELEASE unit').run();
    return { result };
  } catch (error) {
    const code = sqliteCodeOf(error);
    if (!database.inTransaction || (code !== undefined && STORAGE_CODES.test(code))) throw error;
    if (hasSavepoint) {
      database.prepare('ROLLBACK TO unit').run();
      database.prepare('RELEASE unit').run();
    }
    Object.assign(clock, before);
    if (isPhrError(error)) return { category: error.category, message: error.message };
    return error instanceof Error
      ? { message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) }
      : { message: String(error) };
  }
}

function readClock(database: SqlDatabase): Clock {
  const row = database.prepare('SELECT commit_number, at, rid FROM clock').get();
  if (row === undefined) throw new Error('the clock row is missing');
  return { commit: Number(row['commit_number']), at: Number(row['at']), rid: Number(row['rid']) };
}

function rollBack(database: SqlDatabase): void {
  try {
    if (database.inTransaction) database.exec('ROLLBACK');
  } catch {
    // The library rolled back by itself, or the file is gone: either way nothing of the batch was committed.
  }
}
