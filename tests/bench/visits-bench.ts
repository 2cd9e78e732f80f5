import { loadavg } from 'node:os';
import type { Bench, BenchContext, BenchResult, Figure } from './bench.js';
import { startLoadGenerator } from './load/load-generator.js';
import type { LoadGenerator } from './load/load-generator.js';
import { nameOf, profileOf } from './parts/pair.js';
import type { Pair } from './parts/pair.js';
import { newestLinks, postFiles, untilFinished } from './parts/send-visits.js';
import { startService } from './parts/service.js';
import type { ServiceProcess } from './parts/service.js';
import { FACILITY, makeVisitFiles } from './parts/visit-files.js';

const CONNECTIONS = 4;
/** Every person comes so many times, so that rebuilds meet records that are there already. */
const VISITS_A_PERSON = 4;
const FINISH_MS = 600_000;
const STAGES = ['parse-submission', 'link-person', 'rebuild-record'] as const;

/** Workers beside a process that only answers; 0 = one process that does both. */
const WORKERS = { embedded: [0], mongodb: [0, 1, 2] } as const;

/**
 * Visits from the POST of their file to the finished record, one visit a file, sent as fast as the door takes them; then the memory of
 * the processes that did it. Each on an empty store, one after the other.
 */
export const visitsBench: Bench = async (context) => {
  const load = startLoadGenerator();
  const results: BenchResult[] = [];
  try {
    for (const pair of context.pairs) {
      for (const workers of WORKERS[pair.name]) {
        const service = await startService({ pair, workers, ...profileOf(context, pair) });
        try {
          results.push(...(await measure(context, { pair, workers, service }, load)));
        } finally {
          await service.stop();
        }
      }
    }
    return results;
  } finally {
    load.stop();
  }
};

interface Side {
  readonly pair: Pair;
  readonly workers: number;
  readonly service: ServiceProcess;
}

async function measure(
  context: BenchContext,
  { pair, workers, service }: Side,
  load: LoadGenerator,
): Promise<readonly BenchResult[]> {
  const token = await service.tokenOf('facility', FACILITY);
  const { file } = makeVisitFiles();
  const visits = context.quick ? 100 : 600;
  const people = visits / VISITS_A_PERSON;
  const warmUp = Array.from({ length: 20 }, (_, index) => file([{ person: people + 1 + index, repeat: 0 }]));
  await postFiles(service, load, token, warmUp, CONNECTIONS);
  await untilFinished(service, FINISH_MS);

  const files = Array.from({ length: visits }, (_, index) =>
    file([{ person: (index % people) + 1, repeat: Math.floor(index / people) }]),
  );
  const before = await service.metrics();
  const cpuBefore = service.cpuSeconds().all;
  const questionsBefore = await pair.questions();
  const serversBefore = pair.serverSeconds();
  const startedMs = performance.now();
  const door = await postFiles(service, load, token, files, CONNECTIONS);
  await untilFinished(service, FINISH_MS);
  const seconds = (performance.now() - startedMs) / 1_000;
  const cpuSeconds = service.cpuSeconds().all - cpuBefore;
  const serversAfter = pair.serverSeconds();
  const questions = (await pair.questions()) - questionsBefore;
  const after = await service.metrics();
  const links = await newestLinks(service, token);
  const { now, peak } = service.residentMiB();
  const worker = service.workerMiB();
  const varied = workers === 0 ? undefined : `api + ${String(workers)} worker${workers === 1 ? '' : 's'}`;
  return [
    {
      bench: nameOf('visits', pair, varied),
      setting: {
        visits,
        people,
        'visits a file': 1,
        connections: CONNECTIONS,
        'load averages behind it': loadavg()
          .map((value) => value.toFixed(1))
          .join(' '),
        'resources of the newest visits': resourcesAVisit(links),
      },
      figures: [
        { name: 'file to finished record', value: visits / seconds, unit: 'visits/s' },
        { name: 'processor time a visit', value: (cpuSeconds / visits) * 1_000, unit: 'ms' },
        ...Object.entries(serversAfter).map(([name, seconds]) => ({
          name: `and of ${name}`,
          value: ((seconds - (serversBefore[name] ?? 0)) / visits) * 1_000,
          unit: 'ms',
        })),
        ...(questions === 0 ? [] : [{ name: 'questions to the database a visit', value: questions / visits, unit: '' }]),
        { name: 'door p50', value: door.p50Ms, unit: 'ms' },
        { name: 'door p99', value: door.p99Ms, unit: 'ms' },
        ...STAGES.flatMap((stage) => stageFigures(stage, before, after, visits)),
      ],
    },
    {
      bench: nameOf('memory', pair, varied),
      setting: { after: `${String(visits)} visits` },
      figures: [
        { name: 'resident', value: now, unit: 'MiB' },
        { name: 'resident at its peak', value: peak, unit: 'MiB' },
        ...(worker === undefined ? [] : [{ name: 'largest worker at its peak', value: worker.peak, unit: 'MiB' }]),
        ...Object.entries(pair.serverMiB()).map(([name, value]) => ({ name: `${name}, resident`, value, unit: 'MiB' })),
      ],
    },
  ];
}

/** Links hold the person too, which several visits share. */
const resourcesAVisit = (links: readonly string[]): number => {
  const encounters = links.filter((link) => link.startsWith('Encounter/')).length;
  return Math.round((links.length / Math.max(1, encounters)) * 10) / 10;
};

function stageFigures(
  stage: string,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  visits: number,
): readonly Figure[] {
  const moved = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const of = (outcome: string, part: string): number =>
    moved(`phr_job_duration_seconds_${part}{kind="${stage}",outcome="${outcome}"}`);
  const retries = of('retry', 'count');
  return [
    { name: `${stage} a visit`, value: (of('done', 'sum') / visits) * 1_000, unit: 'ms' },
    { name: `${stage} jobs a visit`, value: of('done', 'count') / visits, unit: '' },
    ...(retries === 0 ? [] : [{ name: `${stage} tries lost`, value: retries, unit: '' }]),
  ];
}
