import {
  agglomerate,
  byStrength,
  compareText,
  isAutomatic,
  makeGroups,
  wordsOf,
  type Agglomeration,
  type Words,
} from './agglomeration.js';
import { blockingKeys } from './blocking.js';
import type { Decision, IdentityRecord, Partition, ReviewPair } from './identity.js';
import { comparePrepared, numberShared, prepareRecord, type PairEvidence, type PreparedRecord } from './tiers.js';

/** Identity records of one component that are compared all with all. More signal a shared identifier: then only T1 links (merging.md §3.4). */
export const COMPONENT_CAP = 200;

/** Identity records with one personal number inside a component above the cap; above this one nothing is linked without a steward. */
export const NUMBER_CAP = 500;

/**
 * Who is one person among these identity records (merging.md §3.4). Pure, and independent of the order of both arguments; records with one id
 * count once. Pass whole components (all records reachable through `blockingKeys`); several components at once are as good.
 *
 * @returns groups of ids, each sorted, and one review for each pair of groups that a steward should look at; none for a pair already decided
 *   unless automatic evidence of undecided members contradicts.
 * @example partition([a, b], []) // { groups: [['a…', 'b…']], reviews: [] }
 */
export function partition(records: readonly IdentityRecord[], decisions: readonly Decision[]): Partition {
  const distinct = [...new Map(records.map((record) => [record.id, record])).values()];
  const sorted = distinct.sort((x, y) => compareText(x.id, y.id)).map(prepareRecord);
  const [only] = sorted;
  if (only === undefined) return { groups: [], reviews: [] };
  if (sorted.length === 1) return { groups: [[only.id]], reviews: [] };
  const words = wordsOf(decisions);
  return sorted.length <= COMPONENT_CAP ? partitionAll(sorted, words) : partitionLarge(sorted, words);
}

/**
 * The record whose group id survives a recompute (merging.md §3.4): a reference record before others, then the smallest id.
 *
 * @throws RangeError when the group is empty
 */
export function groupAnchor(group: readonly IdentityRecord[]): string {
  const references = group.filter(({ normal }) => normal.sourceType === 'reference');
  const [anchor] = (references.length > 0 ? references : group).map(({ id }) => id).sort(compareText);
  if (anchor === undefined) throw new RangeError('a group has at least one record');
  return anchor;
}

