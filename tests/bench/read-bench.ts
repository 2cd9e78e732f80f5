import type { Bench, BenchContext, BenchResult } from './bench.js';
import { startLoadGenerator } from './load/load-generator.js';
import type { LoadGenerator } from './load/load-generator.js';
import type { LoadRequest, LoadResult } from './load/load-order.js';
import { startBareExpress } from './parts/bare-express.js';
import type { CpuSeconds } from './parts/cpu-seconds.js';
import { nameOf, profileOf } from './parts/pair.js';
import type { Pair } from './parts/pair.js';
import { newestLinks, postFiles, untilFinished } from './parts/send-visits.js';
import { startService } from './parts/service.js';
import type { ServiceProcess } from './parts/service.js';
import { FACILITY, makeVisitFiles } from './parts/visit-files.js';
import { median, ratiosOf } from './statistics.js';

/** Processor time in microseconds a request: of all threads, of the one that takes requests, of the servers beneath. */
type Round = LoadResult & { readonly cpuMicros: number; readonly mainMicros: number; readonly serverMicros: number };

interface Side {
  readonly pair: Pair;
  readonly service: ServiceProcess;
  readonly links: readonly string[];
  readonly requests: readonly LoadRequest[];
  readonly rounds: Round[];
}

const CONNECTIONS = 64;
const PEOPLE = 20;
const FINISH_MS = 120_000;

/**
 * Read by id against Express 5 alone: rounds of both in turn, so that what else runs on the machine meets both. Every read checks token and
 * reach, redacts for the facility and waits for its durable access line.
 */
export const readBench: Bench = async (context) => {
  const load = startLoadGenerator();
  const services: ServiceProcess[] = [];
  const sides: Side[] = [];
  try {
    for (const pair of context.pairs) {
      const service = await startService({ pair, ...profileOf(context, pair) });
      services.push(service);
      sides.push({ pair, service, ...(await fill(service, load)), rounds: [] });
    }
    return await measure(context, sides, load);
  } finally {
    load.stop();
    for (const service of services) await service.stop();
  }
};

async function fill(service: ServiceProcess, load: LoadGenerator): Promise<Pick<Side, 'links' | 'requests'>> {
  const token = await service.tokenOf('facility', FACILITY);
  const { file } = makeVisitFiles();
  const files = Array.from({ length: PEOPLE }, (_, person) => file([{ person: person + 1, repeat: 0 }]));
  await postFiles(service, load, token, files, 4);
  await untilFinished(service, FINISH_MS);
  const links = [...new Set(await newestLinks(service, token))];
  const headers = { Authorization: `Bearer ${token}`, Accept: 'application/fhir+json' };
  return { links, requests: links.map((link): LoadRequest => ({ method: 'GET', path: `/fhir/R4/${link}`, headers })) };
}

async function measure(context: BenchContext, sides: readonly Side[], load: LoadGenerator): Promise<readonly BenchResult[]> {
  const rounds = context.quick ? 3 : 7;
  const durationMs = context.quick ? 1_000 : 3_000;
  const run = (port: number, requests: readonly LoadRequest[], ms = durationMs): Promise<LoadResult> =>
    load.run({ port, requests, connections: CONNECTIONS, durationMs: ms }, 200);
  const [first] = sides;
  if (first === undefined) return [];
  const { bodyBytes } = await run(first.service.port, first.requests);
  const sample = await sampleAnswer(first);
  const bare = await startBareExpress({ headers: sample.headers, body: 'x'.repeat(Math.round(bodyBytes)) });
  try {
    await run(bare.port, first.requests);
    for (const { service, requests } of sides) await run(service.port, requests);
    const theirs: Round[] = [];
    const measured = async (
      server: { readonly port: number; cpuSeconds(): CpuSeconds },
      requests: readonly LoadRequest[],
      pair?: Pair,
    ): Promise<Round> => {
      const serverSeconds = (): number => Object.values(pair?.serverSeconds() ?? {}).reduce((sum, one) => sum + one, 0);
      const [before, serverBefore] = [server.cpuSeconds(), serverSeconds()];
      const result = await run(server.port, requests);
      const [after, serverAfter] = [server.cpuSeconds(), serverSeconds()];
      const micros = (seconds: number): number => (seconds / result.answers) * 1e6;
      return {
        ...result,
        cpuMicros: micros(after.all - before.all),
        mainMicros: micros(after.main - before.main),
        serverMicros: micros(serverAfter - serverBefore),
      };
    };
    for (let round = 0; round < rounds; round += 1) {
      theirs.push(await measured(bare, first.requests));
      for (const { service, requests, rounds: ours, pair } of sides) ours.push(await measured(service, requests, pair));
    }
    const of = (results: readonly Round[], pick: (result: Round) => number): number => median(results.map(pick));
    const embedded = sides.find(({ pair }) => pair.name === 'embedded');
    return sides.map((side): BenchResult => {
      const { pair, links, rounds: ours } = side;
      const ratios = ratiosOf(ours, theirs);
      const againstEmbedded = embedded === undefined || embedded === side ? [] : ratiosOf(ours, embedded.rounds);
      return {
        bench: nameOf('read', pair),
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
          ...(againstEmbedded.length === 0
            ? []
            : [
                { name: 'read / read of the embedded pair', value: median(againstEmbedded), unit: '×' },
                { name: 'lowest of it', value: Math.min(...againstEmbedded), unit: '×' },
                { name: 'highest of it', value: Math.max(...againstEmbedded), unit: '×' },
              ]),
          { name: 'reads', value: of(ours, ({ perSecond }) => perSecond), unit: '/s' },
          { name: 'read p50', value: of(ours, ({ p50Ms }) => p50Ms), unit: 'ms' },
          { name: 'read p99', value: of(ours, ({ p99Ms }) => p99Ms), unit: 'ms' },
          { name: 'processor time a read', value: of(ours, ({ cpuMicros }) => cpuMicros), unit: 'µs' },
          { name: 'of the request thread', value: of(ours, ({ mainMicros }) => mainMicros), unit: 'µs' },
          ...(pair.servers.length === 0
            ? []
            : [{ name: 'and of its servers', value: of(ours, ({ serverMicros }) => serverMicros), unit: 'µs' }]),
          { name: 'bare Express', value: of(theirs, ({ perSecond }) => perSecond), unit: '/s' },
          { name: 'bare Express p50', value: of(theirs, ({ p50Ms }) => p50Ms), unit: 'ms' },
          { name: 'bare Express p99', value: of(theirs, ({ p99Ms }) => p99Ms), unit: 'ms' },
          { name: 'bare Express, processor time', value: of(theirs, ({ cpuMicros }) => cpuMicros), unit: 'µs' },
          { name: 'of its request thread', value: of(theirs, ({ mainMicros }) => mainMicros), unit: 'µs' },
        ],
      };
    });
  } finally {
    bare.stop();
  }
}

/** Headers of an answer that the program sets itself; Node adds Date, Connection and Keep-Alive to both. */
async function sampleAnswer({ service, requests }: Side): Promise<{ readonly headers: Readonly<Record<string, string>> }> {
  const [request] = requests;
  const answer = await fetch(
    `${service.baseUrl}${request?.path ?? ''}`,
    request === undefined ? {} : { headers: request.headers },
  );
  const byNode = new Set(['date', 'connection', 'keep-alive', 'content-length']);
  return { headers: Object.fromEntries([...answer.headers].filter(([name]) => !byNode.has(name))) };
}
