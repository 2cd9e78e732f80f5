import { compareBirths, comparePreparedNames, isGivenFirst, prepareName, type PreparedName } from './compare.js';
import { daysApart } from './dates.js';
import type { BirthLevel, Decision, IdentityRecord, NameLevel, NormalIdentity, PairResult, Tier, Veto } from './identity.js';

/** A record with its name told into tokens: made once per partition. */
export interface PreparedRecord extends IdentityRecord {
  readonly preparedName?: PreparedName;
}

export function prepareRecord(record: IdentityRecord): PreparedRecord {
  const { name } = record.normal;
  return name === undefined ? record : { ...record, preparedName: prepareName(name) };
}

/** Which strong identifiers two records have in common, and which of them contradict one another. */
export interface SharedIdentifiers {
  readonly id12: boolean;
  readonly bhxh: boolean;
  readonly id9: boolean;
  readonly passport: boolean;
  /** Some identifier of one kind stands on both sides with different values. */
  readonly differs: boolean;
}

/** What was found about a pair, vetoes of stewards aside. */
export interface PairEvidence extends Omit<PairResult, 'vetoes'> {
  /** C1–C5 */
  readonly vetoes: readonly Veto[];
  readonly shared: SharedIdentifiers;
  /** Same folded name, same day of birth, same sex, nothing that contradicts: a review, never a link. */
  readonly likeness: boolean;
  /** One is a child without a name that carries features of the other. */
  readonly newbornOf: boolean;
}

const NAME_RANK: Readonly<Record<NameLevel, number>> = {
  N0: 0,
  N1: 1,
  N2: 2,
  N3: 3,
  N4: 4,
  N5: 5,
  N6: 6,
  N7: 7,
  N8: 8,
  absent: 9,
};

export const nameRank = (level: NameLevel): number => NAME_RANK[level];

/**
 * Tier and vetoes of two identity records (merging.md §3.1, §3.3). A tier never overrides a veto: both are reported.
 * A steward's `different` and `newborn-of` are C9; `same` lifts the automatic vetoes of this very pair.
 */
export function comparePair(a: IdentityRecord, b: IdentityRecord, decisions: readonly Decision[]): PairResult {
  const found = comparePrepared(prepareRecord(a), prepareRecord(b));
  const words = decisions.filter((word) => (word.a === a.id && word.b === b.id) || (word.a === b.id && word.b === a.id));
  const apart = words.some(({ verdict }) => verdict !== 'same');
  const vetoes: readonly Veto[] = apart ? [...found.vetoes, 'C9'] : words.length > 0 ? [] : found.vetoes;
  return { a: found.a, b: found.b, tier: found.tier, name: found.name, birth: found.birth, vetoes };
}

/** `comparePair` without decisions, over prepared records. */
export function comparePrepared(x: PreparedRecord, y: PreparedRecord): PairEvidence {
  const [first, second] = x.id <= y.id ? [x, y] : [y, x];
  const [a, b] = [first.normal, second.normal];
  const name: NameLevel =
    first.preparedName === undefined || second.preparedName === undefined
      ? 'absent'
      : comparePreparedNames(first.preparedName, second.preparedName);
  const birth = compareBirths(a.birth, b.birth);
  const shared = sharedIdentifiers(a, b);
  const newbornOf = isNewbornOf(a, b, shared) || isNewbornOf(b, a, shared);
  return {
    a: first.id,
    b: second.id,
    tier: tierOf(a, b, name, birth, shared),
    name,
    birth,
    vetoes: vetoesOf(first, second, name, birth, shared),
    shared,
    likeness: NAME_RANK[name] <= 2 && birth === 'B0' && a.sex !== undefined && a.sex === b.sex && !shared.differs,
    newbornOf,
  };
}

function sharedIdentifiers(a: NormalIdentity, b: NormalIdentity): SharedIdentifiers {
  const both = (left: string | undefined, right: string | undefined): boolean => left !== undefined && right !== undefined;
  const same = (left: string | undefined, right: string | undefined): boolean => left !== undefined && left === right;
  const bhxh = a.bhxh.some((number) => b.bhxh.includes(number));
  return {
    id12: same(a.id12, b.id12),
    bhxh,
    id9: same(a.id9, b.id9),
    passport: same(a.passport, b.passport),
    differs:
      (both(a.id12, b.id12) && a.id12 !== b.id12) ||
      (both(a.id9, b.id9) && a.id9 !== b.id9) ||
      (both(a.passport, b.passport) && a.passport !== b.passport) ||
      (a.bhxh.length > 0 && b.bhxh.length > 0 && !bhxh),
  };
}

const isTrusted = (record: NormalIdentity): boolean => record.id12 !== undefined && record.id12Trust !== 'low';
const sexesDiffer = (a: NormalIdentity, b: NormalIdentity): boolean =>
  a.sex !== undefined && b.sex !== undefined && a.sex !== b.sex;
export const numberShared = (shared: SharedIdentifiers): boolean => shared.id12 || shared.bhxh || shared.passport || shared.id9;

