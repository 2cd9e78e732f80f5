import { fork } from 'node:child_process';
import type { LoadOrder, LoadReply, LoadResult } from './load-order.js';

/** The load process, seen from the bench. */
export interface LoadGenerator {
  /** @throws Error when an answer had another status than `status` */
  run(order: LoadOrder, status: number): Promise<LoadResult>;
  stop(): void;
}

export function startLoadGenerator(): LoadGenerator {
  const child = fork(new URL('./load-process.js', import.meta.url));
  return {
    run: (order, status) =>
      new Promise((resolve, reject) => {
        const onExit = (): void => {
          reject(new Error('the load process ended'));
        };
        child.once('exit', onExit);
        child.once('message', (reply: LoadReply) => {
          child.off('exit', onExit);
          if ('failed' in reply) reject(new Error(reply.failed));
          else if (reply.result.statuses[String(status)] !== reply.result.answers) {
            reject(new Error(`answers other than ${String(status)}: ${JSON.stringify(reply.result.statuses)}`));
          } else resolve(reply.result);
        });
        child.send(order);
      }),
    stop() {
      if (child.connected) child.disconnect();
    },
  };
}
