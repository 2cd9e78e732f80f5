import { MessageChannel, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { PhrError } from '../../errors.js';
import type { CommitResult } from '../store.js';
import type { CommitOutcome } from './group-commit.js';
import type { PostedUnit } from './prepared-unit.js';
import { addLook, KEPT_LOOK_LENGTH, POSTED_LOOK_LENGTH } from './writer-messages.js';
import type { ControlReply, WriterData, WriterReply, WriterRequest } from './writer-messages.js';

/** The writer thread of a process, shared by its threads. */
export interface SqliteWriter {
  /** A new connection to the writer; may be sent to another thread in a transfer list and given to `openSqliteStore` there. */
  port(): MessagePort;
  /** Commits what waits, then ends the thread. */
  close(): Promise<void>;
  /** Ends the thread after the commit that it is in; what waits is not committed. */
  terminate(): Promise<void>;
}

export interface SqliteWriterOptions {
  readonly path: string;
  /** How long a commit waits for another process's commit. */
  readonly busyTimeoutMs?: number;
  /** Upper bound of the file, in pages of 4 kB. */
  readonly maxPages?: number;
  /** For a load that can be run again: durable when the writer has closed, not with each commit. */
  readonly bulk?: boolean;
}

export const BUSY_TIMEOUT_MS = 10_000;

/**
 * Starts the one thread of this process that writes to the file; makes the tables when the file is new.
 * @throws PhrError `unavailable` when the file can't be opened
 */
export async function startSqliteWriter({
  path,
  busyTimeoutMs = BUSY_TIMEOUT_MS,
  maxPages,
  bulk = false,
}: SqliteWriterOptions): Promise<SqliteWriter> {
  const data: WriterData = { path, busyTimeoutMs, bulk, ...(maxPages === undefined ? {} : { maxPages }) };
  const worker = new Worker(new URL('./writer-thread.js', import.meta.url), { workerData: data });
  const ended = new Promise<void>((resolve) =>
    worker.once('exit', () => {
      resolve();
    }),
  );
  await new Promise<void>((resolve, reject) => {
    worker.once('error', (cause) => {
      reject(new PhrError('unavailable', 'The writer thread failed', [], { cause }));
    });
    worker.once('message', (reply: ControlReply) => {
      if ('failed' in reply) reject(new PhrError('unavailable', `The data file cannot be opened: ${reply.failed}`));
      else resolve();
    });
  });
  // A later failure reaches every poster through its closed port.
  worker.on('error', () => undefined);
  worker.unref();
  return {
    port() {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ connect: port1 }, [port1]);
      return port2;
    },
    async close() {
      worker.ref();
      worker.postMessage({ stop: true });
      await ended;
    },
    async terminate() {
      // Not worker.terminate(): cut off inside a native call, SQLite's binding ends the whole process.
      worker.ref();
      worker.postMessage({ abandon: true });
      await ended;
    },
  };
}

export interface WriterConnection {
  commit(unit: PostedUnit): Promise<CommitResult>;
  /** @throws PhrError `unavailable` when the file was made with another key, or the writer has failed or ended */
  hello(fingerprint: string): Promise<void>;
  /** Waits for what was posted. */
  close(): Promise<void>;
}

interface Pending {
  resolve(result: CommitResult): void;
  reject(error: Error): void;
}

const gone = (): PhrError => new PhrError('unavailable', 'The store is closed or its writer has failed');
const NOTHING: CommitResult = { commit: 0, at: '', resources: [] };

/** While the writer works, units are posted by so many together, or by those of one turn of the event loop. */
const POSTED_TOGETHER = 16;

/** Posts units over a port and turns replies into promises. The port keeps the process alive only while something is pending. */
export function connectToWriter(port: MessagePort): WriterConnection {
  const pending = new Map<number, Pending>();
  let gathered: { readonly id: number; readonly unit: PostedUnit }[] = [];
  let looks: (number | string)[] = [];
  let isTurnEnding = false;
  let lastId = 0;
  let isOpen = true;
  let whenIdle: (() => void) | undefined;

  const settle = (id: number, reply: AnyReply): void => {
    const found = pending.get(id);
    if (found === undefined) return;
    pending.delete(id);
    if ('result' in reply) found.resolve(reply.result);
    else if ('welcome' in reply) found.resolve(NOTHING);
    else found.reject(errorOf(reply));
  };
  const restIfIdle = (): void => {
    if (pending.size > 0) return;
    port.unref();
    whenIdle?.();
  };
  port.on('message', (reply: WriterReply) => {
    if ('outcomes' in reply) {
      for (const outcome of reply.outcomes) settle(outcome.id, outcome);
      const { looks } = reply;
      for (let index = 0; index < looks.length; index += KEPT_LOOK_LENGTH) {
        const [id, commit, at] = looks.slice(index, index + KEPT_LOOK_LENGTH) as [number, number, string];
        settle(id, { result: { commit, at, resources: [] } });
      }
    } else settle(reply.id, reply);
    restIfIdle();
  });
  port.on('close', () => {
    isOpen = false;
    for (const { reject } of pending.values()) reject(gone());
    pending.clear();
    restIfIdle();
  });
  port.unref();

  const postGathered = (): void => {
    if (gathered.length === 0 && looks.length === 0) return;
    port.postMessage({ units: gathered, looks } satisfies WriterRequest);
    gathered = [];
    looks = [];
  };
  const expect = async (send: (id: number) => void): Promise<CommitResult> => {
    if (!isOpen) throw gone();
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      if (pending.size === 0) port.ref();
      pending.set(id, { resolve, reject });
      send(id);
    });
  };

  return {
    commit: (unit) =>
      expect((id) => {
        if (!addLook(looks, id, unit)) gathered.push({ id, unit });
        // An idle writer begins at once; a busy one loses nothing by waiting for the company of this turn.
        if (pending.size === 1 || gathered.length + looks.length / POSTED_LOOK_LENGTH >= POSTED_TOGETHER) postGathered();
        else if (!isTurnEnding) {
          isTurnEnding = true;
          setImmediate(() => {
            isTurnEnding = false;
            postGathered();
          });
        }
      }),
    async hello(fingerprint) {
      await expect((id) => {
        port.postMessage({ id, hello: fingerprint } satisfies WriterRequest);
      });
    },
    async close() {
      isOpen = false;
      postGathered();
      if (pending.size > 0) {
        await new Promise<void>((resolve) => {
          whenIdle = resolve;
        });
      }
      port.close();
    },
  };
}

type AnyReply = CommitOutcome | { readonly welcome: true };

function errorOf(reply: Extract<CommitOutcome, { readonly message: string }>): Error {
  if (reply.category !== undefined) return new PhrError(reply.category, reply.message);
  const error = new Error(`The writer thread met a bug: ${reply.message}`);
  if (reply.stack !== undefined) error.stack = reply.stack;
  return error;
}
