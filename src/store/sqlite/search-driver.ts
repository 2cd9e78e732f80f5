import type { TermExpression } from '../indexing.js';
import type { ResourceQuery } from '../resource-store.js';
import { EVERYTHING_OWNED } from './apply-resource.js';
import type { SqlDatabase } from './driver.js';
import { hashedNames, isCodeLike } from '../keyed-hash.js';
import type { KeyedHash } from '../keyed-hash.js';
import { withoutNul } from './prepared-unit.js';
import { rangeLimits, startsByBucket } from '../ranges.js';
import { joined, listOf, piece, prefixEnd } from './search-predicate.js';
import type { SqlPiece } from './search-predicate.js';

/** Up to this many candidates are gathered and sorted; above it an index is walked in the order of the pages. */
export const GATHERED_CANDIDATES = 1_000;

/** Most parts of one list of candidates; SQLite allows 500 in a compound SELECT. */
const MOST_PARTS = 200;

/** What gives the candidates of a search, as rows `d(rid)` or `d(s, rid)`. */
export interface Driver {
  readonly from: SqlPiece;
  readonly where: SqlPiece;
  /** `d` can be walked in the order of the pages without sorting. */
  readonly isInOrder: boolean;
}

interface Candidate {
  /** SELECTs of row numbers, perhaps repeated. */
  readonly parts: readonly SqlPiece[];
  /** The same rows as a walk in the order of the pages, when an index has it. */
  readonly walk?: Driver;
}

const ALWAYS = piece('1');
const NO_ROWS = piece('SELECT rid FROM tok WHERE 0');
const walkOf = (table: 'tok d' | 'tokd d' | 'own d' | 'res d', where: SqlPiece, isInOrder = true): Driver => ({
  from: piece(table),
  where,
  isInOrder,
});

/**
 * Picks what drives the search by counting each candidate up to the best so far (store-spike.md, "What follows", point 4): a few
 * candidates are gathered and sorted; when everything is frequent, the index that has the order of the pages is walked.
 */
export function chooseDriver(database: SqlDatabase, query: ResourceQuery, expression: TermExpression, hash: KeyedHash): Driver {
  const conjuncts = conjunctsOf(expression);
  let best: Candidate | undefined;
  let fewest = GATHERED_CANDIDATES + 1;
  for (const candidate of candidatesOf(query, conjuncts, hash)) {
    const { sql, parameters } = joined(candidate.parts, ' UNION ALL ');
    const counted = database.prepare(`SELECT count(*) AS n FROM (SELECT 1 FROM (${sql}) LIMIT ?)`).get(...parameters, fewest);
    const count = Number(counted?.['n']);
    if (count < fewest) [best, fewest] = [candidate, count];
    if (count === 0) break;
  }
  if (best === undefined) return orderedWalk(query, conjuncts, hash);
  if (best.walk !== undefined) return best.walk;
  const { sql, parameters } = joined(best.parts, ' UNION ALL ');
  return { from: { sql: `(SELECT DISTINCT rid FROM (${sql})) d`, parameters }, where: ALWAYS, isInOrder: false };
}

function conjunctsOf(expression: TermExpression): readonly TermExpression[] {
  if (expression.op === 'all') return expression.of.flatMap(conjunctsOf);
  const [only, ...others] = expression.op === 'any' ? expression.of : [];
  return only !== undefined && others.length === 0 ? conjunctsOf(only) : [expression];
}

function candidatesOf(query: ResourceQuery, conjuncts: readonly TermExpression[], hash: KeyedHash): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const conjunct of conjuncts) {
    if (conjunct.op === 'equal') {
      candidates.push(equalCandidate(query, hash.term(hashedNames.equal(conjunct.term)), isCodeLike(conjunct.term), hash));
      continue;
    }
    const parts = partsOf(query, conjunct, hash);
    if (parts !== undefined && parts.length <= MOST_PARTS) candidates.push({ parts: parts.length === 0 ? [NO_ROWS] : parts });
  }
  for (const labels of [query.alsoAnyLabel, query.anyLabel])
    if (labels !== undefined) candidates.push(labelCandidate(query, labels, hash));
  if (query.subject !== undefined) {
    const owner = hash.term(hashedNames.subject(query.subject));
    candidates.push(ownedCandidate(query, owner, onlyTypeOf(query, hash) ?? EVERYTHING_OWNED));
  }
  return candidates;
}

