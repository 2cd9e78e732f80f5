import { randomBytes } from 'node:crypto';
import type { FhirResource } from 'fhir/r4.js';
import { PhrError } from '../../errors.js';
import type { AccessLine } from '../access-log.js';
import { compareCodePoints } from '../code-point-order.js';
import type { ResourceCodec } from '../indexing.js';
import { makeKeyedHash } from '../keyed-hash.js';
import type { StoreClock, StoreDump, StoreLoader } from '../moving.js';
import { makePageCursors } from '../page-cursor.js';
import type { FoundRecord, StoredRecord } from '../record-store.js';
import type { ResourceKey, ResourcePut, SearchCriterion, StoredResource } from '../resource-store.js';
import type { CommitResult, OutboxRow, Store, UnitOfWrite } from '../store.js';
import { checkBodySize, checkQuery, checkUnit } from '../unit-checks.js';
import { scanSearch } from './memory-search.js';
import type { CurrentRow } from './memory-search.js';
import { makeMemoryDump, makeMemoryLoader, textOf } from './memory-moving.js';

export interface MemoryStoreOptions {
  readonly codec: ResourceCodec;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Does the resource match one criterion? Falls back to the codec's `matches` for the whole query. */
  readonly matches?: (resource: FhirResource, criterion: SearchCriterion) => boolean;
  /** Clinical date, epoch milliseconds. Falls back to the codec's terms. */
  readonly dateOf?: (resource: FhirResource) => number | undefined;
  /** Secret of the keys, as of the other engines: only for what is moved between them. */
  readonly termKey?: Uint8Array;
}

/** The store, and both ends of a move. */
export interface MemoryStore extends Store {
  dump(): StoreDump;
  loader(): StoreLoader;
}

interface Prepared {
  readonly body?: string;
  readonly resource?: FhirResource;
  readonly date?: number;
}

/** Keys of beliefs, records and ledger are kept hashed, as the other engines keep them: they can be moved there and back. */
export interface MemoryState {
  readonly versions: Map<string, StoredResource[]>;
  readonly current: Map<string, CurrentRow>;
  readonly records: Map<string, RecordRow>;
  readonly guards: Map<string, number>;
  readonly claims: Map<string, string>;
  readonly outbox: Map<string, OutboxRow>;
  readonly lines: Map<string, AccessLine>;
  readonly ledger: Map<string, Map<string, { readonly key: string; readonly id: string }>>;
  readonly blobs: Map<string, Uint8Array>;
  readonly held: Set<string>;
  clock: StoreClock;
}

export interface RecordRow {
  readonly stored: StoredRecord;
  readonly keys: readonly { readonly h: string; readonly sort: string }[];
}

const refuse = (message: string): never => {
  throw new PhrError('precondition-failed', message);
};
const keyOf = ({ resourceType, id }: ResourceKey): string => `${resourceType}/${id}`;
const recordKeyOf = (collection: string, id: string): string => `${collection}\n${id}`;
/** Values leave and enter as copies, and as JSON keeps them. */
const copied = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));

/**
 * The oracle of the store port: plain maps, a unit applied in one tick, searches answered by scanning. It keeps nothing on disk and
 * shares neither term extraction nor planner with the other engines. For tests.
 */
