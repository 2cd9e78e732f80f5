import {
  freePort,
  isReady,
  spawnService,
  startService,
  until,
  type ServiceOptions,
  type ServiceProcess,
} from './service-process.js';

/** Where the servers of a pair are. */
export interface PairAddresses {
  readonly store: string;
  readonly queue: string;
}

export interface PairProcess {
  /** As it runs now. */
  service(): ServiceProcess;
  readonly options: ServiceOptions;
  /** Ends it as a power cut would, and starts it again; resolves when it is ready. */
  killAndStart(): Promise<void>;
}

/** The service at scale as an operator has it: processes that answer requests, and processes that run jobs, on one data folder for the sign-ins. */
export async function startPair(
  { store, queue }: PairAddresses,
  { dataDir, apis, workers }: { readonly dataDir: string; readonly apis: number; readonly workers: number },
): Promise<{ readonly apis: readonly PairProcess[]; readonly workers: readonly PairProcess[]; stop(): Promise<void> }> {
  const started: PairProcess[] = [];
  const front = await freePort();
  // One address for all, as behind a proxy: tokens of one process are good for the others.
  const BASE_URL = `http://localhost:${String(front)}`;
  const start = async (role: 'api' | 'worker', port?: number): Promise<PairProcess> => {
    const options = { dataDir, port: port ?? (await freePort()), env: { STORE: store, QUEUE: queue, ROLE: role, BASE_URL } };
    let service = await startService(options);
    const process: PairProcess = {
      service: () => service,
      options,
      async killAndStart() {
        service.kill('SIGKILL');
        await service.exited;
        service = spawnService(options);
        await until(() => isReady(service.baseUrl), `the ${role} is ready again`);
      },
    };
    started.push(process);
    return process;
  };
  const many = async (role: 'api' | 'worker', count: number): Promise<PairProcess[]> =>
    Promise.all(Array.from({ length: count }, async () => start(role)));
  // The first API alone prepares the database; the others start at once.
  const first = await start('api', front);
  const [others, workerProcesses] = await Promise.all([many('api', apis - 1), many('worker', workers)]);
  return {
    apis: [first, ...others],
    workers: workerProcesses,
    async stop() {
      const exits = await Promise.all(started.map(async (process) => process.service().stop()));
      const bad = exits.filter(({ code }) => code !== 0);
      if (bad.length > 0) throw new Error(`not stopped cleanly: ${JSON.stringify(bad)}`);
    },
  };
}
