import { PhrError } from '../../errors.js';
import type { CommitResult } from '../store.js';
import type {
  AccessDocument,
  BlobDocument,
  ClaimDocument,
  GuardDocument,
  LedgerDocument,
  OutboxDocument,
  RecordDocument,
  ResourceDocument,
} from './documents.js';
import type { PreparedRecord, PreparedResource, PreparedUnit } from './prepared-unit.js';
import type { KnownRecord, KnownResource, State } from './unit-state.js';

/** Counters of the store while a group is applied. */
export interface Clock {
  commit: number;
  /** Epoch milliseconds; never goes back. */
  at: number;
  row: number;
  opened: number;
}

/** What a group leaves behind, by key; null = deleted. A key that several units write stands once, as the last left it. */
export interface Changes {
  readonly resources: Map<string, ResourceDocument>;
  /** Versions that came and went within the group; those kept before are in `retired`. */
  readonly passed: ResourceDocument[];
  /** Keys whose kept version becomes history. */
  readonly retired: Set<string>;
  readonly records: Map<string, RecordDocument | null>;
  readonly recordsBefore: Map<string, KnownRecord>;
  readonly guards: Map<string, GuardDocument>;
  readonly claims: Map<string, ClaimDocument | { readonly _id: Uint8Array; readonly owner: null }>;
  readonly outbox: Map<string, OutboxDocument | null>;
  readonly access: AccessDocument[];
  readonly ledger: LedgerDocument[];
  readonly blobs: Map<string, BlobDocument | null>;
  readonly holds: Map<string, boolean>;
}

export const noChanges = (): Changes => ({
  resources: new Map(),
  passed: [],
  retired: new Set(),
  records: new Map(),
  recordsBefore: new Map(),
  guards: new Map(),
  claims: new Map(),
  outbox: new Map(),
  access: [],
  ledger: [],
  blobs: new Map(),
  holds: new Map(),
});

/**
 * Applies one unit to what was read, as if it were alone: first every belief, then every change. `state` and `changes` hold what units
 * before it in the group left; a refused unit leaves nothing.
 * @throws PhrError `precondition-failed`
 */
export function applyUnit(state: State, changes: Changes, clock: Clock, unit: PreparedUnit): CommitResult {
  checkBeliefs(state, unit);
  clock.commit += 1;
  clock.at = Math.max(clock.at, unit.at);
  const at = new Date(clock.at).toISOString();
  const resources = unit.resources.map((put) => applyResource(state, changes, clock, put));
  for (const put of unit.records) applyRecord(state, changes, clock, put);
  applyKeys(state, changes, unit);
  applyOutbox(state, changes, clock, at, unit);
  for (const line of unit.access) {
    state.lines.add(line._id);
    changes.access.push(line);
  }
  for (const { text, document } of unit.ledger) {
    if (state.ledger.has(text)) continue;
    state.ledger.set(text, document.id);
    changes.ledger.push(document);
  }
  for (const id of unit.deleteBlobs) changes.blobs.set(id, null);
  for (const blob of unit.blobs) changes.blobs.set(blob._id, blob);
  for (const label of unit.release) changes.holds.set(label, false);
  for (const label of unit.hold) changes.holds.set(label, true);
  return { commit: clock.commit, at, resources };
}

function refuse(message: string): never {
  throw new PhrError('precondition-failed', message);
}

function checkBeliefs(state: State, unit: PreparedUnit): void {
  for (const { key, expected } of unit.resources) {
    if (expected !== undefined && expected !== (state.resources.get(key)?.v ?? 0)) refuse('The resource has another version');
  }
  for (const { key, expected } of unit.records) {
    if (expected !== undefined && expected !== (state.records.get(key)?.version ?? 0)) refuse('The record has another version');
  }
  for (const { text, version } of unit.guards) {
    if ((state.guards.get(text) ?? 0) !== version) refuse('A guarded key has moved');
  }
  const released = new Set(unit.releases.map(({ text }) => text));
  for (const { text, owner } of unit.claims) {
    const holder = released.has(text) ? undefined : state.claims.get(text);
    if (holder !== undefined && holder !== owner) refuse('A claim is held by another owner');
  }
  const closed = new Set(unit.closes);
  for (const id of closed) if (!state.outbox.has(id)) refuse('An outbox row is closed already');
  for (const { id } of unit.opens) if (state.outbox.has(id) && !closed.has(id)) refuse('An outbox row is open already');
  for (const { _id } of unit.access) if (state.lines.has(_id)) refuse('An access line is never written twice');
  const minted = new Map<string, string>();
  for (const { text, document } of unit.ledger) {
    const known = state.ledger.get(text) ?? minted.get(text);
    if (known !== undefined && known !== document.id) refuse('The ledger names another id');
    minted.set(text, document.id);
  }
}

