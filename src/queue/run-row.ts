import type { Logger } from 'pino';
import { isPhrError } from '../errors.js';
import type { OutboxNote, OutboxRow, Store } from '../store/store.js';
import { backoffDelayMs } from './backoff.js';
import { UnrecoverableJobError, type JobContract, type JobHandler, type JobObserver } from './queue.js';

/** A try that lost against another commit is repeated after this long: what it believed is read again. */
export const CONFLICT_DELAY_MS = 25;
/** Lost tries of a row that don't count as attempts; from the next one on they do, so a row that always loses ends as a dead letter. */
export const MAX_FREE_CONFLICTS = 20;

export interface RowRunnerDeps {
  readonly store: Pick<Store, 'outboxRow' | 'commit'>;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Chance in [0, 1) for jitter. */
  readonly random: () => number;
  readonly observer?: JobObserver | undefined;
}

/** How one try ended. `retry`: the row is due again at `dueMs`. `left`: the queue stopped meanwhile, the row is as it was. */
export type RowEnd = { readonly end: 'done' | 'dead' | 'left' } | { readonly end: 'retry'; readonly dueMs: number };

/**
 * One try of a row, the same on every engine: the handler runs, and what a failure leaves on the row is kept in the store, which is the truth.
 * A row that is closed afterwards is done, whatever the handler threw.
 */
export function makeRowRunner(
  deps: RowRunnerDeps,
): (contract: JobContract, handler: JobHandler, row: OutboxRow, isStopped: () => boolean) => Promise<RowEnd> {
  const { store, logger, now, random } = deps;
  /** Tries lost in a row, by outbox id. */
  const conflicts = new Map<string, number>();

  function noteOf(contract: JobContract, row: OutboxRow, failure: unknown): OutboxNote {
    const { id } = row;
    const lost = (conflicts.get(id) ?? 0) + 1;
    if (isPhrError(failure, 'precondition-failed') && lost <= MAX_FREE_CONFLICTS) {
      conflicts.set(id, lost);
      return { id, attempts: row.attempts, notBefore: new Date(now() + CONFLICT_DELAY_MS).toISOString() };
    }
    conflicts.delete(id);
    const attempts = row.attempts + 1;
    if (failure instanceof UnrecoverableJobError || attempts >= contract.attempts) {
      return { id, attempts, dead: failureCode(failure) };
    }
    return { id, attempts, notBefore: new Date(now() + backoffDelayMs(contract, attempts, random())).toISOString() };
  }

  return async (contract, handler, row, isStopped) => {
    const startedMs = now();
    const ended = (outcome: 'done' | 'retry' | 'dead'): void => {
      deps.observer?.jobEnded({ kind: row.kind, outcome, durationMs: now() - startedMs });
    };
    let failure: unknown;
    try {
      if (!contract.isPayload(row.payload)) throw new UnrecoverableJobError('payload breaks its contract');
      await handler(row);
    } catch (error) {
      failure = error;
    }
    // After the time of `stop` is over the row belongs to the next start.
    if (isStopped()) return { end: 'left' };
    const left = await store.outboxRow(row.id);
    if (left === undefined || left.dead !== undefined) {
      // Closed: also when the handler failed after its commit, or an earlier run had done the work.
      conflicts.delete(row.id);
      logger.info({ kind: row.kind, outboxId: row.id, durationMs: now() - startedMs }, 'job done');
      ended('done');
      return { end: 'done' };
    }
    failure ??= new RowLeftOpenError();
    const note = noteOf(contract, row, failure);
    await store.commit({ notes: [note] });
    const fields = { kind: row.kind, outboxId: row.id, attempt: note.attempts, code: failureCode(failure), err: failure };
    if (note.dead !== undefined) {
      logger.error(fields, 'job is a dead letter');
      ended('dead');
      return { end: 'dead' };
    }
    const dueMs = Date.parse(note.notBefore ?? '');
    if (note.attempts === row.attempts) logger.debug(fields, 'job lost against another commit');
    else logger.warn({ ...fields, delayMs: dueMs - now() }, 'job failed, it will be tried again');
    ended('retry');
    return { end: 'retry', dueMs };
  };
}

/** The handler returned without closing its row: a bug that would otherwise run for ever. */
class RowLeftOpenError extends Error {
  override readonly name = 'RowLeftOpenError';
}

/** What a dead letter says: a category or the name of a class, never a message. */
function failureCode(failure: unknown): string {
  if (isPhrError(failure)) return failure.category;
  const name = failure instanceof Error ? failure.name : '';
  return /^[A-Za-z]{1,60}$/.test(name) ? name : 'Error';
}
