import type { ParsedVisit } from '../../intake/parsed-visit.js';
import { LINK_PERSON } from '../../queue/jobs/link-person.js';
import { REBUILD_RECORD } from '../../queue/jobs/rebuild-record.js';
import type { RecordKey, RecordPut } from '../../store/record-store.js';
import type { OutboxOpen, Store, UnitOfWrite } from '../../store/store.js';
import {
  COLLECTIONS,
  type IdentityValue,
  type LinkValue,
  type ReviewTaskValue,
  type SourceSubject,
  type SourceValue,
} from '../collections.js';
import { blockingKeys } from '../identity/blocking.js';
import { linkGuardKey } from '../identity/component.js';
import type { NormalIdentity } from '../identity/identity.js';
import { reviewTaskKeys } from '../stewardship/review-task.js';
import { identityIdOf, normalise } from '../identity/normal-form.js';
import { currentVersion, paddedIssueTime, withVersion, type Dossier, type DossierSubject } from './dossier.js';
import { dossierIdOf, reviewTaskIdOf, sourceIdOf } from './source-ids.js';
import type { VaultWrites } from './vault.js';

/** Guard key under which dossiers join and leave an identity record: it must not die while somebody joins it. */
const lifeKey = (identityId: string): string => `life|${identityId}`;

interface Held<T> {
  readonly version: number;
  value: T;
}

/** What one commit of parsed visits will write: reads once, sees its own changes, gives the unit at the end. */
export class ChunkState {
  private readonly dossiers = new Map<string, Held<Dossier> | undefined>();
  private readonly identities = new Map<string, Held<IdentityValue> | undefined>();
  private readonly sources = new Map<string, SourceValue>();
  private readonly linked = new Map<string, boolean>();
  private readonly touchedDossiers = new Set<string>();
  private readonly touchedIdentities = new Set<string>();
  private readonly guards = new Map<string, number>();
  private readonly bumped = new Set<string>();
  /** By collection and id: a unit names a record once, the last word counts. */
  private readonly records = new Map<string, RecordPut>();
  private readonly blobs: { id: string; bytes: Uint8Array }[] = [];
  private readonly rows = new Map<string, OutboxOpen>();
  private readonly held = new Set<string>();
  private readonly released = new Set<string>();

  constructor(private readonly deps: { readonly store: Store; readonly newRowId: () => string; readonly now: () => Date }) {}

  add(writes: VaultWrites): void {
    this.blobs.push(...writes.blobs);
  }

  put(record: RecordPut): void {
    this.records.set(`${record.collection}|${record.id}`, record);
  }

  at(): string {
    return this.deps.now().toISOString();
  }

  async dossier(id: string): Promise<Dossier | undefined> {
    if (!this.dossiers.has(id)) {
      const found = await this.deps.store.record<Dossier>(COLLECTIONS.dossier, id);
      this.dossiers.set(id, found === undefined ? undefined : { version: found.version, value: found.value });
    }
    return this.dossiers.get(id)?.value;
  }

  setDossier(id: string, value: Dossier): void {
    const held = this.dossiers.get(id);
    if (held === undefined) this.dossiers.set(id, { version: 0, value });
    else held.value = value;
    this.touchedDossiers.add(id);
  }

  setSource(id: string, value: SourceValue): void {
    this.sources.set(id, value);
    this.put({ collection: COLLECTIONS.source, id, expected: 'any', value });
  }

  async source(id: string): Promise<SourceValue | undefined> {
    return this.sources.get(id) ?? (await this.deps.store.record<SourceValue>(COLLECTIONS.source, id))?.value;
  }

  async identity(id: string): Promise<IdentityValue | undefined> {
    if (!this.identities.has(id)) {
      const found = await this.deps.store.record<IdentityValue>(COLLECTIONS.identity, id);
      this.identities.set(id, found === undefined ? undefined : { version: found.version, value: found.value });
    }
    return this.identities.get(id)?.value;
  }

  /** Puts a living or dead identity record; its blocking keys change membership. */
  setIdentity(id: string, value: IdentityValue): void {
    const held = this.identities.get(id);
    if (held === undefined) this.identities.set(id, { version: 0, value });
    else held.value = value;
    this.touchedIdentities.add(id);
    for (const key of blockingKeys(value.normal)) this.bumped.add(key);
  }

  /** Joining or leaving: nobody else may have joined or left since it was read. */
  async guardLife(identityId: string): Promise<void> {
    const key = lifeKey(identityId);
    await this.guard(key);
    this.bumped.add(key);
  }

  private async guard(key: string): Promise<void> {
    if (!this.guards.has(key)) this.guards.set(key, (await this.deps.store.guardVersions([key]))[0] ?? 0);
  }

