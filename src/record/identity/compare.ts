import { editDistance } from './edit-distance.js';
import type { BirthLevel, NameLevel, NormalDate, NormalName } from './identity.js';
import { ABBREVIATIONS, FAMILY_NAMES, MINORITY_FIRST_TOKENS, OPTIONAL_TOKENS } from './name-lists.js';
import { partsOf, type NameParts } from './names.js';

/** A name told into tokens once, since a record is compared many times. i/y after h, k, l, m, s, t are written alike (merging.md §1.1.2). */
export interface PreparedName {
  readonly name: NormalName;
  /** Joined comparison tokens, with and without marks. */
  readonly dia: string;
  readonly fold: string;
  readonly tokens: readonly string[];
  readonly parts: NameParts<string>;
  readonly givenDia: string;
  readonly minority: boolean;
}

const I_OF_Y: Readonly<Record<string, string>> = { y: 'i', ý: 'í', ỳ: 'ì', ỷ: 'ỉ', ỹ: 'ĩ', ỵ: 'ị' };
const oneSpelling = (token: string): string =>
  token.replace(/^([hklmst])([yýỳỷỹỵ])$/, (_all, start: string, y: string) => start + (I_OF_Y[y] ?? y));

const FAMILIES: ReadonlySet<string> = new Set([...FAMILY_NAMES].map(oneSpelling));

/** The folded name that is compared: `My` and `Mi` are written alike. For keys. */
export function comparisonFold(name: NormalName): string {
  return name.fold.split(' ').map(oneSpelling).join(' ');
}

export function prepareName(name: NormalName): PreparedName {
  const tokens = name.fold.split(' ').map(oneSpelling);
  const diaTokens = name.dia.split(' ').map(oneSpelling);
  const first = name.dia.split(' ')[0] ?? '';
  return {
    name,
    dia: diaTokens.join(' '),
    fold: tokens.join(' '),
    tokens,
    parts: partsOf(tokens, tokens),
    givenDia: diaTokens.at(-1) ?? '',
    minority: MINORITY_FIRST_TOKENS.has(first),
  };
}

/** Level of agreement of two names (merging.md §3.2, first block), token by token; `absent` when either side has none. Symmetric. */
export function compareNames(a: NormalName | undefined, b: NormalName | undefined): NameLevel {
  if (a === undefined || b === undefined) return 'absent';
  return comparePreparedNames(prepareName(a), prepareName(b));
}

/** `compareNames` over names told into tokens before. */
export function comparePreparedNames(a: PreparedName, b: PreparedName): NameLevel {
  if (a.fold === b.fold) {
    // Two names without any mark agree in what an unmarked name can say, which is N1.
    if (!a.name.hasMarks || !b.name.hasMarks) return 'N1';
    return a.dia === b.dia ? 'N0' : 'N2';
  }
  const givenSame = a.parts.given === b.parts.given;
  const family = compareFamilies(a.parts.family, b.parts.family);
  if (givenSame && family === 'same' && middleIsPart(a.parts.middle, b.parts.middle)) return 'N3';
  if (givenSame && oneEditElsewhere(a, b, family)) return 'N4';
  if (sameMultiset(a.tokens, b.tokens)) return 'N5';
  if ((a.minority || b.minority) && spelledAlike(a.tokens, b.tokens)) return 'N4';
  const middleSame = a.parts.middle.length > 0 && a.parts.middle.join(' ') === b.parts.middle.join(' ');
  const givenEdit = editDistance(a.parts.given ?? '', b.parts.given ?? '', 1) === 1;
  if (givenEdit && family === 'same' && middleIsPart(a.parts.middle, b.parts.middle)) return 'N6';
  if (givenSame && (family === 'same' || middleSame || a.tokens.length === 1 || b.tokens.length === 1)) return 'N7';
  return 'N8';
}

type FamilyAgreement = 'same' | 'initial' | 'one-edit' | 'different';

function compareFamilies(a: readonly string[], b: readonly string[]): FamilyAgreement {
  const left = a.map((token) => ABBREVIATIONS[token] ?? token).join(' ');
  const right = b.map((token) => ABBREVIATIONS[token] ?? token).join(' ');
  if (left === '' || right === '') return 'different';
  if (left === right) return 'same';
  if (left.length === 1 || right.length === 1) return left[0] === right[0] ? 'initial' : 'different';
  // Võ/Vũ, Huỳnh/Hoàng, Lê/Lý: two names, not one name and its typing error (merging.md §1.1.8).
  if (FAMILIES.has(left) && FAMILIES.has(right)) return 'different';
  return editDistance(left, right, 1) === 1 ? 'one-edit' : 'different';
}

