import { Worker } from 'node:worker_threads';
import type { Config } from './config.js';
import type { JobEnd, JobQueue } from './queue/queue.js';
import type { SqliteWriter } from './store/sqlite/writer.js';
import type { JobsReply, JobsRequest, JobsThreadData } from '../workers/jobs-messages.js';

/**
 * Young generation of the jobs thread's heap. Parsing makes much short-lived garbage; a small nursery is collected often and cheaply, a
 * large one only grows the process (the demonstration is to run within 512 MiB).
 */
export const JOBS_YOUNG_GENERATION_MB = 16;
/** Bound of the jobs thread's heap: files lie outside of it, and one visit at a time is read into it. */
export const JOBS_OLD_GENERATION_MB = 384;

/** The jobs thread seen from the request thread: a queue to wake, and whether it lives. */
export interface JobsThread extends JobQueue {
  isAlive(): boolean;
}

/**
 * Starts the jobs thread (`workers/jobs-thread.ts`, built).
 *
 * @param deps.onFailure told when the thread dies by itself: the process must end and be started again, its rows are still open
 */
export function makeJobsThread(deps: {
  readonly config: Config;
  /** The process's writer thread; undefined when the store has none. */
  readonly writer: SqliteWriter | undefined;
  readonly onJobEnded: (end: JobEnd) => void;
  readonly onFailure: (error: unknown) => void;
}): JobsThread {
  let worker: Worker | undefined;
  let isAlive = false;
  const post = (request: JobsRequest): void => {
    worker?.postMessage(request);
  };
  return {
    isAlive: () => isAlive,
    wake(kinds) {
      post({ wake: kinds });
    },
    start() {
      const writer = deps.writer?.port();
      const workerData: JobsThreadData = { config: deps.config, ...(writer === undefined ? {} : { writer }) };
      worker = new Worker(new URL('../workers/jobs-thread.js', import.meta.url), {
        workerData,
        transferList: writer === undefined ? [] : [writer],
        resourceLimits: { maxYoungGenerationSizeMb: JOBS_YOUNG_GENERATION_MB, maxOldGenerationSizeMb: JOBS_OLD_GENERATION_MB },
      });
      const started = worker;
      return new Promise((resolve, reject) => {
        started.on('message', (message: JobsReply) => {
          if ('ready' in message) {
            isAlive = true;
            resolve();
          } else if ('jobEnded' in message) deps.onJobEnded(message.jobEnded);
        });
        started.on('error', (error) => {
          isAlive = false;
          reject(error);
          deps.onFailure(error);
        });
        started.on('exit', () => {
          isAlive = false;
        });
      });
    },
    async stop(timeoutMs) {
      const stopping = worker;
      if (stopping === undefined || !isAlive) return;
      const ended = new Promise<void>((resolve) => {
        stopping.once('exit', () => {
          resolve();
        });
      });
      post({ stop: { timeoutMs } });
      await ended;
    },
  };
}
