import type { Logger } from 'pino';
import type { OutboxRow, Store } from '../../store/store.js';
import type { JobContract, JobHandler, JobObserver, JobQueue, ScheduledJob } from '../queue.js';
import { makeRowRunner } from '../run-row.js';

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
  readonly schedules?: readonly ScheduledJob[];
  /** How often open rows are looked for without a wake; defaults to SWEEP_INTERVAL_MS. */
  readonly sweepIntervalMs?: number;
  readonly after?: After;
  /** Chance in [0, 1) for jitter. */
  readonly random?: () => number;
}

/** A lost wake, a row of before a crash and a row that becomes due are found within this time. */
export const SWEEP_INTERVAL_MS = 2_000;
interface Lane {
  readonly contract: JobContract;
  readonly handler: JobHandler;
  readonly running: Map<string, Promise<void>>;
  /** Rows that ended while a read of the outbox was under way: that read may still show them open. */
  readonly endedWhileReading: Set<string>;
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
  const runRow = makeRowRunner({ store, logger, now, random: deps.random ?? Math.random, observer: deps.observer });
  const sweepIntervalMs = deps.sweepIntervalMs ?? SWEEP_INTERVAL_MS;
  const lanes = new Map(deps.contracts.map((contract) => [contract.kind, laneOf(contract, deps.handlers[contract.kind])]));
  let state: 'made' | 'running' | 'stopping' | 'stopped' = 'made';
  let cancelSweep: (() => void) | undefined;
  /** Cancels the next time of a schedule, by name. */
  const scheduled = new Map<string, () => void>();

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
    const ended = await runRow(lane.contract, lane.handler, row, () => state === 'stopped');
    if (ended.end === 'retry') retryAt(lane, ended.dueMs);
    return ended.end !== 'left';
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

  function schedule(job: ScheduledJob): void {
    const runAndGoOn = async (): Promise<void> => {
      try {
        await job.run();
      } catch (err) {
        logger.error({ err, part: job.name }, 'scheduled job failed');
      }
      if (state === 'running') schedule(job);
    };
    scheduled.set(
      job.name,
      after(job.everyMs, () => void runAndGoOn()),
    );
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
        for (const job of deps.schedules ?? []) schedule(job);
      }
      return Promise.resolve();
    },
    stop: async (timeoutMs) => {
      if (state === 'stopped') return;
      state = 'stopping';
      cancelSweep?.();
      for (const cancel of scheduled.values()) cancel();
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

function laneOf(contract: JobContract, handler: JobHandler | undefined): Lane {
  if (handler === undefined) throw new Error(`no handler for ${contract.kind}`);
  return {
    contract,
    handler,
    running: new Map(),
    endedWhileReading: new Set(),
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
