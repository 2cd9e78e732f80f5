import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BulkFile, BulkResult } from '../record/bulk/bulk-load.js';
import { doorOf } from './submit-door.js';

export const LOAD_USAGE = 'npm run load -- FOLDER… [--facility CODE]';

export interface LoadWords {
  readonly paths: readonly string[];
  /** Whose files those are that lie in no folder named by a facility code. */
  readonly facility: string | undefined;
}

const FACILITY = /^\d{5}$/;
/** Who loads, where a submission says who sent it. */
export const BULK_CLIENT = 'bulk-load';

/** The words behind the command; undefined when they are not those of the usage. */
export function readLoadWords(words: readonly string[]): LoadWords | undefined {
  const at = words.indexOf('--facility');
  const facility = at === -1 ? undefined : words[at + 1];
  const paths = at === -1 ? words : words.toSpliced(at, 2);
  if (at !== -1 && (facility === undefined || !FACILITY.test(facility))) return undefined;
  return paths.length === 0 || paths.some((path) => path.startsWith('--')) ? undefined : { paths, facility };
}

/** A path of an intake file with the facility whose file it is. */
export interface FoundFile {
  readonly path: string;
  readonly facility: string | undefined;
}

/** Intake files below the paths, by name, folder by folder; a folder named by five digits holds the files of that facility. */
export async function* intakeFiles({ paths, facility }: LoadWords): AsyncGenerator<FoundFile> {
  for (const path of paths) {
    const here = FACILITY.test(basename(path)) ? basename(path) : facility;
    if (!(await stat(path)).isDirectory()) {
      yield { path, facility };
      continue;
    }
    const entries = await readdir(path, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isDirectory()) yield* intakeFiles({ paths: [join(path, entry.name)], facility: here });
      else if (/\.(xml|csv)$/i.test(entry.name)) yield { path: join(path, entry.name), facility: here };
    }
  }
}

/** Reads them one by one, each with the door that its content asks for; `''` = no door. */
export async function* bulkFiles(found: AsyncIterable<FoundFile> | Iterable<FoundFile>): AsyncGenerator<BulkFile> {
  for await (const { path, facility } of found) {
    const bytes = new Uint8Array(await readFile(path));
    yield {
      name: path,
      door: doorOf(bytes)?.path.replace('/intake/', '') ?? '',
      bytes,
      sender: { clientId: BULK_CLIENT, ...(facility === undefined ? {} : { facilityCode: facility }) },
    };
  }
}

/** What the operator reads at the end. */
export function describeLoad({ files, repeated, turnedAway, failed }: BulkResult): string {
  return [
    ...turnedAway.map(({ name, problem }) => `${name}: ${problem}`),
    `${files} tệp; ${repeated} đã có từ trước, ${turnedAway.length} bị cửa nhận từ chối, ${failed} việc hỏng (npm run jobs -- list)`,
  ].join('\n');
}