function applyResource(
  state: State,
  changes: Changes,
  clock: Clock,
  { key, content }: PreparedResource,
): CommitResult['resources'][number] {
  const before = state.resources.get(key);
  const changed = before === undefined || before.hash !== content.hash;
  if (changed) clock.row += 1;
  const after: ResourceDocument = {
    ...content,
    v: changed ? (before?.v ?? 0) + 1 : before.v,
    c: changed ? clock.commit : before.c,
    at: changed ? clock.at : before.at,
    row: changed ? clock.row : before.row,
  };
  if (changed && before !== undefined) {
    if (isWhole(before)) changes.passed.push(before);
    else changes.retired.add(key);
  }
  state.resources.set(key, after);
  changes.resources.set(key, after);
  return { versionId: String(after.v), lastUpdated: new Date(after.at).toISOString(), changed };
}

/** What was read lacks the body; what this group wrote has everything, the kept version with other labels too. */
const isWhole = (resource: KnownResource): resource is ResourceDocument => resource.terms !== undefined;

function applyRecord(state: State, changes: Changes, clock: Clock, put: PreparedRecord): void {
  const before = state.records.get(put.key);
  if (before !== undefined && !changes.records.has(put.key)) changes.recordsBefore.set(put.key, before);
  if (put.value === undefined) {
    state.records.delete(put.key);
    changes.records.set(put.key, null);
    return;
  }
  const after: RecordDocument = {
    _id: put.key,
    collection: put.collection,
    id: put.id,
    version: (before?.version ?? 0) + 1,
    created: before?.created ?? clock.commit,
    commit: clock.commit,
    schema: put.schema,
    value: put.value,
    keys: put.keys,
  };
  state.records.set(put.key, after);
  changes.records.set(put.key, after);
}

function applyKeys(state: State, changes: Changes, { bumps, releases, claims }: PreparedUnit): void {
  for (const { text, bytes } of bumps) {
    const version = (state.guards.get(text) ?? 0) + 1;
    state.guards.set(text, version);
    changes.guards.set(text, { _id: bytes, version });
  }
  for (const { text, bytes } of releases) {
    state.claims.delete(text);
    changes.claims.set(text, { _id: bytes, owner: null });
  }
  for (const { text, bytes, owner } of claims) {
    if (state.claims.get(text) === owner) continue;
    state.claims.set(text, owner);
    changes.claims.set(text, { _id: bytes, owner });
  }
}

function applyOutbox(state: State, changes: Changes, clock: Clock, at: string, { closes, notes, opens }: PreparedUnit): void {
  const keep = (row: OutboxDocument): void => {
    state.outbox.set(row._id, row);
    changes.outbox.set(row._id, row);
  };
  for (const id of closes) {
    state.outbox.delete(id);
    changes.outbox.set(id, null);
  }
  for (const { id, attempts, notBefore, dead } of notes) {
    const row = state.outbox.get(id);
    if (row === undefined) continue;
    const { _id, n, kind, payload, openedCommit, openedAt } = row;
    const note = { ...(notBefore === undefined ? {} : { notBefore }), ...(dead === undefined ? {} : { dead }) };
    keep({ _id, n, kind, payload, openedCommit, openedAt, attempts, ...note });
  }
  for (const { id, kind, payload } of opens) {
    clock.opened += 1;
    keep({
      _id: id,
      n: clock.opened,
      kind,
      payload: JSON.stringify(payload),
      openedCommit: clock.commit,
      openedAt: at,
      attempts: 0,
    });
  }
}
