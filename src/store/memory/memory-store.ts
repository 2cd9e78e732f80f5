import { randomBytes } from 'node:crypto';
import type { FhirResource } from 'fhir/r4.js';
import { PhrError } from '../../errors.js';
import type { AccessLine } from '../access-log.js';
import { compareCodePoints } from '../code-point-order.js';
import type { ResourceCodec } from '../indexing.js';
import { makePageCursors } from '../page-cursor.js';
import type { FoundRecord, RecordKey, StoredRecord } from '../record-store.js';
import type { ResourceKey, ResourcePut, SearchCriterion, StoredResource } from '../resource-store.js';
import type { CommitResult, OutboxRow, Store, UnitOfWrite } from '../store.js';
import { checkBodySize, checkQuery, checkUnit } from '../unit-checks.js';
import { scanSearch } from './memory-search.js';
import type { CurrentRow } from './memory-search.js';

export interface MemoryStoreOptions {
  readonly codec: ResourceCodec;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Does the resource match one criterion? Falls back to the codec's `matches` for the whole query. */
  readonly matches?: (resource: FhirResource, criterion: SearchCriterion) => boolean;
  /** Clinical date, epoch milliseconds. Falls back to the codec's terms. */
  readonly dateOf?: (resource: FhirResource) => number | undefined;
}

interface Prepared {
  readonly body?: string;
  readonly resource?: FhirResource;
  readonly date?: number;
}

interface RecordRow {
  readonly stored: StoredRecord;
  readonly keys: readonly RecordKey[];
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
export function openMemoryStore({ codec, now, matches, dateOf }: MemoryStoreOptions): Store {
  const versions = new Map<string, StoredResource[]>();
  const current = new Map<string, CurrentRow>();
  const records = new Map<string, RecordRow>();
  const guards = new Map<string, number>();
  const claims = new Map<string, string>();
  const outbox = new Map<string, OutboxRow>();
  const lines = new Map<string, AccessLine>();
  const ledger = new Map<string, Map<string, string>>();
  const blobs = new Map<string, Uint8Array>();
  const held = new Set<string>();
  const cursors = makePageCursors(randomBytes(32));
  let commitNumber = 0;
  let lastInstant = 0;
  let lastRow = 0;
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
    for (const { key, version } of unit.guards ?? []) if ((guards.get(key) ?? 0) !== version) refuse('A guarded key has moved');
    for (const { key, owner } of unit.claims ?? []) {
      const holder = unit.releases?.includes(key) === true ? undefined : claims.get(key);
      if (holder !== undefined && holder !== owner) refuse('A claim is held by another owner');
    }
    for (const id of unit.closes ?? []) if (!outbox.has(id)) refuse('An outbox row is closed already');
    for (const { id } of unit.opens ?? [])
      if (outbox.has(id) && unit.closes?.includes(id) !== true) refuse('An outbox row is open already');
    for (const { id } of unit.access ?? []) if (lines.has(id)) refuse('An access line is never written twice');
    const minted = new Map<string, string>();
    for (const { scope, key, id } of unit.ledger ?? []) {
      const known = ledger.get(scope)?.get(key) ?? minted.get(JSON.stringify([scope, key]));
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
      commit: changed ? commitNumber : before.stored.commit,
      ...(body === undefined ? {} : { body }),
      ...(put.subject === undefined ? {} : { subject: put.subject }),
      labels: [...new Set(put.labels)],
      ...(put.memo === undefined ? {} : { memo: put.memo }),
    };
    if (changed) lastRow += 1;
    current.set(key, {
      stored,
      row: changed ? lastRow : before.row,
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
        createdCommit: before?.createdCommit ?? commitNumber,
        commit: commitNumber,
        ...((put.schemaVersion ?? 1) === 1 ? {} : { schemaVersion: put.schemaVersion ?? 1 }),
        value: copied(put.value),
      };
      const keys = new Map((put.keys ?? []).map((each) => [JSON.stringify([each.index, each.value, each.sort]), copied(each)]));
      records.set(key, { stored, keys: [...keys.values()] });
    }
  };

  const applyRest = (unit: UnitOfWrite, at: string): void => {
    for (const key of unit.bumps ?? []) guards.set(key, (guards.get(key) ?? 0) + 1);
    for (const key of unit.releases ?? []) claims.delete(key);
    for (const { key, owner } of unit.claims ?? []) claims.set(key, owner);
    for (const id of unit.closes ?? []) outbox.delete(id);
    for (const note of unit.notes ?? []) {
      const row = outbox.get(note.id);
      if (row === undefined) continue;
      const { kind, payload, openedCommit, openedAt } = row;
      outbox.set(note.id, { kind, payload, openedCommit, openedAt, ...copied(note) });
    }
    for (const open of unit.opens ?? []) {
      outbox.set(open.id, { ...copied(open), openedCommit: commitNumber, openedAt: at, attempts: 0 });
    }
    for (const line of unit.access ?? []) lines.set(line.id, copied(line));
    for (const { scope, key, id } of unit.ledger ?? []) ledger.set(scope, (ledger.get(scope) ?? new Map()).set(key, id));
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
      commitNumber += 1;
      lastInstant = Math.max(lastInstant, now());
      const at = new Date(lastInstant).toISOString();
      const resources = (unit.resources ?? []).map((put, index) => applyResource(put, prepared[index] ?? {}, at));
      applyRecords(unit);
      applyRest(unit, at);
      return { commit: commitNumber, at, resources };
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
        top: lastRow,
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
      const direction = descending === true ? -1 : 1;
      const compare = (a: { sort: string; id: string }, b: { sort: string; id: string }): number =>
        direction * (compareCodePoints(a.sort, b.sort) || compareCodePoints(a.id, b.id));
      return [...records.values()]
        .filter(({ stored }) => stored.collection === collection)
        .flatMap(({ stored, keys }) =>
          keys
            .filter((key) => key.index === index && key.value === value)
            .map((key): FoundRecord<T> => ({ ...(copied(stored) as StoredRecord<T>), sort: key.sort ?? stored.id })),
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

    guardVersions: async (keys) => keys.map((key) => guards.get(key) ?? 0),
    claimOwner: async (key) => claims.get(key),
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
      const entries = [...(ledger.get(scope) ?? new Map<string, string>())];
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
  };
}
