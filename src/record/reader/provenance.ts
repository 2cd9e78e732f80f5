import type { FhirResource, Provenance } from 'fhir/r4.js';
import type { AccessPolicy, ReachView } from '../../fhir/access-policy.js';
import type { PatientResolver } from '../../fhir/patient-resolver.js';
import type { VirtualType } from '../../fhir/virtual-type.js';
import type { SearchCriterion, StoredResource } from '../../store/resource-store.js';
import type { Store } from '../../store/store.js';
import { memoOf } from '../facts/memo.js';
import { inView } from './events.js';

/** Members listed in one Provenance; a card of a dialysis patient has more, the trace pages them. */
export const PROVENANCE_ENTITIES_MAX = 200;
/** Facts looked at for one page of a search that filters by time. */
const SCAN_PAGE = 100;

/**
 * Provenance rendered from the membership rows when asked for, one per fact (merging.md §4.4). Its id is `<type>.<id of the fact>`.
 * Searches need a patient or a target: a Provenance is always somebody's.
 */
export function makeProvenanceType(deps: {
  readonly store: Store;
  readonly access: Pick<AccessPolicy, 'reach'>;
  readonly patients: PatientResolver;
}): VirtualType {
  const { store, access, patients } = deps;
  return {
    resourceType: 'Provenance',
    searchParams: ['_id', 'patient', 'target', 'recorded'],
    async read(caller, id) {
      const view = access.reach(caller);
      const target = targetOf(id);
      if (target === undefined) return undefined;
      const page = await store.search({
        resourceTypes: [target.resourceType],
        criteria: [idCriterion([target.id])],
        order: 'newest',
        count: 1,
        ...inView(view),
        ...(view.subject === undefined ? {} : { subject: view.subject }),
      });
      return page.items[0] === undefined ? undefined : render(page.items[0], view);
    },
    async search(caller, { criteria, count, cursor }) {
      const view = access.reach(caller);
      const scope = await scopeOf(criteria, patients);
      if (scope === undefined) return { items: [], patients: [] };
      const subject = view.subject ?? scope.subject;
      if (scope.subject !== undefined && subject !== scope.subject) return { items: [], patients: [] };
      if (subject === undefined && scope.targets === undefined) return { items: [], patients: [] };
      const items: { readonly resource: FhirResource; readonly subject: string }[] = [];
      let from = cursor;
      for (;;) {
        const page = await store.search({
          ...(scope.targets === undefined
            ? {}
            : { resourceTypes: [...new Set(scope.targets.map(({ resourceType }) => resourceType))] }),
          criteria: scope.targets === undefined ? [] : [idCriterion(scope.targets.map(({ id }) => id))],
          order: 'newest',
          count: Math.min(SCAN_PAGE, count - items.length),
          ...inView(view),
          ...(subject === undefined ? {} : { subject }),
          ...(from === undefined ? {} : { cursor: from }),
        });
        for (const stored of page.items) {
          if (scope.recorded(stored.lastUpdated)) items.push({ resource: render(stored, view), subject: stored.subject ?? '' });
        }
        from = page.next;
        if (from === undefined || items.length >= count) break;
      }
      return {
        items: items.map(({ resource }) => resource),
        patients: [...new Set(items.map((item) => item.subject))].filter((id) => id !== ''),
        ...(from === undefined ? {} : { next: from }),
      };
    },
  };
}

const idCriterion = (ids: readonly string[]): SearchCriterion => ({
  param: '_id',
  kind: 'token',
  values: ids.map((code) => ({ kind: 'token', code })),
});

function targetOf(id: string): { readonly resourceType: string; readonly id: string } | undefined {
  const match = /^([A-Z][A-Za-z]+)\.([A-Za-z0-9\-.]{1,64})$/.exec(id);
  return match === null ? undefined : { resourceType: match[1] ?? '', id: match[2] ?? '' };
}

