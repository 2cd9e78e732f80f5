import type { MessagePort } from 'node:worker_threads';
import type { Config } from '../src/config.js';
import type { JobEnd } from '../src/queue/queue.js';

/** What the jobs thread is started with. The configuration is plain data; secrets stay in their files. */
export interface JobsThreadData {
  readonly config: Config;
  /** A connection to the process's writer thread; absent when the store has none (MongoDB). */
  readonly writer?: MessagePort;
}

/** Request thread -> jobs thread. */
export type JobsRequest = { readonly wake: readonly string[] } | { readonly stop: { readonly timeoutMs: number } };

/** Jobs thread -> request thread. */
export type JobsReply = { readonly ready: true } | { readonly stopped: true } | { readonly jobEnded: JobEnd };
