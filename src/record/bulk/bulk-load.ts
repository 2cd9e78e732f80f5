import { isPhrError } from '../../errors.js';
import type { IntakeFormat, IntakeLimits, IntakeProblem, SenderContext } from '../../intake/parsed-visit.js';
import { LINK_PERSON } from '../../queue/jobs/link-person.js';
import { PARSE_SUBMISSION } from '../../queue/jobs/parse-submission.js';
import { REBUILD_RECORD } from '../../queue/jobs/rebuild-record.js';
import type { AccessLine } from '../../store/access-log.js';
import type { OutboxRow, Store } from '../../store/store.js';
import { COLLECTIONS, type LinkValue } from '../collections.js';
import type { RecordRoom } from '../record-room.js';

/** One intake file, as its sender would post it. */
export interface BulkFile {
  /** Names the file where it is refused; a path, never a person. */
  readonly name: string;
  /** Door as on receipts: `bhyt-xml`, `health-checkup`, `sheet/blood-pressure-glucose`. */
  readonly door: string;
  readonly bytes: Uint8Array;
  readonly sender: SenderContext;
}

export interface BulkParts {
  readonly store: Store;
  /** Make it with room for a window of parsed visits (`recentVisits: BULK_RECENT_VISITS`), else they are read from their sealed bytes again. */
  readonly room: Pick<RecordRoom, 'submissions' | 'handlers'>;
  readonly formats: readonly IntakeFormat[];
  readonly limits: IntakeLimits;
}

export interface BulkProgress {
  readonly stage: 'files' | 'records';
  /** Files taken in, or outbox rows done in the last stages. */
  readonly done: number;
}

export interface BulkOptions {
  readonly progress?: (progress: BulkProgress) => void;
  /** Who loads, on the access line of each file; none is written without it. */
  readonly access?: (what: readonly string[]) => readonly AccessLine[];
  /** Files of one window; default WINDOW_FILES. */
  readonly windowFiles?: number;
}

export interface BulkResult {
  readonly files: number;
  /** Already there, byte for byte from the same sender: nothing was done for them. */
  readonly repeated: number;
  /** Turned away as the door would have: not the format at all. */
  readonly turnedAway: readonly { readonly name: string; readonly problem: string }[];
  /** Outbox rows that failed; they are dead letters now (`npm run jobs`). */
  readonly failed: number;
}

/** Files of a window, and their bytes: what is in memory at one time. */
export const WINDOW_FILES = 1_000;
export const WINDOW_BYTES = 32 * 1024 * 1024;
/** Parsed visits that wait in memory for their rebuild at the end of the window. */
export const BULK_RECENT_VISITS = 4_000;
/** Commits under way: those that wait share a transaction. */
const CONCURRENCY = 16;
const ROWS_PAGE = 1_000;
const LINK_LANES = 4;
/** Attempts of one row; a lost race is tried again at once. */
const ROW_ATTEMPTS = 5;

/**
 * Fills a store with the files of a population, in one process without HTTP: window by window, all files are kept, all are parsed, all
 * identity records linked, and then each is rebuilt once with everything that the window says of it. The very handlers of the jobs do the
 * work, on the very outbox rows, so receipts, sources and the record are what the doors would have made of the same files, and a resend
 * through a door is a duplicate. Killed at any moment and run again with the same files it goes on: a file that is known is passed over,
 * rows that are open are done first. Beside a running service it is safe, but slow for both.
 *
 * @throws PhrError `unavailable` when the store fails
 */
