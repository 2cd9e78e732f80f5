import { makeGroups } from '../agglomeration.js';
import type { GroupedRecords } from './group-records.js';

/** How far groups and true persons agree (merging.md §5.1). A rate of nothing is undefined. */
export interface ClusterMetrics {
  readonly records: number;
  readonly groups: number;
  readonly persons: number;
  /** Pairs of records inside the groups, inside the true persons, and in both. */
  readonly groupPairs: number;
  readonly truePairs: number;
  readonly rightPairs: number;
  readonly falsePairs: number;
  readonly precision: number | undefined;
  readonly recall: number | undefined;
  readonly bCubedPrecision: number | undefined;
  readonly bCubedRecall: number | undefined;
  /** True persons that are exactly one group. */
  readonly exactRate: number | undefined;
  /** True persons in more than one group. */
  readonly splitRate: number | undefined;
  /** Groups that hold more than one true person, and how many of them there are. */
  readonly mergedRate: number | undefined;
  readonly mergedGroups: number;
  /** H(persons | groups) + H(groups | persons), in bits; 0 when both are the same. */
  readonly variationOfInformation: number;
}

const pairsOf = (count: number): number => (count * (count - 1)) / 2;
const rate = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

/**
 * @param groupOf  a label for each record: its group
 * @param personOf a label for each record: its true person; parallel
 */
export function clusterMetrics(groupOf: readonly number[], personOf: readonly (number | undefined)[]): ClusterMetrics {
  const groupSizes = new Map<number, number>();
  const personSizes = new Map<number, number>();
  /** Records by group, then person. */
  const cells = new Map<number, Map<number, number>>();
  let records = 0;
  groupOf.forEach((group, at) => {
    const person = personOf[at];
    if (person === undefined) return;
    records += 1;
    count(groupSizes, group);
    count(personSizes, person);
    const row = cells.get(group);
    if (row === undefined) cells.set(group, new Map([[person, 1]]));
    else count(row, person);
  });

  const groupsOfPerson = new Map<number, number>();
  const sum = { right: 0, precision: 0, recall: 0, exact: 0, merged: 0, information: 0 };
  for (const [group, row] of cells) {
    const groupSize = groupSizes.get(group) ?? 0;
    if (row.size > 1) sum.merged += 1;
    for (const [person, both] of row) {
      const personSize = personSizes.get(person) ?? 0;
      count(groupsOfPerson, person);
      sum.right += pairsOf(both);
      sum.precision += (both * both) / groupSize;
      sum.recall += (both * both) / personSize;
      if (both === groupSize && both === personSize) sum.exact += 1;
      sum.information -= (both / records) * (Math.log2(both / groupSize) + Math.log2(both / personSize));
    }
  }
  const groupPairs = total(groupSizes.values(), pairsOf);
  const truePairs = total(personSizes.values(), pairsOf);
  return {
    records,
    groups: groupSizes.size,
    persons: personSizes.size,
    groupPairs,
    truePairs,
    rightPairs: sum.right,
    falsePairs: groupPairs - sum.right,
    precision: rate(sum.right, groupPairs),
    recall: rate(sum.right, truePairs),
    bCubedPrecision: rate(sum.precision, records),
    bCubedRecall: rate(sum.recall, records),
    exactRate: rate(sum.exact, personSizes.size),
    splitRate: rate(
      total(groupsOfPerson.values(), (groups) => (groups > 1 ? 1 : 0)),
      personSizes.size,
    ),
    mergedRate: rate(sum.merged, groupSizes.size),
    mergedGroups: sum.merged,
    variationOfInformation: Math.abs(sum.information),
  };
}

/** Metrics of a whole run. */
export interface MatchingMetrics extends ClusterMetrics {
  /** True pairs whose records stand in one component, so that the matcher can see both. */
  readonly pairCompleteness: number | undefined;
  /** Reviews, of those whose two records have a truth, that are one person indeed. */
  readonly trueReviewShare: number | undefined;
  /** Recall when a steward says the truth about every review. */
  readonly recallAfterReview: number | undefined;
}

/** @param personOf the true person of each record; undefined where no truth is known: the record does not count then */
export function matchingMetrics(grouped: GroupedRecords, personOf: readonly (number | undefined)[]): MatchingMetrics {
  const joined = makeGroups(grouped.personIds.length);
  const judged = { reviews: 0, same: 0 };
  for (const { a, b } of grouped.reviews) {
    if (personOf[a] === undefined || personOf[b] === undefined) continue;
    judged.reviews += 1;
    if (personOf[a] !== personOf[b]) continue;
    judged.same += 1;
    joined.unite(grouped.groupOf[a] ?? 0, grouped.groupOf[b] ?? 0);
  }
  const reviewed = grouped.groupOf.map((group) => joined.rootOf(group));
  return {
    ...clusterMetrics(grouped.groupOf, personOf),
    pairCompleteness: clusterMetrics(grouped.componentOf, personOf).recall,
    trueReviewShare: rate(judged.same, judged.reviews),
    recallAfterReview: clusterMetrics(reviewed, personOf).recall,
  };
}

function count(counts: Map<number, number>, label: number): void {
  counts.set(label, (counts.get(label) ?? 0) + 1);
}

function total(sizes: Iterable<number>, of: (size: number) => number): number {
  let sum = 0;
  for (const size of sizes) sum += of(size);
  return sum;
}
