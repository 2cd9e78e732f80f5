import { isPhrError } from '../../errors.js';
import { REBUILD_RECORD } from '../../queue/jobs/rebuild-record.js';
import type { RecordPut } from '../../store/record-store.js';
import type { OutboxOpen, Store, UnitOfWrite } from '../../store/store.js';
import { COLLECTIONS, type LinkValue, type PersonValue, type ReviewTaskValue } from '../collections.js';
import { reviewTaskIdOf } from '../sources/source-ids.js';
import { assignPersonIds } from './person-ids.js';
import { personKeys } from './person-row.js';
import { reviewTaskKeys } from '../stewardship/review-task.js';
import { foundsPerson, linkGuardKey, readComponent, type Component } from './component.js';
import type { Partition } from './identity.js';
import { partition } from './partition.js';

/** Lost races before the job fails and the queue tries it again later. */
export const LINK_ATTEMPTS = 10;

export interface LinkDeps {
  readonly store: Store;
  readonly now: () => Date;
  readonly newRowId: () => string;
  /** A ledger id: home bucket first, then time-ordered (design.md §6). */
  readonly newPersonId: (anchor: string) => string;
}

/**
 * Identity record -> person: recomputes its whole connected component from scratch and commits the links that differ, so a second run
 * finds nothing to change, and any order of arrival ends in the same partition. merging.md §3.4, I3
 *
 * @param rowId outbox row that this closes; undefined for a recompute by hand
 */
export async function linkPerson(deps: LinkDeps, rowId: string | undefined, identityId: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    if (rowId !== undefined && (await deps.store.outboxRow(rowId)) === undefined) return; // an earlier offer did the work
    const component = await readComponent(deps.store, identityId);
    const unit = await relink(deps, component, identityId);
    try {
      await deps.store.commit(rowId === undefined ? unit : { ...unit, closes: [rowId] });
      return;
    } catch (error) {
      if (!isPhrError(error, 'precondition-failed') || attempt >= LINK_ATTEMPTS) throw error;
    }
  }
}

async function relink(deps: LinkDeps, component: Component, origin: string): Promise<UnitOfWrite> {
  const { store } = deps;
  const result = partition([...component.members.values()], component.decisions);
  const groups = result.groups.filter((group) => group.some((id) => founds(component, id)));
  const founding = groups.map((group) => group.filter((id) => founds(component, id)));
  const { personIds, minted } = assignPersonIds(founding, {
    ledger: component.ledger,
    linkedTo: (id) => component.links.get(id)?.value?.personId,
    mint: (founder) => lentId(component, founder) ?? deps.newPersonId(founder),
  });
  const personOf = new Map(groups.flatMap((group, index) => group.map((id) => [id, personIds[index] ?? ''] as const)));

  const records: RecordPut[] = [];
  const bumps: string[] = [];
  const opens: OutboxOpen[] = [];
  const hold: string[] = [];
  const touchedPersons = new Map<string, string | undefined>(); // person -> where its members went
  for (const [id, { version, value }] of component.links) {
    const next = personOf.get(id);
    const before = value?.personId;
    if (next === before) {
      if (before !== undefined) touchedPersons.set(before, before);
      continue;
    }
    const previous = [...new Set([...(value?.previous ?? []), ...(before === undefined ? [] : [before])])].filter(
      (person) => person !== next,
    );
    const link: LinkValue = {
      ...(next === undefined ? {} : { personId: next }),
      tier: 'component',
      previous,
      full: before !== undefined && next !== undefined,
    };
    records.push({
      collection: COLLECTIONS.link,
      id,
      expected: version === 0 ? 'absent' : version,
      value: link,
      keys: [...new Set([...(next === undefined ? [] : [next]), ...previous])].map((person) => ({
        index: 'person',
        value: person,
      })),
    });
    bumps.push(linkGuardKey(id));
    opens.push({ id: deps.newRowId(), kind: REBUILD_RECORD.kind, payload: { identityId: id } });
    if (before !== undefined) {
      hold.push(`identity/${id}`);
      if (!touchedPersons.has(before)) touchedPersons.set(before, next);
    }
    if (next !== undefined) touchedPersons.set(next, next);
  }
  records.push(...(await personPuts(store, touchedPersons, personOf)));
  records.push(...(await taskPuts(deps, component, result, origin)));
  return { records, ledger: minted, guards: component.guards, bumps, opens, holds: { hold } };
}

/** A Patient written through REST lends its id to the person that it founds (design.md §5). */
function lentId(component: Component, founder: string): string | undefined {
  const normal = component.members.get(founder)?.normal;
  return normal?.sourceType === 'rest' ? normal.sourcePatientId : undefined;
}

const founds = (component: Component, id: string): boolean => {
  const member = component.members.get(id);
  return member !== undefined && foundsPerson(member.normal);
};

/** Persons that gained their first member, lost their last one (replaced-by), or came back. */
async function personPuts(
  store: Store,
  touched: ReadonlyMap<string, string | undefined>,
  personOf: ReadonlyMap<string, string>,
): Promise<readonly RecordPut[]> {
  const alive = new Set(personOf.values());
  const puts: RecordPut[] = [];
  for (const [personId, wentTo] of touched) {
    const known = await store.record<PersonValue>(COLLECTIONS.person, personId);
    const { replacedBy, ...base } = known?.value ?? { state: 'active' as const, rebuilds: 0 };
    const next: PersonValue = alive.has(personId)
      ? { ...base, state: 'active' }
      : { ...base, state: 'replaced', ...(wentTo === undefined || wentTo === personId ? {} : { replacedBy: wentTo }) };
    const isSame = known !== undefined && known.value.state === next.state && replacedBy === next.replacedBy;
    if (isSame) continue;
    puts.push({
      collection: COLLECTIONS.person,
      id: personId,
      expected: known?.version ?? 'absent',
      value: next,
      keys: personKeys(next),
    });
  }
  return puts;
}

/** One open task per doubtful pair; tasks of this component that are doubtful no more are dropped. */
async function taskPuts(deps: LinkDeps, component: Component, result: Partition, origin: string): Promise<readonly RecordPut[]> {
  const { store, now } = deps;
  const wantedIds = new Map(result.reviews.map((pair) => [reviewTaskIdOf('match', pair.a, pair.b), pair]));
  const puts: RecordPut[] = [];
  const open = new Set<string>();
  const dropped = new Set<string>();
  for (const id of new Set([...component.members.keys(), ...component.links.keys()])) {
    const tasks = await store.find<ReviewTaskValue>({
      collection: COLLECTIONS.reviewTask,
      index: 'identity',
      value: id,
      limit: 500,
    });
    for (const task of tasks) {
      if (wantedIds.has(task.id)) open.add(task.id);
      else if (!task.value.reasons.includes('newborn-of') || !component.members.has(id)) {
        dropped.add(task.id);
      }
    }
  }
  for (const id of dropped) puts.push({ collection: COLLECTIONS.reviewTask, id, expected: 'any' });
  for (const [id, { a, b, reasons }] of wantedIds) {
    if (open.has(id)) continue;
    const createdAt = now().toISOString();
    const value: ReviewTaskValue = { a, b, reasons, state: 'open', createdAt, origin };
    puts.push({ collection: COLLECTIONS.reviewTask, id, expected: 'any', value, keys: reviewTaskKeys(value) });
  }
  return puts;
}
