import type { mongo } from 'mongoose';
import type { Collections } from './connection.js';
import type { BlobDocument, OutboxDocument, RecordDocument, ResourceDocument } from './documents.js';
import { keyText, textOf } from './prepared-unit.js';
import type { PreparedUnit } from './prepared-unit.js';

/** What is kept of a resource as far as a put must know it: all but body and terms, whose fingerprint is enough. */
export type KnownResource = Omit<ResourceDocument, 'body' | 'terms' | 'dated' | 'strs' | 'rngs'> &
  Partial<Pick<ResourceDocument, 'body' | 'terms' | 'dated' | 'strs' | 'rngs'>>;

export type KnownRecord = Pick<RecordDocument, 'version' | 'created' | 'keys'>;

/** What is kept of everything that a group of units speaks of. Keys are the texts of the prepared units; nothing there = absent. */
export interface State {
  readonly resources: Map<string, KnownResource>;
  readonly records: Map<string, KnownRecord>;
  readonly guards: Map<string, number>;
  readonly claims: Map<string, string>;
  readonly outbox: Map<string, OutboxDocument>;
  readonly lines: Set<string>;
  readonly ledger: Map<string, string>;
  readonly blobs: Map<string, Pick<BlobDocument, 'upload' | 'chunks'>>;
}

const distinct = <T>(units: readonly PreparedUnit[], of: (unit: PreparedUnit) => readonly T[]): T[] => [
  ...new Set(units.flatMap(of)),
];
const distinctKeys = (
  units: readonly PreparedUnit[],
  of: (unit: PreparedUnit) => readonly { readonly text: string; readonly bytes: Uint8Array }[],
): Uint8Array[] => [...new Map(units.flatMap(of).map(({ text, bytes }) => [text, bytes])).values()];

/**
 * Reads it inside the transaction, one question a collection; no question where nothing is asked.
 * @param withLines look whether access lines are there already; otherwise their primary key is trusted to refuse them
 */
export async function loadState(
  collections: Collections,
  session: mongo.ClientSession,
  units: readonly PreparedUnit[],
  withLines: boolean,
): Promise<State> {
  const state: State = {
    resources: new Map(),
    records: new Map(),
    guards: new Map(),
    claims: new Map(),
    outbox: new Map(),
    lines: new Set(),
    ledger: new Map(),
    blobs: new Map(),
  };
  const among = <T>(ids: readonly T[]): { _id: { $in: T[] } } => ({ _id: { $in: [...ids] } });

  const resources = distinct(units, (unit) => unit.resources.map(({ key }) => key));
  if (resources.length > 0) {
    const projection = { body: 0, terms: 0, dated: 0, strs: 0, rngs: 0 };
    for await (const found of collections.resources.find(among(resources), { session, projection })) {
      state.resources.set(found._id, found);
    }
  }
  const records = distinct(units, (unit) => unit.records.map(({ key }) => key));
  if (records.length > 0) {
    const projection = { version: 1, created: 1, keys: 1 };
    for await (const found of collections.records.find(among(records), { session, projection })) {
      state.records.set(found._id, found);
    }
  }
  const guards = distinctKeys(units, (unit) => [...unit.guards, ...unit.bumps]);
  if (guards.length > 0) {
    for await (const { _id, version } of collections.guards.find(among(guards), { session })) {
      state.guards.set(textOf(_id), version);
    }
  }
  const claims = distinctKeys(units, (unit) => [...unit.claims, ...unit.releases]);
  if (claims.length > 0) {
    for await (const { _id, owner } of collections.claims.find(among(claims), { session })) {
      state.claims.set(textOf(_id), owner);
    }
  }
  const outbox = distinct(units, (unit) => [...unit.closes, ...[...unit.opens, ...unit.notes].map(({ id }) => id)]);
  if (outbox.length > 0) {
    for await (const found of collections.outbox.find(among(outbox), { session })) state.outbox.set(found._id, found);
  }
  const lines = withLines ? distinct(units, (unit) => unit.access.map(({ _id }) => _id)) : [];
  if (lines.length > 0) {
    for await (const { _id } of collections.access.find(among(lines), { session, projection: { _id: 1 } })) state.lines.add(_id);
  }
  const ledger = new Map(units.flatMap((unit) => unit.ledger).map(({ text, document }) => [text, document._id]));
  if (ledger.size > 0) {
    for await (const { _id, id } of collections.ledger.find(among([...ledger.values()]), { session })) {
      state.ledger.set(`${textOf(_id.s)}/${textOf(_id.k)}`, id);
    }
  }
  const blobs = distinct(units, (unit) => [...unit.deleteBlobs, ...unit.blobs.map(({ _id }) => _id)]);
  if (blobs.length > 0) {
    for await (const found of collections.blobs.find(among(blobs), { session, projection: { upload: 1, chunks: 1 } })) {
      state.blobs.set(found._id, found);
    }
  }
  return state;
}

export const sameKeys = (a: KnownRecord['keys'], b: KnownRecord['keys']): boolean =>
  a.length === b.length && a.every((key, index) => keyText(key) === keyText(b[index] ?? key));
