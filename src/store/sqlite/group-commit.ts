import { isPhrError } from '../../errors.js';
import type { ErrorCategory } from '../../errors.js';
import type { CommitResult } from '../store.js';
import { applyUnit } from './apply-unit.js';
import type { Clock } from './apply-unit.js';
import type { SqlDatabase } from './driver.js';
import { sqliteCodeOf } from './driver.js';
import { isAccessOnly } from './prepared-unit.js';
import type { PreparedUnit } from './prepared-unit.js';

export type CommitOutcome =
  | { readonly result: CommitResult }
  /** Without category: a bug, passed on with its stack. */
  | { readonly category?: ErrorCategory; readonly message: string; readonly stack?: string };

/** Storage failed under the whole batch: nothing of it is committed. */
const STORAGE_CODES = /^SQLITE_(FULL|IOERR|BUSY|LOCKED|NOMEM|READONLY|CANTOPEN|CORRUPT|NOTADB|PROTOCOL)/;

/**
 * Commits several units with one fsync, each in a savepoint of its own: a belief that fails takes back its own unit only. An outcome is
 * given after COMMIT returned. `isBroken` tells the caller that the file can't be trusted any more (after a failed fsync a second one
 * may succeed without having written).
 */
export function commitTogether(
  database: SqlDatabase,
  units: readonly PreparedUnit[],
): { readonly outcomes: readonly CommitOutcome[]; readonly isBroken: boolean } {
  try {
    database.prepare('BEGIN IMMEDIATE').run();
    const clock = readClock(database);
    const outcomes = units.map((unit) => applyInSavepoint(database, clock, unit));
    database.prepare('UPDATE clock SET commit_number = ?, at = ?, rid = ?').run(clock.commit, clock.at, clock.rid);
    database.prepare('COMMIT').run();
    return { outcomes, isBroken: false };
  } catch (error) {
    rollBack(database);
    const code = sqliteCodeOf(error) ?? 'unknown';
    return {
      outcomes: units.map(() => ({ category: 'unavailable', message: `The store cannot write (${code})` })),
      isBroken: !/^SQLITE_(FULL|BUSY|LOCKED|NOMEM)/.test(code),
    };
  }
}

function applyInSavepoint(database: SqlDatabase, clock: Clock, unit: PreparedUnit): CommitOutcome {
  const before = { ...clock };
  // A single line is refused before it has written anything: nothing to take back.
  const hasSavepoint = !isAccessOnly(unit) || unit.access.length > 1;
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
