import type { FhirResource } from 'fhir/r4.js';
import { PhrError } from '../../errors.js';
import type { ReachView } from '../../fhir/access-policy.js';
import type { ResourceQuery, StoredResource } from '../../store/resource-store.js';
import type { FoundRecord } from '../../store/record-store.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS } from '../collections.js';
import { linkedIdentities } from '../identity/component.js';
import type { Dossier } from '../sources/dossier.js';
import type { HistoryEvent } from './person-reader.js';

/** Resources shown of one page of events; when its events have more, each is cut for itself. */
export const PAGE_RESOURCES_MAX = 2_000;
/** Resources shown of one event on a page that is too large: a long stay must not push other visits off the page. */
export const EVENT_RESOURCES_MAX = 500;
/** What is shown first of an event that is cut: what a reader must not miss. */
const HEAD_TYPES: readonly string[] = ['Encounter', 'Condition', 'AllergyIntolerance', 'Immunization', 'DiagnosticReport'];
const STORE_PAGE = 500;

/** The caller's view as conditions of a store query. */
export const inView = (view: ReachView): Pick<ResourceQuery, 'anyLabel' | 'noLabel'> => ({
  ...(view.anyLabel === undefined ? {} : { anyLabel: view.anyLabel }),
  noLabel: view.noLabel,
});

interface Position {
  /** Sort of the last event shown: `<event date>|<dossier id>`. */
  readonly sort: string;
  readonly id: string;
}

interface Candidate extends Position {
  readonly event: Omit<HistoryEvent, 'resources'>;
  readonly label?: string;
  readonly resources?: readonly StoredResource[];
}

/**
 * Events of a person, newest first: the dossiers of all its identity records merged with entries written through REST. An event of
 * which the caller may see nothing is not an event for the caller; the page is filled with the next one.
 */
export async function readEvents(
  deps: { readonly store: Store; readonly parse: (body: string) => FhirResource },
  personId: string,
  view: ReachView,
  page: { readonly count: number; readonly cursor?: string },
): Promise<{ readonly events: readonly HistoryEvent[]; readonly next?: string }> {
  const { store } = deps;
  let after = positionOf(page.cursor);
  const events: HistoryEvent[] = [];
  for (;;) {
    const candidates = await nextCandidates(store, personId, view, after, page.count + 1);
    const shown = await withResources(store, personId, view, candidates);
    for (const [index, candidate] of candidates.entries()) {
      const { resources, isCut } = shown.get(candidate.id) ?? { resources: [], isCut: false };
      if (resources.length > 0) {
        if (events.length === page.count) return { events, next: cursorText(after) };
        events.push({
          ...candidate.event,
          resources: resources.map((stored) => deps.parse(stored.body ?? '')),
          ...(isCut ? { isCut } : {}),
        });
      }
      after = { sort: candidate.sort, id: candidate.id };
      if (index === candidates.length - 1 && candidates.length <= page.count) return { events };
    }
    if (candidates.length === 0) return { events };
  }
}

/** The next `count` events behind `after`, whatever the caller may see of them. */
async function nextCandidates(
  store: Store,
  personId: string,
  view: ReachView,
  after: Position | undefined,
  count: number,
): Promise<readonly Candidate[]> {
  const identities = await linkedIdentities(store, personId);
  const pages = await Promise.all(
    identities.map((identity) =>
      store.find<Dossier>({
        collection: COLLECTIONS.dossier,
        index: 'identity',
        value: identity,
        descending: true,
        limit: count,
        ...(after === undefined ? {} : { after: { sort: after.sort, id: idFor(after) } }),
      }),
    ),
  );
  const dossiers = new Map<string, FoundRecord<Dossier>>();
  for (const found of pages.flat()) dossiers.set(found.id, found);
  const candidates: Candidate[] = [...dossiers.values()].map((found) => ({
    sort: found.sort,
    id: found.id,
    label: `visit/${found.id}`,
    event: {
      id: found.id,
      kind: found.value.kind,
      sender: found.value.sender,
      ...(found.value.eventDate === undefined ? {} : { date: found.value.eventDate }),
    },
  }));
  candidates.push(...(await entries(store, personId, view)).filter(({ sort }) => after === undefined || sort < after.sort));
  return candidates.sort((a, b) => (a.sort < b.sort ? 1 : -1)).slice(0, count);
}

