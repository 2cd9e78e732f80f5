import type { mongo } from 'mongoose';
import type { TermExpression } from '../indexing.js';
import { hashedNames, isCodeLike } from '../keyed-hash.js';
import type { KeyedHash } from '../keyed-hash.js';
import { rangeLimits, startsByBucket } from '../ranges.js';
import type { ResourceQuery } from '../resource-store.js';
import { resourceId } from './documents.js';
import { ownedTerm, rangeBucket } from './prepared-unit.js';
import { INDEX } from './schemas.js';
import { stringCondition } from './search-filter.js';

/** Up to this many candidates are gathered and sorted here; above it an index is walked in the order of the pages. */
export const GATHERED_CANDIDATES = 1_000;

/** Terms that one walk merges in order; with more of them the database would sort (store-spike.md §2). */
export const MERGED_TERMS = 100;

/** What gives the candidates of a search. */
export interface Driver {
  /** Bounds of the index. */
  readonly condition: mongo.Document;
  /** Name of the index. */
  readonly hint: string;
  /** The index can be walked in the order of the pages. */
  readonly isInOrder: boolean;
}

/** How many resources a condition finds, counted up to the limit. */
export type BoundedCount = (driver: Driver, limit: number) => Promise<number>;

/**
 * Picks what drives the search (store-spike.md, "What follows", point 4). A person's resources are few, ids fewer: they need no
 * counting, nor does a single candidate. Otherwise each candidate is counted up to GATHERED_CANDIDATES and the rarest drives; when
 * everything is frequent, the index that has the order of the pages is walked.
 */
export async function chooseDriver(
  query: ResourceQuery,
  expression: TermExpression,
  hash: KeyedHash,
  count: BoundedCount,
): Promise<Driver> {
  const conjuncts = conjunctsOf(expression);
  const ids = conjuncts.find((conjunct) => conjunct.op === 'id');
  if (ids?.op === 'id' && query.resourceTypes !== undefined) return byIds(query.resourceTypes, ids.ids);
  if (query.subject !== undefined) return ofPerson(query, query.subject, conjuncts, hash);
  const candidates = candidatesOf(query, conjuncts, hash);
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0 && only.isInOrder) return only;
  const counts = await Promise.all(candidates.map(async (candidate) => count(candidate, GATHERED_CANDIDATES + 1)));
  const fewest = Math.min(...counts);
  const rarest = candidates[counts.indexOf(fewest)];
  if (rarest !== undefined && fewest <= GATHERED_CANDIDATES) return rarest;
  return orderedWalk(query, candidates, hash);
}

function conjunctsOf(expression: TermExpression): readonly TermExpression[] {
  if (expression.op === 'all') return expression.of.flatMap(conjunctsOf);
  const [only, ...others] = expression.op === 'any' ? expression.of : [];
  return only !== undefined && others.length === 0 ? conjunctsOf(only) : [expression];
}

const byIds = (types: readonly string[], ids: readonly string[]): Driver => ({
  condition: { _id: { $in: types.flatMap((type) => ids.map((id) => resourceId(type, id))) } },
  hint: '_id_',
  isInOrder: false,
});

const onlyTypeOf = ({ resourceTypes }: ResourceQuery): string | undefined =>
  resourceTypes?.length === 1 ? resourceTypes[0] : undefined;

const walk = (index: 'terms' | 'dated', terms: readonly bigint[]): Driver => ({
  condition: { [index]: terms.length === 1 ? terms[0] : { $in: terms } },
  hint: INDEX[index],
  isInOrder: terms.length <= MERGED_TERMS,
});

function ofPerson(query: ResourceQuery, subject: string, conjuncts: readonly TermExpression[], hash: KeyedHash): Driver {
  const type = onlyTypeOf(query);
  const ofType = type === undefined ? hash.term(hashedNames.subject(subject)) : ownedTerm(subject, hashedNames.type(type), hash);
  if (query.order === 'newest') return walk('terms', [ofType]);
  const code = conjuncts.find((conjunct) => conjunct.op === 'equal' && isCodeLike(conjunct.term));
  return walk('dated', [code?.op === 'equal' ? ownedTerm(subject, hashedNames.equal(code.term), hash) : ofType]);
}

/** Conditions that narrow the search by themselves. */
function candidatesOf(query: ResourceQuery, conjuncts: readonly TermExpression[], hash: KeyedHash): readonly Driver[] {
  const drivers = conjuncts.flatMap((conjunct) => driverOf(query, conjunct, hash) ?? []);
  for (const labels of [query.alsoAnyLabel, query.anyLabel]) {
    if (labels === undefined) continue;
    const driver = walk(
      'terms',
      labels.map((label) => hash.term(hashedNames.label(label))),
    );
    drivers.push({ ...driver, isInOrder: driver.isInOrder && query.order === 'newest' });
  }
  return drivers;
}

function driverOf(query: ResourceQuery, conjunct: TermExpression, hash: KeyedHash): Driver | undefined {
  const terms = termsOf(conjunct);
  if (terms !== undefined) {
    const isDated = query.order !== 'newest' && terms.every(isCodeLike);
    const driver = walk(
      isDated ? 'dated' : 'terms',
      terms.map((term) => hash.term(hashedNames.equal(term))),
    );
    return { ...driver, isInOrder: driver.isInOrder && (isDated || query.order === 'newest') };
  }
  if (conjunct.op === 'prefix') {
    return { condition: stringCondition(conjunct.param, conjunct.value, hash), hint: INDEX.strings, isInOrder: false };
  }
  if (conjunct.op === 'range') return byRange(conjunct, hash);
  return undefined;
}

/** The terms of which one must be there; undefined when the expression is no such list. */
function termsOf(expression: TermExpression): readonly string[] | undefined {
  if (expression.op === 'equal') return [expression.term];
  if (expression.op !== 'any') return undefined;
  const terms = expression.of.map(termsOf);
  return terms.some((each) => each === undefined) ? undefined : terms.flatMap((each) => each ?? []);
}

function byRange(range: Extract<TermExpression, { readonly op: 'range' }>, hash: KeyedHash): Driver {
  const [, , endMin, endMax] = rangeLimits(range);
  const buckets = startsByBucket(range).map(({ bucket, from, to }) => ({
    rngs: {
      $elemMatch: { k: rangeBucket(range.param, bucket, hash), lo: { $gte: from, $lt: to }, hi: { $gte: endMin, $lt: endMax } },
    },
  }));
  return {
    condition: buckets.length === 0 ? { _id: null } : { $or: buckets },
    hint: buckets.length === 0 ? '_id_' : INDEX.ranges,
    isInOrder: false,
  };
}

/** Everything is frequent: the narrowest index that stands in the order of the pages. */
function orderedWalk(query: ResourceQuery, candidates: readonly Driver[], hash: KeyedHash): Driver {
  const inOrder = candidates.find(({ isInOrder }) => isInOrder);
  if (inOrder !== undefined) return inOrder;
  const types = (query.resourceTypes ?? []).map((type) => hash.term(hashedNames.type(type)));
  if (types.length > 0) return walk(query.order === 'newest' ? 'terms' : 'dated', types);
  // Labels alone, in clinical order or very many of them: the database sorts. `checkQuery` lets no other query come here.
  const [label = { condition: { _id: null }, hint: '_id_', isInOrder: false }] = candidates.slice(-1);
  return { ...label, isInOrder: true };
}
