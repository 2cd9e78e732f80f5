import type { AccessLine, AccessReads } from './access-log.js';
import type { RecordPut, RecordReads } from './record-store.js';
import type { ResourcePut, ResourceReads } from './resource-store.js';

/** A job that a commit causes. The row is the truth, the queue only a wake-up; it is closed by the handler's own commit. */
export interface OutboxOpen {
  readonly id: string;
  /** Name of a job contract in `src/queue/jobs`. */
  readonly kind: string;
  /** Ids only: a queue is clear text and outlives the request. */
  readonly payload: Readonly<Record<string, string>>;
}

export interface OutboxRow extends OutboxOpen {
  readonly openedCommit: number;
  /** ISO instant. */
  readonly openedAt: string;
  readonly attempts: number;
  /** Not to be tried before this ISO instant; absent = at once. */
  readonly notBefore?: string;
  /** Set on a dead letter: a failure code or message without personal data. */
  readonly dead?: string;
}

/** What a failed attempt leaves on its row. `dead` moves it to the dead-letter list; requeue = attempts 0 without `dead`. */
export interface OutboxNote {
  readonly id: string;
  readonly attempts: number;
  readonly notBefore?: string;
  readonly dead?: string;
}

/** Append-only: (scope, key) -> id, minted once, an input of every rebuild (merging.md I2). */
export interface LedgerEntry {
  readonly scope: string;
  readonly key: string;
  readonly id: string;
}

/**
 * A write as a value: all of it or nothing. A unit names no resource, record, claim, bump, outbox row or access line twice (`invalid`);
 * releases go before claims, closes before opens, releases of holds before holds, deletions of blobs before blobs. There is no interactive transaction: read, decide, commit with what you believed,
 * and on `precondition-failed` read again.
 */
export interface UnitOfWrite {
  readonly resources?: readonly ResourcePut[];
  readonly records?: readonly RecordPut[];
  /** Versions of blocking keys that the writer read (0 = never bumped); they must still hold: no phantoms. */
  readonly guards?: readonly { readonly key: string; readonly version: number }[];
  /** Blocking keys whose membership this unit changes: each version grows by one. */
  readonly bumps?: readonly string[];
  /** Unique claims; fails when another owner holds one. The same owner may claim again. */
  readonly claims?: readonly { readonly key: string; readonly owner: string }[];
  readonly releases?: readonly string[];
  /** An id that is open already is `precondition-failed`. */
  readonly opens?: readonly OutboxOpen[];
  /** Outbox ids; each must still be open, else `precondition-failed` (somebody else finished it). */
  readonly closes?: readonly string[];
  /** A note on a row that is closed meanwhile changes nothing. */
  readonly notes?: readonly OutboxNote[];
  readonly access?: readonly AccessLine[];
  /** Append-only; an entry that exists with another id is `precondition-failed`, with the same id no change. */
  readonly ledger?: readonly LedgerEntry[];
  readonly blobs?: readonly { readonly id: string; readonly bytes: Uint8Array }[];
  readonly deleteBlobs?: readonly string[];
  /** Labels whose resources become invisible on every read path, until released (merging.md §4: regroup when links change). */
  readonly holds?: { readonly hold?: readonly string[]; readonly release?: readonly string[] };
}

export interface CommitResult {
  readonly commit: number;
  /** ISO instant given to everything in the unit. */
  readonly at: string;
  /** One for each `resources` entry, in order; `changed` false when the content was equal and no version was made. */
  readonly resources: readonly { readonly versionId: string; readonly lastUpdated: string; readonly changed: boolean }[];
}

/** The whole port. Every engine passes `tests/support/store.contract.ts`. */
export interface Store extends ResourceReads, RecordReads, AccessReads {
  /** Durable when it resolves. @throws PhrError `precondition-failed` (a belief did not hold), `unavailable` (disk full, closed), `invalid`, `too-large`. */
  commit(unit: UnitOfWrite): Promise<CommitResult>;
  guardVersions(keys: readonly string[]): Promise<readonly number[]>;
  claimOwner(key: string): Promise<string | undefined>;
  outboxRow(id: string): Promise<OutboxRow | undefined>;
  /** Open, not dead rows that are due at `dueAt` (default: now), in the order of opening. */
  openOutbox(query: {
    readonly kinds?: readonly string[];
    readonly dueAt?: string;
    readonly limit: number;
  }): Promise<readonly OutboxRow[]>;
  deadOutbox(limit: number): Promise<readonly OutboxRow[]>;
  /** Open rows by kind, with the oldest opening instant; dead ones apart. */
  outboxDepth(): Promise<
    readonly { readonly kind: string; readonly open: number; readonly dead: number; readonly oldest?: string }[]
  >;
  /** Ids under `scope` for `keys` (all of the scope when absent). */
  ledgerIds(scope: string, keys?: readonly string[]): Promise<ReadonlyMap<string, string>>;
  blob(id: string): Promise<Uint8Array | undefined>;
  heldLabels(): Promise<readonly string[]>;
  /** Throws when the engine can't answer; for readiness. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
