import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { FOLD_LINES, tailLength, TAIL_LINES_MAX } from './access-tail.js';
import { openDatabase } from './driver.js';
import type { SqlDatabase } from './driver.js';
import { commitTogether, foldTogether } from './group-commit.js';
import type { CommitOutcome } from './group-commit.js';
import { checkWhole, configureBulkWriter, configureWriter, ensureSchema } from './schema.js';
import { receivedLooks, receivedUnit } from './writer-messages.js';
import type { ControlMessage, ControlReply, ReceivedUnit, WriterData, WriterReply, WriterRequest } from './writer-messages.js';

/** Entry of the writer thread: the only thread of a process that writes. Units that wait share a commit. */

/** Units of one commit, access-only ones apart. */
const MAX_UNITS = 64;
/** Access lines of one commit. */
const MAX_LINES = 256;
/** How long after a blob was destroyed the log that still holds it is emptied; and how long that waits for readers. */
const ERASE_AFTER_MS = 1_000;
const ERASE_BUSY_MS = 200;
/** A writer that had nothing to do for so long folds the tail of the access lines. */
const FOLD_AFTER_MS = 100;

interface Reply {
  readonly outcomes: (CommitOutcome & { readonly id: number })[];
  readonly looks: (number | string)[];
}

interface Waiting {
  readonly port: MessagePort;
  readonly id: number;
  readonly unit: ReceivedUnit;
}

/** @param eraseAtOnce false: the log is emptied at the end only */
function serve(control: MessagePort, database: SqlDatabase, busyTimeoutMs: number, eraseAtOnce: boolean): void {
  let waiting: Waiting[] = [];
  let eraser: NodeJS.Timeout | undefined;
  let isScheduled = false;
  let isBroken = false;
  /** About: another process may fold, and what was rolled back was counted. */
  let tail = tailLength(database);
  let folder: NodeJS.Timeout | undefined;
  let isIdle = true;

  const takeBatch = (): Waiting[] => {
    let units = 0;
    let lines = 0;
    let count = 0;
    for (const { unit } of waiting) {
      if (count > 0 && ((!unit.isAccessOnly && units >= MAX_UNITS) || lines + unit.access.length > MAX_LINES)) break;
      units += unit.isAccessOnly ? 0 : 1;
      lines += unit.access.length;
      count += 1;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  };

  const flush = (): void => {
    isScheduled = false;
    const batch = takeBatch();
    if (batch.length === 0) return;
    const { outcomes, isBroken: broke } = isBroken
      ? refused(batch)
      : commitTogether(
          database,
          batch.map(({ unit }) => unit),
        );
    isBroken ||= broke;
    for (const { unit } of batch) tail += unit.access.length;
    isIdle = false;
    if (eraseAtOnce && batch.some(({ unit }) => unit.deleteBlobs.length > 0)) eraseSoon();
    const replies = new Map<MessagePort, Reply>();
    for (const [index, { port, id, unit }] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) continue;
      const reply = replies.get(port) ?? { outcomes: [], looks: [] };
      replies.set(port, reply);
      if (unit.isAccessOnly && 'result' in outcome) reply.looks.push(id, outcome.result.commit, outcome.result.at);
      else reply.outcomes.push({ id, ...outcome });
    }
    for (const [port, reply] of replies) port.postMessage(reply satisfies WriterReply);
    if (tail >= TAIL_LINES_MAX) fold();
    foldSoon(FOLD_AFTER_MS);
    schedule();
  };

  const fold = (): void => {
    if (isBroken) return;
    const { folded, isBroken: broke } = foldTogether(database);
    isBroken = broke;
    if (folded !== undefined) tail = folded < FOLD_LINES ? 0 : tail - folded;
  };
  /** Step by step, so that a unit that arrives waits for one step at most. */
  const foldWhenIdle = (): void => {
    folder = undefined;
    const before = tail;
    if (isIdle && waiting.length === 0) fold();
    foldSoon(tail < before ? 0 : FOLD_AFTER_MS);
    isIdle = true;
  };
  const foldSoon = (delayMs: number): void => {
    if (tail > 0 && !isBroken) folder ??= setTimeout(foldWhenIdle, delayMs).unref();
  };

  /** A destroyed data key must not live on in the write-ahead log. Readers in its way: tried again. */
  const eraseLog = (): void => {
    eraser = undefined;
    if (isBroken) return;
    database.exec(`PRAGMA busy_timeout = ${String(ERASE_BUSY_MS)}`);
    const isBusy = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] !== 0;
    database.exec(`PRAGMA busy_timeout = ${String(busyTimeoutMs)}`);
    if (isBusy) eraseSoon();
  };
  const eraseSoon = (): void => {
    eraser ??= setTimeout(eraseLog, ERASE_AFTER_MS).unref();
  };

  /** At once: while a commit waits for the disk, company gathers by itself. */
  const schedule = (): void => {
    if (waiting.length === 0 || isScheduled) return;
    isScheduled = true;
    setImmediate(flush);
  };

  const connect = (port: MessagePort): void => {
    port.on('message', (request: WriterRequest) => {
      if ('hello' in request) {
        port.postMessage({ id: request.id, ...(isBroken ? BROKEN : greet(database, request.hello)) } satisfies WriterReply);
        return;
      }
      for (const { id, unit } of request.units) waiting.push({ port, id, unit: receivedUnit(unit) });
      for (const { id, unit } of receivedLooks(request.looks)) waiting.push({ port, id, unit });
      schedule();
    });
  };

  foldSoon(FOLD_AFTER_MS);
  control.on('message', (message: ControlMessage) => {
    if ('connect' in message) {
      connect(message.connect);
      return;
    }
    if ('abandon' in message) process.exit(1);
    while (waiting.length > 0) flush();
    clearTimeout(folder);
    clearTimeout(eraser);
    eraseLog();
    clearTimeout(eraser);
    database.close();
    control.postMessage({ stopped: true } satisfies ControlReply);
    // Replies posted to the ports are delivered before an empty event loop ends the thread.
    setImmediate(() => {
      control.close();
      process.exit(0);
    });
  });
}

