import { Queue, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { OutboxRow, Store } from '../../store/store.js';
import type { JobContract, JobHandler, JobObserver, JobQueue, ScheduledJob } from '../queue.js';
import { makeRowRunner } from '../run-row.js';
import { makeBullMqSchedules, type BullMqSchedules } from './bullmq-schedules.js';
import { makeUntoldJobs, type UntoldJobs } from './untold-jobs.js';
import { connectRedis, pingRedis, PREFIX, wakeChannel } from './redis.js';

/** Runs `run` once after `ms`; the returned function cancels it. */
export type After = (ms: number, run: () => void) => () => void;

export interface BullMqQueueDeps {
  readonly redisUrl: string;
  readonly store: Pick<Store, 'openOutbox' | 'outboxRow' | 'commit'>;
  readonly contracts: readonly JobContract[];
  /** By kind; one for every contract. */
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly schedules?: readonly ScheduledJob[];
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly observer?: JobObserver;
  /** How often open rows are looked for without a wake; defaults to SWEEP_INTERVAL_MS. */
  readonly sweepIntervalMs?: number;
  /** A job whose worker has not been heard of for so long is given to another one; defaults to LOCK_MS. */
  readonly lockMs?: number;
  readonly after?: After;
  /** Chance in [0, 1) for jitter. */
  readonly random?: () => number;
}

export interface BullMqQueue extends JobQueue {
  /** @throws Error when Redis does not answer; for readiness */
  ping(): Promise<void>;
}

/** A lost wake, a flushed Redis and a row that becomes due are found within this time. */
export const SWEEP_INTERVAL_MS = 2_000;
/** A worker renews the lock of its job while its event loop turns; a job of a dead one is redone after at most twice this long. */
export const LOCK_MS = 15_000;
/** Open rows of a kind that are offered to Redis at a time: enough for all workers, little to offer again. */
export const OFFERED_ROWS = 64;

/** BullMQ waits so long before it repeats a command that Redis did not answer. */
const RUN_RETRY_MS = 500;
/** Longest wait for the last words with Redis when the queue stops; what it still thinks of us ends with the locks. */
export const CLOSE_TIMEOUT_MS = 2_000;

/** All that Redis learns of a row. */
interface Offer {
  readonly outboxId: string;
}

interface Lane {
  readonly contract: JobContract;
  readonly handler: JobHandler;
  readonly queue: Queue<Offer>;
  readonly worker: Worker<Offer>;
  readonly untold: UntoldJobs;
  /** By outbox id. */
  readonly running: Map<string, Promise<void>>;
  /** The end of a job could not be kept: only the sweep offers again, else the row would run without pause. */
  storeFailed: boolean;
  /** Jobs ended since rows were offered last. */
  ended: number;
  offering: boolean;
  again: boolean;
  retry: { readonly dueMs: number; cancel(): void } | undefined;
}

/**
 * The queue at scale: rows of the outbox, offered to BullMQ, run by any of the worker processes. The store is the truth: a job is an id, its row
 * is read again before it runs, what a failure leaves is written on the row, and BullMQ itself never tries again. So Redis may forget everything
 * at any instant: every worker process offers the open rows again. A row is offered under an id of its own, so that it waits and runs once however
 * often it is offered. docs/adr/0011-redis-is-a-wake-up.md
 *
 * @throws Error when a contract has no handler (a mistake of the composition)
 */
export function makeBullMqQueue(deps: BullMqQueueDeps): BullMqQueue {
  const { store, logger, now } = deps;
  const after = deps.after ?? afterTimer;
  const sweepIntervalMs = deps.sweepIntervalMs ?? SWEEP_INTERVAL_MS;
  const lockMs = deps.lockMs ?? LOCK_MS;
  const runRow = makeRowRunner({ store, logger, now, random: deps.random ?? Math.random, observer: deps.observer });
  const handlers = new Map(deps.contracts.map(({ kind }) => [kind, handlerOf(deps.handlers, kind)]));
  let state: 'made' | 'running' | 'stopping' | 'stopped' = 'made';
  let cancelSweep: (() => void) | undefined;

  const offers = connectRedis(deps.redisUrl, logger, { waits: false });
  // The same trouble is told once, by the connection above.
  const silent = { warn: () => undefined, info: () => undefined };
  const workers = connectRedis(deps.redisUrl, silent, { waits: true });
  const wakes = connectRedis(deps.redisUrl, silent, { waits: true });
  const schedules = makeBullMqSchedules({ schedules: deps.schedules ?? [], offers, workers, logger, lockMs, now });
  const lanes = new Map(deps.contracts.map((contract) => [contract.kind, laneOf(contract)]));

  function laneOf(contract: JobContract): Lane {
    const { kind } = contract;
    const queue = new Queue<Offer>(kind, {
      connection: offers,
      prefix: PREFIX,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
    });
    const worker = new Worker<Offer>(kind, (job) => take(kind, job), {
      connection: workers,
      prefix: PREFIX,
      concurrency: contract.concurrency,
      autorun: false,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      // How often a job lost its worker does not matter: attempts are counted on the row.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: RUN_RETRY_MS,
      skipVersionCheck: true,
    });
    const lane: Lane = {
      contract,
      handler: handlers.get(kind) ?? handlerOf(deps.handlers, kind),
      queue,
      worker,
      untold: makeUntoldJobs(worker),
      running: new Map(),
      storeFailed: false,
      ended: 0,
      offering: false,
      again: false,
      retry: undefined,
    };
    // Connections tell of their own trouble; without a listener BullMQ would end the process. The worker has one, see UntoldJobs.
    queue.on('error', () => undefined);
    worker.on('drained', () => {
      if (!lane.storeFailed) void offer(lane);
    });
    return lane;
  }

  /** Offers the open rows of the lane that are due. Called again and again; never twice at a time. */
  async function offer(lane: Lane): Promise<void> {
    if (lane.offering) {
      lane.again = true;
      return;
    }
    lane.offering = true;
    try {
      do {
        lane.again = false;
        if (state !== 'running' || offers.status !== 'ready') return;
        lane.ended = 0;
        const rows = await readDue(lane.contract.kind);
        // Redis that goes away meanwhile is told by its connection; the sweep offers again.
        if (rows.length > 0) await lane.queue.addBulk(rows.map(jobOf)).catch(() => undefined);
      } while (lane.again);
    } catch (err) {
      // A store that closes while the queue stops is no failure.
      if (state === 'running') logger.error({ err, kind: lane.contract.kind }, 'outbox not readable, the next sweep tries again');
    } finally {
      lane.offering = false;
    }
  }

  const readDue = (kind: string): Promise<readonly OutboxRow[]> =>
    store.openOutbox({ kinds: [kind], dueAt: new Date(now()).toISOString(), limit: OFFERED_ROWS });

  /** Never throws: for BullMQ a job has done its duty when the row was looked at. */
  function take(kind: string, job: Job<Offer>): Promise<void> {
    const lane = lanes.get(kind);
    const { outboxId } = job.data;
    // Fetched while the queue stops: the row stays open, another process offers it again.
    if (lane === undefined || state !== 'running') return Promise.resolve();
    lane.untold.begun(job.id);
    // Redis has forgotten the job that runs here. Holding the new one claims the row again; letting go of it would hand the row to another process.
    const already = lane.running.get(outboxId);
    if (already !== undefined) return already;
    const running = run(lane, outboxId, job.id)
      .catch((err: unknown) => {
        // Not even the failure could be kept. The row is as it was, and the attempt isn't counted: the store failed, not the job.
        lane.storeFailed = true;
        if (state !== 'stopped') logger.error({ err, kind, outboxId }, 'end of a job not kept');
      })
      .finally(() => {
        lane.running.delete(outboxId);
        lane.ended += 1;
        if (lane.ended >= OFFERED_ROWS / 2 && !lane.storeFailed) void offer(lane);
      });
    lane.running.set(outboxId, running);
    return running;
  }

  /** What was offered may be long done, dead, postponed or offered under a newer id: the row says. */
  async function run(lane: Lane, outboxId: string, jobId: string | undefined): Promise<void> {
    const row = await store.outboxRow(outboxId);
    if (row === undefined || row.dead !== undefined || jobOf(row).opts.jobId !== jobId) return;
    const ended = await runRow(lane.contract, lane.handler, row, () => state === 'stopped');
    if (ended.end === 'retry') retryAt(lane, ended.dueMs);
  }

  /** Offers again when the earliest retry of the lane is due; the sweeper would find it too, later. */
  function retryAt(lane: Lane, dueMs: number): void {
    if (state !== 'running' || (lane.retry !== undefined && lane.retry.dueMs <= dueMs)) return;
    lane.retry?.cancel();
    const cancel = after(Math.max(1, dueMs - now()), () => {
      lane.retry = undefined;
      // A timer may fire a millisecond early by the clock that wrote the row.
      if (now() < dueMs) retryAt(lane, dueMs);
      else void offer(lane);
    });
    lane.retry = { dueMs, cancel };
  }

  function sweep(): void {
    for (const lane of lanes.values()) {
      lane.storeFailed = false;
      void offer(lane);
    }
    schedules.keep();
    cancelSweep = after(sweepIntervalMs, sweep);
  }

  const wake = (kinds: readonly string[]): void => {
    if (state !== 'running') return;
    for (const kind of kinds) {
      const lane = lanes.get(kind);
      if (lane !== undefined) void offer(lane);
    }
  };

  return {
    wake,
    ping: () => pingRedis(offers),
    start() {
      if (state !== 'made') return Promise.resolve();
      state = 'running';
      wakes.on('message', (_channel, kinds) => {
        wake(kinds.split(','));
      });
      wakes.subscribe(wakeChannel(deps.redisUrl)).catch(() => undefined);
      offers.on('ready', () => {
        wake([...lanes.keys()]);
      });
      for (const { worker } of lanes.values()) worker.run().catch(() => undefined);
      schedules.start();
      sweep();
      return Promise.resolve();
    },
    async stop(timeoutMs) {
      if (state === 'stopped') return;
      state = 'stopping';
      cancelSweep?.();
      for (const { retry } of lanes.values()) retry?.cancel();
      const all = [...lanes.values()];
      // No new job is taken from here on; BullMQ gives what it had already fetched to another worker.
      const pausing = Promise.all(all.map(({ worker }) => worker.pause(true).catch(() => undefined)));
      const inFlight = all.flatMap(({ running }) => [...running.values()]);
      let cancel = (): void => undefined;
      const expired = new Promise<'expired'>((resolve) => {
        cancel = after(timeoutMs, () => {
          resolve('expired');
        });
      });
      const outcome = await Promise.race([expired, Promise.all([pausing, ...inFlight, schedules.idle()])]);
      cancel();
      state = 'stopped';
      if (outcome === 'expired' && inFlight.length > 0) {
        logger.warn({ count: inFlight.length }, 'jobs cut off, they are redone after the next start');
      }
      await closeAll(all, [wakes, offers, workers], schedules, outcome === 'expired');
    },
  };
}

/**
 * Waits until Redis knows what has ended, so that no job of ours waits for its lock to run out. Must not hang on a Redis that is gone, nor on jobs
 * that were cut off.
 */
async function closeAll(
  lanes: readonly Pick<Lane, 'queue' | 'worker' | 'untold'>[],
  connections: readonly Redis[],
  schedules: BullMqSchedules,
  isCutOff: boolean,
): Promise<void> {
  if (!isCutOff && connections.every(({ status }) => status === 'ready')) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([late, Promise.all([...lanes.map(({ untold }) => untold.told()), schedules.told()])]);
    clearTimeout(timer);
  }
  const closing = [...lanes.flatMap(({ queue, worker }) => [worker.close(true), queue.close()]), schedules.close()];
  for (const connection of connections) connection.disconnect();
  await Promise.allSettled(closing);
}

/**
 * The offer of a row as it stands: a try that failed, or lost, leaves another state and so another id. BullMQ takes an id once as long as its job
 * waits or runs, so a row waits and runs once however many processes offer it. An id has a letter and no colon.
 */
const jobOf = ({ id, kind, attempts, notBefore }: OutboxRow) => ({
  name: kind,
  data: { outboxId: id },
  opts: {
    jobId: `row-${encodeURIComponent(id)}-${String(attempts)}-${String(notBefore === undefined ? 0 : Date.parse(notBefore))}`,
  },
});

function handlerOf(handlers: Readonly<Record<string, JobHandler>>, kind: string): JobHandler {
  const handler = handlers[kind];
  if (handler === undefined) throw new Error(`no handler for ${kind}`);
  return handler;
}

const afterTimer: After = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => {
    clearTimeout(timer);
  };
};
