import { rmSync } from 'node:fs';
import type { Bench, BenchContext, BenchResult } from './bench.js';
import { startLoadGenerator } from './load/load-generator.js';
import type { LoadGenerator } from './load/load-generator.js';
import type { LoadRequest, LoadResult } from './load/load-order.js';
import { bloodPressure } from './parts/observation.js';
import { newestLinks, postFiles, untilFinished } from './parts/send-visits.js';
import { newDataDir, startService } from './parts/service.js';
import type { ServiceProcess } from './parts/service.js';
import { startStorePort } from './parts/store-port.js';
import type { StorePort, StorePortResult } from './parts/store-port.js';
import { FACILITY, makeVisitFiles } from './parts/visit-files.js';
import { median } from './statistics.js';

const CONNECTIONS = 64;
const FINISH_MS = 120_000;
/** Bodies taken in turn; each create gets an id of its own all the same. */
const BODIES = 500;

/** Create over HTTP, validated, indexed, audited and durable, against the same unit committed through the store's port; rounds in turn. */
export const createBench: Bench = async (context) => {
  const dataDir = newDataDir();
  const service = await startService(context);
  const load = startLoadGenerator();
  const port = startStorePort(dataDir);
  try {
    return [await measure(context, service, load, port)];
  } finally {
    port.stop();
    load.stop();
    await service.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

async function measure(
  context: BenchContext,
  service: ServiceProcess,
  load: LoadGenerator,
  port: StorePort,
): Promise<BenchResult> {
  const token = await service.tokenOf('facility', FACILITY);
  await postFiles(service, load, token, [makeVisitFiles().file([{ person: 1, repeat: 0 }])], 1);
  await untilFinished(service, FINISH_MS);
  const patientId =
    (await newestLinks(service, token)).find((link) => link.startsWith('Patient/'))?.slice('Patient/'.length) ?? '';
  const requests = Array.from({ length: BODIES }, (_, index): LoadRequest => ({
    method: 'POST',
    path: '/fhir/R4/Observation',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' },
    body: JSON.stringify(bloodPressure(patientId, index)),
  }));
  const rounds = context.quick ? 3 : 7;
  const durationMs = context.quick ? 1_000 : 3_000;
  const overHttp = (): Promise<LoadResult> =>
    load.run({ port: service.port, requests, connections: CONNECTIONS, durationMs }, 201);
  const atPort = (): Promise<StorePortResult> => port.run({ concurrency: CONNECTIONS, durationMs });
  await overHttp();
  await atPort();
  const http: LoadResult[] = [];
  const commits: StorePortResult[] = [];
  for (let round = 0; round < rounds; round += 1) {
    commits.push(await atPort());
    http.push(await overHttp());
  }
  const ratios = http.map(({ perSecond }, round) => perSecond / (commits[round]?.perSecond ?? Number.NaN));
  return {
    bench: 'create',
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
    ],
  };
}
