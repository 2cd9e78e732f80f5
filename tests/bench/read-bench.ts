import type { Bench, BenchContext, BenchResult } from './bench.js';
import { startLoadGenerator } from './load/load-generator.js';
import type { LoadGenerator } from './load/load-generator.js';
import type { LoadRequest, LoadResult } from './load/load-order.js';
import { startBareExpress } from './parts/bare-express.js';
import type { CpuSeconds } from './parts/cpu-seconds.js';
import { newestLinks, postFiles, untilFinished } from './parts/send-visits.js';
import { startService } from './parts/service.js';
import type { ServiceProcess } from './parts/service.js';
import { FACILITY, makeVisitFiles } from './parts/visit-files.js';
import { median } from './statistics.js';

/** Processor time in microseconds a request: of all threads, and of the one that takes requests. */
type Round = LoadResult & { readonly cpuMicros: number; readonly mainMicros: number };

const CONNECTIONS = 64;
const PEOPLE = 20;
const FINISH_MS = 120_000;

/**
 * Read by id against Express 5 alone: rounds of both in turn, so that what else runs on the machine meets both. Every read checks token and
 * reach, redacts for the facility and waits for its durable access line.
 */
export const readBench: Bench = async (context) => {
  const service = await startService(context);
  const load = startLoadGenerator();
  try {
    return [await measure(context, service, load)];
  } finally {
    load.stop();
    await service.stop();
  }
};

async function measure(context: BenchContext, service: ServiceProcess, load: LoadGenerator): Promise<BenchResult> {
  const token = await service.tokenOf('facility', FACILITY);
  const { file } = makeVisitFiles();
  const files = Array.from({ length: PEOPLE }, (_, person) => file([{ person: person + 1, repeat: 0 }]));
  await postFiles(service, load, token, files, 4);
  await untilFinished(service, FINISH_MS);
  const links = [...new Set(await newestLinks(service, token))];
  const headers = { Authorization: `Bearer ${token}`, Accept: 'application/fhir+json' };
  const requests = links.map((link): LoadRequest => ({ method: 'GET', path: `/fhir/R4/${link}`, headers }));
  const sample = await sampleAnswer(service, requests[0]?.path ?? '', token);

  const rounds = context.quick ? 3 : 7;
  const durationMs = context.quick ? 1_000 : 3_000;
  const run = (port: number, ms = durationMs): Promise<LoadResult> =>
    load.run({ port, requests, connections: CONNECTIONS, durationMs: ms }, 200);
  const { bodyBytes } = await run(service.port);
  const bare = await startBareExpress({ headers: sample.headers, body: 'x'.repeat(Math.round(bodyBytes)) });
  try {
    for (const port of [bare.port, service.port]) await run(port);
    const ours: Round[] = [];
    const theirs: Round[] = [];
    const measured = async (server: { readonly port: number; cpuSeconds(): CpuSeconds }): Promise<Round> => {
      const before = server.cpuSeconds();
      const result = await run(server.port);
      const after = server.cpuSeconds();
      const micros = (part: keyof CpuSeconds): number => ((after[part] - before[part]) / result.answers) * 1e6;
      return { ...result, cpuMicros: micros('all'), mainMicros: micros('main') };
    };
    for (let round = 0; round < rounds; round += 1) {
      theirs.push(await measured(bare));
      ours.push(await measured(service));
    }
    const ratios = ours.map(({ perSecond }, round) => perSecond / (theirs[round]?.perSecond ?? Number.NaN));
    const of = (results: readonly Round[], pick: (result: Round) => number): number => median(results.map(pick));
    return {
      bench: 'read',
      setting: {
        connections: CONNECTIONS,
        rounds,
        'seconds a round': durationMs / 1_000,
        resources: links.length,
        'mean body bytes': Math.round(bodyBytes),
      },
      figures: [
        { name: 'read / bare Express', value: median(ratios), unit: '×' },
        { name: 'lowest round', value: Math.min(...ratios), unit: '×' },
        { name: 'highest round', value: Math.max(...ratios), unit: '×' },
        { name: 'reads', value: of(ours, ({ perSecond }) => perSecond), unit: '/s' },
        { name: 'read p50', value: of(ours, ({ p50Ms }) => p50Ms), unit: 'ms' },
        { name: 'read p99', value: of(ours, ({ p99Ms }) => p99Ms), unit: 'ms' },
        { name: 'processor time a read', value: of(ours, ({ cpuMicros }) => cpuMicros), unit: 'µs' },
        { name: 'of the request thread', value: of(ours, ({ mainMicros }) => mainMicros), unit: 'µs' },
        { name: 'bare Express', value: of(theirs, ({ perSecond }) => perSecond), unit: '/s' },
        { name: 'bare Express p50', value: of(theirs, ({ p50Ms }) => p50Ms), unit: 'ms' },
        { name: 'bare Express p99', value: of(theirs, ({ p99Ms }) => p99Ms), unit: 'ms' },
        { name: 'bare Express, processor time', value: of(theirs, ({ cpuMicros }) => cpuMicros), unit: 'µs' },
        { name: 'of its request thread', value: of(theirs, ({ mainMicros }) => mainMicros), unit: 'µs' },
      ],
    };
  } finally {
    bare.stop();
  }
}

/** Headers of an answer that the program sets itself; Node adds Date, Connection and Keep-Alive to both. */
async function sampleAnswer(
  service: ServiceProcess,
  path: string,
  token: string,
): Promise<{ readonly headers: Readonly<Record<string, string>> }> {
  const answer = await fetch(`${service.baseUrl}${path}`, { headers: { Authorization: `Bearer ${token}` } });
  const byNode = new Set(['date', 'connection', 'keep-alive', 'content-length']);
  return { headers: Object.fromEntries([...answer.headers].filter(([name]) => !byNode.has(name))) };
}
