import type { SearchPrefix, SearchValue } from '../../store/resource-store.js';
import { dateRangeOf } from './date-range.js';
import { bad } from './search-text.js';

const PREFIXED = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d.*)$/;

/** `ap`: within a tenth of the distance between now and the date (https://hl7.org/fhir/R4/search.html#prefix recommends 10 %). */
const APPROXIMATE = 0.1;

/**
 * A date with its prefix. `ap` is widened here, where the time is known: the range that leaves has to overlap.
 * @throws PhrError `malformed`
 */
export function readDateValue(name: string, text: string, nowMs: number): SearchValue {
  const match = PREFIXED.exec(text);
  // A `+` of a zone that was not percent-encoded arrives as a space.
  const range = match?.[2] === undefined ? undefined : dateRangeOf(match[2].replace(/ (?=\d\d:\d\d$)/, '+'));
  if (range === undefined) throw bad(name, 'a value is not a date (YYYY, YYYY-MM, YYYY-MM-DD or with a time and zone)');
  const prefix = (match?.[1] ?? 'eq') as SearchPrefix;
  if (prefix !== 'ap') return { kind: 'date', prefix, ...range };
  const slack = Math.round(APPROXIMATE * Math.abs(nowMs - range.start));
  return { kind: 'date', prefix, start: range.start - slack, end: range.end + slack };
}