/** Sorts are unique (they end with the id), so continuing by sort alone is exact; the id only breaks a tie that can't be. */
const idFor = (after: Position): string => after.id;

/** Entries written through REST that belong to an event of their own. Bounded; more are found by FHIR search. */
async function entries(store: Store, personId: string, view: ReachView): Promise<readonly Candidate[]> {
  const page = await store.search({
    criteria: [],
    subject: personId,
    origin: 'contribution',
    order: 'date-desc',
    count: STORE_PAGE,
    ...inView(view),
  });
  return page.items
    .filter((stored) => stored.resourceType !== 'Patient')
    .map((stored) => {
      const date = dateOf(stored.body ?? '');
      return {
        sort: `${date ?? ''}|${stored.id}`,
        id: stored.id,
        resources: [stored],
        event: {
          id: stored.id,
          kind: 'entry',
          sender: stored.labels.find((label) => label.startsWith('sender/'))?.slice('sender/'.length) ?? '',
          ...(date === undefined ? {} : { date }),
        },
      } satisfies Candidate;
    });
}

function dateOf(body: string): string | undefined {
  const match =
    /"(?:effectiveDateTime|occurrenceDateTime|performedDateTime|recordedDate|onsetDateTime|authoredOn|issued)":"([^"]+)"/.exec(
      body,
    );
  return match?.[1];
}

interface ShownResources {
  readonly resources: readonly StoredResource[];
  readonly isCut: boolean;
}

async function withResources(
  store: Store,
  personId: string,
  view: ReachView,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, ShownResources>> {
  const shown = new Map<string, ShownResources>();
  for (const { id, resources } of candidates) if (resources !== undefined) shown.set(id, { resources, isCut: false });
  const labels = candidates.flatMap(({ label }) => (label === undefined ? [] : [label]));
  if (labels.length === 0) return shown;
  const base = { criteria: [], subject: personId, ...inView(view) };
  const all = await resourcesOf(store, { ...base, alsoAnyLabel: labels, order: 'newest' }, PAGE_RESOURCES_MAX);
  if (all.isCut) {
    for (const label of labels) {
      const query = { ...base, alsoAnyLabel: [label], order: 'date-desc' } as const;
      const head = await resourcesOf(store, { ...query, resourceTypes: HEAD_TYPES }, EVENT_RESOURCES_MAX);
      const rest = await resourcesOf(store, query, EVENT_RESOURCES_MAX);
      const distinct = new Map([...head.resources, ...rest.resources].map((stored) => [keyOf(stored), stored]));
      const resources = [...distinct.values()].slice(0, EVENT_RESOURCES_MAX);
      shown.set(eventOf(label), { resources, isCut: rest.isCut });
    }
    return shown;
  }
  const byLabel = new Map<string, StoredResource[]>(labels.map((label) => [label, []]));
  for (const stored of all.resources) for (const label of stored.labels) byLabel.get(label)?.push(stored);
  for (const [label, resources] of byLabel) shown.set(eventOf(label), { resources, isCut: false });
  return shown;
}

const eventOf = (label: string): string => label.slice('visit/'.length);
const keyOf = ({ resourceType, id }: StoredResource): string => `${resourceType}/${id}`;

/** At most `max` resources of a query, and whether there are more. */
async function resourcesOf(store: Store, query: Omit<ResourceQuery, 'count' | 'cursor'>, max: number): Promise<ShownResources> {
  const resources: StoredResource[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.search({
      ...query,
      count: Math.min(STORE_PAGE, max - resources.length),
      ...(cursor === undefined ? {} : { cursor }),
    });
    resources.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined && resources.length < max);
  return { resources, isCut: cursor !== undefined };
}

const cursorText = (after: Position | undefined): string => Buffer.from(JSON.stringify(after ?? null)).toString('base64url');

function positionOf(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  try {
    const value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as Partial<Position> | null;
    if (typeof value?.sort === 'string' && typeof value.id === 'string') return { sort: value.sort, id: value.id };
  } catch {
    // falls through
  }
  throw new PhrError('invalid', 'the cursor is not one of ours');
}
