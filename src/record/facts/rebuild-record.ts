import { isPhrError } from '../../errors.js';
import type { ParsedVisit } from '../../intake/parsed-visit.js';
import type { ResourcePut, StoredResource } from '../../store/resource-store.js';
import type { FoundRecord, RecordPut, StoredRecord } from '../../store/record-store.js';
import type { LedgerEntry, Store } from '../../store/store.js';
import { COLLECTIONS, type LinkValue } from '../collections.js';
import { linkGuardKey } from '../identity/component.js';
import { currentPersonOf } from '../identity/person-row.js';
import { dossierPut } from '../sources/attach-visit.js';
import type { Dossier } from '../sources/dossier.js';
import type { SourceReader } from '../sources/read-source.js';
import { sourceResourceIdOf } from '../sources/source-ids.js';
import { memoText, type FactMemo } from './memo.js';
import type { PersonMember } from './person-facts.js';
import { deletion, ledgerIdsFor, patientPut, personRecord, putPersonFacts, relabelled } from './person-puts.js';
import { readPerson, type PersonView } from './person-view.js';
import { settledContributions } from './settle-contributions.js';
import { factResource, keyedSources, type KeyedSource } from './visit-facts.js';

/** Dossiers of one commit. */
export const DOSSIERS_PER_COMMIT = 5;
/** Lost races before the job fails and the queue tries it again later. */
export const REBUILD_ATTEMPTS = 12;
/** Facts of one dossier that a rebuild reads in one page. */
const FACTS_PAGE = 1_000;

export interface RebuildDeps {
  readonly store: Store;
  /** Resource parser of the codec: stored body -> resource. */
  readonly parse: (body: string) => NonNullable<ResourcePut['resource']>;
  readonly sources: SourceReader;
  /** A ledger id of a fact: home bucket of its person first, then time-ordered. */
  readonly newFactId: (personId: string) => string;
}

/**
 * The dossiers of an identity record that wait -> facts of its person, in commits of a few dossiers; closes `rowId` with the last.
 * Idempotent: equal content writes no version. While it runs, readers see the old facts, or none where they belong to somebody
 * else by now (held labels). design.md §4.4
 *
 * @param options.all every dossier of the identity, not only those that wait (the rebuild command)
 */
export async function rebuildRecord(
  deps: RebuildDeps,
  rowId: string | undefined,
  identityId: string,
  options: { readonly all?: boolean } = {},
): Promise<void> {
  let after: { sort: string; id: string } | undefined;
  const seen = new Set<string>();
  for (let attempt = 1; ;) {
    if (rowId !== undefined && (await deps.store.outboxRow(rowId)) === undefined) return;
    const step = await readStep(deps.store, identityId, options.all === true, after);
    if (step.person === undefined && step.dossiers.some(({ value }) => slotsOf(value, identityId).length > 0)) {
      if (rowId !== undefined) await deps.store.commit({ closes: [rowId] }); // not linked yet: the link opens a row of its own
      return;
    }
    const isLast = step.dossiers.length < DOSSIERS_PER_COMMIT;
    for (const { id } of step.dossiers) seen.add(id);
    const unit = await stepUnit(deps, identityId, step, step.full && isLast ? seen : undefined);
    const finish = isLast ? finishing(identityId, step) : { records: [], release: [], bumps: [] };
    try {
      await deps.store.commit({
        ...unit,
        records: [...unit.records, ...finish.records],
        bumps: finish.bumps,
        holds: { release: [...unit.release, ...finish.release] },
        ...(isLast && rowId !== undefined ? { closes: [rowId] } : {}),
      });
      if (isLast) return;
      attempt = 1;
      const last = step.dossiers.at(-1);
      if (step.full && last !== undefined) after = { sort: last.sort, id: last.id };
    } catch (error) {
      if (!isPhrError(error, 'precondition-failed') || attempt >= REBUILD_ATTEMPTS) throw error;
      attempt += 1;
    }
  }
}

interface Step {
  readonly link: StoredRecord<LinkValue> | undefined;
  readonly linkGuard: number;
  readonly full: boolean;
  readonly dossiers: readonly FoundRecord<Dossier>[];
  readonly person: PersonView | undefined;
  /** Persons that this identity left. */
  readonly left: readonly PersonView[];
}

