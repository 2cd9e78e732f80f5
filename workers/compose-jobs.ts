import type { MessagePort } from 'node:worker_threads';
import { SWEEP_MAX, sweepSessions } from '../src/access/sessions.js';
import type { Config } from '../src/config.js';
import type { Logger } from '../src/operations/logging.js';
import { makeEmbeddedQueue } from '../src/queue/embedded/embedded-queue.js';
import { JOB_CONTRACTS } from '../src/queue/jobs/contracts.js';
import type { JobObserver, JobQueue, ScheduledJob } from '../src/queue/queue.js';
import { composeRecord, type RecordOptions, type RecordParts } from '../src/worker-composition.js';

/** What a write that was cut off left behind is removed so often. */
export const SWEEP_STORE_EVERY_MS = 60 * 60_000;

/** Sessions that are over are removed so often; they open nothing meanwhile. */
export const SWEEP_SESSIONS_EVERY_MS = 10 * 60_000;

/** The side of the house that runs jobs: a thread of the embedded service, or a process of its own. */
export interface Jobs {
  readonly parts: RecordParts;
  readonly queue: JobQueue;
  /** Throws when what wakes the queue does not answer; for readiness. */
  readonly ping: () => Promise<void>;
}

/**
 * Puts store, record room and queue together; nothing runs before `queue.start()`.
 *
 * @throws PhrError `unavailable` when the store can't be opened
 */
export async function composeJobs(
  config: Config,
  deps: {
    readonly logger: Logger;
    readonly observer: JobObserver;
    readonly writer?: MessagePort | undefined;
    readonly onCommit?: RecordOptions['onCommit'];
  },
): Promise<Jobs> {
  const opened: { queue?: JobQueue } = {};
  const parts = await composeRecord(config, {
    writer: deps.writer,
    onOpens: (kinds) => opened.queue?.wake(kinds),
    ...(deps.onCommit === undefined ? {} : { onCommit: deps.onCommit }),
  });
  const schedules: readonly ScheduledJob[] = [
    {
      name: 'sweep-store',
      everyMs: SWEEP_STORE_EVERY_MS,
      run: async () => {
        const swept = await parts.sweep();
        if (swept > 0) deps.logger.info({ count: swept }, 'remains of cut off writes removed');
      },
    },
    {
      name: 'sweep-sessions',
      everyMs: SWEEP_SESSIONS_EVERY_MS,
      run: async () => {
        while ((await sweepSessions(parts.store, Date.now())) === SWEEP_MAX);
      },
    },
  ];
  const common = {
    store: parts.store,
    contracts: JOB_CONTRACTS,
    handlers: parts.room.handlers,
    schedules,
    logger: deps.logger,
    now: Date.now,
    observer: deps.observer,
  };
  if (config.queue.engine === 'embedded') {
    opened.queue = makeEmbeddedQueue(common);
    return { parts, queue: opened.queue, ping: () => Promise.resolve() };
  }
  const { makeBullMqQueue } = await import('../src/queue/bullmq/bullmq-queue.js');
  const queue = makeBullMqQueue({ ...common, redisUrl: config.queue.url });
  opened.queue = queue;
  return { parts, queue, ping: () => queue.ping() };
}
