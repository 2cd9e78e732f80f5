import { fork } from 'node:child_process';

export interface StorePortOrder {
  readonly dataDir: string;
  readonly concurrency: number;
  readonly durationMs: number;
}

export interface StorePortResult {
  readonly commits: number;
  readonly perSecond: number;
}

/** Commits what a create commits, through the store's port, in a process of its own that serves no HTTP. */
export interface StorePort {
  run(order: Omit<StorePortOrder, 'dataDir'>): Promise<StorePortResult>;
  stop(): void;
}

export function startStorePort(dataDir: string): StorePort {
  const child = fork(new URL('./store-port-process.js', import.meta.url));
  return {
    run: (order) =>
      new Promise((resolve, reject) => {
        const onExit = (): void => {
          reject(new Error('the process of the store port ended'));
        };
        child.once('exit', onExit);
        child.once('message', (result: StorePortResult) => {
          child.off('exit', onExit);
          resolve(result);
        });
        child.send({ ...order, dataDir } satisfies StorePortOrder);
      }),
    stop() {
      if (child.connected) child.disconnect();
    },
  };
}