async function readStep(
  store: Store,
  identityId: string,
  all: boolean,
  after: { sort: string; id: string } | undefined,
): Promise<Step> {
  const [linkGuard] = await store.guardVersions([linkGuardKey(identityId)]);
  const link = await store.record<LinkValue>(COLLECTIONS.link, identityId);
  const full = all || link?.value.full === true;
  const dossiers = await store.find<Dossier>({
    collection: COLLECTIONS.dossier,
    index: full ? 'identity' : 'pending',
    value: identityId,
    limit: DOSSIERS_PER_COMMIT,
    ...(full && after !== undefined ? { after } : {}),
  });
  const personId = link?.value.personId;
  const person = personId === undefined ? undefined : await readPerson(store, personId);
  const left: PersonView[] = [];
  for (const previous of link?.value.previous ?? []) left.push(await readPerson(store, previous));
  return { link, linkGuard: linkGuard ?? 0, full, dossiers, person, left };
}

/** The last commit of a rebuild: the identity has left its former persons, nothing of it is held any more. */
function finishing(identityId: string, step: Step) {
  const { link } = step;
  if (link === undefined) return { records: [], release: [], bumps: [] };
  const { personId, previous, full } = link.value;
  if (personId !== undefined && previous.length === 0 && !full) return { records: [], release: [], bumps: [] };
  const value: LinkValue = { ...link.value, previous: [], full: false };
  const record: RecordPut =
    personId === undefined
      ? { collection: COLLECTIONS.link, id: identityId, expected: link.version }
      : {
          collection: COLLECTIONS.link,
          id: identityId,
          expected: link.version,
          value,
          keys: [{ index: 'person', value: personId }],
        };
  return { records: [record], release: [`identity/${identityId}`], bumps: [linkGuardKey(identityId)] };
}

const slotsOf = (dossier: Dossier, identityId: string): readonly string[] =>
  dossier.subjects.filter((subject) => subject.identityId === identityId).map(({ slot }) => slot);

