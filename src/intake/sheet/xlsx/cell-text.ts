/** How a cell's number is shown: which parts of a date, or a plain number. */
export type NumberForm = 'general' | 'formatted' | 'day' | 'month' | 'year';

/** Built-in formats that show a day: ECMA-376 part 1, §18.8.30. */
const DAY_FORMATS: ReadonlySet<number> = new Set([14, 15, 16, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58]);
const MONTH_FORMAT = 17;
/** `General` and `0`: they show a whole number as it is. */
const PLAIN_FORMATS: ReadonlySet<number> = new Set([0, 1]);

/** @param code the format's own code when it is not a built-in one: `dd/mm/yyyy`, `[$-42A]d-m-yy;@`, `0000` */
export function numberFormOf(id: number, code: string | undefined): NumberForm {
  if (code === undefined) {
    if (DAY_FORMATS.has(id)) return 'day';
    if (id === MONTH_FORMAT) return 'month';
    return PLAIN_FORMATS.has(id) ? 'general' : 'formatted';
  }
  const [shown = ''] = code
    .toLowerCase()
    .replace(/"[^"]*"|\\.|\[[^\]]*\]|[_*]./g, '')
    .split(';');
  if (shown === 'general' || shown === '0') return 'general';
  if (shown.includes('d')) return 'day';
  if (shown.includes('y')) return shown.includes('m') ? 'month' : 'year';
  return 'formatted';
}

/** Day 60 of the 1900 system is 29/02/1900, which never was: days before it count from one day later. */
const PHANTOM_DAY = 60;
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
const DAY_MS = 86_400_000;
/** 31/12/9999. */
const MAX_SERIAL = 2_958_465;

/**
 * A serial number as the date that its cell shows: `dd/mm/yyyy`, `mm/yyyy`, `yyyy`; a time of day stays behind it (`02/05/2026 08:30`).
 *
 * @returns undefined when no such day exists
 */
export function dateText(serial: number, form: 'day' | 'month' | 'year', is1904: boolean): string | undefined {
  const day = Math.floor(serial);
  if (!(day >= (is1904 ? 0 : 1) && day <= MAX_SERIAL) || (!is1904 && day === PHANTOM_DAY)) return undefined;
  const shift = !is1904 && day < PHANTOM_DAY ? 1 : 0;
  const at = new Date((is1904 ? EPOCH_1904 : EPOCH_1900) + (day + shift) * DAY_MS).toISOString();
  const [year = '', month = '', dayOfMonth = ''] = at.slice(0, 10).split('-');
  if (form === 'year') return year;
  if (form === 'month') return `${month}/${year}`;
  const minutes = Math.round((serial - day) * 1_440);
  const time = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
  return `${dayOfMonth}/${month}/${year}${minutes === 0 ? '' : ` ${time}`}`;
}

/**
 * A stored number as a spreadsheet shows it: 15 significant digits (so `7.2000000000000002` is `7.2`), no exponent where there are no more
 * digits than that. Zeros in front were lost when the cell became a number; they are not put back.
 */
export function numberCellText(stored: string): string {
  const value = Number(stored);
  if (stored.trim() === '' || !Number.isFinite(value)) return stored.trim();
  return String(Number(value.toPrecision(15)));
}
