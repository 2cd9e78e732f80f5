import type { OutboxRow } from '../store/store.js';

/** Result of a handler: it has closed the row by its own commit. Throw to fail the attempt. */
export type JobHandler = (row: OutboxRow) => Promise<void>;

/** Retrying can't help (a payload that breaks its contract): the row goes to the dead letters at once. */
export class UnrecoverableJobError extends Error {
  override readonly name = 'UnrecoverableJobError';
}

/** One kind of work: its name is the outbox row's `kind`. */
export interface JobContract {
  readonly kind: string;
  readonly attempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly concurrency: number;
  isPayload(payload: unknown): boolean;
}

/**
 * Wakes workers for outbox rows; the store stays the truth. `wake` never throws and may be lost: the sweeper offers open rows again.
 * Every engine passes `tests/support/queue.contract.ts`.
 */
export interface JobQueue {
  wake(kinds: readonly string[]): void;
  /** Starts workers and sweeper. */
  start(): Promise<void>;
  /** No new row is taken; what is in flight finishes or is safely redone after `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>;
}

/** Work that no row of the outbox asks for: it is due again and again. In an installation of many processes one of them runs it. */
export interface ScheduledJob {
  /** Lower-case words with hyphens; unique. */
  readonly name: string;
  /** The first time comes this long after the first start, the next ones as long after one another. */
  readonly everyMs: number;
  /** Idempotent; a failure is logged, and the next time is the next try. */
  run(): Promise<void>;
}

/** How one try of a job ended. `dead` = it is a dead letter now. */
export interface JobEnd {
  readonly kind: string;
  readonly outcome: 'done' | 'retry' | 'dead';
  readonly durationMs: number;
}

/** Told of every try that ended; plain values, so that a worker thread can post them. */
export interface JobObserver {
  jobEnded(end: JobEnd): void;
}
