import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, BenchContext, BenchResult, Figure } from './bench.js';
import { startLoadGenerator } from './load/load-generator.js';
import type { LoadGenerator } from './load/load-generator.js';
import type { LoadRequest } from './load/load-order.js';
import { CONNECTIONS, figuresOf, maximumAndHalf } from './parts/maximum-and-half.js';
import type { MaximumAndHalf } from './parts/maximum-and-half.js';
import { nameOf, profileOf, startPair } from './parts/pair.js';
import type { Pair } from './parts/pair.js';
import { loadPopulation, populationFiles } from './parts/population.js';
import type { Loaded } from './parts/population.js';
import { familiesOf } from './parts/read-families.js';
import { startService } from './parts/service.js';
import type { ServiceProcess } from './parts/service.js';
import { short } from './statistics.js';

/** One pair with the population in it. */
interface Side {
  readonly pair: Pair;
  readonly service: ServiceProcess;
  readonly loaded: Loaded;
  readonly families: ReadonlyMap<string, readonly LoadRequest[]>;
  readonly measured: Map<string, MaximumAndHalf>;
}

/**
 * A population of each size is generated and loaded in bulk into both stores, then read over HTTP, family by family, both pairs in turn.
 * Files and loaded stores stay in the folder that the caller names, for the next run.
 */
export const populationBench: Bench = async (context) => {
  const own = context.population.folder === undefined ? mkdtempSync(join(tmpdir(), 'so-suc-khoe-bench-population-')) : undefined;
  const load = startLoadGenerator();
  const results: BenchResult[] = [];
  try {
    for (const persons of context.population.sizes) {
      const folder = join(context.population.folder ?? own ?? '', String(persons));
      results.push(...(await ofSize(context, persons, folder, load)));
    }
    return results;
  } finally {
    load.stop();
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  }
};

async function ofSize(
  context: BenchContext,
  persons: number,
  folder: string,
  load: LoadGenerator,
): Promise<readonly BenchResult[]> {
  mkdirSync(folder, { recursive: true });
  const files = await populationFiles(folder, persons);
  const stops: (() => Promise<void>)[] = [];
  const sides: Side[] = [];
  try {
    for (const { name } of context.pairs) {
      const at = join(folder, name);
      const dataDir = join(at, 'data');
      mkdirSync(dataDir, { recursive: true });
      const pair = await startPair(name, { folder: join(at, 'servers') });
      if (typeof pair === 'string') throw new Error(pair);
      stops.push(() => pair.stop());
      const loaded = await loadPopulation(pair, dataDir, files, () => loadavg().map(short).join(' '));
      context.say(`${String(persons)} persons in ${nameOf('the store', pair)}: record hash ${loaded.recordHash}`);
      const service = await startService({ pair, dataDir, ...profileOf(context, pair) });
      stops.push(() => service.stop());
      const families = await familiesOf(service, files, persons);
      sides.push({ pair, service, loaded, families, measured: new Map() });
    }
    const seconds = context.quick ? 1 : 4;
    for (const family of sides[0]?.families.keys() ?? []) {
      for (const side of sides) {
        side.measured.set(family, await maximumAndHalf(side, side.families.get(family) ?? [], load, seconds));
      }
    }
    return sides.map((side) => resultOf(side, sides, persons, seconds));
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

function resultOf(side: Side, sides: readonly Side[], persons: number, seconds: number): BenchResult {
  const { pair, service, loaded, measured } = side;
  const embedded = sides.find((other) => other.pair.name === 'embedded');
  const against = (family: string, most: number): readonly Figure[] => {
    const theirs = embedded === side ? undefined : embedded?.measured.get(family);
    return theirs === undefined ? [] : [{ name: `${family}, / embedded`, value: most / theirs.most.perSecond, unit: '×' }];
  };
  return {
    bench: nameOf('population', pair, `${String(persons)} persons`),
    setting: {
      resources: loaded.resources,
      'load average before and after loading': loaded.loads,
      'connections for the maximum': CONNECTIONS,
      'seconds a measurement': seconds,
    },
    figures: [
      { name: 'bulk load', value: loaded.seconds, unit: 's' },
      { name: 'bulk load, persons', value: persons / loaded.seconds, unit: '/s' },
      { name: 'bulk load, resources', value: loaded.resources / loaded.seconds, unit: '/s' },
      { name: 'bulk load, processor time a resource', value: (loaded.cpuSeconds / loaded.resources) * 1e6, unit: 'µs' },
      ...Object.entries(loaded.serverSeconds).map(([name, value]) => ({
        name: `bulk load, and of ${name}`,
        value: (value / loaded.resources) * 1e6,
        unit: 'µs',
      })),
      { name: 'disk', value: loaded.bytes / 1_048_576, unit: 'MiB' },
      { name: 'disk a resource, everything', value: loaded.bytes / loaded.resources, unit: 'bytes' },
      ...[...measured].flatMap(([family, found]) => [...figuresOf(family, found), ...against(family, found.most.perSecond)]),
      { name: 'service, resident at its peak', value: service.residentMiB().peak, unit: 'MiB' },
      ...Object.entries(pair.serverMiB()).map(([name, value]) => ({ name: `${name}, resident`, value, unit: 'MiB' })),
    ],
  };
}
