import type { NormalDate } from './identity.js';

/** Births before this year are kept and marked: nobody alive is that old, so a digit is wrong. */
export const OLDEST_BIRTH_YEAR = 1900;

const FHIR_DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*)?$/;

/**
 * Birth date with its precision (merging.md §1.2). 01/01 is how a year is entered, so it is the year; `suspect` says that a day was given up
 * or that the year cannot be right. Anything that is no FHIR date is absent: nothing is guessed.
 */
export function readBirthDate(raw: string | undefined): NormalDate | undefined {
  const match = FHIR_DATE.exec(raw?.trim() ?? '');
  if (match === null) return undefined;
  const [, year = '', month, day] = match;
  const suspect = Number(year) < OLDEST_BIRTH_YEAR;
  if (month === undefined) return Number(year) === 0 ? undefined : { value: year, precision: 'year', suspect };
  if (Number(month) < 1 || Number(month) > 12) return undefined;
  if (day === undefined) return { value: `${year}-${month}`, precision: 'month', suspect };
  if (Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) return undefined;
  if (month === '01' && day === '01') return { value: year, precision: 'year', suspect: true };
  return { value: `${year}-${month}-${day}`, precision: 'day', suspect };
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Whole days between two day-precise dates, never negative. */
export function daysApart(a: string, b: string): number {
  return Math.abs(Date.parse(`${a}T00:00:00Z`) - Date.parse(`${b}T00:00:00Z`)) / 86_400_000;
}