  /** Does any other dossier have `identityId` as a subject? */
  async hasOtherDossier(identityId: string, dossierId: string): Promise<boolean> {
    for (const [id, held] of this.dossiers) {
      if (id !== dossierId && held?.value.subjects.some((subject) => subject.identityId === identityId) === true) return true;
    }
    const found = await this.deps.store.find<Dossier>({
      collection: COLLECTIONS.dossier,
      index: 'identity',
      value: identityId,
      limit: 2 + this.touchedDossiers.size,
    });
    return found.some(({ id }) => id !== dossierId && !this.touchedDossiers.has(id));
  }

  /** Is the identity record linked, or may it still own facts of an earlier link? Guarded: it stays so until the commit. */
  async isLinked(identityId: string): Promise<boolean> {
    const known = this.linked.get(identityId);
    if (known !== undefined) return known;
    await this.guard(linkGuardKey(identityId));
    const link = await this.deps.store.record<LinkValue>(COLLECTIONS.link, identityId);
    const linked = link?.value.personId !== undefined || (link?.value.previous.length ?? 0) > 0;
    this.linked.set(identityId, linked);
    return linked;
  }

  open(contract: { readonly kind: string }, identityId: string): void {
    const name = `${contract.kind}|${identityId}`;
    if (!this.rows.has(name)) this.rows.set(name, { id: this.deps.newRowId(), kind: contract.kind, payload: { identityId } });
  }

  hold(label: string): void {
    this.held.add(label);
    this.released.delete(label);
  }

  release(label: string): void {
    this.released.add(label);
    this.held.delete(label);
  }

  unit(): UnitOfWrite {
    const records = [...this.records.values()];
    for (const id of this.touchedDossiers) {
      const held = this.dossiers.get(id);
      if (held !== undefined) records.push(dossierPut(id, held.value, held.version));
    }
    for (const id of this.touchedIdentities) {
      const held = this.identities.get(id);
      if (held === undefined) continue;
      const { value, version } = held;
      records.push({
        collection: COLLECTIONS.identity,
        id,
        expected: version === 0 ? 'absent' : version,
        value,
        keys: value.live ? blockingKeys(value.normal).map((key) => ({ index: 'block', value: key })) : [],
      });
    }
    return {
      records,
      blobs: this.blobs,
      guards: [...this.guards].map(([key, version]) => ({ key, version })),
      bumps: [...this.bumped],
      opens: [...this.rows.values()],
      holds: { hold: [...this.held], release: [...this.released] },
    };
  }
}

/** The record of a dossier with its index keys; the one place that knows them. */
export function dossierPut(id: string, value: Dossier, version: number): RecordPut {
  const sort = `${value.eventDate ?? ''}|${id}`;
  const keys: RecordKey[] = [
    ...[...new Set(value.subjects.map((subject) => subject.identityId))].map((identity) => ({
      index: 'identity',
      value: identity,
      sort,
    })),
    ...value.pending.map((identity) => ({ index: 'pending', value: identity, sort })),
  ];
  return { collection: COLLECTIONS.dossier, id, expected: version === 0 ? 'absent' : version, value, keys };
}

/**
 * Notes one accepted visit (or withdrawal) as a version of its dossier, and what follows when the version that counts changes:
 * subjects, identity records born or dead, rows to link and to rebuild. merging.md §4.2
 *
 * @param shownSender whose label the facts carry; the visit's sender unless the dossier id must not depend on it
 * @returns ids for the part's record
 */
export async function attachVisit(
  state: ChunkState,
  visit: ParsedVisit,
  source: SourceValue,
  payloadSha256: string,
  acceptedCommit: number,
  shownSender: string = visit.sender ?? '',
): Promise<{ readonly dossierId: string; readonly sourceId: string; readonly issueTime: string }> {
  const sender = visit.sender ?? '';
  const key = visit.key ?? '';
  const dossierId = dossierIdOf(source.door, sender, key);
  const sourceId = sourceIdOf(dossierId, payloadSha256);
  const issueTime = paddedIssueTime(visit.issueTime);
  const { submissionId, position } = source;
  const before = await state.dossier(dossierId);
  const versions = withVersion(before?.versions ?? [], {
    sourceId,
    issueTime,
    acceptedCommit,
    submissionId,
    position,
    withdrawal: visit.withdrawal,
  });
  const ids = { dossierId, sourceId, issueTime };
  if (versions === before?.versions) return ids;
  state.setSource(sourceId, { ...source, dossierId });

  const current = currentVersion(versions);
  const base: Dossier = before ?? {
    kind: visit.kind,
    door: source.door,
    sender: shownSender,
    key,
    versions: [],
    subjects: [],
    pending: [],
    links: [],
  };
  if (current?.sourceId === before?.current) {
    state.setDossier(dossierId, { ...base, versions });
    return ids;
  }
  // Usually the version just sent; an earlier one counts again when its younger twin turns out to have been sent before it.
  const counting = current === undefined ? undefined : await state.source(current.sourceId);
  await setCounting(state, dossierId, { ...base, versions }, current?.sourceId, counting);
  return ids;
}