export async function bulkLoad(
  parts: BulkParts,
  files: Iterable<BulkFile> | AsyncIterable<BulkFile>,
  { progress = () => undefined, access = () => [], windowFiles = WINDOW_FILES }: BulkOptions = {},
): Promise<BulkResult> {
  const formats = new Map(parts.formats.map((format) => [format.door, format]));
  const turnedAway: { name: string; problem: string }[] = [];
  const count = { files: 0, repeated: 0, failed: 0, rows: 0 };
  const onRow = (ok: boolean): void => {
    if (!ok) count.failed += 1;
    count.rows += 1;
    if (count.rows % 100 === 0) progress({ stage: 'records', done: count.rows });
  };

  const takeIn = async (file: BulkFile): Promise<void> => {
    const problem = refusal(formats.get(file.door), file.bytes, parts.limits);
    if (problem === undefined) {
      const { door, bytes, sender } = file;
      const { repeated } = await parts.room.submissions.accept({ door, bytes, sender, access });
      if (repeated) count.repeated += 1;
    } else turnedAway.push({ name: file.name, problem });
    count.files += 1;
    progress({ stage: 'files', done: count.files });
  };
  const work = async (): Promise<void> => {
    await drain(parts, PARSE_SUBMISSION.kind, onRow, (row) => row.id);
    // Neighbours in the file are often one household and one component: few lanes, each of neighbours.
    await drain(parts, LINK_PERSON.kind, onRow, (_row, part) => String(Math.floor(part * LINK_LANES)));
    await drain(parts, REBUILD_RECORD.kind, onRow, (row) => personOf(parts.store, row));
  };

  await work(); // what an interrupted load left open
  for await (const window of windowsOf(files, windowFiles)) {
    await inParallel(window, takeIn);
    await work();
  }
  return { files: count.files, repeated: count.repeated, failed: count.failed, turnedAway };
}

/** As the door answers 4xx: nothing is kept of such a file. */
function refusal(
  format: IntakeFormat | undefined,
  bytes: Uint8Array,
  limits: IntakeLimits,
): IntakeProblem['message'] | undefined {
  if (format === undefined) return 'Không có cửa nhận loại tệp này';
  if (bytes.length === 0) return 'Nội dung gửi lên rỗng';
  try {
    format.cut(bytes, limits);
    return undefined;
  } catch (error) {
    if (isPhrError(error)) return error.message;
    throw error;
  }
}

/** Rows of one person follow one another, else they would take turns in losing. */
async function personOf(store: Store, row: OutboxRow): Promise<string> {
  const identityId = row.payload['identityId'] ?? '';
  const link = await store.record<LinkValue>(COLLECTIONS.link, identityId);
  return link?.value.personId ?? identityId;
}

/**
 * Runs every open row of a kind, also those that the runs open.
 * @param laneOf rows of one lane run in the order of opening, lanes side by side; `part` = where the row stands among the others, [0, 1)
 */
async function drain(
  { store, room }: BulkParts,
  kind: string,
  onRow: (ok: boolean) => void,
  laneOf: (row: OutboxRow, part: number) => string | Promise<string>,
): Promise<void> {
  for (;;) {
    // Rows that wait for a later try of a service's queue are due here and now.
    const rows = await store.openOutbox({ kinds: [kind], dueAt: '9999-12-31T00:00:00.000Z', limit: ROWS_PAGE });
    if (rows.length === 0) return;
    const lanes = new Map<string, OutboxRow[]>();
    for (const [index, row] of rows.entries()) {
      const lane = await laneOf(row, index / rows.length);
      const known = lanes.get(lane);
      if (known === undefined) lanes.set(lane, [row]);
      else known.push(row);
    }
    await inParallel([...lanes.values()], async (lane) => {
      for (const row of lane) onRow(await runRow(store, room.handlers[row.kind], row));
    });
  }
}

/** @returns false when the row is a dead letter now */
async function runRow(store: Store, handler: RecordRoom['handlers'][string] | undefined, row: OutboxRow): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (handler === undefined) throw new TypeError(`no handler for ${row.kind}`);
      await handler(row);
      return true;
    } catch (error) {
      if (isPhrError(error, 'unavailable')) throw error;
      if (isPhrError(error, 'precondition-failed') && attempt < ROW_ATTEMPTS) continue;
      const dead = isPhrError(error) ? error.category : 'unexpected';
      await store.commit({ notes: [{ id: row.id, attempts: row.attempts + attempt, dead }] });
      return false;
    }
  }
}

async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const one = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await run(next.value);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, one));
}

async function* windowsOf(
  files: Iterable<BulkFile> | AsyncIterable<BulkFile>,
  windowFiles: number,
): AsyncGenerator<readonly BulkFile[]> {
  let window: BulkFile[] = [];
  let bytes = 0;
  for await (const file of files) {
    window.push(file);
    bytes += file.bytes.length;
    if (window.length < windowFiles && bytes < WINDOW_BYTES) continue;
    yield window;
    window = [];
    bytes = 0;
  }
  if (window.length > 0) yield window;
}
