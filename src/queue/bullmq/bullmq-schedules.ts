import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { ScheduledJob } from '../queue.js';
import { PREFIX } from './redis.js';
import { makeUntoldJobs } from './untold-jobs.js';

/** Name of the queue whose jobs are made by schedulers. */
export const SCHEDULES_QUEUE = 'schedules';
/** How often it is looked whether Redis still knows the schedulers. */
export const KEEP_EVERY_SWEEPS = 15;

/** A time that has passed so long ago without a run will not come by itself: its job was lost, though Redis knows the scheduler. */
export const OVERDUE_MS = 60_000;

export interface BullMqSchedules {
  start(): void;
  /** Makes what Redis has lost; called with every sweep, never throws. */
  keep(): void;
  /** Resolves when no scheduled job runs in this process. */
  idle(): Promise<void>;
  /** Resolves when Redis knows what has ended; see UntoldJobs. */
  told(): Promise<void>;
  /** Runs in progress are left alone. */
  close(): Promise<void>;
}

/** Work that is due again and again, by BullMQ's job schedulers: one of all the worker processes runs it. */
export function makeBullMqSchedules(deps: {
  readonly schedules: readonly ScheduledJob[];
  readonly offers: Redis;
  readonly workers: Redis;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
  readonly lockMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}): BullMqSchedules {
  const { schedules, logger } = deps;
  const byName = new Map(schedules.map((schedule) => [schedule.name, schedule]));
  const running = new Set<Promise<void>>();
  let sweeps = 0;
  const queue = new Queue(SCHEDULES_QUEUE, {
    connection: deps.offers,
    prefix: PREFIX,
    skipVersionCheck: true,
    skipWaitingForReady: true,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
  });
  const run = async (name: string): Promise<void> => {
    try {
      await byName.get(name)?.run();
    } catch (err) {
      logger.error({ err, part: name }, 'scheduled job failed');
    }
  };
  const worker = new Worker(
    SCHEDULES_QUEUE,
    ({ id, name }) => {
      untold.begun(id);
      const job = run(name);
      running.add(job);
      return job.finally(() => running.delete(job));
    },
    {
      connection: deps.workers,
      prefix: PREFIX,
      autorun: false,
      lockDuration: deps.lockMs,
      stalledInterval: deps.lockMs,
      skipVersionCheck: true,
    },
  );
  queue.on('error', () => undefined);
  const untold = makeUntoldJobs(worker);

  const makeMissing = async (): Promise<void> => {
    for (const { name, everyMs } of schedules) {
      const known = await queue.getJobScheduler(name);
      const isOverdue = known?.next !== undefined && known.next + everyMs + OVERDUE_MS < deps.now();
      if (known?.every === everyMs && !isOverdue) continue;
      // Without a start BullMQ runs it at once: processes that start together would each have it run.
      await queue.upsertJobScheduler(name, { every: everyMs, startDate: deps.now() + everyMs }, { name });
    }
  };
  return {
    start() {
      if (schedules.length > 0) worker.run().catch(() => undefined);
    },
    keep() {
      if (deps.offers.status !== 'ready') return;
      if (sweeps % KEEP_EVERY_SWEEPS === 0) {
        makeMissing().catch((err: unknown) => {
          logger.warn({ err, part: 'queue' }, 'schedules not kept, a later sweep tries again');
        });
      }
      sweeps += 1;
    },
    async idle() {
      await Promise.allSettled(running);
    },
    told: () => untold.told(),
    async close() {
      await Promise.allSettled([worker.close(true), queue.close()]);
    },
  };
}
