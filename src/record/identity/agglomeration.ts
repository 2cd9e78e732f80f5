import type { Decision, Veto } from './identity.js';
import { comparePrepared, nameRank, numberShared, type PairEvidence, type PreparedRecord } from './tiers.js';

/** Disjoint sets of record indices that remember which sets must stay apart. */
export interface Groups {
  rootOf(index: number): number;
  forbid(i: number, j: number): void;
  /** False, and nothing changes, when the two sets must stay apart. */
  unite(i: number, j: number): boolean;
}

export function makeGroups(size: number): Groups {
  const parent = Array.from({ length: size }, (_, i) => i);
  // Roots that a root must stay apart from; joined with their sets, so a veto holds through every chain (I8).
  const apart = new Map<number, Set<number>>();
  const rootOf = (index: number): number => {
    let root = index;
    while (parent[root] !== root) root = parent[root] ?? root;
    for (let at = index; at !== root;) {
      const next = parent[at] ?? root;
      parent[at] = root;
      at = next;
    }
    return root;
  };
  const note = (i: number, j: number): void => {
    const known = apart.get(i);
    if (known === undefined) apart.set(i, new Set([j]));
    else known.add(j);
  };
  return {
    rootOf,
    forbid: (i, j) => {
      const [a, b] = [rootOf(i), rootOf(j)];
      if (a === b) return;
      note(a, b);
      note(b, a);
    },
    unite: (i, j) => {
      const [a, b] = [rootOf(i), rootOf(j)];
      if (a === b) return true;
      if (apart.get(a)?.has(b) === true) return false;
      const [keep, drop] = a < b ? [a, b] : [b, a];
      parent[drop] = keep;
      for (const other of apart.get(drop) ?? []) {
        apart.get(other)?.delete(drop);
        note(other, keep);
        note(keep, other);
      }
      apart.delete(drop);
      return true;
    },
  };
}

/** Steward decisions by pair of record ids. */
export interface Words {
  /** Pairs said to be one person, sorted; a pair that is also said to be two is not among them. */
  readonly same: readonly (readonly [a: string, b: string])[];
  readonly different: readonly (readonly [a: string, b: string])[];
  verdict(a: string, b: string): 'same' | 'different' | undefined;
}

const pairKey = (a: string, b: string): string => (a <= b ? `${a} ${b}` : `${b} ${a}`);

/** Decisions as sets, so their order has no effect. `newborn-of` says two people, too. */
export function wordsOf(decisions: readonly Decision[]): Words {
  const different = new Set(decisions.filter(({ verdict }) => verdict !== 'same').map(({ a, b }) => pairKey(a, b)));
  const same = new Set(decisions.filter(({ verdict }) => verdict === 'same').map(({ a, b }) => pairKey(a, b)));
  for (const key of different) same.delete(key);
  const pairs = (keys: ReadonlySet<string>): (readonly [string, string])[] =>
    [...keys].sort().map((key) => {
      const [a = '', b = ''] = key.split(' ');
      return [a, b] as const;
    });
  return {
    same: pairs(same),
    different: pairs(different),
    verdict: (a, b) => (different.has(pairKey(a, b)) ? 'different' : same.has(pairKey(a, b)) ? 'same' : undefined),
  };
}

export const isAutomatic = (evidence: PairEvidence): boolean =>
  evidence.tier === 'T0' || evidence.tier === 'T1' || evidence.tier === 'T2';

const TIER_RANK = { T1: 0, T0: 1, T2: 2, T4: 9, none: 9 } as const;
const BIRTH_RANK = { B0: 0, B1: 1, B2: 2, B3: 3, B4: 4, absent: 5, B5: 6 } as const;

/** Strongest first: tier (T1, T0, T2), then name, then date, then ids; content only, so no order of arrival can matter. */
export function byStrength(x: PairEvidence, y: PairEvidence): number {
  return (
    TIER_RANK[x.tier] - TIER_RANK[y.tier] ||
    nameRank(x.name) - nameRank(y.name) ||
    BIRTH_RANK[x.birth] - BIRTH_RANK[y.birth] ||
    compareText(x.a, y.a) ||
    compareText(x.b, y.b)
  );
}

export const compareText = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0);

/** What became of one set of records: groups of indices, and everything known about each pair. */
export interface Agglomeration {
  readonly groups: Groups;
  /** i and j in any order; i ≠ j. */
  evidence(i: number, j: number): PairEvidence;
  /** Vetoes that hold between two records after the stewards had their word. */
  vetoes(i: number, j: number): readonly Veto[];
}

/**
 * Constrained agglomeration (merging.md §3.4) over records sorted by id. Stewards' `same` first, then automatic edges by strength; two groups
 * unite only if no veto holds between any two members. T2 does not link a record without marks among twins that only marks tell apart. n records cost n²/2 comparisons and n² steps.
 *
 * @param accept which automatic edges may link
 */