function onlyTypeOf({ resourceTypes }: ResourceQuery, hash: KeyedHash): bigint | undefined {
  const [only, ...others] = resourceTypes ?? [];
  return only === undefined || others.length > 0 ? undefined : hash.term(hashedNames.type(only));
}

function ownedCandidate({ order }: ResourceQuery, owner: bigint, term: bigint): Candidate {
  return {
    parts: [piece('SELECT rid FROM own WHERE o = ? AND h = ?', owner, term)],
    ...(order === 'newest' ? {} : { walk: walkOf('own d', piece('d.o = ? AND d.h = ?', owner, term)) }),
  };
}

function equalCandidate(query: ResourceQuery, term: bigint, isInDateOrder: boolean, hash: KeyedHash): Candidate {
  if (query.subject !== undefined) return ownedCandidate(query, hash.term(hashedNames.subject(query.subject)), term);
  const parts = [piece('SELECT rid FROM tok WHERE h = ?', term)];
  if (query.order === 'newest') return { parts, walk: walkOf('tok d', piece('d.h = ?', term)) };
  return isInDateOrder ? { parts, walk: walkOf('tokd d', piece('d.h = ?', term)) } : { parts };
}

function labelCandidate(query: ResourceQuery, labels: readonly string[], hash: KeyedHash): Candidate {
  const hashes = labels.map((label) => hash.term(hashedNames.label(label)));
  const [only, ...others] = hashes;
  return {
    parts: [piece('SELECT rid FROM tok WHERE h IN (SELECT value FROM json_each(?))', listOf(hashes))],
    ...(only !== undefined && others.length === 0 && query.order === 'newest'
      ? { walk: walkOf('tok d', piece('d.h = ?', only)) }
      : {}),
  };
}

/** SELECTs of the rows that can match; undefined when no index narrows the expression. */
function partsOf(query: ResourceQuery, expression: TermExpression, hash: KeyedHash): readonly SqlPiece[] | undefined {
  switch (expression.op) {
    case 'equal':
      return equalCandidate(query, hash.term(hashedNames.equal(expression.term)), false, hash).parts;
    case 'any': {
      const parts = expression.of.map((each) => partsOf(query, each, hash));
      return parts.some((each) => each === undefined) ? undefined : parts.flatMap((each) => each ?? []);
    }
    case 'prefix': {
      const from = withoutNul(expression.value);
      const param = hash.term(hashedNames.param(expression.param));
      return [piece('SELECT rid FROM str WHERE p = ? AND v >= ? AND v < ?', param, from, prefixEnd(from))];
    }
    case 'range': {
      const param = hash.term(hashedNames.param(expression.param));
      const [, , endMin, endMax] = rangeLimits(expression);
      const sql = 'SELECT rid FROM rng WHERE p = ? AND k = ? AND lo >= ? AND lo < ? AND hi >= ? AND hi < ?';
      return startsByBucket(expression).map(({ bucket, from, to }) => piece(sql, param, bucket, from, to, endMin, endMax));
    }
    case 'id': {
      if (query.resourceTypes === undefined) return undefined;
      const sql = 'SELECT rid FROM res WHERE type IN (SELECT value FROM json_each(?)) AND id IN (SELECT value FROM json_each(?))';
      return [piece(sql, listOf(query.resourceTypes), listOf(expression.ids))];
    }
    case 'nothing':
      return [];
    default:
      return undefined;
  }
}

/** Everything is frequent: the narrowest index that stands in the order of the pages. A person's rows are few enough to sort. */
function orderedWalk(query: ResourceQuery, conjuncts: readonly TermExpression[], hash: KeyedHash): Driver {
  const type = onlyTypeOf(query, hash);
  const isNewest = query.order === 'newest';
  if (query.subject !== undefined) {
    const owner = hash.term(hashedNames.subject(query.subject));
    return walkOf('own d', piece('d.o = ? AND d.h = ?', owner, type ?? EVERYTHING_OWNED), !isNewest);
  }
  const equal = conjuncts.find((conjunct) => conjunct.op === 'equal' && (isNewest || isCodeLike(conjunct.term)));
  const label = isNewest && query.anyLabel?.length === 1 ? query.anyLabel[0] : undefined;
  const term =
    equal?.op === 'equal'
      ? hash.term(hashedNames.equal(equal.term))
      : label === undefined
        ? type
        : hash.term(hashedNames.label(label));
  if (term === undefined) return walkOf('res d', ALWAYS);
  return walkOf(isNewest ? 'tok d' : 'tokd d', piece('d.h = ?', term));
}
