import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { Bench, BenchResult } from './bench.js';
import { readBudgets, verdictOf } from './budgets.js';
import { createBench } from './create-bench.js';
import { personsBench } from './persons-bench.js';
import { readBench } from './read-bench.js';
import { short } from './statistics.js';
import { visitsBench } from './visits-bench.js';

const BENCHES: Readonly<Record<string, Bench>> = {
  read: readBench,
  create: createBench,
  visits: visitsBench,
  persons: personsBench,
};

/** `npm run bench -- [--only NAME]… [--json FILE] [--quick] [--profile FOLDER]` */
const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const unknown = (options.only ?? []).filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`Unknown bench: ${unknown.join(', ')}. There are: ${Object.keys(BENCHES).join(', ')}`);
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
const results: (BenchResult & { readonly loadBefore: string })[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (options.only !== undefined && !options.only.includes(name)) continue;
  const loadBefore = load();
  const found = await bench({
    say: (line) => {
      console.log(`  ${line}`);
    },
    quick: options.quick,
    ...(options.profile === undefined ? {} : { profileTo: options.profile }),
  });
  for (const result of found) {
    print(result, loadBefore);
    results.push({ ...result, loadBefore });
  }
}
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ at: new Date().toISOString(), machine, results }, undefined, 2)}\n`);
}
// A run that was only a try of the bench itself says nothing about budgets.
if (missed > 0 && !options.quick) process.exitCode = 1;

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
