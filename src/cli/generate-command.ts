import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { generateCommune } from '../sample-commune/commune.js';

export const GENERATE_USAGE = 'npm run generate -- --persons N [--seed S] --out FOLDER';
/** Most persons of one generated population: the invented numbers stay unique far beyond it. */
export const MAX_PERSONS = 2_000_000;

export interface GenerateWords {
  readonly persons: number;
  readonly seed: string;
  readonly out: string;
}

/** The words behind the command; undefined when they are not those of the usage. */
export function readGenerateWords(words: readonly string[]): GenerateWords | undefined {
  const given = new Map<string, string>();
  for (let index = 0; index < words.length; index += 2) {
    const [name = '', value] = [words[index], words[index + 1]];
    if (!['--persons', '--seed', '--out'].includes(name) || value === undefined || given.has(name)) return undefined;
    given.set(name, value);
  }
  const persons = Number(given.get('--persons'));
  const out = given.get('--out');
  if (!Number.isInteger(persons) || persons < 1 || persons > MAX_PERSONS || out === undefined || out === '') return undefined;
  return { persons, seed: given.get('--seed') ?? '1', out };
}

/**
 * Writes a synthetic population as intake files, in a folder for each door and facility, and `truth.ndjson`
 * (`{source, sourceId, truth}`, interfaces.md §4). Memory is bounded: files are written as they are made.
 *
 * @returns numbers of files, source records and persons
 */
export async function writeCommune(
  { persons, seed, out }: GenerateWords,
  onProgress: (persons: number) => void = () => undefined,
): Promise<{ readonly files: number; readonly records: number; readonly persons: number }> {
  mkdirSync(out, { recursive: true });
  const truth = createWriteStream(join(out, 'truth.ndjson'));
  const folders = new Set<string>();
  const count = { files: 0, records: 0, persons: 0 };
  for (const file of generateCommune({ persons, seed })) {
    const path = join(out, file.path);
    if (!folders.has(dirname(path))) {
      mkdirSync(dirname(path), { recursive: true });
      folders.add(dirname(path));
    }
    writeFileSync(path, file.bytes);
    const lines = file.truth.map((line) => `${JSON.stringify(line)}\n`).join('');
    if (lines !== '' && !truth.write(lines)) await once(truth, 'drain');
    count.files += 1;
    count.records += file.truth.length;
    count.persons = file.personsSoFar;
    onProgress(count.persons);
  }
  truth.end();
  await once(truth, 'close');
  return count;
}
