import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { IntakeProblem } from '../intake/parsed-visit.js';
import type { Receipt } from '../record/sources/receipt.js';
import type { SubmitClient } from './submit-client.js';
import { CouldNotSend } from './submit-client.js';
import { doorOf, nearestDoor } from './submit-door.js';
import { contentHash, type SubmitJournal } from './submit-journal.js';

/** Files sent at the same time at most. One at a time is the default: equal NGAYLAP are ordered by arrival. */
export const MAX_CONCURRENCY = 16;
/** Files between two lines of progress. */
const PROGRESS_STEP = 25;

export const SUBMIT_USAGE = `Usage: npm run submit -- FILE|FOLDER… [--json] [--as CLIENT_ID] [--sign-ins FILE] [--journal FILE] [--concurrency N]
  Sends files through the intake doors, waits for the receipts and prints what became of each visit.
  --json           one JSON object a visit: file, receipt, key, state, problems
  --as CLIENT_ID   the software client that sends; default: the demonstration's integrator, else the only one there is
  --sign-ins FILE  baseUrl, tokenEndpoint and software clients (docs/interfaces/intake-doors.md); default: DATA_DIR/sign-ins.json
  --journal FILE   what was handed over already and is not sent again; default: submit-journal.ndjson beside the sign-ins file
  --concurrency N  files sent at the same time, 1 to ${MAX_CONCURRENCY}; default 1, which keeps their order
Exit status: 0 all accepted, 1 something was refused, 2 something could not be sent`;

export interface SubmitWords {
  readonly paths: readonly string[];
  readonly json: boolean;
  readonly as: string | undefined;
  readonly signIns: string | undefined;
  readonly journal: string | undefined;
  readonly concurrency: number;
}

const WITH_VALUE: ReadonlySet<string> = new Set(['--as', '--sign-ins', '--journal', '--concurrency']);

/** @returns undefined when the words are not understood */
export function readSubmitWords(argv: readonly string[]): SubmitWords | undefined {
  const paths: string[] = [];
  const named: Partial<Record<string, string>> = {};
  let json = false;
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--json') json = true;
    else if (WITH_VALUE.has(word)) {
      const value = argv[(index += 1)];
      if (value === undefined || value.startsWith('--')) return undefined;
      named[word] = value;
    } else if (word.startsWith('--')) return undefined;
    else paths.push(word);
  }
  const concurrency = Number(named['--concurrency'] ?? 1);
  if (paths.length === 0 || !Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY) return undefined;
  return { paths, json, as: named['--as'], signIns: named['--sign-ins'], journal: named['--journal'], concurrency };
}

/** One line of the result. */
interface VisitLine {
  readonly file: string;
  readonly receipt: string | null;
  readonly key: string | null;
  readonly state: string;
  readonly problems: readonly Partial<IntakeProblem>[];
}

export interface SubmitOutput {
  /** Standard output: a line without its end. */
  out(line: string): void;
  /** Standard error: progress and what concerns a file as a whole. */
  note(line: string): void;
}

/**
 * Sends, waits, prints; lines come in the order of the files. What the journal knows was handed over is not sent again: a run that was
 * interrupted is started again with the same words.
 *
 * @returns exit status: 0 all accepted, 1 something was refused, 2 something could not be sent
 */
export async function runSubmit(
  client: SubmitClient,
  journal: SubmitJournal,
  words: SubmitWords,
  output: SubmitOutput,
): Promise<number> {
  const files = await filesOf(words.paths, output);
  if (files === undefined) return 2;
  const sent = makeLimit(words.concurrency);
  const progress = { sent: 0, done: 0 };
  const note = (): void => {
    if (progress.done % PROGRESS_STEP !== 0 && progress.done !== files.length) return;
    output.note(`đã gửi ${progress.sent}/${files.length}, đã có kết quả ${progress.done}/${files.length}`);
  };
  /** Why nothing more is sent: a server that could not be reached for one file is not tried again for each of the others. */
  let unreachable: string | undefined;
  const results = files.map(async ({ path, named }): Promise<FileResult> => {
    const result = await sent(async () => {
      const answer: FileResult | Sent =
        unreachable === undefined ? await sendFile(client, journal, path, named) : { kind: 'failed', reason: unreachable };
      if (answer.kind === 'failed' && answer.isUnreachable === true) unreachable = answer.reason;
      return answer;
    });
    progress.sent += 1;
    const known = result.kind === 'sent' ? await resultOf(client, path, result.receipt) : result;
    progress.done += 1;
    note();
    return known;
  });

  let status = 0;
  for (const [index, { path }] of files.entries()) {
    const result = await results[index];
    if (result === undefined || result.kind === 'skipped') {
      output.note(`${path}: bỏ qua, không phải tệp của cửa tiếp nhận nào`);
    } else if (result.kind === 'failed') {
      output.note(`${path}: không gửi được: ${result.reason}`);
      status = 2;
    } else {
      for (const problem of result.whole) output.note(`${path}: ${problem.message}`);
      for (const line of result.lines) {
        output.out(words.json ? JSON.stringify(line) : describe(line));
        if (line.state === 'refused' && status === 0) status = 1;
      }
    }
  }
  return status;
}

