import type { AccessLine } from './access-log.js';
import type { ResourceKey, ResourceOrigin } from './resource-store.js';
import type { OutboxRow } from './store.js';

/**
 * Everything that a store keeps, as plain rows, to be moved into another engine: a port apart from `Store`, known to the move command and
 * its tests alone. Keys of beliefs, records and ledger are keyed hashes that nothing turns back, so rows move with the hashes that they have,
 * and both ends need one master key. Index terms do not move: each engine has them in a layout of its own (one keeps person and code in one
 * hash, another in two columns), so the target makes them from the resource with its codec, as for any write.
 */
export interface MovedVersion extends ResourceKey {
  readonly origin: ResourceOrigin;
  readonly version: number;
  readonly commit: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly subject?: string;
  readonly labels: readonly string[];
  readonly memo?: string;
  readonly schema: number;
  /** Absent on a deletion marker. */
  readonly body?: string;
}

/** The current version. `row` orders the versions of a store; page cursors name it, so they stay true. */
export interface MovedResource extends MovedVersion {
  readonly row: number;
}

export interface MovedRecord {
  readonly collection: string;
  readonly id: string;
  readonly version: number;
  readonly created: number;
  readonly commit: number;
  readonly schema: number;
  /** JSON text. */
  readonly value: string;
  /** Each once; `h` is the keyed hash of collection, index and value. */
  readonly keys: readonly { readonly h: Uint8Array; readonly sort: string }[];
}

/** Rows by section, in the order in which they move. */
export interface MovedRows {
  readonly history: MovedVersion;
  readonly resource: MovedResource;
  readonly record: MovedRecord;
  readonly guard: { readonly k: Uint8Array; readonly version: number };
  readonly claim: { readonly k: Uint8Array; readonly owner: string };
  /** Open and dead, in the order of opening. */
  readonly outbox: OutboxRow;
  readonly access: AccessLine;
  readonly ledger: { readonly s: Uint8Array; readonly k: Uint8Array; readonly key: string; readonly id: string };
  readonly blob: { readonly id: string; readonly bytes: Uint8Array };
  readonly hold: { readonly label: string };
}

export type Section = keyof MovedRows;

export const SECTIONS = [
  'history',
  'resource',
  'record',
  'guard',
  'claim',
  'outbox',
  'access',
  'ledger',
  'blob',
  'hold',
] as const satisfies readonly Section[];

/** Counters of a store: whatever is written later gets higher ones. Every commit moves `commit`, so equal clocks mean that nothing was written. */
export interface StoreClock {
  readonly commit: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly row: number;
}

/** Rows in the source's own stable order; `position` stands behind the last of them. Opaque, of the source. */
export interface MovedPage<S extends Section = Section> {
  readonly rows: readonly MovedRows[S][];
  readonly position: string;
}

/** Rows of one page, and about how many bytes of them. */
export const PAGE_ROWS = 500;
export const PAGE_BYTES = 8 * 1024 * 1024;

/** A store that is read whole. Nobody may write to it meanwhile: `clock` tells. */
export interface StoreDump {
  /** Tells master keys apart. */
  readonly fingerprint: string;
  /** As it is now, not as it was at the opening. */
  clock(): Promise<StoreClock>;
  pages<S extends Section>(section: S, after?: string): AsyncIterable<MovedPage<S>>;
  close(): Promise<void>;
}

/** How far a move has come; kept in the target with the rows that it speaks of. */
export interface MoveMark {
  /** Fingerprint and clock of the source: a move goes on only from the very same state. */
  readonly source: { readonly fingerprint: string } & StoreClock;
  readonly section: Section;
  /** Behind the last page of the section; absent = none of it yet. */
  readonly position?: string;
  /** Rows of the section so far. */
  readonly rows: number;
}

/** An empty store that is filled. Until `finish` nobody can open it as a `Store`. */
export interface StoreLoader {
  readonly fingerprint: string;
  /**
   * Begins a move into an empty store, or goes on with the same one.
   * @throws PhrError `conflict` when the store holds something else
   */
  begin(source: MoveMark['source']): Promise<MoveMark>;
  /**
   * Rows with the mark behind them. A page that a killed process may have left in part is loaded again whole.
   * @param before the mark as it is kept
   * @throws PhrError `conflict` when another process is moving into this store
   */
  load<S extends Section>(section: S, rows: readonly MovedRows[S][], before: MoveMark, after: MoveMark): Promise<void>;
  /** Sets the clock, forgets the mark: the store can be opened. */
  finish(clock: StoreClock): Promise<void>;
  close(): Promise<void>;
}

/** Gathers rows into pages by number and size. */
export async function* inPages<S extends Section>(
  rows: AsyncIterable<readonly [row: MovedRows[S], position: string]> | Iterable<readonly [row: MovedRows[S], position: string]>,
  bytesOf: (row: MovedRows[S]) => number,
): AsyncGenerator<MovedPage<S>> {
  let page: MovedRows[S][] = [];
  let bytes = 0;
  let last = '';
  for await (const [row, position] of rows) {
    page.push(row);
    bytes += bytesOf(row);
    last = position;
    if (page.length < PAGE_ROWS && bytes < PAGE_BYTES) continue;
    yield { rows: page, position: last };
    page = [];
    bytes = 0;
  }
  if (page.length > 0) yield { rows: page, position: last };
}

/** About the bytes of a row beside its keys. */
export function sizeOfRow(row: MovedRows[Section]): number {
  if ('bytes' in row) return row.bytes.length;
  if ('value' in row) return row.value.length;
  return 'body' in row ? row.body.length : 0;
}
