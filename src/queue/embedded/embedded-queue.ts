import type { Logger } from 'pino';
import { isPhrError } from '../../errors.js';
import type { OutboxNote, OutboxRow, Store } from '../../store/store.js';
import { UnrecoverableJobError, type JobContract, type JobHandler, type JobObserver, type JobQueue } from '../queue.js';
import { backoffDelayMs } from './backoff.js';

/** Runs `run` once after `ms`; the returned function cancels it. */
export type After = (ms: number, run: () => void) => () => void;

export interface EmbeddedQueueDeps {
  readonly store: Pick<Store, 'openOutbox' | 'outboxRow' | 'commit'>;
  readonly contracts: readonly JobContract[];
  /** By kind; one for every contract. */
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly observer?: JobObserver;
  /** How often open rows are looked for without a wake; defaults to SWEEP_INTERVAL_MS. */
  readonly sweepIntervalMs?: number;
  readonly after?: After;
  /** Chance in [0, 1) for jitter. */
  readonly random?: () => number;
}

/** A lost wake, a row of before a crash and a row that becomes due are found within this time. */
export const SWEEP_INTERVAL_MS = 2_000;
/** A try that lost against another commit is repeated after this long: what it believed is read again. */
export const CONFLICT_DELAY_MS = 25;
/** Lost tries of a row that don't count as attempts; from the next one on they do, so a row that always loses ends as a dead letter. */
export const MAX_FREE_CONFLICTS = 20;

interface Lane {
  readonly contract: JobContract;
  readonly handler: JobHandler;
  readonly running: Map<string, Promise<void>>;
  /** Rows that ended while a read of the outbox was under way: that read may still show them open. */
  readonly endedWhileReading: Set<string>;
  /** Tries lost in a row, by outbox id. */
  readonly conflicts: Map<string, number>;
  reading: boolean;
  again: boolean;
  retry: { readonly dueMs: number; cancel(): void } | undefined;
}

/**
 * The queue without a server: rows of the outbox, run in this process. The store is the truth; what this keeps in memory may be lost at any
 * instant. Rows of a kind start in the order of opening; a row that failed waits for its next try without holding up the ones behind it.
 * A row runs at most once at a time in this process, and again after a crash before its closing commit: handlers are idempotent.
 *
 * @throws Error when a contract has no handler (a mistake of the composition)
 */
