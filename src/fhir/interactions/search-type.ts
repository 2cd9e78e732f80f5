import { PhrError, isPhrError } from '../../errors.js';
import type { ResourceCodec } from '../../store/indexing.js';
import type { ResourceQuery, SearchCriterion, StoredResource } from '../../store/resource-store.js';
import type { Store } from '../../store/store.js';
import type { AccessPolicy, Caller, ReachView } from '../access-policy.js';
import { outcomeOf } from '../outcome.js';
import type { PatientResolver } from '../patient-resolver.js';
import { parseSearch, storeQuery } from '../search/parse-query.js';
import type { ParsedSearch } from '../search/parse-query.js';
import type { VirtualType } from '../virtual-type.js';
import type { FhirAnswer, InteractionRequest } from './answer.js';
import { withCurrentPersons } from './current-persons.js';
import { personsAsked } from './persons-asked.js';
import { presentationOf, presentationOfRendered } from './presentation.js';
import type { RenderStored } from './presentation.js';
import { CURSOR_PARAMETER, pageUrl, searchsetText } from './searchset.js';
import type { SearchsetEntry } from './searchset.js';
import type { Trace } from './trace.js';
import { virtualParameters } from './virtual-parameters.js';

export interface SearchDeps {
  readonly store: Pick<Store, 'search' | 'resource'>;
  readonly codec: Pick<ResourceCodec, 'parse' | 'serialize'>;
  readonly access: Pick<AccessPolicy, 'authorize' | 'reach'>;
  readonly patients: Pick<PatientResolver, 'currentPerson'>;
  readonly virtualTypes: ReadonlyMap<string, VirtualType>;
  readonly trace: Trace;
  readonly render: RenderStored;
  readonly baseUrl: string;
  readonly now: () => Date;
}

export type SearchType = (request: InteractionRequest, resourceType: string) => Promise<FhirAnswer>;

/** What a page shows: text of the resources, and whose they are. */
interface Page {
  readonly entries: readonly { readonly reference: string; readonly resource: string }[];
  readonly patients: readonly string[];
  readonly next?: string;
  readonly total?: number;
}

const personsOf = (items: readonly StoredResource[]): readonly string[] => [
  ...new Set(items.map(({ subject }) => subject).filter((subject) => subject !== undefined)),
];

const NOTHING_FOUND: Page = { entries: [], patients: [], total: 0 };

/** `_count=0` and `_summary=count` want the number alone; the smallest page is looked up, and not shown. */
const COUNT_ONLY_PAGE = 1;

/** The caller's reach goes into the plan of the engine, so that a page is cut after it (design.md §6). */
function withReach(query: ResourceQuery, reach: ReachView): ResourceQuery {
  return {
    ...query,
    noLabel: reach.noLabel,
    ...(reach.anyLabel === undefined ? {} : { anyLabel: reach.anyLabel }),
    ...(reach.subject === undefined ? {} : { subject: reach.subject }),
    // A search of Patient answers persons; what was written about them stays readable under its own id (design.md §5).
    ...(query.resourceTypes?.includes('Patient') === true ? { origin: 'fact' } : {}),
  };
}

/** The criteria that a caller may ask by; undefined when one of them can match nothing. A `:not` of nothing excludes nobody. */
function inNarrow(
  criteria: readonly SearchCriterion[],
  resourceType: string,
  { narrow }: ReachView,
): readonly SearchCriterion[] | undefined {
  if (narrow === undefined) return criteria;
  const narrowed = criteria.map((criterion) => ({ criterion, left: narrow(resourceType, criterion) }));
  if (narrowed.some(({ criterion, left }) => left === undefined && criterion.modifier !== 'not')) return undefined;
  return narrowed.flatMap(({ left }) => left ?? []);
}

async function searchStored(deps: SearchDeps, resourceType: string, search: ParsedSearch, reach: ReachView): Promise<Page> {
  const query = storeQuery(resourceType, search);
  const { items, next, total } = await deps.store.search(
    withReach(search.countOnly ? { ...query, count: COUNT_ONLY_PAGE } : query, reach),
  );
  const shown = search.countOnly ? [] : items;
  return {
    entries: shown.map((stored) => ({
      reference: `${stored.resourceType}/${stored.id}`,
      resource: presentationOf(stored, reach, deps),
    })),
    // A count of one is about somebody, though nothing of the person is shown.
    patients: personsOf(search.countOnly && total === 1 ? items : shown),
    ...(next === undefined || search.countOnly ? {} : { next }),
    ...(total === undefined ? {} : { total }),
  };
}

