import { fork } from 'node:child_process';

export interface StorePortOrder {
  /** DATA_DIR, and the pair when it is not the embedded one. */
  readonly environment: Readonly<Record<string, string>>;
  readonly concurrency: number;
  readonly durationMs: number;
}

export interface StorePortResult {
  readonly commits: number;
  readonly perSecond: number;
}

/** Commits what a create commits, through the store's port, in a process of its own that serves no HTTP. */
export interface StorePort {
  run(order: Omit<StorePortOrder, 'environment'>): Promise<StorePortResult>;
  stop(): void;
}

export function startStorePort(environment: StorePortOrder['environment']): StorePort {
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
        child.send({ ...order, environment } satisfies StorePortOrder);
      }),
    stop() {
      if (child.connected) child.disconnect();
    },
  };
}
