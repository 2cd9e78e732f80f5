import type { Random } from './random.js';

/** Without marks, as old keyboards and lazy typists leave it. */
export const withoutMarks = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('đ', 'd')
    .replaceAll('Đ', 'D');

/** Old style of tone placement → the other one, in open syllables: hòa → hoà, thủy → thuỷ, khỏe → khoẻ. */
const TONE_STYLES: readonly (readonly [string, string])[] = [
  ...[...'òóỏõọ'].map((vowel, tone) => [`${vowel}a`, `o${[...'àáảãạ'][tone] ?? ''}`] as const),
  ...[...'òóỏõọ'].map((vowel, tone) => [`${vowel}e`, `o${[...'èéẻẽẹ'][tone] ?? ''}`] as const),
  ...[...'ùúủũụ'].map((vowel, tone) => [`${vowel}y`, `u${[...'ỳýỷỹỵ'][tone] ?? ''}`] as const),
];

/** The other tone placement; the text unchanged when it holds none of these syllables. */
export function otherToneStyle(name: string): string {
  return name
    .split(' ')
    .map((token) => {
      const style = TONE_STYLES.find(([old]) => token.endsWith(old));
      return style === undefined ? token : token.slice(0, -style[0].length) + style[1];
    })
    .join(' ');
}

/** Unfinished Telex: letters with their key sequences (the table of merging.md §2). */
const TELEX_TONES: Readonly<Record<string, string>> = {
  '\u0300': 'f',
  '\u0301': 's',
  '\u0309': 'r',
  '\u0303': 'x',
  '\u0323': 'j',
};
const VNI_TONES: Readonly<Record<string, string>> = { '\u0300': '2', '\u0301': '1', '\u0309': '3', '\u0303': '4', '\u0323': '5' };
const toneTyped = (token: string, keys: Readonly<Record<string, string>>): string => {
  let key = '';
  const bare = token.normalize('NFD').replace(/[\u0300\u0301\u0309\u0303\u0323]/g, (mark) => {
    key = keys[mark] ?? '';
    return '';
  });
  return bare.normalize('NFC') + key;
};

type Slip = (token: string) => string;
const swap =
  (from: RegExp, to: string): Slip =>
  (token) =>
    token.replace(from, to);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const SLIPS: readonly Slip[] = [
  (token) => toneTyped(token, TELEX_TONES),
  (token) => toneTyped(token, VNI_TONES),
  (token) => token.normalize('NFD').replace('\u0309', '\u0303').normalize('NFC'),
  (token) => token.normalize('NFD').replace('\u0303', '\u0309').normalize('NFC'),
  swap(/^Đ/, 'D'),
  swap(/^L/, 'N'),
  swap(/^S/, 'X'),
  swap(/^Tr/, 'Ch'),
  swap(/^Gi(?=[aáâ])/, 'D'),
  swap(/n$/, 'ng'),
  swap(/ng$/, 'n'),
  swap(/t$/, 'c'),
  swap(/y$/, 'i'),
  swap(/ỹ$/, 'ĩ'),
];

/** One typing error of the tables in one token; the first token that can have it, beginning at a random one. */
export function typed(random: Random, name: string): string {
  const tokens = name.split(' ');
  const start = random.between(0, tokens.length - 1);
  const first = random.between(0, SLIPS.length - 1);
  for (let step = 0; step < tokens.length * SLIPS.length; step += 1) {
    const index = (start + step) % tokens.length;
    const slip = SLIPS[(first + Math.floor(step / tokens.length)) % SLIPS.length];
    const token = tokens[index] ?? '';
    const changed = capital(slip?.(token) ?? token);
    if (changed !== token) return tokens.with(index, changed).join(' ');
  }
  return name;
}

/** Family and middle names as initials: `N. T. Hoa`. */
export const withInitials = (name: string): string => {
  const tokens = name.split(' ');
  return tokens.map((token, index) => (index === tokens.length - 1 ? token : `${token.charAt(0)}.`)).join(' ');
};

/** Without the middle names; a name of two tokens stays. */
export const withoutMiddle = (name: string): string => {
  const tokens = name.split(' ');
  return tokens.length < 3 ? name : `${tokens[0] ?? ''} ${tokens.at(-1) ?? ''}`;
};

export const givenFirst = (name: string): string => {
  const tokens = name.split(' ');
  return [tokens.at(-1) ?? '', ...tokens.slice(0, -1)].join(' ');
};

/** Another digit somewhere in the text, never the first: that one is lost, not mistyped. */
export function withOneDigitChanged(random: Random, digits: string): string {
  const index = random.between(1, digits.length - 1);
  const digit = (Number(digits.charAt(index)) + random.between(1, 9)) % 10;
  return `${digits.slice(0, index)}${digit}${digits.slice(index + 1)}`;
}
