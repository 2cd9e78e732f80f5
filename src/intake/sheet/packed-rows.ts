import { PhrError } from '../../errors.js';
import type { FileCut, IntakeLimits } from '../parsed-visit.js';
import { readHeader } from './header.js';
import { MAX_ROW_BYTES } from './read-cells.js';
import { MAX_CELL_LENGTH, type SheetRow } from './read-row.js';
import type { ColumnKind, SheetTemplate } from './template.js';
import { openWorkbook, type CellMark, type SheetCell } from './xlsx/workbook.js';
import { MAX_UNPACKED_BYTES } from './xlsx/zip-parts.js';

/** Rows without content that spreadsheets leave behind; millions of them would only hold up the door. */
export const MAX_BLANK_ROWS = 100_000;

export const noRow = (): PhrError => new PhrError('malformed', 'Bảng không có dòng dữ liệu nào');

/** A cell inside a kept row: its text alone where it was text. */
type PackedCell = string | readonly [text: string, mark: CellMark];

/**
 * Cuts a workbook: its rows are packed, so no piece of the file is a row. The skeleton is the one piece that is the whole file; each segment
 * is a copy of a row with the marks of its cells, as JSON.
 *
 * @throws PhrError `malformed` | `too-large`
 */
export function cutWorkbook(file: Uint8Array, template: SheetTemplate, limits: IntakeLimits): FileCut {
  const segments: Uint8Array[] = [];
  let columns: readonly string[] | undefined;
  let blank = 0;
  let copied = 0;
  openWorkbook(file).eachRow((cells) => {
    if (cells.every(({ text }) => text.trim() === '')) {
      blank += 1;
      if (blank > MAX_BLANK_ROWS) throw new PhrError('too-large', `Bảng có hơn ${MAX_BLANK_ROWS} dòng trống`);
    } else if (columns === undefined) columns = readHeader(headerCells(cells), template);
    else {
      if (segments.length === limits.maxVisits) throw new PhrError('too-large', `Bảng có hơn ${limits.maxVisits} dòng`);
      const segment = Buffer.from(JSON.stringify(cells.map(pack)));
      copied += segment.length;
      // One long text may be in many cells and stand in the file once.
      if (copied > MAX_UNPACKED_BYTES) throw new PhrError('too-large', `Nội dung các dòng lớn hơn ${MAX_UNPACKED_BYTES} byte`);
      segments.push(segment);
    }
    return undefined;
  });
  if (segments.length === 0) throw noRow();
  return { skeleton: [file], segments };
}

/**
 * Columns of the header row, how many sheets there are to see, and whether a row of data follows. Costs little of what `cutWorkbook` does.
 *
 * @throws PhrError `malformed` | `too-large`
 */
export function readWorkbookHead(
  file: Uint8Array,
  template: SheetTemplate,
): { readonly columns: readonly string[]; readonly visibleSheets: number; readonly hasRow: boolean } {
  const workbook = openWorkbook(file);
  let columns: readonly string[] | undefined;
  let hasRow = false;
  workbook.eachRow((cells) => {
    if (cells.every(({ text }) => text.trim() === '')) return undefined;
    if (columns === undefined) {
      columns = readHeader(headerCells(cells), template);
      return undefined;
    }
    hasRow = true;
    return 'enough';
  });
  return { columns: columns ?? [], visibleSheets: workbook.visibleSheets, hasRow };
}

const headerCells = (cells: readonly SheetCell[]): readonly string[] => cells.map(({ text }) => text.slice(0, MAX_CELL_LENGTH));

/** One character more than what is read, so that the row can say that its cell was too long. */
function pack({ text, mark }: SheetCell): PackedCell {
  const kept = text.slice(0, MAX_CELL_LENGTH + 1);
  return mark === undefined ? kept : [kept, mark];
}

/** @returns undefined when the row is longer than `MAX_ROW_BYTES` */
export function unpackRow(segment: Uint8Array): readonly SheetCell[] | undefined {
  if (segment.length > MAX_ROW_BYTES) return undefined;
  const cells = JSON.parse(Buffer.from(segment).toString('utf8')) as readonly PackedCell[];
  return cells.map((cell) => (typeof cell === 'string' ? { text: cell } : { text: cell[0], mark: cell[1] }));
}

/** Columns of numbers that are names: a zero in front, a sixteenth digit counts. */
const NAMING: ReadonlySet<ColumnKind> = new Set(['slip-number', 'national-id', 'insurance-card', 'phone', 'commune']);
const DATES: ReadonlySet<ColumnKind> = new Set(['birth-date', 'event-date']);

/** What the spreadsheet may have changed before it was sent; nothing is put back. */
export function checkMarks(row: SheetRow, cells: readonly SheetCell[], columns: readonly string[]): void {
  cells.forEach(({ text, mark }, index) => {
    const field = columns[index];
    const kind = row.template.columns.find(({ name }) => name === field)?.kind;
    if (field === undefined || kind === undefined || text.trim() === '') return;
    if (mark === 'formula')
      row.problem('information', 'formula-cell', field, `${field}: ô là công thức; lấy giá trị đã tính trong tệp`);
    if (mark === 'date' && !DATES.has(kind)) {
      // Two slips that became one date would be taken for one.
      const severity = kind === 'slip-number' ? 'error' : 'warning';
      row.problem(severity, 'date-cell', field, `${field}: Excel đã đổi ô thành ngày; để định dạng cột là văn bản rồi nhập lại`);
    }
    const isChanged = mark === 'formatted' || (mark === 'number' && kind !== 'slip-number');
    if (isChanged && NAMING.has(kind)) {
      row.problem(
        'warning',
        'number-cell',
        field,
        `${field}: ô là số nên số 0 ở đầu có thể đã mất; để định dạng cột là văn bản rồi nhập lại`,
      );
    }
    if (mark === 'number' && NAMING.has(kind) && text.replace(/\D/g, '').length > SIGNIFICANT_DIGITS) {
      row.problem('error', 'digits-lost', field, `${field}: Excel chỉ giữ 15 chữ số; để định dạng cột là văn bản rồi nhập lại`);
    }
  });
}

/** Digits that a spreadsheet's number keeps. */
const SIGNIFICANT_DIGITS = 15;
