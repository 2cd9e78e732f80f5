import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { groupRecords, type GroupedRecords } from '../record/identity/evaluation/group-records.js';
import { matchingMetrics } from '../record/identity/evaluation/metrics.js';
import {
  keyText,
  readOutsideRecord,
  readTruthLine,
  type BadLine,
  type OutsideRecord,
} from '../record/identity/evaluation/outside-record.js';
import { reportLines } from '../record/identity/evaluation/report.js';
import { eachLineOf } from './lines-of-file.js';

/** Characters of one line; a record has a few hundred. A longer line is bad. */
export const MAX_LINE_LENGTH = 65_536;
/** Bad lines of a file that are named one by one; further ones are only counted. */
export const MAX_NAMED_LINES = 100;
/** Output lines written at once. */
const WRITE_LINES = 2_000;

export const EVALUATE_USAGE = `Usage: npm run evaluate:matching -- --input FILE --output FILE [--reviews FILE] [--truth FILE]
  Groups outside records with the product's matcher. Every file is NDJSON; see docs/matching.md.
  --input FILE    records: source, sourceType, sourceId, and what is known of name, birthDate, nationalId …
  --output FILE   written: source, sourceId, personId
  --reviews FILE  written: the pairs that a steward should look at: a, b, bits, reasons
  --truth FILE    source, sourceId, truth: prints how far the groups are right
Exit status: 0 done, 2 the words are not understood or a file can't be read or written`;

export interface EvaluationWords {
  readonly input: string;
  readonly output: string;
  readonly reviews: string | undefined;
  readonly truth: string | undefined;
}

/** @returns undefined when the words are not understood, or one file has two parts to play */
export function readEvaluationWords(argv: readonly string[]): EvaluationWords | undefined {
  const option = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { input: option, output: option, reviews: option, truth: option },
    });
    const { input, output, reviews, truth } = values;
    if (input === undefined || output === undefined) return undefined;
    const paths = [input, output, reviews, truth].filter((path) => path !== undefined);
    if (paths.includes('') || new Set(paths.map((path) => resolve(path))).size < paths.length) return undefined;
    return { input, output, reviews, truth };
  } catch {
    return undefined;
  }
}

export interface EvaluationDeps {
  /** Standard output: a line without its end. */
  readonly out: (line: string) => void;
  /** Standard error: bad lines by number, and why nothing could be done. Never what stands in a line. */
  readonly note: (line: string) => void;
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

/** Reads, groups, writes, prints. @returns exit status: 0 done, 2 a file can't be read or written */
export async function runEvaluation(words: EvaluationWords, deps: EvaluationDeps): Promise<number> {
  try {
    const truth = words.truth === undefined ? undefined : await readTruth(words.truth, deps);
    const start = deps.now();
    const { grouped, read } = await readAndGroup(words.input, deps);
    const times = { reading: (read - start) / 1_000, matching: (deps.now() - read) / 1_000 };
    await writeLines(words.output, groupLines(grouped));
    if (words.reviews !== undefined) await writeLines(words.reviews, reviewLines(grouped));
    const personOf = truth && grouped.records.map((key) => truth.get(keyText(key)));
    for (const line of reportLines(grouped, times, personOf && matchingMetrics(grouped, personOf))) deps.out(line);
    return 0;
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    if (typeof failure.code !== 'string' || failure.syscall === undefined) throw error;
    deps.note(`${failure.path ?? 'a file'} can't be read or written: ${failure.code}`);
    return 2;
  }
}

/** The records are dropped with this frame: what is written needs their keys only. */
async function readAndGroup(path: string, deps: EvaluationDeps): Promise<{ grouped: GroupedRecords; read: number }> {
  const records: OutsideRecord[] = [];
  await readLines('input', path, deps, (line) => {
    const record = readOutsideRecord(line);
    if (typeof record === 'string') return record;
    records.push(record);
    return undefined;
  });
  const read = deps.now();
  return { grouped: groupRecords(records), read };
}

/** Number of the true person by key of the record. */
async function readTruth(path: string, deps: EvaluationDeps): Promise<ReadonlyMap<string, number>> {
  const numbers = new Map<string, number>();
  const truth = new Map<string, number>();
  await readLines('truth', path, deps, (line) => {
    const said = readTruthLine(line);
    if (typeof said === 'string') return said;
    const key = keyText(said);
    if (truth.has(key)) return 'said twice';
    const number = numbers.get(said.truth) ?? numbers.size;
    numbers.set(said.truth, number);
    truth.set(key, number);
    return undefined;
  });
  return truth;
}

async function readLines(
  what: string,
  path: string,
  deps: EvaluationDeps,
  take: (line: string) => BadLine | undefined,
): Promise<void> {
  let bad = 0;
  await eachLineOf(path, MAX_LINE_LENGTH, (line, number) => {
    if (line?.trim() === '') return;
    const why = line === undefined ? 'too long' : take(line);
    if (why === undefined) return;
    bad += 1;
    if (bad <= MAX_NAMED_LINES) deps.note(`${what} line ${String(number)} skipped: ${why}`);
  });
  if (bad > 0) deps.note(`${what} lines skipped: ${String(bad)}`);
}

function* groupLines(grouped: GroupedRecords): Generator<string> {
  for (const [at, { source, sourceId }] of grouped.records.entries()) {
    yield JSON.stringify({ source, sourceId, personId: grouped.personIds[grouped.groupOf[at] ?? 0] });
  }
}

function* reviewLines(grouped: GroupedRecords): Generator<string> {
  // The tiers of this version give no score, so no bits either.
  for (const { a, b, reasons } of grouped.reviews) {
    yield JSON.stringify({ a: grouped.records[a], b: grouped.records[b], bits: null, reasons });
  }
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  await pipeline(Readable.from(inPieces(lines)), createWriteStream(path));
}

function* inPieces(lines: Iterable<string>): Generator<string> {
  let piece: string[] = [];
  for (const line of lines) {
    piece.push(line, '\n');
    if (piece.length < 2 * WRITE_LINES) continue;
    yield piece.join('');
    piece = [];
  }
  if (piece.length > 0) yield piece.join('');
}