export function openMemoryStore({ codec, now, matches, dateOf, termKey = new Uint8Array(32) }: MemoryStoreOptions): MemoryStore {
  const state: MemoryState = {
    versions: new Map(),
    current: new Map(),
    records: new Map(),
    guards: new Map(),
    claims: new Map(),
    outbox: new Map(),
    lines: new Map(),
    ledger: new Map(),
    blobs: new Map(),
    held: new Set(),
    clock: { commit: 0, at: 0, row: 0 },
  };
  const { versions, current, records, guards, claims, outbox, lines, ledger, blobs, held } = state;
  const hash = makeKeyedHash(termKey);
  const hashed = (...parts: readonly string[]): string => textOf(hash.key(...parts));
  const cursors = makePageCursors(randomBytes(32));
  let isOpen = true;

  const assertOpen = (): void => {
    if (!isOpen) throw new PhrError('unavailable', 'The store is closed');
  };
  const isHeld = ({ labels }: StoredResource): boolean => labels.some((label) => held.has(label));
  const visible = (key: ResourceKey): StoredResource | undefined => {
    const stored = current.get(keyOf(key))?.stored;
    return stored === undefined || isHeld(stored) ? undefined : stored;
  };

  const checkBeliefs = (unit: UnitOfWrite): void => {
    for (const put of unit.resources ?? []) {
      const versionId = current.get(keyOf(put))?.stored.versionId;
      if (put.expected === 'any') continue;
      if (versionId !== (put.expected === 'absent' ? undefined : put.expected.versionId))
        refuse('The resource has another version');
    }
    for (const put of unit.records ?? []) {
      const version = records.get(recordKeyOf(put.collection, put.id))?.stored.version;
      if (put.expected === 'any') continue;
      if (version !== (put.expected === 'absent' ? undefined : put.expected)) refuse('The record has another version');
    }
    for (const { key, version } of unit.guards ?? [])
      if ((guards.get(hashed('guard', key)) ?? 0) !== version) refuse('A guarded key has moved');
    for (const { key, owner } of unit.claims ?? []) {
      const holder = unit.releases?.includes(key) === true ? undefined : claims.get(hashed('claim', key));
      if (holder !== undefined && holder !== owner) refuse('A claim is held by another owner');
    }
    for (const id of unit.closes ?? []) if (!outbox.has(id)) refuse('An outbox row is closed already');
    for (const { id } of unit.opens ?? [])
      if (outbox.has(id) && unit.closes?.includes(id) !== true) refuse('An outbox row is open already');
    for (const { id } of unit.access ?? []) if (lines.has(id)) refuse('An access line is never written twice');
    const minted = new Map<string, string>();
    for (const { scope, key, id } of unit.ledger ?? []) {
      const known =
        ledger.get(hashed('scope', scope))?.get(hashed('ledger', key))?.id ?? minted.get(JSON.stringify([scope, key]));
      if (known !== undefined && known !== id) refuse('The ledger names another id');
      minted.set(JSON.stringify([scope, key]), id);
    }
  };

  /** Everything that may throw happens before the first change. */
  const prepare = ({ resource }: ResourcePut): Prepared => {
    if (resource === undefined) return {};
    const body = codec.serialize(resource);
    checkBodySize(body);
    const kept = codec.parse(body);
    const date = dateOf === undefined ? codec.terms(kept).date : dateOf(kept);
    return { body, resource: kept, ...(date === undefined ? {} : { date }) };
  };

  const applyResource = (put: ResourcePut, prepared: Prepared, at: string): CommitResult['resources'][number] => {
    const { body, resource, date } = prepared;
    const key = keyOf(put);
    const before = current.get(key);
    const changed = before === undefined || before.stored.body !== body;
    const stored: StoredResource = {
      resourceType: put.resourceType,
      id: put.id,
      origin: put.origin,
      versionId: changed ? String(Number(before?.stored.versionId ?? 0) + 1) : before.stored.versionId,
      lastUpdated: changed ? at : before.stored.lastUpdated,
      commit: changed ? state.clock.commit : before.stored.commit,
      ...(body === undefined ? {} : { body }),
      ...(put.subject === undefined ? {} : { subject: put.subject }),
      labels: [...new Set(put.labels)],
      ...(put.memo === undefined ? {} : { memo: put.memo }),
    };
    if (changed) state.clock = { ...state.clock, row: state.clock.row + 1 };
    current.set(key, {
      stored,
      row: changed ? state.clock.row : before.row,
      ...(resource === undefined ? {} : { resource }),
      ...(date === undefined ? {} : { date }),
    });
    const all = versions.get(key) ?? [];
    versions.set(key, changed ? [...all, stored] : [...all.slice(0, -1), stored]);
    return { versionId: stored.versionId, lastUpdated: stored.lastUpdated, changed };
  };

  const applyRecords = (unit: UnitOfWrite): void => {
    for (const put of unit.records ?? []) {
      const key = recordKeyOf(put.collection, put.id);
      const before = records.get(key)?.stored;
      if (put.value === undefined) {
        records.delete(key);
        continue;
      }
      const stored: StoredRecord = {
        collection: put.collection,
        id: put.id,
        version: (before?.version ?? 0) + 1,
        createdCommit: before?.createdCommit ?? state.clock.commit,
        commit: state.clock.commit,
        ...((put.schemaVersion ?? 1) === 1 ? {} : { schemaVersion: put.schemaVersion ?? 1 }),
        value: copied(put.value),
      };
      const keys = (put.keys ?? []).map(({ index, value, sort }) => ({
        h: hashed('record', put.collection, index, value),
        sort: sort ?? put.id,
      }));
      records.set(key, { stored, keys: [...new Map(keys.map((each) => [`${each.h}/${each.sort}`, each])).values()] });
    }
  };

  const applyRest = (unit: UnitOfWrite, at: string): void => {
    for (const key of unit.bumps ?? []) guards.set(hashed('guard', key), (guards.get(hashed('guard', key)) ?? 0) + 1);
    for (const key of unit.releases ?? []) claims.delete(hashed('claim', key));
    for (const { key, owner } of unit.claims ?? []) claims.set(hashed('claim', key), owner);
    for (const id of unit.closes ?? []) outbox.delete(id);
    for (const note of unit.notes ?? []) {
      const row = outbox.get(note.id);
      if (row === undefined) continue;
      const { kind, payload, openedCommit, openedAt } = row;
      outbox.set(note.id, { kind, payload, openedCommit, openedAt, ...copied(note) });
    }
    for (const open of unit.opens ?? []) {
      outbox.set(open.id, { ...copied(open), openedCommit: state.clock.commit, openedAt: at, attempts: 0 });
    }
    for (const line of unit.access ?? []) lines.set(line.id, copied(line));
    for (const { scope, key, id } of unit.ledger ?? []) {
      const s = hashed('scope', scope);
      ledger.set(s, (ledger.get(s) ?? new Map()).set(hashed('ledger', key), { key, id }));
    }
    for (const id of unit.deleteBlobs ?? []) blobs.delete(id);
    for (const { id, bytes } of unit.blobs ?? []) blobs.set(id, Uint8Array.from(bytes));
    for (const label of unit.holds?.release ?? []) held.delete(label);
    for (const label of unit.holds?.hold ?? []) held.add(label);
  };

  const newestLines = (): AccessLine[] =>
    [...lines.values()].sort((a, b) => compareCodePoints(b.at, a.at) || compareCodePoints(b.id, a.id));

  return {
    async commit(unit) {
      assertOpen();
      checkUnit(unit);
      const prepared = (unit.resources ?? []).map(prepare);
      checkBeliefs(unit);
      const { commit: before, at: lastAt, row } = state.clock;
      state.clock = { commit: before + 1, at: Math.max(lastAt, now()), row };
      const at = new Date(state.clock.at).toISOString();
      const resources = (unit.resources ?? []).map((put, index) => applyResource(put, prepared[index] ?? {}, at));
      applyRecords(unit);
      applyRest(unit, at);
      return { commit: state.clock.commit, at, resources };
    },

    async resource(key, options) {
      assertOpen();
      return structuredClone(options?.includeHeld === true ? current.get(keyOf(key))?.stored : visible(key));
    },
    resources: async (keys) => keys.map((key) => structuredClone(visible(key))),
    async version(key, versionId) {
      if (visible(key) === undefined) return undefined;
      return structuredClone(versions.get(keyOf(key))?.find((stored) => stored.versionId === versionId && !isHeld(stored)));
    },
    async history(key, limit) {
      if (visible(key) === undefined) return [];
      const all = (versions.get(keyOf(key)) ?? []).filter((stored) => !isHeld(stored));
      return structuredClone(all.reverse().slice(0, limit));
    },
    async search(query) {
      assertOpen();
      checkQuery(query);
      return scanSearch(query, {
        rows: current.values(),
        top: state.clock.row,
        held,
        cursors,
        matches: (resource, { resourceTypes, criteria }) =>
          matches === undefined
            ? codec.matches(resource, { ...(resourceTypes === undefined ? {} : { resourceTypes }), criteria })
            : criteria.every((criterion) => matches(resource, criterion)),
      });
    },
    async scanResources(after, limit, origin) {
      const compare = (a: ResourceKey, b: ResourceKey): number =>
        compareCodePoints(a.resourceType, b.resourceType) || compareCodePoints(a.id, b.id);
      return [...current.values()]
        .map(({ stored }) => stored)
        .filter((stored) => stored.body !== undefined && (origin === undefined || stored.origin === origin))
        .filter((stored) => after === undefined || compare(stored, after) > 0)
        .sort(compare)
        .slice(0, limit)
        .map((stored) => structuredClone(stored));
    },

    record: async <T>(collection: string, id: string) =>
      copied(records.get(recordKeyOf(collection, id))?.stored) as StoredRecord<T> | undefined,
    records: async <T>(collection: string, ids: readonly string[]) =>
      ids.map((id) => copied(records.get(recordKeyOf(collection, id))?.stored) as StoredRecord<T> | undefined),
    async find<T>({ collection, index, value, descending, limit, after }: Parameters<Store['find']>[0]) {
      const wanted = hashed('record', collection, index, value);
      const direction = descending === true ? -1 : 1;
      const compare = (a: { sort: string; id: string }, b: { sort: string; id: string }): number =>
        direction * (compareCodePoints(a.sort, b.sort) || compareCodePoints(a.id, b.id));
      return [...records.values()]
        .filter(({ stored }) => stored.collection === collection)
        .flatMap(({ stored, keys }) =>
          keys
            .filter(({ h }) => h === wanted)
            .map(({ sort }): FoundRecord<T> => ({ ...(copied(stored) as StoredRecord<T>), sort })),
        )
        .filter((found) => after === undefined || compare(found, after) > 0)
        .sort(compare)
        .slice(0, limit);
    },
    scanRecords: async <T>(collection: string, afterId: string | undefined, limit: number) =>
      [...records.values()]
        .map(({ stored }) => stored as StoredRecord<T>)
        .filter((stored) => stored.collection === collection)
        .filter(({ id }) => afterId === undefined || compareCodePoints(id, afterId) > 0)
        .sort((a, b) => compareCodePoints(a.id, b.id))
        .slice(0, limit)
        .map(copied),

    accessLine: async (id) => copied(lines.get(id)),
    async accessLines({ patient, agentId, reference, interaction, action, from, to, limit, before }) {
      const all = newestLines();
      const start = before === undefined ? 0 : all.findIndex(({ id }) => id === before) + 1;
      if (before !== undefined && start === 0) throw new PhrError('invalid', 'The access line to continue from is not known');
      return copied(
        all
          .slice(start)
          .filter((line) => patient === undefined || line.patients.includes(patient))
          .filter((line) => agentId === undefined || line.agent.id === agentId)
          .filter((line) => reference === undefined || line.what.includes(reference))
          .filter((line) => interaction === undefined || line.interaction === interaction)
          .filter((line) => action === undefined || line.action === action)
          .filter(({ at }) => (from === undefined || at >= from) && (to === undefined || at < to))
          .slice(0, limit),
      );
    },

    guardVersions: async (keys) => keys.map((key) => guards.get(hashed('guard', key)) ?? 0),
    claimOwner: async (key) => claims.get(hashed('claim', key)),
    outboxRow: async (id) => copied(outbox.get(id)),
    async openOutbox({ kinds, dueAt = new Date(now()).toISOString(), limit }) {
      return copied(
        [...outbox.values()]
          .filter(({ dead, notBefore }) => dead === undefined && (notBefore === undefined || notBefore <= dueAt))
          .filter(({ kind }) => kinds === undefined || kinds.includes(kind))
          .slice(0, limit),
      );
    },
    deadOutbox: async (limit) => copied([...outbox.values()].filter(({ dead }) => dead !== undefined).slice(0, limit)),
    async outboxDepth() {
      const kinds = [...new Set([...outbox.values()].map(({ kind }) => kind))].sort(compareCodePoints);
      return kinds.map((kind) => {
        const rows = [...outbox.values()].filter((row) => row.kind === kind);
        const open = rows.filter(({ dead }) => dead === undefined);
        const oldest = open[0]?.openedAt;
        return { kind, open: open.length, dead: rows.length - open.length, ...(oldest === undefined ? {} : { oldest }) };
      });
    },
    async ledgerIds(scope, keys) {
      const entries = [...(ledger.get(hashed('scope', scope))?.values() ?? [])].map(({ key, id }) => [key, id] as const);
      return new Map(keys === undefined ? entries : entries.filter(([key]) => keys.includes(key)));
    },
    async blob(id) {
      const bytes = blobs.get(id);
      return bytes === undefined ? undefined : Uint8Array.from(bytes);
    },
    heldLabels: async () => [...held].sort(compareCodePoints),
    ping: async () => {
      assertOpen();
    },
    close: async () => {
      isOpen = false;
    },
    dump: () => makeMemoryDump(state, hash),
    loader: () => makeMemoryLoader(state, { codec, hash, ...(dateOf === undefined ? {} : { dateOf }) }),
  };
}