interface Scope {
  readonly subject?: string;
  readonly targets?: readonly { readonly resourceType: string; readonly id: string }[];
  readonly recorded: (instant: string) => boolean;
}

/** undefined when a criterion can match nothing. */
async function scopeOf(criteria: readonly SearchCriterion[], patients: PatientResolver): Promise<Scope | undefined> {
  let subject: string | undefined;
  let targets: readonly { readonly resourceType: string; readonly id: string }[] | undefined;
  const conditions: ((instant: number) => boolean)[] = [];
  for (const { param, values } of criteria) {
    if (param === 'patient') {
      const ids = values.flatMap((value) => (value.kind === 'reference' ? [value.id] : []));
      const current = ids[0] === undefined ? undefined : await patients.currentPerson(ids[0]);
      if (current === undefined || (subject !== undefined && subject !== current)) return undefined;
      subject = current;
    } else if (param === 'target' || param === '_id') {
      const asked = values.flatMap((value) => {
        if (value.kind === 'reference' && value.resourceType !== undefined)
          return [{ resourceType: value.resourceType, id: value.id }];
        if (value.kind === 'token') return targetOf(value.code ?? '') ?? [];
        return [];
      });
      const before = targets;
      targets = before === undefined ? asked : asked.filter(({ id }) => before.some((target) => target.id === id));
      if (targets.length === 0) return undefined;
    } else {
      conditions.push((instant) => values.some((value) => value.kind === 'date' && inRange(instant, value)));
    }
  }
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(targets === undefined ? {} : { targets }),
    recorded: (instant) => conditions.every((holds) => holds(Date.parse(instant))),
  };
}

/** An instant against the implied range of a date value: https://hl7.org/fhir/R4/search.html#date */
function inRange(instant: number, value: { readonly prefix: string; readonly start: number; readonly end: number }): boolean {
  const { prefix, start, end } = value;
  switch (prefix) {
    case 'ne':
      return instant < start || instant >= end;
    case 'gt':
    case 'sa':
      return instant >= end;
    case 'lt':
    case 'eb':
      return instant < start;
    case 'ge':
      return instant >= start;
    case 'le':
      return instant < end;
    default:
      return instant >= start && instant < end;
  }
}

/** ISO 21089 lifecycle: what the merge service did with the sources. */
const LIFECYCLE = 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle';

/** A sender learns of its own contributions: how often and when others sent is not its to know (interfaces.md §1). */
function isTold(sender: string, { anyLabel }: ReachView): boolean {
  const senders = anyLabel?.filter((label) => label.startsWith('sender/')) ?? [];
  return senders.length === 0 || senders.includes(`sender/${sender}`);
}

function render(stored: StoredResource, view: ReachView): Provenance {
  const members = (memoOf(stored.memo)?.members ?? []).filter(({ sender }) => isTold(sender, view));
  const writer = stored.labels.find((label) => label.startsWith('writer/'))?.slice('writer/'.length);
  const isFact = stored.origin === 'fact';
  return {
    resourceType: 'Provenance',
    id: `${stored.resourceType}.${stored.id}`,
    target: [{ reference: `${stored.resourceType}/${stored.id}` }],
    recorded: stored.lastUpdated,
    activity: {
      coding: [
        isFact
          ? { system: LIFECYCLE, code: 'merge', display: 'Merge Record Lifecycle Event' }
          : { system: LIFECYCLE, code: 'originate', display: 'Originate/Retain Record Lifecycle Event' },
      ],
    },
    agent: [
      {
        type: {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
              code: isFact ? 'assembler' : 'author',
            },
          ],
        },
        who: { display: isFact ? 'Sổ Sức Khỏe' : (writer ?? 'REST') },
      },
    ],
    ...(members.length === 0
      ? {}
      : {
          entity: members.slice(0, PROVENANCE_ENTITIES_MAX).map((member) => ({
            role: 'source' as const,
            what: { reference: `${stored.resourceType}/${member.source}` },
          })),
        }),
  };
}