/** @param complete all dossiers of the identity, when this step ends a full rebuild: members from any other one are stale */
async function stepUnit(deps: RebuildDeps, identityId: string, step: Step, complete: ReadonlySet<string> | undefined) {
  const { store } = deps;
  const { person } = step;
  const resources: ResourcePut[] = [];
  const records: RecordPut[] = [];
  const ledger: LedgerEntry[] = [];
  const release: string[] = [];
  const commune = person?.communeCode === undefined ? [] : [`commune/${person.communeCode}`];
  const added: (PersonMember & { readonly key: string })[] = [];
  const rebuilt = new Set<string>();

  for (const dossier of step.dossiers) {
    rebuilt.add(dossier.id);
    const slots = slotsOf(dossier.value, identityId);
    const parsed =
      person === undefined || slots.length === 0 || dossier.value.current === undefined
        ? undefined
        : await deps.sources.parsed(dossier.value.current);
    const facts = parsed === undefined || person === undefined ? [] : visitFacts(slots, parsed.visit);
    const personLevel = facts.filter(({ level }) => level === 'person');
    const visitLevel = facts.filter(({ level }) => level === 'visit');
    for (const { key, localId, source } of personLevel) {
      const { eventDate, sender, current = '' } = dossier.value;
      added.push({
        key,
        source: sourceResourceIdOf(current, localId),
        dossier: dossier.id,
        identity: identityId,
        sender,
        ...(eventDate === undefined ? {} : { date: eventDate }),
        resource: source.resource,
      });
    }
    const existing = await dossierFacts(store, dossier.id);
    const ids = await ledgerIdsFor(
      deps,
      dossier.id,
      visitLevel.map(({ key }) => key),
      person?.id ?? '',
      ledger,
    );
    const references = new Map<string, string>(slots.map((slot) => [`Patient/${slot}`, `Patient/${person?.id ?? ''}`]));
    for (const { key, source } of visitLevel) {
      references.set(
        `${source.resource.resourceType}/${source.resource.id ?? ''}`,
        `${source.resource.resourceType}/${ids.get(key) ?? ''}`,
      );
    }
    const kept = new Set<string>();
    for (const { key, localId, source } of visitLevel) {
      const id = ids.get(key) ?? '';
      kept.add(`${source.resource.resourceType}/${id}`);
      const { eventDate, sender, current = '' } = dossier.value;
      const memo: FactMemo = {
        level: 'visit',
        key,
        members: [
          {
            source: sourceResourceIdOf(current, localId),
            dossier: dossier.id,
            identity: identityId,
            sender,
            ...(eventDate === undefined ? {} : { date: eventDate }),
          },
        ],
      };
      resources.push({
        resourceType: source.resource.resourceType,
        id,
        origin: 'fact',
        expected: 'any',
        resource: factResource(source, id, references, dossier.id),
        subject: person?.id ?? '',
        labels: [
          `sender/${sender}`,
          `identity/${identityId}`,
          `visit/${dossier.id}`,
          ...commune,
          ...(source.restricted === undefined ? [] : [source.restricted]),
        ],
        memo: memoText(memo),
      });
    }
    for (const stored of existing) {
      if (kept.has(`${stored.resourceType}/${stored.id}`) || !stored.labels.includes(`identity/${identityId}`)) continue;
      resources.push(deletion(stored));
    }
    const pending = dossier.value.pending.filter((id) => id !== identityId);
    if (pending.length === 0) release.push(`visit/${dossier.id}`);
    const otherLinks = dossier.value.links.filter(
      (link) => !existing.some((stored) => `${stored.resourceType}/${stored.id}` === link),
    );
    const links = [
      ...new Set([...otherLinks, ...kept, ...(person === undefined || slots.length === 0 ? [] : [`Patient/${person.id}`])]),
    ].sort();
    records.push(dossierPut(dossier.id, { ...dossier.value, pending, links }, dossier.version));
  }

  if (person !== undefined) {
    const leaves = (dossierId: string): boolean => rebuilt.has(dossierId) || (complete !== undefined && !complete.has(dossierId));
    await putPersonFacts(deps, person, { identityId, leaves, added }, resources, ledger);
    resources.push(...patientPut(person));
    resources.push(...(await relabelled(deps, person, resources)));
    records.push(personRecord(person));
  }
  for (const former of step.left) {
    await putPersonFacts(deps, former, { identityId, leaves: () => true, added: [] }, resources, ledger);
    resources.push(...patientPut(former));
    records.push(personRecord(former));
  }
  resources.push(...(await settled(deps, step, resources)));
  for (const former of step.left) resources.push(...(await relabelled(deps, former, resources)));
  return { resources, records, ledger, release, guards: [{ key: linkGuardKey(identityId), version: step.linkGuard }] };
}

/** Entries written through REST follow their person when records moved between persons. */
async function settled(deps: RebuildDeps, step: Step, puts: readonly ResourcePut[]): Promise<readonly ResourcePut[]> {
  const { person, left, full } = step;
  if (person === undefined || (!full && left.length === 0)) return [];
  const done = new Set(puts.map(({ resourceType, id }) => `${resourceType}/${id}`));
  const moved = [...(await settledContributions(deps, person.id, person))];
  for (const former of left) {
    if ((await currentPersonOf(deps.store, former.id)) === person.id)
      moved.push(...(await settledContributions(deps, former.id, person)));
  }
  return moved.filter(({ resourceType, id }) => !done.has(`${resourceType}/${id}`));
}

function visitFacts(slots: readonly string[], visit: ParsedVisit): readonly KeyedSource[] {
  return slots.flatMap((slot) => keyedSources(slot, visit.subjects.find((subject) => subject.slot === slot)?.resources ?? []));
}

/** All facts that a dossier made, whoever's they are now. */
async function dossierFacts(store: Store, dossierId: string): Promise<readonly StoredResource[]> {
  const items: StoredResource[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.search({
      criteria: [],
      anyLabel: [`visit/${dossierId}`],
      origin: 'fact',
      order: 'newest',
      count: FACTS_PAGE,
      includeHeld: true,
      ...(cursor === undefined ? {} : { cursor }),
    });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}