/**
 * Makes `counting` the version that a dossier stands for: its subjects join their identity records, former subjects leave theirs, and
 * all of them wait for a rebuild. Without `counting` (withdrawn, or its data key destroyed) nobody is left in it.
 */
export async function setCounting(
  state: ChunkState,
  dossierId: string,
  dossier: Dossier,
  current: string | undefined,
  counting: Pick<SourceValue, 'subjects' | 'eventDate'> | undefined,
): Promise<void> {
  const subjects = await joinIdentities(state, counting?.subjects ?? [], dossierId);
  await leaveIdentities(state, dossier, subjects, dossierId);
  const { eventDate: _eventDate, current: _current, ...rest } = dossier;
  const moved =
    dossier.subjects.some((subject) => !subjects.some((next) => next.identityId === subject.identityId)) && subjects.length > 0;
  // A record that leaves before it was ever linked owns no fact: nobody would ever rebuild for it.
  const left: string[] = [];
  for (const { identityId } of dossier.subjects) if (await state.isLinked(identityId)) left.push(identityId);
  const joined = subjects.map(({ identityId }) => identityId);
  const touched = [
    ...dossier.pending.filter((id) => joined.includes(id) || !dossier.subjects.some((s) => s.identityId === id)),
    ...left,
    ...joined,
  ];
  const pending = [...new Set(touched)].sort();
  if (pending.length === 0) state.release(`visit/${dossierId}`);
  else if (moved) state.hold(`visit/${dossierId}`);
  state.setDossier(dossierId, {
    ...rest,
    subjects,
    pending,
    links: [],
    ...(current === undefined ? {} : { current }),
    ...(counting?.eventDate === undefined ? {} : { eventDate: counting.eventDate }),
  });
  for (const identityId of pending) {
    if (await state.isLinked(identityId)) state.open(REBUILD_RECORD, identityId);
  }
  putNewbornTasks(state, subjects, dossierId);
}

/** What a subject of a dossier says of its identity, in normal form. */
export const normalOf = (subject: Pick<SourceSubject, 'slot' | 'identity'>, dossierId: string): NormalIdentity =>
  normalise(subject.identity, { businessKey: subject.slot === 'patient' ? dossierId : `${dossierId}#${subject.slot}` });

async function joinIdentities(
  state: ChunkState,
  sent: readonly SourceSubject[],
  dossierId: string,
): Promise<readonly DossierSubject[]> {
  const subjects: DossierSubject[] = [];
  for (const subject of sent) {
    const normal = normalOf(subject, dossierId);
    const identityId = identityIdOf(normal);
    await state.guardLife(identityId);
    const known = await state.identity(identityId);
    if (known?.live !== true) state.setIdentity(identityId, { normal, live: true });
    if (known?.live !== true || !(await state.isLinked(identityId))) state.open(LINK_PERSON, identityId);
    const communeCode = subject.identity.communeCode;
    subjects.push({
      slot: subject.slot,
      identityId,
      ...(communeCode === undefined ? {} : { communeCode }),
    });
  }
  return subjects;
}

async function leaveIdentities(
  state: ChunkState,
  before: Dossier,
  subjects: readonly DossierSubject[],
  dossierId: string,
): Promise<void> {
  for (const { identityId } of before.subjects) {
    if (subjects.some((subject) => subject.identityId === identityId)) continue;
    await state.guardLife(identityId);
    if (await state.hasOtherDossier(identityId, dossierId)) continue;
    const known = await state.identity(identityId);
    if (known !== undefined) state.setIdentity(identityId, { normal: known.normal, live: false });
    state.open(LINK_PERSON, identityId);
  }
}

/** A newborn is a person of its own, linked to the mother by RelatedPerson; a steward confirms which. merging.md §3.6 */
function putNewbornTasks(state: ChunkState, subjects: readonly DossierSubject[], dossierId: string): void {
  const mother = subjects.find(({ slot }) => slot === 'patient');
  if (mother === undefined) return;
  for (const child of subjects.filter(({ slot }) => slot.startsWith('newborn'))) {
    const createdAt = state.at();
    const value: ReviewTaskValue = {
      a: child.identityId,
      b: mother.identityId,
      reasons: ['newborn-of'],
      state: 'open',
      createdAt,
      origin: dossierId,
    };
    state.put({
      collection: COLLECTIONS.reviewTask,
      id: reviewTaskIdOf('newborn-of', child.identityId, mother.identityId),
      expected: 'any',
      value,
      keys: reviewTaskKeys(value),
    });
  }
}