function partitionAll(records: readonly PreparedRecord[], words: Words): Partition {
  const result = agglomerate(records, words);
  const sets = setsOf(records.length, (i) => result.groups.rootOf(i));
  const found = new Map<string, { readonly left: number; readonly right: number; readonly pairs: PairEvidence[] }>();
  for (let j = 1; j < records.length; j++) {
    for (let i = 0; i < j; i++) {
      const [left, right] = [result.groups.rootOf(i), result.groups.rootOf(j)].sort((x, y) => x - y) as [number, number];
      const pair = result.evidence(i, j);
      if (left === right || !isWorthALook(pair) || words.verdict(pair.a, pair.b) === 'different') continue;
      const key = `${left} ${right}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { left, right, pairs: [pair] });
      else known.pairs.push(pair);
    }
  }
  const reviews = [...found.values()].flatMap(({ left, right, pairs }) => {
    const between = vetoesBetween(sets.get(left) ?? [], sets.get(right) ?? [], result);
    const open = between.has('C9') ? pairs.filter(isAutomatic) : pairs;
    // An automatic edge that no veto refused: a record without marks among twins.
    const among = between.size === 0 && open.some(isAutomatic) ? ['C3'] : [];
    return open.length === 0 ? [] : [reviewOf(open, between, among)];
  });
  return { groups: idsOf(records, sets), reviews: reviews.sort(byIds) };
}

/** Members by root; members ascend, since indices do. */
function setsOf(size: number, rootOf: (index: number) => number): Map<number, number[]> {
  const sets = new Map<number, number[]>();
  for (let i = 0; i < size; i++) {
    const root = rootOf(i);
    const known = sets.get(root);
    if (known === undefined) sets.set(root, [i]);
    else known.push(i);
  }
  return sets;
}

function idsOf(records: readonly PreparedRecord[], sets: ReadonlyMap<number, readonly number[]>): string[][] {
  const groups = [...sets.values()].map((members) => members.map((i) => records[i]?.id ?? ''));
  return groups.sort((x, y) => compareText(x[0] ?? '', y[0] ?? ''));
}

const byIds = (x: ReviewPair, y: ReviewPair): number => compareText(x.a, y.a) || compareText(x.b, y.b);

const isWorthALook = (pair: PairEvidence): boolean =>
  isAutomatic(pair) || pair.tier === 'T4' || pair.likeness || pair.newbornOf || numberShared(pair.shared);

function vetoesBetween(left: readonly number[], right: readonly number[], result: Agglomeration): Set<string> {
  const vetoes = new Set<string>();
  for (const i of left) for (const j of right) for (const veto of result.vetoes(i, j)) vetoes.add(veto);
  return vetoes;
}

/** One task for two groups: the strongest pair stands for them, the reasons are those of all pairs. */
function reviewOf(pairs: readonly PairEvidence[], vetoes: ReadonlySet<string>, more: readonly string[] = []): ReviewPair {
  const [first] = [...pairs].sort(byStrength);
  const reasons = new Set([...vetoes, ...more]);
  for (const pair of pairs) {
    if (pair.tier === 'T4') reasons.add('T4');
    if (pair.likeness) reasons.add('likeness');
    if (pair.newbornOf) reasons.add('newborn-of');
    if (pair.tier === 'none' && numberShared(pair.shared)) reasons.add('same-number');
  }
  return { a: first?.a ?? '', b: first?.b ?? '', reasons: [...reasons].sort() };
}

/**
 * Above the cap: T1 alone links, each personal number by itself; the stewards' `same` joins the groups of its two records at the end. Reviews go
 * along each key from record to record, so their number grows with the records and not with their pairs.
 */
function partitionLarge(records: readonly PreparedRecord[], words: Words): Partition {
  const indexOf = new Map(records.map((record, i) => [record.id, i]));
  const each = (pairs: Words['same'], act: (i: number, j: number) => void): void => {
    for (const [a, b] of pairs) {
      const [i, j] = [indexOf.get(a), indexOf.get(b)];
      if (i !== undefined && j !== undefined && i !== j) act(i, j);
    }
  };
  const groups = makeGroups(records.length);
  each(words.different, groups.forbid);
  for (const block of blocksOf(records, (record) => (record.normal.id12 === undefined ? [] : [record.normal.id12])).values()) {
    if (block.length < 2 || block.length > NUMBER_CAP) continue;
    const members = block.flatMap((i) => records[i] ?? []);
    const part = agglomerate(members, words, (pair) => pair.tier === 'T1');
    for (let k = 1; k < block.length; k++) groups.unite(block[part.groups.rootOf(k)] ?? 0, block[k] ?? 0);
  }
  each(words.same, groups.unite);

  const reviews = new Map<string, ReviewPair>();
  for (const [, block] of [...blocksOf(records, ({ normal }) => blockingKeys(normal)).entries()].sort(([x], [y]) =>
    compareText(x, y),
  )) {
    for (let k = 1; k < block.length; k++) {
      const [i, j] = [block[k - 1] ?? 0, block[k] ?? 0];
      const pairOfGroups = [groups.rootOf(i), groups.rootOf(j)].sort((x, y) => x - y).join(' ');
      const [x, y] = [records[i], records[j]];
      if (groups.rootOf(i) === groups.rootOf(j) || x === undefined || y === undefined || reviews.has(pairOfGroups)) continue;
      const pair = comparePrepared(x, y);
      if (!isWorthALook(pair) || words.verdict(pair.a, pair.b) === 'different') continue;
      reviews.set(pairOfGroups, reviewOf([pair], new Set(pair.vetoes), ['large-component']));
    }
  }
  return { groups: idsOf(records, setsOf(records.length, groups.rootOf)), reviews: [...reviews.values()].sort(byIds) };
}

function blocksOf(
  records: readonly PreparedRecord[],
  keysOf: (record: PreparedRecord) => readonly string[],
): Map<string, number[]> {
  const blocks = new Map<string, number[]>();
  records.forEach((record, i) => {
    for (const key of keysOf(record)) {
      const known = blocks.get(key);
      if (known === undefined) blocks.set(key, [i]);
      else known.push(i);
    }
  });
  return blocks;
}

/**
 * Components of records that share an automatic or a review key, as `partition` wants them: for a bulk load and for evaluation, where no store
 * finds the neighbours. Order of components and of members follows the input.
 */
export function componentsOf(records: readonly IdentityRecord[]): IdentityRecord[][] {
  const groups = makeGroups(records.length);
  for (const block of blocksOf(records, ({ normal }) => blockingKeys(normal)).values()) {
    for (let k = 1; k < block.length; k++) groups.unite(block[0] ?? 0, block[k] ?? 0);
  }
  return [...setsOf(records.length, groups.rootOf).values()].map((members) => members.flatMap((i) => records[i] ?? []));
}
