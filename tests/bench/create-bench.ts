import { rmSync } from 'node:fs';
import type { Bench, BenchContext, BenchResult } from './bench.js';
import { startLoadGenerator } from './load/load-generator.js';
import type { LoadGenerator } from './load/load-generator.js';
import type { LoadRequest, LoadResult } from './load/load-order.js';
import { bloodPressure } from './parts/observation.js';
import { nameOf, profileOf } from './parts/pair.js';
import type { Pair } from './parts/pair.js';
import { newestLinks, postFiles, untilFinished } from './parts/send-visits.js';
import { newDataDir, startService } from './parts/service.js';
import type { ServiceProcess } from './parts/service.js';
import { startStorePort } from './parts/store-port.js';
import type { StorePort, StorePortResult } from './parts/store-port.js';
import { FACILITY, makeVisitFiles } from './parts/visit-files.js';
import { median, ratiosOf } from './statistics.js';

const CONNECTIONS = 64;
const FINISH_MS = 120_000;
/** Bodies taken in turn; each create gets an id of its own all the same. */
const BODIES = 500;

/** Of one pair, ready to be measured. */
interface Side {
  readonly pair: Pair;
  readonly service: ServiceProcess;
  readonly port: StorePort;
  readonly requests: readonly LoadRequest[];
  readonly http: LoadResult[];
  readonly commits: StorePortResult[];
}

/** Create over HTTP, validated, indexed, audited and durable, against the same unit committed through the store's port; rounds in turn. */
export const createBench: Bench = async (context) => {
  const load = startLoadGenerator();
  const folders: string[] = [];
  const stops: (() => Promise<void>)[] = [];
  const sides: Side[] = [];
  try {
    for (const pair of context.pairs) {
      const dataDir = newDataDir();
      folders.push(dataDir);
      const service = await startService({ pair, ...profileOf(context, pair) });
      stops.push(() => service.stop());
      const port = startStorePort({ DATA_DIR: dataDir, ...pair.environment(dataDir) });
      stops.push(() => Promise.resolve(port.stop()));
      sides.push({ pair, service, port, requests: await requestsTo(service, load), http: [], commits: [] });
    }
    return await measure(context, sides, load);
  } finally {
    load.stop();
    for (const stop of stops.reverse()) await stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
};

async function requestsTo(service: ServiceProcess, load: LoadGenerator): Promise<readonly LoadRequest[]> {
  const token = await service.tokenOf('facility', FACILITY);
  await postFiles(service, load, token, [makeVisitFiles().file([{ person: 1, repeat: 0 }])], 1);
  await untilFinished(service, FINISH_MS);
  const patientId =
    (await newestLinks(service, token)).find((link) => link.startsWith('Patient/'))?.slice('Patient/'.length) ?? '';
  return Array.from({ length: BODIES }, (_, index): LoadRequest => ({
    method: 'POST',
    path: '/fhir/R4/Observation',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' },
    body: JSON.stringify(bloodPressure(patientId, index)),
  }));
}

async function measure(context: BenchContext, sides: readonly Side[], load: LoadGenerator): Promise<readonly BenchResult[]> {
  const rounds = context.quick ? 3 : 7;
  const durationMs = context.quick ? 1_000 : 3_000;
  const overHttp = ({ service, requests }: Side): Promise<LoadResult> =>
    load.run({ port: service.port, requests, connections: CONNECTIONS, durationMs }, 201);
  const atPort = ({ port }: Side): Promise<StorePortResult> => port.run({ concurrency: CONNECTIONS, durationMs });
  for (const side of sides) {
    await overHttp(side);
    await atPort(side);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const side of sides) {
      side.commits.push(await atPort(side));
      side.http.push(await overHttp(side));
    }
  }
  const embedded = sides.find(({ pair }) => pair.name === 'embedded');
  return sides.map((side) => {
    const { pair, http, commits, requests } = side;
    const ratios = ratiosOf(http, commits);
    return {
      bench: nameOf('create', pair),
      setting: {
        connections: CONNECTIONS,
        rounds,
        'seconds a round': durationMs / 1_000,
        'body bytes': requests[0]?.body?.length ?? 0,
      },
      figures: [
        { name: 'create / store port', value: median(ratios), unit: '×' },
        { name: 'lowest round', value: Math.min(...ratios), unit: '×' },
        { name: 'highest round', value: Math.max(...ratios), unit: '×' },
        { name: 'creates', value: median(http.map(({ perSecond }) => perSecond)), unit: '/s' },
        { name: 'create p50', value: median(http.map(({ p50Ms }) => p50Ms)), unit: 'ms' },
        { name: 'create p99', value: median(http.map(({ p99Ms }) => p99Ms)), unit: 'ms' },
        { name: 'store port', value: median(commits.map(({ perSecond }) => perSecond)), unit: '/s' },
        ...(embedded === undefined || embedded === side
          ? []
          : [{ name: 'create / create of the embedded pair', value: median(ratiosOf(http, embedded.http)), unit: '×' }]),
      ],
    };
  });
}