async function searchVirtual(virtual: VirtualType, caller: Caller, search: ParsedSearch, reach: ReachView): Promise<Page> {
  if (search.countOnly || search.order !== 'newest') {
    const text = `${virtual.resourceType} is answered newest first and is not counted: _sort, _summary and _count=0 are not supported`;
    throw new PhrError('unsupported', text, [{ code: 'not-supported', text }]);
  }
  const { criteria, count, cursor } = search;
  const { items, next, patients } = await virtual.search(caller, {
    criteria,
    count,
    ...(cursor === undefined ? {} : { cursor }),
  });
  return {
    entries: items.map((resource) => ({
      reference: `${resource.resourceType}/${resource.id ?? ''}`,
      resource: presentationOfRendered(resource, reach),
    })),
    patients,
    ...(next === undefined ? {} : { next }),
  };
}

const badCursor = (): PhrError => {
  const text = `${CURSOR_PARAMETER} is not one of ours; take it from the next link`;
  return new PhrError('malformed', text, [{ code: 'value', text }]);
};

/**
 * What a lenient search left out, as an entry of the page.
 * https://hl7.org/fhir/R4/search.html#errors
 */
const warningOf = (unknown: readonly string[], requestId: string): SearchsetEntry => ({
  fullUrl: `urn:uuid:${requestId}`,
  resource: JSON.stringify(
    outcomeOf(
      unknown.map((name) => ({
        severity: 'warning',
        code: 'not-supported',
        text: `Parameter ${name} is not supported and was left out`,
      })),
      requestId,
    ),
  ),
  mode: 'outcome',
});

/** FHIR search interaction on a type: https://hl7.org/fhir/R4/http.html#search */
export function makeSearchType(deps: SearchDeps): SearchType {
  const find = async (
    caller: Caller,
    resourceType: string,
    search: ParsedSearch,
    criteria: readonly SearchCriterion[],
    reach: ReachView,
  ): Promise<Page> => {
    const mapped = { ...search, criteria };
    const virtual = deps.virtualTypes.get(resourceType);
    try {
      return await (virtual === undefined
        ? searchStored(deps, resourceType, mapped, reach)
        : searchVirtual(virtual, caller, mapped, reach));
    } catch (error) {
      if (search.cursor !== undefined && isPhrError(error, 'invalid')) throw badCursor();
      throw error;
    }
  };

  const searchType: SearchType = async (request, resourceType) => {
    const { caller } = request;
    deps.access.authorize(caller, 'search-type', resourceType);
    const virtual = deps.virtualTypes.get(resourceType);
    const search = parseSearch(resourceType, request.parameters, {
      strict: !request.lenient,
      nowMs: deps.now().getTime(),
      baseUrl: deps.baseUrl,
      ...(virtual === undefined ? {} : { parameters: virtualParameters(virtual) }),
    });
    const reach = deps.access.reach(caller);
    const narrowed = inNarrow(search.criteria, resourceType, reach);
    const criteria = narrowed === undefined ? undefined : await withCurrentPersons(narrowed, deps.patients);
    const page = criteria === undefined ? NOTHING_FOUND : await find(caller, resourceType, search, criteria, reach);
    await deps.trace.shown(caller, {
      action: 'E',
      interaction: 'search-type',
      patients: [...new Set([...page.patients, ...(await personsAsked(deps.store, resourceType, criteria ?? [], reach))])],
      what: page.entries.length === 0 ? [resourceType] : page.entries.map(({ reference }) => reference),
    });
    const address = `${deps.baseUrl}/${resourceType}`;
    const entries: SearchsetEntry[] = page.entries.map(({ reference, resource }) => ({
      fullUrl: `${deps.baseUrl}/${reference}`,
      resource,
      mode: 'match',
    }));
    if (search.unknown.length > 0) entries.push(warningOf(search.unknown, caller.requestId));
    const body = searchsetText({
      self: pageUrl(address, search.applied, search.cursor),
      ...(page.next === undefined ? {} : { next: pageUrl(address, search.applied, page.next) }),
      ...(page.total === undefined || !search.total ? {} : { total: page.total }),
      entries,
    });
    return { status: 200, body };
  };

  return (request, resourceType) =>
    deps.trace.keepingRefusals(request.caller, { action: 'E', interaction: 'search-type', what: [resourceType] }, () =>
      searchType(request, resourceType),
    );
}
