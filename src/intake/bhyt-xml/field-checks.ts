import type { BhytCatalogues } from './catalogues.js';
import type { ProblemList } from './problems.js';
import type { TableRow } from './table-rows.js';
import type { FieldRule } from './tables.js';
import { hasDecimalComma, isPlainNumber, parseBirth, parseTime, splitValues } from './values.js';

/**
 * The checks that every field of a table has: required, length, date, number, code list (bhyt-xml.md §5, §6). All of them are warnings:
 * what refuses a visit is decided in `parse-visit.ts`. The value itself is never repeated.
 */
export function checkFields(row: TableRow, catalogues: BhytCatalogues, problems: ProblemList): void {
  for (const rule of row.rule.fields) {
    const value = row.get(rule.name);
    const place = row.place(rule.name);
    if (value === undefined) {
      if (rule.required) problems.warn('missing-field', 'bắt buộc nhưng để trống', place);
      continue;
    }
    if (rule.max !== undefined && value.length > rule.max && rule.type === 'text') {
      problems.warn('too-long', `dài ${value.length} ký tự, quá ${rule.max}`, place);
    }
    for (const item of rule.several ? splitValues(value) : [value]) {
      if (item !== '') checkItem(rule, item, row, catalogues, problems);
    }
    if (rule.several && /;\s*$/.test(value)) problems.warn('separator', 'thừa dấu ; ở cuối', place);
  }
}

function checkItem(rule: FieldRule, item: string, row: TableRow, catalogues: BhytCatalogues, problems: ProblemList): void {
  const place = row.place(rule.name);
  if (rule.type === 'number') {
    if (isPlainNumber(item)) return;
    if (hasDecimalComma(item))
      problems.warn('decimal-comma', 'phần thập phân phải dùng dấu chấm; giá trị giữ nguyên dạng chữ', place);
    else problems.warn('bad-number', 'không phải số', place);
  } else if (rule.type !== 'text') {
    checkTime(rule, item, row, problems);
  } else if (rule.codes !== undefined) {
    const list = catalogues[rule.codes];
    if (list !== undefined && !Object.hasOwn(list, normalCode(rule.codes, item))) {
      problems.warn('unknown-code', 'mã không có trong danh mục', place);
    }
  }
}

function checkTime(rule: FieldRule, item: string, row: TableRow, problems: ProblemList): void {
  const place = row.place(rule.name);
  const wanted = rule.type === 'date' ? '8 ký tự yyyymmdd' : '12 ký tự yyyymmddHHMM';
  if (rule.name === 'NGAY_SINH') {
    const birth = parseBirth(item);
    if (birth !== undefined && !/^\d{12}$/.test(item)) problems.warn('date-form', `phải gồm ${wanted}; đã nhận`, place);
    return; // one that cannot be read refuses the visit
  }
  const time = parseTime(item);
  if (time === undefined) problems.warn('bad-date', `phải gồm ${wanted}`, place);
  else if (rule.type === 'date' ? time.form !== 'day-only' : rule.type === 'time' && time.form !== 'as-ruled') {
    problems.warn('date-form', `phải gồm ${wanted}; đã nhận`, place);
  }
}

/** Code lists whose leading zero gets lost in spreadsheets, and how long their codes are. */
const CODE_LENGTHS: Readonly<Record<string, number>> = { MA_LOAI_KCB: 2, MA_DANTOC: 2 };

/** The code as its list writes it: leading zero back, blood group in capitals, `Rh` aside. */
export function normalCode(list: string, sent: string): string {
  const length = CODE_LENGTHS[list];
  if (length !== undefined && /^\d+$/.test(sent)) return sent.padStart(length, '0');
  if (list === 'NHOM_MAU') return normalBloodGroup(sent);
  return list === 'MA_KHUVUC' ? sent.toUpperCase() : sent;
}

function normalBloodGroup(sent: string): string {
  const compact = sent.replace(/\s+/g, '').toUpperCase();
  return compact.startsWith('RH') ? `Rh${compact.slice(2)}` : compact;
}

/** Order of dates: NGAY_RA ≥ NGAY_VAO and so on. `[table, earlier, later]`; equal is fine. */
const DATE_ORDER: readonly (readonly [table: string, earlier: string, later: string])[] = [
  ['XML1', 'NGAY_VAO', 'NGAY_RA'],
  ['XML1', 'NGAY_VAO', 'NGAY_VAO_NOI_TRU'],
  ['XML2', 'NGAY_YL', 'NGAY_TH_YL'],
  ['XML3', 'NGAY_YL', 'NGAY_TH_YL'],
  ['XML3', 'NGAY_YL', 'NGAY_KQ'],
];

/** Warns where a later date stands before an earlier one (bhyt-xml.md §6). Dates are compared to the precision both have. */
export function checkDateOrder(row: TableRow, problems: ProblemList): void {
  for (const [table, earlierField, laterField] of DATE_ORDER) {
    if (table !== row.table) continue;
    const earlier = parseTime(row.get(earlierField) ?? '');
    const later = parseTime(row.get(laterField) ?? '');
    if (earlier === undefined || later === undefined) continue;
    const length = earlier.hasTime && later.hasTime ? 14 : 8;
    if (later.order.slice(0, length) < earlier.order.slice(0, length)) {
      problems.warn('date-order', `sớm hơn ${earlierField}`, row.place(laterField));
    }
  }
}
