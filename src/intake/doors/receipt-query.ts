import { PhrError } from '../../errors.js';
import { isCalendarDay } from '../calendar-day.js';
import type { ReceiptQuery, ReceiptState } from '../../record/sources/receipt.js';

/** Receipts on one page when `limit` does not say, and at most. */
export const RECEIPT_PAGE_SIZE = 50;
export const RECEIPT_PAGE_SIZE_MAX = 200;
/** Longest `key` or `after`, in characters. */
export const MAX_QUERY_VALUE_LENGTH = 300;

const STATES: readonly ReceiptState[] = ['received', 'working', 'completed', 'refused'];
const PARAMETERS = ['state', 'from', 'to', 'key', 'limit', 'after'];
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/**
 * Query string of `GET /intake/receipts`: state, from, to (dates, taken in +07:00, or instants with zone; `[from, to)`), key, limit, after.
 *
 * @throws PhrError `malformed` naming every parameter that is unknown, repeated or has a value that can't be read
 */
export function receiptQuery(query: Readonly<Record<string, unknown>>, sender: string): ReceiptQuery {
  const wrong: string[] = Object.keys(query).filter((name) => !PARAMETERS.includes(name));
  const read = <T>(name: string, parse: (text: string) => T | undefined): T | undefined => {
    const text = query[name];
    if (text === undefined) return undefined;
    const value = typeof text === 'string' && text.length <= MAX_QUERY_VALUE_LENGTH ? parse(text) : undefined;
    if (value === undefined) wrong.push(name);
    return value;
  };
  const text = (value: string): string | undefined => (value === '' ? undefined : value);
  const state = read('state', (value) => STATES.find((known) => known === value));
  const from = read('from', instant);
  const to = read('to', instant);
  const key = read('key', text);
  const after = read('after', text);
  const limit = read('limit', (value) => {
    const size = /^\d{1,6}$/.test(value) ? Number(value) : 0;
    return size >= 1 && size <= RECEIPT_PAGE_SIZE_MAX ? size : undefined;
  });
  if (wrong.length > 0) {
    const known = `state=${STATES.join('|')}, from, to (ngày hoặc thời điểm ISO 8601), key, limit=1..${RECEIPT_PAGE_SIZE_MAX}, after`;
    // An unknown name is the client's own text: only the known names are told.
    const named = wrong.map((name) => (PARAMETERS.includes(name) ? name : 'tham số lạ'));
    throw new PhrError(
      'malformed',
      `Tham số không đúng; nhận: ${known}`,
      named.map((name) => ({ code: 'value', text: name })),
    );
  }
  return {
    sender,
    limit: limit ?? RECEIPT_PAGE_SIZE,
    ...(state === undefined ? {} : { state }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(key === undefined ? {} : { key }),
    ...(after === undefined ? {} : { after }),
  };
}

/** An ISO instant; a bare day begins at midnight of Việt Nam. */
function instant(text: string): string | undefined {
  if (!DATE.test(text) || !isCalendarDay(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10))))
    return undefined;
  const at = new Date(text.length === 10 ? `${text}T00:00:00+07:00` : text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
