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

/** Resources shown of one page of events. */
export const PAGE_RESOURCES_MAX = 2_000;
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
      const resources = shown.get(candidate.id) ?? [];
      if (resources.length > 0) {
        if (events.length === page.count) return { events, next: cursorText(after) };
        events.push({ ...candidate.event, resources: resources.map((stored) => deps.parse(stored.body ?? '')) });
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

async function withResources(
  store: Store,
  personId: string,
  view: ReachView,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, readonly StoredResource[]>> {
  const shown = new Map<string, StoredResource[]>();
  for (const { id, resources } of candidates) if (resources !== undefined) shown.set(id, [...resources]);
  const labels = candidates.flatMap(({ label }) => (label === undefined ? [] : [label]));
  if (labels.length === 0) return shown;
  let cursor: string | undefined;
  let read = 0;
  do {
    const page = await store.search({
      criteria: [],
      subject: personId,
      alsoAnyLabel: labels,
      order: 'newest',
      count: STORE_PAGE,
      ...inView(view),
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const stored of page.items) {
      for (const label of stored.labels) {
        if (!labels.includes(label)) continue;
        const id = label.slice('visit/'.length);
        shown.set(id, [...(shown.get(id) ?? []), stored]);
      }
    }
    read += page.items.length;
    cursor = page.next;
  } while (cursor !== undefined && read < PAGE_RESOURCES_MAX);
  return shown;
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
