import type { MessagePort } from 'node:worker_threads';
import type { CommitOutcome } from './group-commit.js';
import type { PreparedUnit } from './prepared-unit.js';

/** What the writer thread starts with. */
export interface WriterData {
  readonly path: string;
  readonly busyTimeoutMs: number;
  /** Upper bound of the file in pages of 4 kB; absent = as the disk allows. */
  readonly maxPages?: number;
}

/** From the thread that started the writer. */
export type ControlMessage = { readonly connect: MessagePort } | { readonly stop: true };

export type ControlReply = { readonly ready: true } | { readonly failed: string } | { readonly stopped: true };

/** On a connected port. `hello` names the fingerprint of the poster's term key. */
export type WriterRequest =
  { readonly id: number; readonly unit: PreparedUnit } | { readonly id: number; readonly hello: string };

export type WriterReply = { readonly id: number } & (CommitOutcome | { readonly welcome: true });
