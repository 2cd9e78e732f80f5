import { createHash } from 'node:crypto';
import type { FhirResource } from 'fhir/r4.js';
import { compareCodePoints } from '../code-point-order.js';
import type { ResourceCodec } from '../indexing.js';
import type { KeyedHash } from '../keyed-hash.js';
import { anotherMove, markToBegin, sameMark } from '../move-store.js';
import { inPages, sizeOfRow } from '../moving.js';
import type { MovedResource, MovedRows, MovedVersion, MoveMark, Section, StoreDump, StoreLoader } from '../moving.js';
import type { StoredResource } from '../resource-store.js';
import type { MemoryState } from './memory-store.js';

export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const fingerprintOf = (hash: KeyedHash): string => createHash('sha256').update(hash.key('fingerprint')).digest('hex');

/** The memory engine read whole. Positions are places in its maps. */
export function makeMemoryDump(state: MemoryState, hash: KeyedHash): StoreDump {
  return {
    fingerprint: fingerprintOf(hash),
    clock: async () => state.clock,
    pages: (section, after) => {
      const from = after === undefined ? 0 : Number(after) + 1;
      const rows = structuredClone(rowsOf(state, section)).map((row, place) => [row, String(place)] as const);
      return inPages(rows.slice(from), sizeOfRow);
    },
    close: async () => undefined,
  };
}

function rowsOf<S extends Section>(state: MemoryState, section: S): readonly MovedRows[S][] {
  const rows: { readonly [Each in Section]: () => readonly MovedRows[Each][] } = {
    history: () => [...state.versions.values()].flatMap((versions) => versions.slice(0, -1).map(movedVersion)),
    resource: () =>
      [...state.current.values()]
        .sort((a, b) => a.row - b.row)
        .map(({ stored, row }): MovedResource => ({ ...movedVersion(stored), row })),
    record: () =>
      [...state.records.values()].map(({ stored, keys }) => ({
        collection: stored.collection,
        id: stored.id,
        version: stored.version,
        created: stored.createdCommit,
        commit: stored.commit,
        schema: stored.schemaVersion ?? 1,
        value: JSON.stringify(stored.value),
        keys: keys.map(({ h, sort }) => ({ h: bytesOf(h), sort })),
      })),
    guard: () => [...state.guards].map(([k, version]) => ({ k: bytesOf(k), version })),
    claim: () => [...state.claims].map(([k, owner]) => ({ k: bytesOf(k), owner })),
    outbox: () => [...state.outbox.values()],
    access: () => [...state.lines.values()].sort((a, b) => compareCodePoints(a.id, b.id)),
    ledger: () =>
      [...state.ledger].flatMap(([s, entries]) =>
        [...entries].map(([k, { key, id }]) => ({ s: bytesOf(s), k: bytesOf(k), key, id })),
      ),
    blob: () => [...state.blobs].map(([id, bytes]) => ({ id, bytes })),
    hold: () => [...state.held].map((label) => ({ label })),
  };
  return rows[section]();
}

function movedVersion({
  resourceType,
  id,
  origin,
  versionId,
  commit,
  lastUpdated,
  subject,
  labels,
  memo,
  body,
}: StoredResource): MovedVersion {
  return {
    ...{ resourceType, id, origin, version: Number(versionId), commit, at: Date.parse(lastUpdated), labels, schema: 1 },
    ...(subject === undefined ? {} : { subject }),
    ...(memo === undefined ? {} : { memo }),
    ...(body === undefined ? {} : { body }),
  };
}

interface LoaderDeps {
  readonly codec: ResourceCodec;
  readonly hash: KeyedHash;
  readonly dateOf?: (resource: FhirResource) => number | undefined;
}

/** The memory engine filled. It keeps no mark beyond the process. */
export function makeMemoryLoader(state: MemoryState, deps: LoaderDeps): StoreLoader {
  let kept: MoveMark | undefined;
  return {
    fingerprint: fingerprintOf(deps.hash),
    async begin(source) {
      kept = markToBegin(kept, source, state.clock.commit === 0);
      return kept;
    },
    async load(section, rows, before, after) {
      if (kept === undefined || !sameMark(kept, before)) throw anotherMove();
      const write = writesInto(state, deps)[section] as (row: (typeof rows)[number]) => unknown;
      for (const row of structuredClone(rows)) write(row);
      kept = after;
    },
    async finish(clock) {
      state.clock = clock;
      kept = undefined;
    },
    close: async () => undefined,
  };
}

const writesInto = (
  state: MemoryState,
  { codec, dateOf }: LoaderDeps,
): { readonly [S in Section]: (row: MovedRows[S]) => unknown } => ({
  history: (row) => {
    const key = `${row.resourceType}/${row.id}`;
    const versions = [...(state.versions.get(key) ?? []), storedVersion(row)];
    return state.versions.set(
      key,
      versions.sort((a, b) => Number(a.versionId) - Number(b.versionId)),
    );
  },
  resource: ({ row, ...version }) => {
    const key = `${version.resourceType}/${version.id}`;
    const stored = storedVersion(version);
    const resource = stored.body === undefined ? undefined : codec.parse(stored.body);
    const date = resource === undefined ? undefined : dateOf === undefined ? codec.terms(resource).date : dateOf(resource);
    state.versions.set(key, [...(state.versions.get(key) ?? []), stored]);
    state.current.set(key, {
      stored,
      row,
      ...(resource === undefined ? {} : { resource }),
      ...(date === undefined ? {} : { date }),
    });
  },
  record: ({ collection, id, version, created, commit, schema, value, keys }) =>
    state.records.set(`${collection}\n${id}`, {
      stored: {
        ...{ collection, id, version, createdCommit: created, commit, value: JSON.parse(value) as unknown },
        ...(schema === 1 ? {} : { schemaVersion: schema }),
      },
      keys: keys.map(({ h, sort }) => ({ h: textOf(h), sort })),
    }),
  guard: ({ k, version }) => state.guards.set(textOf(k), version),
  claim: ({ k, owner }) => state.claims.set(textOf(k), owner),
  outbox: (row) => state.outbox.set(row.id, row),
  access: (line) => state.lines.set(line.id, line),
  ledger: ({ s, k, key, id }) =>
    state.ledger.set(textOf(s), (state.ledger.get(textOf(s)) ?? new Map()).set(textOf(k), { key, id })),
  blob: ({ id, bytes }) => state.blobs.set(id, new Uint8Array(bytes)),
  hold: ({ label }) => state.held.add(label),
});

function storedVersion({
  resourceType,
  id,
  origin,
  version,
  commit,
  at,
  subject,
  labels,
  memo,
  body,
}: MovedVersion): StoredResource {
  return {
    ...{ resourceType, id, origin, versionId: String(version), commit, lastUpdated: new Date(at).toISOString(), labels },
    ...(subject === undefined ? {} : { subject }),
    ...(memo === undefined ? {} : { memo }),
    ...(body === undefined ? {} : { body }),
  };
}
