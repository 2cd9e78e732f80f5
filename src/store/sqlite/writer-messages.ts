import type { MessagePort } from 'node:worker_threads';
import type { CommitOutcome } from './group-commit.js';
import type { PostedUnit, PreparedUnit } from './prepared-unit.js';

/** What the writer thread starts with. */
export interface WriterData {
  readonly path: string;
  readonly busyTimeoutMs: number;
  /** Upper bound of the file in pages of 4 kB; absent = as the disk allows. */
  readonly maxPages?: number;
  readonly bulk?: boolean;
}

/** From the thread that started the writer. */
export type ControlMessage = { readonly connect: MessagePort } | { readonly stop: true } | { readonly abandon: true };

export type ControlReply = { readonly ready: true } | { readonly failed: string } | { readonly stopped: true };

/** On a connected port. `hello` names the fingerprint of the poster's term key. */
export type WriterRequest =
  | { readonly units: readonly { readonly id: number; readonly unit: PostedUnit }[] }
  | { readonly id: number; readonly hello: string };

/** Units are answered together as they were committed together: a message wakes a thread, and waking costs more than most units. */
export type WriterReply =
  | { readonly outcomes: readonly (CommitOutcome & { readonly id: number })[] }
  | ({ readonly id: number } & (CommitOutcome | { readonly welcome: true }));

const EMPTY: Omit<PreparedUnit, 'at'> = {
  resources: [],
  records: [],
  guards: [],
  bumps: [],
  claims: [],
  releases: [],
  opens: [],
  closes: [],
  notes: [],
  access: [],
  ledger: [],
  blobs: [],
  deleteBlobs: [],
  hold: [],
  release: [],
};

/** A unit as the writer applies it. */
export interface ReceivedUnit extends PreparedUnit {
  /** Lines and nothing else: what a look writes. */
  readonly isAccessOnly: boolean;
}

export const receivedUnit = (posted: PostedUnit): ReceivedUnit => ({
  ...EMPTY,
  ...posted,
  isAccessOnly: posted.access !== undefined && Object.keys(posted).length === 2,
});
