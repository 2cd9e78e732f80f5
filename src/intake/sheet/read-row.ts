import type { IntakeProblem } from '../parsed-visit.js';
import { isCalendarDay } from '../calendar-day.js';
import type { Sent, SentDemographics } from '../demographics.js';
import type { ColumnKind, SheetTemplate } from './template.js';

/** Longest cell that is read, in characters. */
export const MAX_CELL_LENGTH = 2_000;

/** One row with its cells by column. */
export interface SheetRow {
  readonly template: SheetTemplate;
  /** From 1, header and blank rows not counted. */
  readonly position: number;
  /** Trimmed, never empty. */
  cell(column: string): Sent | undefined;
  problem(severity: IntakeProblem['severity'], code: string, field: string | undefined, message: string): void;
  readonly problems: readonly IntakeProblem[];
}

export function openRow(
  template: SheetTemplate,
  position: number,
  columns: readonly string[],
  cells: readonly string[],
): SheetRow {
  const problems: IntakeProblem[] = [];
  return {
    template,
    position,
    problems,
    cell(column) {
      const sent = cells[columns.indexOf(column)];
      const value = sent?.normalize('NFC').trim() ?? '';
      return sent === undefined || value === ''
        ? undefined
        : { value, trace: { table: template.name, row: position, field: column, sent } };
    },
    problem(severity, code, field, message) {
      problems.push({ severity, code, table: template.name, row: position, ...(field === undefined ? {} : { field }), message });
    },
  };
}

export interface RowHead {
  readonly slip: string;
  readonly eventDate: Sent;
  readonly demographics: SentDemographics;
}

/** The required and the personal cells; undefined when one of the required is missing or unreadable (an error for each). */
export function readHead(row: SheetRow): RowHead | undefined {
  const column = (kind: ColumnKind): string => row.template.columns.find((candidate) => candidate.kind === kind)?.name ?? kind;
  const required = <T extends string>(
    kind: ColumnKind,
    read: (text: string) => T | undefined,
    message: string,
  ): Sent<T> | undefined => {
    const field = column(kind);
    const sent = row.cell(field);
    if (sent === undefined) {
      row.problem('error', 'missing-field', field, `Thiếu ${field}`);
      return undefined;
    }
    const value = read(sent.value);
    if (value === undefined) row.problem('error', 'bad-value', field, `${field}: ${message}`);
    return value === undefined ? undefined : { value, trace: sent.trace };
  };

  const slip = required('slip-number', readSlip, `dài hơn ${MAX_SLIP_LENGTH} ký tự hoặc có ký tự điều khiển`);
  const name = required('name', readName, 'không phải họ tên');
  const birthDate = required('birth-date', readBirthDate, 'phải là dd/mm/yyyy hoặc yyyy, và là ngày có thật');
  const sex = required('sex', readSex, 'phải là Nam, Nữ, 1 hoặc 2');
  const eventDate = required('event-date', readDay, 'phải là dd/mm/yyyy, và là ngày có thật');
  if (slip === undefined || name === undefined || birthDate === undefined || sex === undefined || eventDate === undefined) {
    return undefined;
  }
  if (birthDate.value > eventDate.value) {
    row.problem('warning', 'birth-after-event', birthDate.trace.field, 'Ngày sinh sau ngày đo');
  }
  const checked = (kind: ColumnKind, form: RegExp, message: string): Sent | undefined => {
    const sent = row.cell(column(kind));
    if (sent !== undefined && !form.test(sent.value))
      row.problem('warning', 'bad-form', column(kind), `${column(kind)}: ${message}`);
    return sent;
  };
  const commune = checked('commune', /^\d{5}$/, 'phải có 5 chữ số; để định dạng cột là văn bản để không mất số 0 đầu');
  return {
    slip: slip.value,
    eventDate,
    demographics: {
      name,
      birthDate,
      sex,
      nationalId: checked('national-id', /^(\d{12}|\d{9}|[A-Za-z]\d{7})$/, 'phải có 12 chữ số (hoặc 9, hoặc số hộ chiếu)'),
      insuranceCard: checked('insurance-card', /^([A-Za-z]{2}\d{13}|\d{10}|\d{12})$/, 'phải có 15, 12 hoặc 10 ký tự'),
      phone: checked('phone', /^\+?[\d .-]{8,20}$/, 'không phải số điện thoại'),
      communeCode: commune !== undefined && /^\d{5}$/.test(commune.value) ? commune : undefined,
    },
  };
}

/** Longest slip number, in characters. */
export const MAX_SLIP_LENGTH = 100;

const readSlip = (text: string): string | undefined =>
  text.length <= MAX_SLIP_LENGTH && !/[\p{Cc}\p{Cf}]/u.test(text) ? text : undefined;

const readName = (text: string): string | undefined =>
  text.length <= 255 && /\p{L}/u.test(text) && !/[\p{Cc}]/u.test(text) ? text : undefined;

const SEXES: Readonly<Record<string, 'male' | 'female'>> = {
  nam: 'male',
  '1': 'male',
  nữ: 'female',
  nu: 'female',
  '2': 'female',
};
const readSex = (text: string): 'male' | 'female' | undefined =>
  Object.hasOwn(SEXES, text.toLowerCase()) ? SEXES[text.toLowerCase()] : undefined;

/** `dd/mm/yyyy` as a FHIR date. */
function readDay(text: string): string | undefined {
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  if (match === null) return undefined;
  const [day, month, year] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (!isCalendarDay(year, month, day)) return undefined;
  return `${match[3] ?? ''}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** A year alone stays a year: the day is not known. */
const readBirthDate = (text: string): string | undefined =>
  /^\d{4}$/.test(text) ? (isCalendarDay(Number(text), 1, 1) ? text : undefined) : readDay(text);
