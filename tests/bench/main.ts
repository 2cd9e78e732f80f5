import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, BenchResult } from './bench.js';
import { readBudgets, verdictOf } from './budgets.js';
import { createBench } from './create-bench.js';
import { personsBench } from './persons-bench.js';
import { PAIR_NAMES, startPair } from './parts/pair.js';
import type { Pair } from './parts/pair.js';
import { populationBench } from './population-bench.js';
import { readBench } from './read-bench.js';
import { short } from './statistics.js';
import { visitsBench } from './visits-bench.js';

const BENCHES: Readonly<Record<string, Bench>> = {
  read: readBench,
  create: createBench,
  visits: visitsBench,
  persons: personsBench,
  population: populationBench,
};
/** Minutes to hours: only when it is named. */
const ONLY_WHEN_NAMED: readonly string[] = ['population'];

/**
 * `npm run bench -- [--only NAME]… [--json FILE] [--quick] [--profile FOLDER] [--pair embedded|mongodb|both]
 * [--persons N,…] [--population FOLDER]`
 */
const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    persons: { type: 'string', default: '10000' },
    population: { type: 'string' },
    pair: { type: 'string', default: 'both' },
  },
});
const unknown = (options.only ?? []).filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`Unknown bench: ${unknown.join(', ')}. There are: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
const pairNames = PAIR_NAMES.filter((name) => options.pair === 'both' || options.pair === name);
if (pairNames.length === 0) {
  console.error(`--pair is ${PAIR_NAMES.join(', ')} or both`);
  process.exit(2);
}
const sizes = options.persons.split(',').map(Number);
if (sizes.some((size) => !Number.isInteger(size) || size < 1)) {
  console.error('--persons is a list of whole numbers with commas between them');
  process.exit(2);
}

const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 1024 / 1024),
  node: process.version,
  kernel: release(),
};
const budgets = readBudgets();
let missed = 0;
const load = (): string => loadavg().map(short).join(' ');
console.log(
  `${machine.processor}, ${String(machine.cores)} cores, ${String(machine.memoryMiB)} MiB, Node ${machine.node}, Linux ${machine.kernel}`,
);
const pairs: Pair[] = [];
for (const name of pairNames) {
  const pair = await startPair(name);
  if (typeof pair === 'string') console.log(`Without the pair ${name}: ${pair}`);
  else pairs.push(pair);
}
const results: (BenchResult & { readonly loadBefore: string })[] = [];
try {
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (options.only === undefined ? !ONLY_WHEN_NAMED.includes(name) : options.only.includes(name)) await run(bench);
  }
} finally {
  for (const pair of pairs) await pair.stop();
}
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ at: new Date().toISOString(), machine, results }, undefined, 2)}\n`);
}
// A run that was only a try of the bench itself says nothing about budgets.
if (missed > 0 && !options.quick) process.exitCode = 1;

async function run(bench: Bench): Promise<void> {
  const loadBefore = load();
  const found = await bench({
    pairs,
    say: (line) => {
      console.log(`  ${line}`);
    },
    quick: options.quick,
    population: { sizes, ...(options.population === undefined ? {} : { folder: resolve(options.population) }) },
    ...(options.profile === undefined ? {} : { profileTo: options.profile }),
  });
  for (const result of found) {
    print(result, loadBefore);
    results.push({ ...result, loadBefore });
  }
}

function print({ bench, setting, figures }: BenchResult, loadBefore: string): void {
  const settings = Object.entries(setting).map(([name, value]) => `${name} ${String(value)}`);
  console.log(`\n${bench}: ${[...settings, `load average before ${loadBefore}`].join(', ')}`);
  for (const figure of figures) {
    const { name, value, unit } = figure;
    const verdict = verdictOf(figure, budgets[bench]?.[name]);
    const mark = verdict === undefined ? '' : `   ${verdict.text}`;
    console.log(`  ${name.padEnd(38)} ${short(value).padStart(8)} ${unit.padEnd(8)}${mark}`.trimEnd());
    if (verdict?.isKept === false) missed += 1;
  }
}