type FileResult =
  | { readonly kind: 'skipped' }
  | { readonly kind: 'failed'; readonly reason: string; readonly isUnreachable?: boolean }
  | { readonly kind: 'known'; readonly lines: readonly VisitLine[]; readonly whole: readonly IntakeProblem[] };

interface Sent {
  readonly kind: 'sent';
  readonly receipt: Receipt;
}

async function sendFile(client: SubmitClient, journal: SubmitJournal, path: string, named: boolean): Promise<FileResult | Sent> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return { kind: 'failed', reason: `không đọc được tệp (${(error as NodeJS.ErrnoException).code ?? 'lỗi'})` };
  }
  const door = doorOf(bytes) ?? (named ? nearestDoor(bytes) : undefined);
  if (door === undefined) return { kind: 'skipped' };
  try {
    const sha256 = contentHash(bytes);
    const earlier = journal.receiptOf(sha256);
    // An instance that was set up anew does not know the receipt any more.
    const known = earlier === undefined ? undefined : await client.receipt(earlier);
    if (known !== undefined) return { kind: 'sent', receipt: known };
    const answer = await client.send(door, bytes);
    if ('receipt' in answer) {
      journal.note(sha256, answer.receipt.id);
      return { kind: 'sent', receipt: answer.receipt };
    }
    const problems = answer.refusal.map(({ code, message }) => ({ severity: 'error' as const, code, message }));
    return { kind: 'known', lines: [{ file: path, receipt: null, key: null, state: 'refused', problems }], whole: [] };
  } catch (error) {
    if (!(error instanceof CouldNotSend)) throw error;
    return { kind: 'failed', reason: error.message, isUnreachable: true };
  }
}

async function resultOf(client: SubmitClient, path: string, receipt: Receipt): Promise<FileResult> {
  try {
    return { kind: 'known', ...linesOf(path, await client.waitFor(receipt)) };
  } catch (error) {
    if (!(error instanceof CouldNotSend)) throw error;
    return { kind: 'failed', reason: error.message };
  }
}

function linesOf(
  file: string,
  receipt: Receipt,
): { readonly lines: readonly VisitLine[]; readonly whole: readonly IntakeProblem[] } {
  if (receipt.visits.length === 0) {
    return { lines: [{ file, receipt: receipt.id, key: null, state: receipt.state, problems: receipt.problems }], whole: [] };
  }
  const lines = receipt.visits.map(({ key, state, problems }) => ({ file, receipt: receipt.id, key, state, problems }));
  return { lines, whole: receipt.problems };
}

function describe({ file, receipt, key, state, problems }: VisitLine): string {
  const head = [state.padEnd(22), key ?? '-', file, receipt ?? '-'].join('  ');
  return [head, ...problems.map(({ severity, message }) => `    ${severity ?? ''}: ${message ?? ''}`)].join('\n');
}

interface FoundFile {
  readonly path: string;
  /** Named itself, not found in a folder. */
  readonly named: boolean;
}

/** Files in the order of the words, those of a folder by name. @returns undefined when a path can't be read */
async function filesOf(paths: readonly string[], output: SubmitOutput): Promise<readonly FoundFile[] | undefined> {
  const files: FoundFile[] = [];
  for (const path of paths) {
    try {
      if (!(await stat(path)).isDirectory()) {
        files.push({ path, named: true });
        continue;
      }
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      const found = entries.filter((entry) => entry.isFile() && /\.(xml|json|csv|xlsx)$/i.test(entry.name));
      files.push(
        ...found
          .map((entry) => ({ path: join(entry.parentPath, entry.name), named: false }))
          .sort((a, b) => (a.path < b.path ? -1 : 1)),
      );
    } catch (error) {
      output.note(`${path}: không đọc được (${(error as NodeJS.ErrnoException).code ?? 'lỗi'})`);
      return undefined;
    }
  }
  if (files.length === 0) output.note('không có tệp nào để gửi');
  return files.length === 0 ? undefined : files;
}

/** Runs at most `size` tasks at once, in the order in which they were given. */
function makeLimit(size: number): <T>(task: () => Promise<T>) => Promise<T> {
  let free = size;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
