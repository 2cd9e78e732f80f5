import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { ScheduledJob } from '../queue.js';
import { PREFIX } from './redis.js';

/** Name of the queue whose jobs are made by schedulers. */
export const SCHEDULES_QUEUE = 'schedules';
/** How often it is looked whether Redis still knows the schedulers. */
export const KEEP_EVERY_SWEEPS = 15;

export interface BullMqSchedules {
  start(): void;
  /** Makes what Redis has lost; called with every sweep, never throws. */
  keep(): void;
  /** Resolves when no scheduled job runs in this process. */
  idle(): Promise<void>;
  /** @param force runs in progress are left alone */
  close(force: boolean): Promise<void>;
}

/** Work that is due again and again, by BullMQ's job schedulers: one of all the worker processes runs it. */
export function makeBullMqSchedules(deps: {
  readonly schedules: readonly ScheduledJob[];
  readonly offers: Redis;
  readonly workers: Redis;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
  readonly lockMs: number;
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
    ({ name }) => {
      const job = run(name);
      running.add(job);
      return job.finally(() => running.delete(job));
    },
    { connection: deps.workers, prefix: PREFIX, autorun: false, lockDuration: deps.lockMs, skipVersionCheck: true },
  );
  queue.on('error', () => undefined);
  worker.on('error', () => undefined);

  const makeMissing = async (): Promise<void> => {
    for (const { name, everyMs } of schedules) {
      const known = await queue.getJobScheduler(name);
      if (known?.every !== everyMs) await queue.upsertJobScheduler(name, { every: everyMs }, { name });
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
    async close(force) {
      await worker.close(force).catch(() => undefined);
      await queue.close().catch(() => undefined);
    },
  };
}
