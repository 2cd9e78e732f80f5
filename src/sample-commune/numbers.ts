import type { Sex } from './name-tables.js';

/** Persons of one household who can have a number: members and second numbers. */
export const NUMBER_BLOCK = 16;
/** Households of one generated population: beyond it numbers would repeat. */
export const MAX_HOUSEHOLDS = 1_000_000;

const NATIONAL_BLOCKS = 61_875;
const INSURANCE_BLOCKS = 4_375_000;
const PHONE_BLOCKS = 110_000;
/** Places of birth registration, two for each band of households: the province's, and others (merging.md §1.3). */
const PLACES = [
  '056',
  '058',
  '054',
  '052',
  '051',
  '049',
  '048',
  '046',
  '045',
  '044',
  '042',
  '040',
  '038',
  '037',
  '036',
  '035',
  '034',
];

/**
 * A personal number as merging.md §1.3 builds it: place of registration, century and sex, year of birth, six digits. Members of a household
 * get near numbers, so twins follow one another; the lowest 10,000 of each year stay free for the sample files.
 */
export function nationalIdOf(
  household: number,
  slot: number,
  { sex, year, away }: { readonly sex: Sex; readonly year: number; readonly away: boolean },
): string {
  const place = PLACES[Math.floor(household / NATIONAL_BLOCKS) + (away ? 1 : 0)] ?? '056';
  const digit = (year >= 2000 ? 2 : 0) + (sex === 'female' ? 1 : 0);
  // A stride without a common divisor visits every block once.
  const block = (household * 38_743) % NATIONAL_BLOCKS;
  return `${place}${digit}${String(year % 100).padStart(2, '0')}${String(10_000 + block * NUMBER_BLOCK + slot).padStart(6, '0')}`;
}

/** A social-insurance number of ten digits, beginning with the province. */
export function insuranceNumberOf(household: number, slot: number): string {
  const block = (household * 2_718_281) % INSURANCE_BLOCKS;
  return `56${20_000_000 + block * NUMBER_BLOCK + slot}`;
}

/** A retired card number of nine digits. */
export const oldNationalIdOf = (household: number, slot: number): string =>
  `22${String(((household * 48_271) % 600_000) * NUMBER_BLOCK + slot).padStart(7, '0')}`;

/** An invented phone, `0900` and six digits. */
export const phoneOf = (household: number, slot: number): string =>
  `0900${String(10_000 + ((household * 7_919) % PHONE_BLOCKS) * 8 + slot).padStart(6, '0')}`;
