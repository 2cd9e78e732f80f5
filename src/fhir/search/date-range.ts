/** Half-open `[start, end)` in epoch milliseconds. */
export interface DateRange {
  readonly start: number;
  readonly end: number;
}

/** Dates without zone are Vietnamese time, +07:00 (design.md §6). */
export const ASSUMED_OFFSET_MINUTES = 7 * 60;

/** Open ends of a Period: the bounds of a JavaScript date. */
export const BEGINNING_OF_TIME = -8_640_000_000_000_000;
export const END_OF_TIME = 8_640_000_000_000_000;

const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

/** Date.UTC that takes years below 100 as they stand. */
function utc(year: number, month: number, day: number, hour = 0, minute = 0, second = 0, ms = 0): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.setUTCHours(hour, minute, second, ms);
}

/**
 * The time that a date, dateTime or instant covers at its own precision: `2013-01` is all of January 2013. Minutes without seconds are
 * allowed, as in search (https://hl7.org/fhir/R4/search.html#date).
 * @returns undefined when the text is no date or a day that does not exist
 */
export function dateRangeOf(text: string): DateRange | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, y, mo, d, h, mi, s, fraction, zone] = match;
  const year = Number(y);
  if (year === 0) return undefined;
  const month = mo === undefined ? 1 : Number(mo);
  const day = d === undefined ? 1 : Number(d);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  let offset = ASSUMED_OFFSET_MINUTES;
  if (zone === 'Z') offset = 0;
  else if (zone !== undefined) {
    const hours = Number(zone.slice(1, 3));
    const minutes = Number(zone.slice(4));
    if (hours > 14 || minutes > 59) return undefined;
    offset = (hours * 60 + minutes) * (zone.startsWith('-') ? -1 : 1);
  }
  const shift = offset * 60_000;
  if (h === undefined) {
    const start = utc(year, month, day) - shift;
    if (d !== undefined) return { start, end: start + 86_400_000 };
    if (mo !== undefined) return { start, end: utc(year, month + 1, 1) - shift };
    return { start, end: utc(year + 1, 1, 1) - shift };
  }
  const hour = Number(h);
  const minute = Number(mi);
  const second = s === undefined ? 0 : Number(s);
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const ms = fraction === undefined ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3));
  const start = utc(year, month, day, hour, minute, second, ms) - shift;
  const width =
    s === undefined ? 60_000 : fraction === undefined ? 1_000 : fraction.length === 1 ? 100 : fraction.length === 2 ? 10 : 1;
  return { start, end: start + width };
}
