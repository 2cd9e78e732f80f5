import { PhrError } from '../../errors.js';
import { readReason, REASON_LENGTH_MAX, REASON_LENGTH_MIN } from '../../access/reason.js';
import type { Messages } from '../messages/vi.js';
import type { FieldErrors } from '../ui/form.js';
import { vietnamDay } from '../words/dates.js';

/** Longest name that is searched for, in characters. */
export const NAME_LENGTH_MAX = 100;
export const NAME_LENGTH_MIN = 2;
export const NUMBER_LENGTH_MIN = 8;
export const NUMBER_LENGTH_MAX = 20;
export const BIRTH_YEAR_MIN = 1900;

/** A search as typed. */
export interface SearchTyped {
  readonly number: string;
  readonly name: string;
  readonly birthYear: string;
  readonly reason: string;
}

/** A search that can be done. */
export type Search =
  | { readonly kind: 'number'; readonly number: string }
  /** Province-wide, after the catchment had nobody. */
  | { readonly kind: 'number-beyond'; readonly number: string; readonly reason: string }
  | { readonly kind: 'name'; readonly name: string; readonly birthYear?: number };

/**
 * Reads the search form. The reason counts only with a number: names are searched in the catchment alone.
 *
 * @param askedForReason the form that was sent holds the field `reason`: it must then be filled in
 */
export function readSearch(
  typed: SearchTyped,
  askedForReason: boolean,
  now: Date,
  t: Messages,
): { readonly search: Search } | { readonly errors: FieldErrors } {
  const number = typed.number.replace(/[\s.-]/g, '').toUpperCase();
  if (number !== '' && (typed.name !== '' || typed.birthYear !== '')) return { errors: { number: t.search.both } };
  if (number !== '') {
    if (!/^[A-Z0-9]+$/.test(number) || number.length < NUMBER_LENGTH_MIN || number.length > NUMBER_LENGTH_MAX) {
      return { errors: { number: t.search.numberWrong } };
    }
    if (!askedForReason) return { search: { kind: 'number', number } };
    try {
      return { search: { kind: 'number-beyond', number, reason: readReason(typed.reason) } };
    } catch (error) {
      if (!(error instanceof PhrError)) throw error;
      const isLong = typed.reason.length > REASON_LENGTH_MAX;
      return { errors: { reason: isLong ? t.search.reasonLong(REASON_LENGTH_MAX) : t.search.reasonShort(REASON_LENGTH_MIN) } };
    }
  }
  if (typed.name === '' && typed.birthYear === '') return { errors: { number: t.search.nothingTyped } };
  const name = typed.name.replace(/\s+/g, ' ');
  const errors: Record<string, string> = {};
  if (!/^[\p{L}\p{M}' .-]+$/u.test(name) || name.length < NAME_LENGTH_MIN || name.length > NAME_LENGTH_MAX) {
    errors['name'] = t.search.nameWrong(NAME_LENGTH_MAX);
  }
  const year = typed.birthYear === '' ? undefined : Number(typed.birthYear);
  if (year !== undefined && !(/^\d{4}$/.test(typed.birthYear) && year >= BIRTH_YEAR_MIN && year <= yearOf(now))) {
    errors['birthYear'] = t.search.birthYearWrong;
  }
  if (Object.keys(errors).length > 0) return { errors };
  return { search: { kind: 'name', name, ...(year === undefined ? {} : { birthYear: year }) } };
}

const yearOf = (now: Date): number => Number(vietnamDay(now).slice(0, 4));