export function agglomerate(
  records: readonly PreparedRecord[],
  words: Words,
  accept: (evidence: PairEvidence) => boolean = isAutomatic,
): Agglomeration {
  const size = records.length;
  const indexOf = new Map(records.map((record, i) => [record.id, i]));
  const table: PairEvidence[] = [];
  const cell = (i: number, j: number): number => (i < j ? (j * (j - 1)) / 2 + i : (i * (i - 1)) / 2 + j);
  records.forEach((y, j) => {
    for (const x of records.slice(0, j)) table.push(comparePrepared(x, y));
  });
  const evidence = (i: number, j: number): PairEvidence => table[cell(i, j)] as PairEvidence;

  const groups = makeGroups(size);
  const each = (pairs: Words['same'], act: (i: number, j: number) => void): void => {
    for (const [a, b] of pairs) {
      const [i, j] = [indexOf.get(a), indexOf.get(b)];
      if (i !== undefined && j !== undefined && i !== j) act(i, j);
    }
  };
  each(words.different, groups.forbid);
  each(words.same, groups.unite);

  const vetoesLeft = makeRelease(groups, records, evidence);
  const isDifferent = (i: number, j: number): boolean =>
    words.verdict(records[i]?.id ?? '', records[j]?.id ?? '') === 'different';
  const rivals = unmarkedAmongTwins(records, evidence);
  const held: (readonly Veto[])[] = [];
  const edges: PairEvidence[] = [];
  for (let j = 1; j < size; j++) {
    for (let i = 0; i < j; i++) {
      const pair = evidence(i, j);
      const vetoes = vetoesLeft(i, j);
      held[cell(i, j)] = isDifferent(i, j) ? [...vetoes, 'C9'] : vetoes;
      // Forbidding moves no set, so the releases of later pairs still read the stewards' sets alone.
      if (vetoes.length > 0) groups.forbid(i, j);
      if (accept(pair) && !(pair.tier === 'T2' && (rivals.has(i) || rivals.has(j)))) edges.push(pair);
    }
  }
  edges.sort(byStrength);
  for (const { a, b } of edges) groups.unite(indexOf.get(a) ?? 0, indexOf.get(b) ?? 0);
  return { groups, evidence, vetoes: (i, j) => held[cell(i, j)] ?? [] };
}

/**
 * Records without marks that may be either of two people whom only marks tell apart (Tú and Tự of one day and sex): a card, which is lent,
 * does not say which of them it is (merging.md §2, last rule). Only rivals that share a blocking key count: others need not stand in the component.
 */
function unmarkedAmongTwins(
  records: readonly PreparedRecord[],
  evidence: (i: number, j: number) => PairEvidence,
): ReadonlySet<number> {
  const found = new Set<number>();
  records.forEach((record, i) => {
    if (record.preparedName === undefined || record.preparedName.name.hasMarks) return;
    const givens = new Set<string>();
    records.forEach(({ normal, preparedName }, j) => {
      if (i === j || preparedName?.name.hasMarks !== true || normal.sex === undefined || normal.sex !== record.normal.sex) return;
      const pair = evidence(i, j);
      // N1 on one day shares the likeness key.
      const isRival = pair.name === 'N1' || (pair.name === 'N3' && (isAutomatic(pair) || numberShared(pair.shared)));
      if (isRival && pair.birth === 'B0') givens.add(preparedName.givenDia);
    });
    if (givens.size > 1) found.add(i);
  });
  return found;
}

/**
 * Which automatic vetoes the stewards' `same` lifts (I7): those inside one steward's set, and the same veto between records that agree with the
 * two sides where it was lifted. When A and B are one person in spite of two numbers, whoever bears A's number may join them beside B; a third
 * number may not, since nobody spoke of it.
 */
function makeRelease(
  groups: Groups,
  records: readonly PreparedRecord[],
  evidence: (i: number, j: number) => PairEvidence,
): (i: number, j: number) => readonly Veto[] {
  const roots = records.map((_record, i) => groups.rootOf(i));
  const lifted: { readonly z: number; readonly w: number; readonly veto: Veto }[] = [];
  for (let w = 1; w < records.length; w++) {
    for (let z = 0; z < w; z++) if (roots[z] === roots[w]) for (const veto of evidence(z, w).vetoes) lifted.push({ z, w, veto });
  }
  const stands = (i: number, z: number, veto: Veto): boolean => {
    if (i === z) return true;
    const pair = evidence(i, z);
    if (!isAutomatic(pair) || pair.vetoes.length > 0) return false;
    if (veto === 'C1') return pair.shared.id12;
    if (veto === 'C2') return records[i]?.normal.sex === records[z]?.normal.sex;
    return veto !== 'C4' && nameRank(pair.name) <= 2;
  };
  return (i, j) => {
    const { vetoes } = evidence(i, j);
    if (vetoes.length === 0 || roots[i] === roots[j]) return [];
    if (lifted.length === 0) return vetoes;
    const isLifted = (code: Veto): boolean =>
      lifted.some(
        ({ z, w, veto }) =>
          veto === code && ((stands(i, z, veto) && stands(j, w, veto)) || (stands(i, w, veto) && stands(j, z, veto))),
      );
    return vetoes.filter((code) => !isLifted(code));
  };
}