const BROKEN: CommitOutcome = { category: 'unavailable', message: 'The store cannot write until it is opened again' };
const refused = (batch: readonly Waiting[]): { outcomes: CommitOutcome[]; isBroken: boolean } => ({
  outcomes: batch.map(() => BROKEN),
  isBroken: true,
});

/** The first poster's fingerprint is kept; a file whose terms were hashed with another key would find nothing. */
function greet(database: SqlDatabase, fingerprint: string): CommitOutcome | { readonly welcome: true } {
  try {
    const kept = (): unknown => database.prepare(`SELECT value FROM meta WHERE name = 'termKey'`).get()?.['value'];
    if (kept() === undefined) database.prepare(`INSERT OR IGNORE INTO meta VALUES ('termKey', ?)`).run(fingerprint);
    if (kept() === fingerprint) return { welcome: true };
    return { category: 'unavailable', message: 'The data file was made with another master key' };
  } catch (error) {
    return { category: 'unavailable', message: error instanceof Error ? error.message : String(error) };
  }
}

function start(control: MessagePort): void {
  const { path, busyTimeoutMs, maxPages, bulk } = workerData as WriterData;
  try {
    const database = openDatabase({ path, readOnly: false, busyTimeoutMs });
    configureWriter(database);
    ensureSchema(database);
    checkWhole(database);
    if (bulk === true) configureBulkWriter(database);
    if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${String(maxPages)}`);
    serve(control, database, busyTimeoutMs, bulk !== true);
    control.postMessage({ ready: true } satisfies ControlReply);
  } catch (error) {
    control.postMessage({ failed: error instanceof Error ? error.message : String(error) } satisfies ControlReply);
    control.close();
  }
}

if (parentPort !== null) start(parentPort);
