import type { NormalName } from './identity.js';
import { COMPOUND_FAMILIES, LOOK_ALIKES, PLACEHOLDERS } from './name-lists.js';

const INVISIBLE = /[\u200B-\u200D\u2060\uFEFF\u00AD]/g;
const LOOK_ALIKE = new RegExp(`[${Object.keys(LOOK_ALIKES).join('')}]`, 'g');
/** What composed Vietnamese text does not hold: only then is the slow way needed. */
const UNUSUAL = /[^\sA-Za-z0-9'.,()/\-ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯư\u1EA0-\u1EF9]/;
const COMBINING = /[\u0300-\u036F]/g;
const NOT_LETTERS = /[^\p{L}\p{M}]+/gu;

/** Text as a person sees it: NFC, no invisible characters, single spaces, Vietnamese letters instead of their look-alikes (merging.md §1.1.1). */
export function cleanText(raw: string): string {
  let text = raw.normalize('NFC');
  if (UNUSUAL.test(text)) {
    const visible = text.replace(INVISIBLE, '').replace(/[‘’ʼ`´]/g, "'");
    const letters = visible.normalize('NFD').replace(LOOK_ALIKE, (letter) => LOOK_ALIKES[letter] ?? letter);
    text = letters.normalize('NFC');
  }
  return text.replace(/\s+/g, ' ').trim();
}

/** Without marks, `đ` -> `d`, lower case, letters and single spaces only; apostrophes and hyphens part tokens (`H'Hen` -> `h hen`). merging.md §1.1.3 */
export function foldText(raw: string): string {
  return foldLetters(lettersOnly(cleanText(raw).toLowerCase()));
}

function foldLetters(letters: string): string {
  return letters.normalize('NFD').replace(COMBINING, '').replace(/đ/g, 'd').normalize('NFC').replace(/ {2,}/g, ' ').trim();
}

function lettersOnly(text: string): string {
  return text.replace(NOT_LETTERS, ' ').trim();
}

/** One style of tone placement: on the second vowel of an open `oa`, `oe`, `uy` (`hòa` -> `hoà`); `quý` and `hoàn` stay. merging.md §1.1.2 */
export function placeTone(token: string): string {
  const letters = token.normalize('NFD');
  // Grave, acute, tilde, hook above, dot below.
  const match = /^(.*[ou])([\u0300\u0301\u0303\u0309\u0323])([aey])$/u.exec(letters);
  if (match === null) return token;
  const [, start = '', tone = '', end = ''] = match;
  const pair = start.at(-1) === 'o' ? 'ae' : 'y';
  return pair.includes(end) ? `${start}${end}${tone}`.normalize('NFC') : token;
}

function capital(letter: string): string {
  const upper = letter.toUpperCase();
  return upper.length === letter.length ? upper : letter;
}

/** Title case where the source wrote a token in capitals or in small letters only; a token in mixed case stays as received. */
function titleCase(text: string): string {
  const titled = text.split(' ').map((token) => {
    const lower = token.toLowerCase();
    if (token !== lower && token !== token.toUpperCase()) return token;
    return lower.replace(/(^|['-])(\p{L})/gu, (_all, before: string, letter: string) => before + capital(letter));
  });
  return titled.join(' ').normalize('NFC');
}

/** A name text told apart: a name, or a placeholder with what it says. */
export type NameReading =
  | { readonly kind: 'name'; readonly name: NormalName }
  | { readonly kind: 'placeholder'; readonly text: string; readonly motherName?: string }
  | { readonly kind: 'absent' };

/** The four forms of a name, or the placeholder that stands in its place (merging.md §1.1). Text without a letter is absent. */
export function readName(raw: string | undefined): NameReading {
  if (raw === undefined) return { kind: 'absent' };
  const cleaned = cleanText(raw);
  const dia = lettersOnly(cleaned.toLowerCase()).split(' ').map(placeTone).join(' ').normalize('NFC');
  if (dia === '') return { kind: 'absent' };
  const fold = foldLetters(lettersOnly(cleaned.toLowerCase()));
  const placeholder = placeholderOf(dia);
  if (placeholder !== undefined) {
    // The digits of `CB Hoa 1`, `CB Hoa 2` are all that tells twins apart.
    const text = [fold, ...(cleaned.match(/\d+/g) ?? [])].join(' ');
    return { kind: 'placeholder', text, ...(placeholder === '' ? {} : { motherName: placeholder }) };
  }
  return { kind: 'name', name: { display: titleCase(cleaned), dia, fold, hasMarks: dia !== fold } };
}

const FOLDED_PLACEHOLDERS = PLACEHOLDERS.map((entry) => ({
  ...entry,
  fold: foldLetters(entry.words),
  count: entry.words.split(' ').length,
}));

/** The folded mother's name that follows a placeholder, '' when none does; undefined when the text is a name. */
function placeholderOf(dia: string): string | undefined {
  const tokens = dia.split(' ');
  if (tokens.length >= 3 && tokens.every((token) => token.length === 1)) return '';
  const folds = tokens.map(foldLetters);
  for (const { words, fold, count, whole, mother } of FOLDED_PLACEHOLDERS) {
    const startFold = folds.slice(0, count).join(' ');
    if (startFold !== fold || (whole === true && tokens.length > count)) continue;
    // Marks decide where the source typed any: `Bế Trai` and `Võ Danh` are people.
    const start = tokens.slice(0, count).join(' ');
    if (start !== startFold && start !== words) continue;
    const rest = tokens.slice(count).join(' ');
    if (mother !== true || rest === '') return '';
    return placeholderOf(rest) ?? foldLetters(rest);
  }
  return undefined;
}

/** Family, middle and given tokens. The given name is the last token; a compound family name stays whole (merging.md §1.1.4). */
export interface NameParts<T> {
  readonly family: readonly T[];
  readonly middle: readonly T[];
  readonly given: T | undefined;
}

/** Splits tokens that run parallel to the folded ones. A name of one token is a given name only. */
export function partsOf<T>(foldTokens: readonly string[], tokens: readonly T[]): NameParts<T> {
  if (tokens.length < 2) return { family: [], middle: [], given: tokens[0] };
  const compound = COMPOUND_FAMILIES.find(
    (family) => family.length < foldTokens.length && family.every((part, i) => foldTokens[i] === part),
  );
  const familyLength = compound?.length ?? 1;
  return { family: tokens.slice(0, familyLength), middle: tokens.slice(familyLength, -1), given: tokens.at(-1) };
}
