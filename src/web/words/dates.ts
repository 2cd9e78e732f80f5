/** Vietnam has one zone and no summer time. In milliseconds. */
const ZONE_MS = 7 * 3_600_000;

/** Day in Vietnam of an instant, `yyyy-mm-dd`. */
export const vietnamDay = (instant: Date): string => new Date(instant.getTime() + ZONE_MS).toISOString().slice(0, 10);

/** A FHIR date or dateTime in Vietnam's zone, cut to what is known: `yyyy`, `yyyy-mm`, `yyyy-mm-dd` or `yyyy-mm-ddThh:mm`. */
function inVietnam(value: string): string {
  if (!/T.*(?:Z|[+-]\d\d:\d\d)$/.test(value)) return value.slice(0, 16);
  if (value.endsWith('+07:00')) return value.slice(0, 16);
  const instant = Date.parse(value);
  return Number.isNaN(instant) ? value.slice(0, 16) : new Date(instant + ZONE_MS).toISOString().slice(0, 16);
}

/** `16/03/2026`, `03/2026` or `2026`: a partial date stays partial. What is no date is shown as it is. */
export function dateText(value: string): string {
  const match = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?/.exec(inVietnam(value));
  if (match === null) return value;
  const [, year, month, day] = match;
  return [day, month, year].filter(Boolean).join('/');
}

/** `07:35 16/03/2026`; the date alone when no time is known. */
export function dateTimeText(value: string): string {
  const time = /T(\d\d:\d\d)/.exec(inVietnam(value))?.[1];
  return time === undefined ? dateText(value) : `${time} ${dateText(value)}`;
}

/** `07:35`; undefined when no time is known. */
export const timeText = (value: string): string | undefined => /T(\d\d:\d\d)/.exec(inVietnam(value))?.[1];

/** `yyyy-mm-dd` in Vietnam of a FHIR date or dateTime, as far as it is known; for comparison. */
export const dayOf = (value: string): string => inVietnam(value).slice(0, 10);

/**
 * Age on a day. Whole years, or whole months below two years when the birth date is known to the day.
 *
 * @param birthDate FHIR date; a partial one counts from its first possible day
 * @returns undefined when the birth date is not one, or lies after the day
 */
export function ageOn(birthDate: string, day: string): { readonly years: number } | { readonly months: number } | undefined {
  const born = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/.exec(birthDate);
  const on = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (born === null || on === null) return undefined;
  const month = Number(born[2] ?? '1');
  const date = Number(born[3] ?? '1');
  let months = (Number(on[1]) - Number(born[1])) * 12 + Number(on[2]) - month;
  if (Number(on[3]) < date) months -= 1;
  if (months < 0) return undefined;
  return months < 24 && born[3] !== undefined ? { months } : { years: Math.floor(months / 12) };
}

/** The day `months` before, `yyyy-mm-dd`; for comparison (a day that the month has not compares rightly). */
export function monthsBefore(day: string, months: number): string {
  const [year = '', month = '', date = ''] = day.split('-');
  const count = Number(year) * 12 + Number(month) - 1 - months;
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}-${date}`;
}
