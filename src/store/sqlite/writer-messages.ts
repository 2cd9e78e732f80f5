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
  | { readonly units: readonly { readonly id: number; readonly unit: PostedUnit }[]; readonly looks: PostedLooks }
  | { readonly id: number; readonly hello: string };

/** Units are answered together as they were committed together: a message wakes a thread, and waking costs more than most units. */
export type WriterReply =
  | { readonly outcomes: readonly (CommitOutcome & { readonly id: number })[]; readonly looks: KeptLooks }
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

/**
 * Units of a single access line, which every read posts, side by side in one list: cloning a list of texts and numbers costs half of what objects
 * cost. For each: id of the unit, `at` of the unit, then id, at, by and text of the line.
 */
export type PostedLooks = readonly (number | string)[];
export const POSTED_LOOK_LENGTH = 6;

/** What became of them when they are kept: for each the id of the unit, commit number and instant. */
export type KeptLooks = readonly (number | string)[];
export const KEPT_LOOK_LENGTH = 3;

/** @returns false, and nothing added, when the unit is more than one line */
export function addLook(looks: (number | string)[], id: number, unit: PostedUnit): boolean {
  const [line, ...more] = unit.access ?? [];
  if (line === undefined || more.length > 0 || Object.keys(unit).length !== 2) return false;
  looks.push(id, unit.at, line.id, line.at, line.by, line.line);
  return true;
}

export function* receivedLooks(looks: PostedLooks): Generator<{ readonly id: number; readonly unit: ReceivedUnit }> {
  for (let index = 0; index < looks.length; index += POSTED_LOOK_LENGTH) {
    const [id, at, lineId, lineAt, by, line] = looks.slice(index, index + POSTED_LOOK_LENGTH) as [
      number,
      number,
      string,
      string,
      string,
      string,
    ];
    yield { id, unit: { ...EMPTY, at, access: [{ id: lineId, at: lineAt, by, line }], isAccessOnly: true } };
  }
}

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
