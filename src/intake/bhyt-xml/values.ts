/** A point in time as the tables write it. bhyt-xml.md §5: local time +07:00. */
export interface SentTime {
  /** FHIR dateTime or date: `2026-03-16T07:35:00+07:00`, `2026-03-16`. */
  readonly fhir: string;
  /** `yyyymmddHHMMSS` (zeros where not sent): for comparisons. */
  readonly order: string;
  /** False: only the day was sent. */
  readonly hasTime: boolean;
  /** How it was written; everything but `as-ruled` is worth a warning (bhyt-xml.md §2, §5). */
  readonly form: 'as-ruled' | 'seconds' | 'day-only' | 'iso';
}

/** A birth date: day and month may be unknown, and are then not made up. */
export interface SentBirth {
  /** FHIR date: `1984`, `1984-05`, `1984-05-02`. */
  readonly fhir: string;
  /** Time of day, when one was sent that is not 00:00. */
  readonly time?: SentTime;
  readonly order: string;
}

/** Years that a date of a living person's care can have. */
const MIN_YEAR = 1900;
const MAX_YEAR = 2199;

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\+07:00)?)?$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?$/;

/** undefined = impossible or not a time in any form that was ever seen. */
export function parseTime(text: string): SentTime | undefined {
  const iso = ISO.exec(text);
  const match = iso ?? COMPACT.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour, minute, second] = match;
  if (!isDay(year, month, day)) return undefined;
  const order = `${year}${month}${day}${hour ?? '00'}${minute ?? '00'}${second ?? '00'}`;
  if (hour === undefined || minute === undefined) {
    return { fhir: `${year}-${month}-${day}`, order, hasTime: false, form: iso === null ? 'day-only' : 'iso' };
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return undefined;
  const form = iso !== null ? 'iso' : second === undefined ? 'as-ruled' : 'seconds';
  return { fhir: `${year}-${month}-${day}T${hour}:${minute}:${second ?? '00'}+07:00`, order, hasTime: true, form };
}

/** FHIR date of a field that means a day: a time of day is dropped. */
export const dayOf = (time: SentTime): string => time.fhir.slice(0, 10);

/** NGAY_SINH: 12 digits, `…0000` hour unknown, `yyyy00000000` only the year; 8 or 4 digits in files of QĐ 4210. */
export function parseBirth(text: string): SentBirth | undefined {
  const partial = /^(\d{4})(?:(\d{2})(?:00(?:0000(?:00)?)?)?)?$/.exec(text);
  if (partial !== null) {
    const [, year = '', month = '00'] = partial;
    if (!isDay(year, month === '00' ? '01' : month, '01')) return undefined;
    return { fhir: month === '00' ? year : `${year}-${month}`, order: `${year}${month}00000000` };
  }
  const time = parseTime(text);
  if (time === undefined) return undefined;
  return {
    fhir: dayOf(time),
    order: time.order,
    ...(time.hasTime && !time.order.endsWith('000000') ? { time } : {}),
  };
}

function isDay(year: string, month: string, day: string): boolean {
  const y = Number(year);
  const date = new Date(Date.UTC(y, Number(month) - 1, Number(day)));
  return y >= MIN_YEAR && y <= MAX_YEAR && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

/** Whole days between two `order` values, by their dates. */
export function daysBetween(from: string, to: string): number {
  const day = (order: string): number =>
    Date.UTC(Number(order.slice(0, 4)), Number(order.slice(4, 6)) - 1, Number(order.slice(6, 8)));
  return Math.round((day(to) - day(from)) / 86_400_000);
}

/** A number as the decision writes it: point, no thousands mark. It is also a JSON number, so its digits can be kept. */
export const isPlainNumber = (text: string): boolean => /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text);

/** A number with a decimal comma: a common error, reported and never guessed at (bhyt-xml.md §5). */
export const hasDecimalComma = (text: string): boolean => /^-?\d+,\d+$/.test(text);

/** Values read of one field; no rule has more than twelve. */
export const MAX_VALUES_PER_FIELD = 64;

/** Values separated by `;`, with the blanks and the trailing `;` seen in practice taken off. Empty places in between stay. */
export function splitValues(text: string | undefined, max = MAX_VALUES_PER_FIELD): readonly string[] {
  if (text === undefined) return [];
  const values = text.split(';', max).map((value) => value.trim());
  while (values.length > 0 && values.at(-1) === '') values.pop();
  return values;
}

/** Names of HTML elements that editors of hospital systems leave in texts. Nothing else in angle brackets is markup: `< 10`, `CSST<…>`. */
const HTML_TAG = /<\/?(?:p|br|div|span|b|i|u|strong|em|font|sup|sub|ul|ol|li|table|tbody|tr|td|th|h[1-6])(?:\s[^<>]*)?\/?>/gi;

/** Free text without markup: block tags become line breaks, others vanish. Never interpreted as markup again (bhyt-xml.md §5). */
export function plainText(text: string): string {
  return text
    .replace(HTML_TAG, (tag) => (/^<\/?(?:p|br|div|li|tr|h\d)/i.test(tag) ? '\n' : ' '))
    .replaceAll('&nbsp;', ' ')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{2,}/g, '\n')
    .trim();
}
