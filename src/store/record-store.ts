/**
 * Keyed records: everything the house keeps that is not a FHIR resource (submissions, dossiers, identity records, persons, review
 * tasks, accounts, sessions …). Values are JSON. `keys` are the exact-match indexes by which records are found; engines hash them.
 */
export interface RecordKey {
  readonly index: string;
  readonly value: string;
  /** Order within (index, value); compared as text by Unicode code point. Defaults to the record's id. */
  readonly sort?: string;
}

export interface StoredRecord<T = unknown> {
  readonly collection: string;
  readonly id: string;
  /** Counter from 1. */
  readonly version: number;
  /** Commit numbers of the first and of this version. The first is a submission's `acceptedSeq` (merging.md §4.2). */
  readonly createdCommit: number;
  readonly commit: number;
  /** As put, when it is not 1: the owner migrates the value on read. */
  readonly schemaVersion?: number;
  readonly value: T;
}

export interface RecordPut {
  readonly collection: string;
  readonly id: string;
  readonly expected: 'absent' | 'any' | number;
  /** Absent = delete: the row and its keys leave. */
  readonly value?: unknown;
  /** The whole set of keys; replaces the earlier set. */
  readonly keys?: readonly RecordKey[];
  /** Shape of `value`; migrated on read by its owner. Defaults to 1. */
  readonly schemaVersion?: number;
}

export interface RecordQuery {
  readonly collection: string;
  readonly index: string;
  readonly value: string;
  readonly descending?: boolean;
  readonly limit: number;
  /** Continue behind this (sort, id). */
  readonly after?: { readonly sort: string; readonly id: string };
}

export interface FoundRecord<T> extends StoredRecord<T> {
  readonly sort: string;
}

export interface RecordReads {
  record<T>(collection: string, id: string): Promise<StoredRecord<T> | undefined>;
  records<T>(collection: string, ids: readonly string[]): Promise<readonly (StoredRecord<T> | undefined)[]>;
  find<T>(query: RecordQuery): Promise<readonly FoundRecord<T>[]>;
  /** All of a collection in id order, for moves, hashes and sweeps. */
  scanRecords<T>(collection: string, afterId: string | undefined, limit: number): Promise<readonly StoredRecord<T>[]>;
}