export function makeEmbeddedQueue(deps: EmbeddedQueueDeps): JobQueue {
  const { store, logger, now } = deps;
  const after = deps.after ?? afterTimer;
  const random = deps.random ?? Math.random;
  const sweepIntervalMs = deps.sweepIntervalMs ?? SWEEP_INTERVAL_MS;
  const lanes = new Map(deps.contracts.map((contract) => [contract.kind, laneOf(contract, deps.handlers[contract.kind])]));
  let state: 'made' | 'running' | 'stopping' | 'stopped' = 'made';
  let cancelSweep: (() => void) | undefined;

  /** Starts rows of the lane while it has room. Called again and again; never twice at a time. */
  async function pump(lane: Lane): Promise<void> {
    if (lane.reading) {
      lane.again = true;
      return;
    }
    lane.reading = true;
    try {
      do {
        lane.again = false;
        lane.endedWhileReading.clear();
        if (state !== 'running' || lane.running.size >= lane.contract.concurrency) return;
        // Rows that run are still open, but fewer than this: there is always a new one among so many, if there is any.
        const rows = await store.openOutbox({
          kinds: [lane.contract.kind],
          dueAt: new Date(now()).toISOString(),
          limit: lane.contract.concurrency,
        });
        for (const row of rows) take(lane, row);
      } while (lane.again);
    } catch (err) {
      // A store that closes while the queue stops is no failure.
      if (state === 'running') logger.error({ err, kind: lane.contract.kind }, 'outbox not readable, the next sweep tries again');
    } finally {
      lane.reading = false;
    }
  }

  function take(lane: Lane, row: OutboxRow): void {
    if (state !== 'running' || lane.running.size >= lane.contract.concurrency) return;
    if (lane.running.has(row.id) || lane.endedWhileReading.has(row.id)) return;
    const job = run(lane, row)
      .then(
        (more) => more,
        (err: unknown) => {
          // Not even the failure could be kept. The row is as it was, and the attempt isn't counted: the store failed, not the job.
          if (state !== 'stopped') logger.error({ err, kind: row.kind, outboxId: row.id }, 'end of a job not kept');
          return false;
        },
      )
      .then((more) => {
        lane.running.delete(row.id);
        if (lane.reading) lane.endedWhileReading.add(row.id);
        if (more) void pump(lane);
      });
    lane.running.set(row.id, job);
  }

  /** One try. @returns whether to look for more at once; false leaves it to the sweeper. */
  async function run(lane: Lane, row: OutboxRow): Promise<boolean> {
    const startedMs = now();
    const ended = (outcome: 'done' | 'retry' | 'dead'): void => {
      deps.observer?.jobEnded({ kind: row.kind, outcome, durationMs: now() - startedMs });
    };
    let failure: unknown;
    try {
      if (!lane.contract.isPayload(row.payload)) throw new UnrecoverableJobError('payload breaks its contract');
      await lane.handler(row);
    } catch (error) {
      failure = error;
    }
    // After the time of `stop` is over the row belongs to the next start.
    if (state === 'stopped') return false;
    const left = await store.outboxRow(row.id);
    if (left === undefined || left.dead !== undefined) {
      // Closed: also when the handler failed after its commit, or an earlier run had done the work.
      lane.conflicts.delete(row.id);
      logger.info({ kind: row.kind, outboxId: row.id, durationMs: now() - startedMs }, 'job done');
      ended('done');
      return true;
    }
    failure ??= new RowLeftOpenError();
    const note = noteOf(lane, row, failure);
    await store.commit({ notes: [note] });
    const fields = { kind: row.kind, outboxId: row.id, attempt: note.attempts, code: failureCode(failure), err: failure };
    if (note.dead !== undefined) {
      logger.error(fields, 'job is a dead letter');
      ended('dead');
    } else {
      const dueMs = Date.parse(note.notBefore ?? '');
      if (note.attempts === row.attempts) logger.debug(fields, 'job lost against another commit');
      else logger.warn({ ...fields, delayMs: dueMs - now() }, 'job failed, it will be tried again');
      ended('retry');
      retryAt(lane, dueMs);
    }
    return true;
  }

  function noteOf(lane: Lane, row: OutboxRow, failure: unknown): OutboxNote {
    const { id } = row;
    const conflicts = (lane.conflicts.get(id) ?? 0) + 1;
    if (isPhrError(failure, 'precondition-failed') && conflicts <= MAX_FREE_CONFLICTS) {
      lane.conflicts.set(id, conflicts);
      return { id, attempts: row.attempts, notBefore: new Date(now() + CONFLICT_DELAY_MS).toISOString() };
    }
    lane.conflicts.delete(id);
    const attempts = row.attempts + 1;
    if (failure instanceof UnrecoverableJobError || attempts >= lane.contract.attempts) {
      return { id, attempts, dead: failureCode(failure) };
    }
    return { id, attempts, notBefore: new Date(now() + backoffDelayMs(lane.contract, attempts, random())).toISOString() };
  }

  /** Looks again when the earliest retry of the lane is due; the sweeper would find it too, later. */
  function retryAt(lane: Lane, dueMs: number): void {
    if (state !== 'running' || (lane.retry !== undefined && lane.retry.dueMs <= dueMs)) return;
    lane.retry?.cancel();
    const cancel = after(Math.max(1, dueMs - now()), () => {
      lane.retry = undefined;
      // A timer may fire a millisecond early by the clock that wrote the row.
      if (now() < dueMs) retryAt(lane, dueMs);
      else void pump(lane);
    });
    lane.retry = { dueMs, cancel };
  }

  function sweep(): void {
    for (const lane of lanes.values()) void pump(lane);
    cancelSweep = after(sweepIntervalMs, sweep);
  }

  return {
    wake: (kinds) => {
      for (const kind of kinds) {
        const lane = lanes.get(kind);
        if (lane !== undefined && state === 'running') void pump(lane);
      }
    },
    start: () => {
      if (state === 'made') {
        state = 'running';
        sweep();
      }
      return Promise.resolve();
    },
    stop: async (timeoutMs) => {
      if (state === 'stopped') return;
      state = 'stopping';
      cancelSweep?.();
      for (const lane of lanes.values()) lane.retry?.cancel();
      const inFlight = [...lanes.values()].flatMap((lane) => [...lane.running.values()]);
      let cancel = (): void => undefined;
      const expired = new Promise<'expired'>((resolve) => {
        cancel = after(timeoutMs, () => {
          resolve('expired');
        });
      });
      const outcome = await Promise.race([expired, Promise.all(inFlight)]);
      cancel();
      state = 'stopped';
      if (outcome === 'expired') logger.warn({ count: inFlight.length }, 'jobs cut off, they are redone after the next start');
    },
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

function laneOf(contract: JobContract, handler: JobHandler | undefined): Lane {
  if (handler === undefined) throw new Error(`no handler for ${contract.kind}`);
  return {
    contract,
    handler,
    running: new Map(),
    endedWhileReading: new Set(),
    conflicts: new Map(),
    reading: false,
    again: false,
    retry: undefined,
  };
}

const afterTimer: After = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => {
    clearTimeout(timer);
  };
};