function tierOf(a: NormalIdentity, b: NormalIdentity, name: NameLevel, birth: BirthLevel, shared: SharedIdentifiers): Tier {
  const rank = NAME_RANK[name];
  if (shared.id12 && isTrusted(a) && isTrusted(b) && rank <= 4 && birth !== 'B5') return 'T1';
  if (
    a.source === b.source &&
    a.sourcePatientId !== undefined &&
    a.sourcePatientId === b.sourcePatientId &&
    rank <= 5 &&
    birth !== 'B5'
  ) {
    return 'T0';
  }
  if (shared.bhxh && rank <= 3) {
    if (birth === 'B0' || ((birth === 'B1' || birth === 'B2') && a.sex !== undefined && a.sex === b.sex)) return 'T2';
  }
  return numberShared(shared) && contradicts(name, birth) ? 'T4' : 'none';
}

/** Names N6–N8 or dates B5: somebody else, whatever the number says. */
const contradicts = (name: NameLevel, birth: BirthLevel): boolean =>
  birth === 'B5' || name === 'N6' || name === 'N7' || name === 'N8';

function vetoesOf(
  first: PreparedRecord,
  second: PreparedRecord,
  name: NameLevel,
  birth: BirthLevel,
  shared: SharedIdentifiers,
): Veto[] {
  const [a, b] = [first.normal, second.normal];
  const vetoes: Veto[] = [];
  if (isTrusted(a) && isTrusted(b) && a.id12 !== b.id12) vetoes.push('C1');
  // The digit of the common number tells which sex is wrong.
  if (sexesDiffer(a, b) && !(shared.id12 && NAME_RANK[name] <= 1 && birth === 'B0')) vetoes.push('C2');
  if (areSiblings(first, second, name, shared)) vetoes.push('C3');
  if (a.placeholder || b.placeholder || isMother(a, b) || isMother(b, a)) vetoes.push('C4');
  if (numberShared(shared) && contradicts(name, birth)) vetoes.push('C5');
  return vetoes;
}

/** Twins and siblings (C3): born together, of one family, called differently. */
function areSiblings(first: PreparedRecord, second: PreparedRecord, name: NameLevel, shared: SharedIdentifiers): boolean {
  const [x, y] = [first.preparedName, second.preparedName];
  if (x === undefined || y === undefined || !bornTogether(first.normal, second.normal)) return false;
  const sameTrustedNumber = shared.id12 && isTrusted(first.normal) && isTrusted(second.normal);
  // N4 with another given name is the wider spelling of minority names (compare.ts).
  const related = ofOneFamily(x, y) || ofOneHousehold(first.normal, second.normal);
  if (x.parts.given !== y.parts.given) return related && !isGivenFirst(x, y) && !(name === 'N4' && sameTrustedNumber);
  // Marks carry identity: Tú and Tự may be twins, also where one lost the middle name (N3). Only a number that both bear makes it a slip of the pen.
  return (related || name === 'N3') && x.name.hasMarks && y.name.hasMarks && x.givenDia !== y.givenDia && !sameTrustedNumber;
}

function bornTogether(a: NormalIdentity, b: NormalIdentity): boolean {
  if (a.birth === undefined || b.birth === undefined) return false;
  if (a.birth.precision === 'day' && b.birth.precision === 'day') return daysApart(a.birth.value, b.birth.value) <= 1;
  // Less than a day is known: whoever may be born on one day is taken to be.
  return compareBirths(a.birth, b.birth) !== 'B5';
}

function ofOneFamily(x: PreparedName, y: PreparedName): boolean {
  return x.parts.family.join(' ') === y.parts.family.join(' ') && x.parts.middle.join(' ') === y.parts.middle.join(' ');
}

function ofOneHousehold(a: NormalIdentity, b: NormalIdentity): boolean {
  const phones = [a.phone, a.motherPhone].filter((phone) => phone !== undefined);
  if (phones.some((phone) => phone === b.phone || phone === b.motherPhone)) return true;
  if (a.motherId12 !== undefined && a.motherId12 === b.motherId12) return true;
  return a.motherNameFold !== undefined && a.motherNameFold === b.motherNameFold;
}

/** `child` says that its mother is `record`: they are two people even with one number, one card, one patient id (merging.md §3.6). */
function isMother(record: NormalIdentity, child: NormalIdentity): boolean {
  if (child.motherId12 !== undefined && child.motherId12 === record.id12) return true;
  if (child.motherNameFold === undefined || child.motherNameFold !== record.name?.fold) return false;
  // A woman may be called like her mother: then her date of birth tells that the record is her own.
  return ['B5', 'absent'].includes(compareBirths(child.birth, record.birth));
}

function isNewbornOf(child: NormalIdentity, record: NormalIdentity, shared: SharedIdentifiers): boolean {
  if (!child.placeholder || record.placeholder) return false;
  return (child.motherId12 !== undefined && child.motherId12 === record.id12) || numberShared(shared);
}
