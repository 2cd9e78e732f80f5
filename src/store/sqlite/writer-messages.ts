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

/** A unit without its empty parts: most units have one or two of them, and each would be cloned. */
export type PostedUnit = Partial<PreparedUnit> & Pick<PreparedUnit, 'at'>;

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

export function postedUnit(unit: PreparedUnit): PostedUnit {
  const posted: Record<string, unknown> = { at: unit.at };
  for (const part of Object.keys(EMPTY) as (keyof typeof EMPTY)[]) if (unit[part].length > 0) posted[part] = unit[part];
  return posted as PostedUnit;
}

export const receivedUnit = (posted: PostedUnit): PreparedUnit => ({ ...EMPTY, ...posted });
