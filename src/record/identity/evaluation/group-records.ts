import type { IdentityRecord } from '../identity.js';
import { COMPONENT_CAP, componentsOf, groupAnchor, NUMBER_CAP, partition } from '../partition.js';
import { compareKeys, type OutsideRecord, type RecordKey } from './outside-record.js';

/** What the product's matcher makes of outside records. */
export interface GroupedRecords {
  /** Sorted by source and sourceId; each key once. */
  readonly records: readonly RecordKey[];
  /** Index of each record's group, parallel to `records`. */
  readonly groupOf: readonly number[];
  /** By group: the id of its anchor identity record, so it comes from content alone. */
  readonly personIds: readonly string[];
  /** Index of each record's component: what stands in two components is never compared. */
  readonly componentOf: readonly number[];
  /** Indices of records, `a` < `b`, sorted. One review stands for two groups. */
  readonly reviews: readonly { readonly a: number; readonly b: number; readonly reasons: readonly string[] }[];
  readonly work: MatchingWork;
}

export interface MatchingWork {
  readonly identityRecords: number;
  /** Further records with the key of another one. */
  readonly repeatedKeys: number;
  /** Pairs of identity records; inside a component above COMPONENT_CAP only those of one personal number. */
  readonly comparisons: number;
  readonly largestComponent: number;
  readonly componentsAboveCap: number;
}

/**
 * Groups outside records with the product's own rules, without a store. Pure, and independent of the order of the records: of several with one
 * key, which the format forbids, the smallest identity id counts.
 */
export function groupRecords(given: readonly OutsideRecord[]): GroupedRecords {
  const records = distinctKeys(given);
  const identities = new Map<string, IdentityRecord>();
  /** First record, in order of keys, of each identity record: it stands for it in a review. */
  const recordOf = new Map<string, number>();
  records.forEach(({ identity }, at) => {
    if (recordOf.has(identity.id)) return;
    recordOf.set(identity.id, at);
    identities.set(identity.id, identity);
  });

  const placeOf = new Map<string, { readonly group: number; readonly component: number }>();
  const personIds: string[] = [];
  const reviews: GroupedRecords['reviews'][number][] = [];
  const work = { comparisons: 0, largestComponent: 0, componentsAboveCap: 0 };
  componentsOf([...identities.values()]).forEach((members, component) => {
    const result = partition(members, []);
    for (const group of result.groups) {
      personIds.push(groupAnchor(group.flatMap((id) => identities.get(id) ?? [])));
      for (const id of group) placeOf.set(id, { group: personIds.length - 1, component });
    }
    for (const { a, b, reasons } of result.reviews) {
      const [first = 0, second = 0] = [recordOf.get(a) ?? 0, recordOf.get(b) ?? 0].sort((x, y) => x - y);
      reviews.push({ a: first, b: second, reasons });
    }
    work.comparisons += comparisonsIn(members);
    work.largestComponent = Math.max(work.largestComponent, members.length);
    if (members.length > COMPONENT_CAP) work.componentsAboveCap += 1;
  });

  return {
    records: records.map(({ source, sourceId }) => ({ source, sourceId })),
    groupOf: records.map(({ identity }) => placeOf.get(identity.id)?.group ?? -1),
    personIds,
    componentOf: records.map(({ identity }) => placeOf.get(identity.id)?.component ?? -1),
    reviews: reviews.sort((x, y) => x.a - y.a || x.b - y.b),
    work: { ...work, identityRecords: identities.size, repeatedKeys: given.length - records.length },
  };
}

function distinctKeys(given: readonly OutsideRecord[]): OutsideRecord[] {
  const sorted = [...given].sort((x, y) => compareKeys(x, y) || (x.identity.id < y.identity.id ? -1 : 1));
  return sorted.filter((record, at) => {
    const before = sorted[at - 1];
    return before === undefined || compareKeys(before, record) !== 0;
  });
}

const pairsOf = (count: number): number => (count * (count - 1)) / 2;

function comparisonsIn(members: readonly IdentityRecord[]): number {
  if (members.length <= COMPONENT_CAP) return pairsOf(members.length);
  const byNumber = new Map<string, number>();
  for (const { normal } of members) {
    if (normal.id12 !== undefined) byNumber.set(normal.id12, (byNumber.get(normal.id12) ?? 0) + 1);
  }
  let sum = 0;
  for (const count of byNumber.values()) if (count <= NUMBER_CAP) sum += pairsOf(count);
  return sum;
}
