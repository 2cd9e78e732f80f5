import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '../../support/project-root.js';
import { cpuSecondsOf } from './cpu-seconds.js';
import type { Pair } from './pair.js';
import { screeningSheet } from './screening-sheet.js';
import { storedSize } from './stored-size.js';
import type { StoredSize } from './stored-size.js';
import { FACILITY } from './visit-files.js';

/** Most generated people, with years of visits, check-ups and sheets: each costs twenty times what one costs who came to a screening. */
const MAX_GENERATED = 500;
/** A window of the bulk loader (1,000 files) then holds as many visits as it keeps in memory. */
const PERSONS_A_SHEET = 4;
const SEED = '1';
const POLL_MS = 200;

/** What loading cost, kept beside what was loaded. */
export interface Loaded extends StoredSize {
  readonly seconds: number;
  /** Of the loading process, and of each server. */
  readonly cpuSeconds: number;
  readonly serverSeconds: Readonly<Record<string, number>>;
  readonly recordHash: string;
  /** Load averages before and after. */
  readonly loads: string;
}

/** How many of a population are generated; all others came to one screening. */
export const generatedOf = (persons: number): number => Math.min(MAX_GENERATED, Math.floor(persons / 2));

/** The intake files of a population of that size below `folder`, made when they are not there. @returns their folder */
export async function populationFiles(folder: string, persons: number): Promise<string> {
  const files = join(folder, 'files');
  if (existsSync(files)) return files;
  const making = join(folder, 'files-in-the-making');
  const generated = generatedOf(persons);
  mkdirSync(making, { recursive: true });
  const words = ['--persons', String(generated), '--seed', SEED, '--out', join(making, 'generated')];
  await run('generate', words, {});
  const sheets = join(making, 'screened', FACILITY);
  mkdirSync(sheets, { recursive: true });
  for (let first = 1; first <= persons - generated; first += PERSONS_A_SHEET) {
    const count = Math.min(PERSONS_A_SHEET, persons - generated - first + 1);
    writeFileSync(join(sheets, `${String(first).padStart(8, '0')}.csv`), screeningSheet(first, count));
  }
  renameSync(making, files);
  return files;
}

/** Loads the files with `npm run load` into an empty store of the pair; interrupted and called again it goes on. */
export async function loadPopulation(pair: Pair, dataDir: string, files: string, loadNow: () => string): Promise<Loaded> {
  const report = join(dataDir, '..', 'loaded.json');
  if (existsSync(report)) return JSON.parse(readFileSync(report, 'utf8')) as Loaded;
  const environment = { DATA_DIR: dataDir, ...pair.environment(dataDir) };
  const before = loadNow();
  const serversBefore = pair.serverSeconds();
  const { seconds, cpuSeconds, output } = await run('load', [files], environment);
  const servers = Object.entries(pair.serverSeconds());
  const loaded: Loaded = {
    seconds,
    cpuSeconds,
    serverSeconds: Object.fromEntries(servers.map(([name, value]) => [name, value - (serversBefore[name] ?? 0)])),
    recordHash: /record hash ([0-9a-f]{64})/.exec(output)?.[1] ?? '',
    ...(await storedSize(environment)),
    loads: `${before}; ${loadNow()}`,
  };
  writeFileSync(report, JSON.stringify(loaded));
  return loaded;
}

async function run(
  command: 'generate' | 'load',
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly seconds: number; readonly cpuSeconds: number; readonly output: string }> {
  const startedMs = performance.now();
  const entry = join(projectRoot, 'dist', 'src', 'cli', `${command}.js`);
  const child = spawn(process.execPath, ['--max-semi-space-size=16', entry, ...words], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors, cpuSeconds] = ['', '', 0];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-2_000)));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const isOver = ended.then(() => true);
  while (!(await Promise.race([isOver, delay(POLL_MS, false)]))) {
    try {
      cpuSeconds = cpuSecondsOf(child.pid ?? 0).all;
    } catch {
      // It has ended since: the last look stands.
    }
  }
  const status = await ended;
  if (status !== 0) throw new Error(`${command} ended with status ${String(status)}: ${errors}`);
  return { seconds: (performance.now() - startedMs) / 1_000, cpuSeconds, output };
}
