import type { AccessLine } from '../access-log.js';
import type { MoveMark } from '../moving.js';

/** Version of the documents below; `ensureIndexes` writes it, `openMongoStore` wants it. */
export const SCHEMA_VERSION = 1;

/** Origins as stored. */
export const ORIGINS = ['fact', 'contribution'] as const;

/** A key of 128 bits, see `KeyedHash.key`. The driver reads and writes it as BSON binary. */
export type KeyBytes = Uint8Array;

/** Fingerprint of the term key and version of the documents. */
export interface MetaDocument {
  readonly _id: 'store';
  readonly schemaVersion: number;
  readonly termKey?: string;
  /** While the database is filled by a move. */
  readonly move?: MoveMark;
}

/** The one document that every write increments: it orders the commits and makes any two of them conflict. */
export interface ClockDocument {
  readonly _id: 'clock';
  readonly commit: number;
  /** Epoch milliseconds; never goes back. */
  readonly at: number;
  /** Last row number given to a version. */
  readonly row: number;
  /** Last number given to an outbox row. */
  readonly opened: number;
}

/** What stands beside every version, current or past. */
export interface VersionFields {
  /** Type, id, version. */
  readonly t: string;
  readonly id: string;
  readonly v: number;
  /** Commit and its instant in epoch milliseconds. */
  readonly c: number;
  readonly at: number;
  /** Index in ORIGINS. */
  readonly o: number;
  readonly subject?: string;
  readonly labels: readonly string[];
  readonly memo?: string;
  /** Absent on a deletion marker. */
  readonly body?: string;
  readonly schema: number;
}

/**
 * The current version of a resource. Order of `_id` is order of (type, id): no type contains a character below `/`.
 *
 * - `row`   grows with every version made, so its order is the order of commits;
 * - `d`     clinical date, UNDATED without one;
 * - `terms` 64-bit hashes: type, equality terms, labels, subject, subject with type;
 * - `dated` those of them by which pages in clinical order are walked, and subject with code;
 * - `strs`  folded strings behind the hash of their parameter;
 * - `rngs`  ranges: `p` parameter, `k` parameter with bucket of length, `lo` start, `hi` end.
 */
export interface ResourceDocument extends VersionFields {
  readonly _id: string;
  readonly row: number;
  readonly d: number;
  /** Tells equal content without reading the body; null on a deletion marker. */
  readonly hash: string | null;
  readonly terms: readonly bigint[];
  readonly dated: readonly bigint[];
  readonly strs: readonly string[];
  readonly rngs: readonly { readonly p: bigint; readonly k: bigint; readonly lo: number; readonly hi: number }[];
}

/** An earlier version. */
export interface VersionDocument extends VersionFields {
  readonly _id: { readonly r: string; readonly v: number };
}

export interface RecordDocument {
  /** See `recordId`. */
  readonly _id: string;
  readonly collection: string;
  readonly id: string;
  readonly version: number;
  readonly created: number;
  readonly commit: number;
  readonly schema: number;
  /** JSON text: any JSON value, keys with dots and dollars too. */
  readonly value: string;
  readonly keys: readonly { readonly h: KeyBytes; readonly s: string }[];
}

/** One document for each key: an array in the record can't give the order of (sort, id). The primary key is the index. */
export interface RecordKeyDocument {
  readonly _id: { readonly h: KeyBytes; readonly s: string; readonly i: string };
  /** `_id` of the record. */
  readonly r: string;
}

export interface GuardDocument {
  readonly _id: KeyBytes;
  readonly version: number;
}

export interface ClaimDocument {
  readonly _id: KeyBytes;
  readonly owner: string;
}

export interface OutboxDocument {
  readonly _id: string;
  /** Order of opening. */
  readonly n: number;
  readonly kind: string;
  /** JSON text. */
  readonly payload: string;
  readonly openedCommit: number;
  readonly openedAt: string;
  readonly attempts: number;
  readonly notBefore?: string;
  readonly dead?: string;
}

export interface AccessDocument {
  readonly _id: string;
  readonly at: string;
  /** Hashes of agent, patients and references. */
  readonly by: readonly bigint[];
  readonly line: AccessLine;
}

export interface LedgerDocument {
  readonly _id: { readonly s: KeyBytes; readonly k: KeyBytes };
  readonly key: string;
  readonly id: string;
}

/** A small blob stands in its manifest, a large one in chunks written before. */
export interface BlobDocument {
  readonly _id: string;
  readonly bytes?: KeyBytes;
  /** Names the chunks; fresh for every writing of the blob. */
  readonly upload?: string;
  readonly chunks?: number;
}

export interface ChunkDocument {
  readonly _id: { readonly u: string; readonly n: number };
  readonly bytes: Uint8Array;
  /** When it was written; absent once the sweep has found its manifest. */
  readonly at?: Date;
}

export interface HoldDocument {
  readonly _id: string;
}

export const resourceId = (resourceType: string, id: string): string => `${resourceType}/${id}`;

/** Collection and id in one text that sorts by id within the collection; a `/` in a collection's name is written apart. */
export const recordId = (collection: string, id: string): string => `${recordPrefix(collection)}${id}`;
export const recordPrefix = (collection: string): string => `${collection.replaceAll('%', '%25').replaceAll('/', '%2F')}/`;