/** One token stands for the other: equal, an initial, or a known short form. */
function standsFor(a: string, b: string): boolean {
  return a === b || ((a.length === 1 || b.length === 1) && a[0] === b[0]) || ABBREVIATIONS[a] === b || ABBREVIATIONS[b] === a;
}

/** The tokens of the shorter middle name all stand, in order, in the longer one. `Thị` against `Văn` is a contradiction, not a gap. */
function middleIsPart(a: readonly string[], b: readonly string[]): boolean {
  const optionalOf = (tokens: readonly string[]): string | undefined => tokens.find((token) => OPTIONAL_TOKENS.has(token));
  const left = optionalOf(a);
  const right = optionalOf(b);
  if (left !== undefined && right !== undefined && left !== right) return false;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  let at = 0;
  for (const token of long) if (at < short.length && standsFor(short[at] ?? '', token)) at++;
  return at === short.length;
}

function oneEditElsewhere(a: PreparedName, b: PreparedName, family: FamilyAgreement): boolean {
  if (family === 'initial') return middleIsPart(a.parts.middle, b.parts.middle);
  if (family === 'one-edit') return a.parts.middle.join(' ') === b.parts.middle.join(' ');
  if (family !== 'same' || a.parts.middle.length !== b.parts.middle.length) return false;
  return editDistance(a.parts.middle.join(' '), b.parts.middle.join(' '), 1) === 1;
}

function sameMultiset(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && [...a].sort().join(' ') === [...b].sort().join(' ');
}

/** Names of ethnic minorities: the same tokens in any order with two edits in total (merging.md §1.1.5). */
function spelledAlike(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const rest = [...b];
  const open = a.filter((token) => {
    const at = rest.indexOf(token);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  // One token may be spelled otherwise; two different tokens are two names.
  if (open.length !== 1) return false;
  const [left = '', right = ''] = [open[0], rest[0]];
  return Math.min(left.length, right.length) >= 4 && editDistance(left, right, 2) <= 2;
}

/** True for a name entered given name first, else unchanged: `An Nguyễn Văn` (merging.md §3.2, N5). Any other order is another name. */
export function isGivenFirst(a: PreparedName, b: PreparedName): boolean {
  const rotated = (tokens: readonly string[]): string => [...tokens.slice(-1), ...tokens.slice(0, -1)].join(' ');
  return a.tokens.length > 1 && (rotated(a.tokens) === b.fold || rotated(b.tokens) === a.fold);
}

/** Level of agreement of two birth dates (merging.md §3.2, second block). A month counts like a year: less than a day. Symmetric. */
export function compareBirths(a: NormalDate | undefined, b: NormalDate | undefined): BirthLevel {
  if (a === undefined || b === undefined) return 'absent';
  if (a.precision === 'day' && b.precision === 'day') return compareDays(a.value, b.value);
  if (a.precision === b.precision) return a.value === b.value ? 'B1' : 'B5';
  const shared = Math.min(a.value.length, b.value.length);
  return a.value.slice(0, shared) === b.value.slice(0, shared) ? 'B2' : 'B5';
}

function compareDays(a: string, b: string): BirthLevel {
  if (a === b) return 'B0';
  if (a.slice(0, 4) === b.slice(0, 4) && a.slice(5, 7) === b.slice(8, 10) && a.slice(8, 10) === b.slice(5, 7)) return 'B3';
  if (a.slice(4) === b.slice(4) && Math.abs(Number(a.slice(0, 4)) - Number(b.slice(0, 4))) === 1) return 'B4';
  return oneSlip(a.replaceAll('-', ''), b.replaceAll('-', '')) ? 'B4' : 'B5';
}

/** One digit differs, or two neighbours are swapped. */
function oneSlip(a: string, b: string): boolean {
  const differing: number[] = [];
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) differing.push(i);
  const [first = 0, second = 0] = differing;
  if (differing.length === 1) return true;
  return differing.length === 2 && second === first + 1 && a[first] === b[second] && a[second] === b[first];
}
