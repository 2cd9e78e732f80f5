/**
 * Seeded demographics for the scenario packs of merging.md §5.5. Knows nothing of the matcher: it writes what a sender would type,
 * with names, numbers and errors of its own.
 */
export interface Random {
  (): number;
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
  chance(share: number): boolean;
}

/** Mulberry32: small, and equal everywhere. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return Object.assign(next, {
    below,
    pick: <T>(list: readonly T[]): T => list[below(list.length)] as T,
    chance: (share: number): boolean => next() < share,
  });
}

const FAMILY = [
  'Nguyễn',
  'Nguyễn',
  'Nguyễn',
  'Trần',
  'Lê',
  'Phạm',
  'Hoàng',
  'Huỳnh',
  'Võ',
  'Vũ',
  'Đặng',
  'Bùi',
  'Đỗ',
  'Hồ',
  'Ngô',
  'Lý',
];
const MIDDLE = { male: ['Văn', 'Hữu', 'Đức', 'Minh', 'Quốc', 'Thành'], female: ['Thị', 'Thị', 'Ngọc', 'Thanh', 'Thu', 'Minh'] };
export const GIVEN = {
  male: [
    'An',
    'Anh',
    'Bình',
    'Cường',
    'Dũng',
    'Đức',
    'Duy',
    'Hải',
    'Hùng',
    'Khoa',
    'Long',
    'Nam',
    'Phúc',
    'Quân',
    'Sơn',
    'Tú',
    'Tuấn',
    'Vinh',
  ],
  female: [
    'An',
    'Anh',
    'Bích',
    'Chi',
    'Dung',
    'Hà',
    'Hạnh',
    'Hoa',
    'Hồng',
    'Lan',
    'Linh',
    'Mai',
    'Nga',
    'Oanh',
    'Thảo',
    'Trang',
    'Vân',
    'Yến',
  ],
};
/** Given names that only their marks tell apart. */
export const MARK_PAIRS: readonly (readonly [string, string])[] = [
  ['Tú', 'Tự'],
  ['Hòa', 'Hoa'],
  ['Thủy', 'Thùy'],
  ['Hà', 'Hạ'],
  ['Dũng', 'Dung'],
];
const PLACES = ['001', '056', '024', '091', '046', '019', '079', '058'];

export interface Citizen {
  readonly family: string;
  readonly middle: string;
  readonly given: string;
  readonly sex: 'male' | 'female';
  /** ISO day; never 1 January, unless a pack says so. */
  readonly born: string;
  readonly number: string;
  readonly insurance: string;
  readonly phone: string;
}

const digits = (random: Random, count: number): string => Array.from({ length: count }, () => random.below(10)).join('');
const two = (value: number): string => String(value).padStart(2, '0');

export function numberFor(random: Random, sex: 'male' | 'female', year: number): string {
  const century = (year < 2000 ? 0 : 2) + (sex === 'male' ? 0 : 1);
  return `${random.pick(PLACES)}${century}${two(year % 100)}${digits(random, 5)}${1 + random.below(9)}`;
}

export function aCitizen(random: Random, more: Partial<Citizen> = {}): Citizen {
  const sex = more.sex ?? random.pick(['male', 'female'] as const);
  const born = more.born ?? `${1940 + random.below(80)}-${two(1 + random.below(12))}-${two(2 + random.below(27))}`;
  return {
    family: random.pick(FAMILY),
    middle: random.pick(MIDDLE[sex]),
    given: random.pick(GIVEN[sex]),
    sex,
    born,
    number: numberFor(random, sex, Number(born.slice(0, 4))),
    insurance: `${digits(random, 9)}${1 + random.below(9)}`,
    phone: `09${digits(random, 7)}${1 + random.below(9)}`,
    ...more,
  };
}

export const fullName = (who: Pick<Citizen, 'family' | 'middle' | 'given'>): string =>
  [who.family, who.middle, who.given].filter((part) => part !== '').join(' ');

export function withoutMarks(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D');
}

/** A correct name the way clerks type it: capitals, no marks, decomposed, the middle dropped. */
export function typedName(random: Random, who: Citizen): string {
  const name = fullName(random.chance(0.03) ? { ...who, middle: '' } : who);
  const how = random();
  if (how < 0.08) return withoutMarks(name);
  if (how < 0.3) return name.toUpperCase();
  return how < 0.36 ? name.normalize('NFD') : name;
}

/** One digit typed wrong, never the first four, so that the number still fits its record as often as not. */
export function oneDigitWrong(random: Random, number: string): string {
  const at = 6 + random.below(number.length - 6);
  const digit = (Number(number[at]) + 1 + random.below(9)) % 10;
  return `${number.slice(0, at)}${digit}${number.slice(at + 1)}`;
}
