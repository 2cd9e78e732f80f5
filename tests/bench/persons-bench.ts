import type { Bench, BenchContext, BenchResult } from './bench.js';
import { startLoadGenerator } from './load/load-generator.js';
import type { LoadGenerator } from './load/load-generator.js';
import type { LoadRequest } from './load/load-order.js';
import { CONNECTIONS, figuresOf, maximumAndHalf } from './parts/maximum-and-half.js';
import type { MaximumAndHalf } from './parts/maximum-and-half.js';
import { nameOf, profileOf } from './parts/pair.js';
import type { Pair } from './parts/pair.js';
import { folded } from './parts/sampled-people.js';
import { postFiles, untilFinished } from './parts/send-visits.js';
import { startService } from './parts/service.js';
import type { ServiceProcess } from './parts/service.js';
import { signInStation } from './parts/station.js';
import type { StationSession } from './parts/station.js';
import { FACILITY, makeVisitFiles, resident } from './parts/visit-files.js';

/** Persons of 20 sample communes: 1,200 households of four. */
const PEOPLE = 4_800;
/** Of them, with a history of full visits; these are looked for and read. */
const WITH_HISTORY = 200;
const FULL_VISITS = 5;
const VISITS_A_FILE = 50;
const FINISH_MS = 1_800_000;

/**
 * A station finds a person by number and by name, and reads a page of history, at the size of 20 sample communes. The population comes
 * through the door in files of many visits: one short visit for everybody (XML1 alone), full visits for those whose history is read.
 */
export const personsBench: Bench = async (context) => {
  const load = startLoadGenerator();
  const results: BenchResult[] = [];
  try {
    for (const pair of context.pairs) {
      const service = await startService({ pair, ...profileOf(context, pair) });
      try {
        results.push(await measure(context, pair, service, load));
      } finally {
        await service.stop();
      }
    }
    return results;
  } finally {
    load.stop();
  }
};

async function measure(context: BenchContext, pair: Pair, service: ServiceProcess, load: LoadGenerator): Promise<BenchResult> {
  const people = context.quick ? PEOPLE / 20 : PEOPLE;
  const withHistory = context.quick ? 20 : WITH_HISTORY;
  const startedMs = performance.now();
  await fill(service, load, people, withHistory);
  context.say(`${String(people)} people filled in ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);

  const station = await signInStation(service);
  const searched = Array.from({ length: withHistory }, (_, index) => resident(index + 1));
  const byNumber: string[] = [];
  const byName: string[] = [];
  for (const { nationalId, name, birthDate } of searched) {
    byNumber.push(await station.search({ number: nationalId, name: '', birthYear: '' }));
    byName.push(await station.search({ number: '', name: folded(name), birthYear: birthDate.slice(0, 4) }));
  }
  const histories = await Promise.all(byNumber.map((path) => historyPath(station, path)));
  const seconds = context.quick ? 1 : 5;
  const measured = (paths: readonly string[]): Promise<MaximumAndHalf> => {
    const requests = paths.map((path): LoadRequest => ({ method: 'GET', path, headers: station.headers }));
    return maximumAndHalf({ service, pair }, requests, load, seconds);
  };
  return {
    bench: nameOf('persons', pair),
    setting: {
      people,
      'with history': withHistory,
      'full visits each': FULL_VISITS,
      'connections for the maximum': CONNECTIONS,
      'seconds a measurement': seconds,
    },
    figures: [
      ...figuresOf('person by number', await measured(byNumber)),
      ...figuresOf('person by name and year', await measured(byName)),
      ...figuresOf('history page', await measured(histories)),
    ],
  };
}

async function fill(service: ServiceProcess, load: LoadGenerator, people: number, withHistory: number): Promise<void> {
  const token = await service.tokenOf('facility', FACILITY);
  const short = makeVisitFiles(['XML1']);
  const full = makeVisitFiles();
  const shortVisits = Array.from({ length: people }, (_, index) => ({ person: index + 1, repeat: 0 }));
  const fullVisits = Array.from({ length: withHistory * FULL_VISITS }, (_, index) => ({
    person: (index % withHistory) + 1,
    repeat: Math.floor(index / withHistory) + 1,
  }));
  const files = [...chunked(shortVisits).map(short.file), ...chunked(fullVisits).map(full.file)];
  await postFiles(service, load, token, files, 2);
  await untilFinished(service, FINISH_MS);
}

function chunked<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / VISITS_A_FILE) }, (_, index) =>
    all.slice(index * VISITS_A_FILE, (index + 1) * VISITS_A_FILE),
  );
}

async function historyPath(station: StationSession, resultsPath: string): Promise<string> {
  const path = /href="(\/station\/person\/[^"/?]+)"/.exec(await station.page(resultsPath))?.[1];
  if (path === undefined) throw new Error('a person that was filled in is not found');
  return path;
}
