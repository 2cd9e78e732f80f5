import type { Figure } from '../bench.js';
import type { LoadGenerator } from '../load/load-generator.js';
import type { LoadRequest, LoadResult } from '../load/load-order.js';
import type { Pair } from './pair.js';
import type { ServiceProcess } from './service.js';

export const CONNECTIONS = 8;
const WARM_UP_MS = 1_000;

/** Maximum with all connections busy, with its processor time a request, and an open loop at half of the maximum. */
export interface MaximumAndHalf {
  readonly most: LoadResult;
  readonly half: LoadResult;
  /** Of the service, all threads. */
  readonly cpuMs: number;
  /** Of the servers beneath. */
  readonly serverMs: number;
  /** Commands to the database a request. */
  readonly questions: number;
}

export async function maximumAndHalf(
  { service, pair }: { readonly service: ServiceProcess; readonly pair: Pair },
  requests: readonly LoadRequest[],
  load: LoadGenerator,
  seconds: number,
): Promise<MaximumAndHalf> {
  const order = { port: service.port, requests, durationMs: seconds * 1_000 };
  const servers = (): number => Object.values(pair.serverSeconds()).reduce((sum, one) => sum + one, 0);
  await load.run({ ...order, connections: CONNECTIONS, durationMs: WARM_UP_MS }, 200);
  const questionsBefore = await pair.questions();
  const [cpuBefore, serversBefore] = [service.cpuSeconds().all, servers()];
  const most = await load.run({ ...order, connections: CONNECTIONS }, 200);
  const msEach = (secondsUsed: number): number => (secondsUsed / most.answers) * 1_000;
  const [cpuMs, serverMs] = [msEach(service.cpuSeconds().all - cpuBefore), msEach(servers() - serversBefore)];
  const questions = ((await pair.questions()) - questionsBefore) / most.answers;
  const half = await load.run({ ...order, connections: 4 * CONNECTIONS, ratePerSecond: most.perSecond / 2 }, 200);
  return { most, half, cpuMs, serverMs, questions };
}

export const figuresOf = (name: string, { most, half, cpuMs, serverMs, questions }: MaximumAndHalf): readonly Figure[] => [
  { name: `${name}, maximum`, value: most.perSecond, unit: '/s' },
  { name: `${name}, p50 at half of it`, value: half.p50Ms, unit: 'ms' },
  { name: `${name}, p99 at half of it`, value: half.p99Ms, unit: 'ms' },
  { name: `${name}, answer`, value: half.bodyBytes / 1_024, unit: 'KiB' },
  { name: `${name}, processor time`, value: cpuMs, unit: 'ms' },
  ...(questions === 0
    ? []
    : [
        { name: `${name}, and of servers`, value: serverMs, unit: 'ms' },
        { name: `${name}, questions to the database`, value: questions, unit: '' },
      ]),
];
