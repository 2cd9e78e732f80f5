import { isUtf8 } from 'node:buffer';
import { PhrError } from '../../errors.js';
import { patientOf } from '../demographics.js';
import type { FileContext, FileCut, IntakeFormat, IntakeLimits, IntakeProblem, ParsedVisit } from '../parsed-visit.js';
import { isBlankRow, rowRanges } from './cut-rows.js';
import { readHeader, separatorOf } from './header.js';
import { MAX_BLANK_ROWS, checkMarks, cutWorkbook, noRow, readWorkbookHead, unpackRow } from './packed-rows.js';
import { MAX_ROW_BYTES, readCells } from './read-cells.js';
import { MAX_CELL_LENGTH, openRow, readHead } from './read-row.js';
import { rowEncounter, rowObservations } from './row-observations.js';
import type { SheetTemplate } from './template.js';
import { isZip } from './xlsx/zip-parts.js';
import type { SheetCell } from './xlsx/workbook.js';

/**
 * The sheet door's format for one template: CSV or XLSX, one visit a row (interfaces.md §3).
 *
 * Of a CSV `cut` gives the header (and byte order mark) as the first piece of the skeleton, line breaks and blank rows as the others; `parse` reads
 * one row. The visit's key is the slip number; its owner is the sender's facility, or the client where it has none.
 */
export function makeSheetFormat(template: SheetTemplate): IntakeFormat {
  const checkSize = (file: Uint8Array, { maxBytes }: IntakeLimits): void => {
    if (file.length > maxBytes) throw new PhrError('too-large', `Bảng lớn hơn ${maxBytes} byte`);
  };
  const format: IntakeFormat = {
    door: `sheet/${template.name}`,

    check(file, limits) {
      checkSize(file, limits);
      if (!isZip(file)) format.cut(file, limits);
      else if (!readWorkbookHead(file, template).hasRow) throw noRow();
    },

    cut(file, limits): FileCut {
      checkSize(file, limits);
      if (isZip(file)) return cutWorkbook(file, template, limits);
      refuseOtherFiles(file);
      const header = headerOf(file);
      readHeader(header.cells, template);
      const segments: Uint8Array[] = [];
      const skeleton: Uint8Array[] = [];
      const separator = header.separator.charCodeAt(0);
      let written = 0;
      let blank = 0;
      for (const range of rowRanges(file, header.end, separator)) {
        if (isBlankRow(file, range, separator)) {
          blank += 1;
          if (blank > MAX_BLANK_ROWS) throw new PhrError('too-large', `Bảng có hơn ${MAX_BLANK_ROWS} dòng trống`);
          continue;
        }
        if (segments.length === limits.maxVisits) throw new PhrError('too-large', `Bảng có hơn ${limits.maxVisits} dòng`);
        skeleton.push(file.subarray(written, range.start));
        segments.push(file.subarray(range.start, range.end));
        written = range.end;
      }
      if (segments.length === 0) throw noRow();
      skeleton.push(file.subarray(written));
      return { skeleton, segments };
    },

    readContext(skeleton): FileContext {
      const [first] = skeleton;
      if (first !== undefined && isZip(first)) return workbookContext(first, template);
      const header = headerOf(skeleton[0] ?? new Uint8Array());
      const columns = readHeader(header.cells, template);
      return { issueTime: '', extra: { separator: header.separator, columns: columns.join(',') }, problems: [] };
    },

    parse(segment, position, context, sender): ParsedVisit {
      const owner = sender.facilityCode ?? sender.clientId;
      const base = { sender: owner, kind: 'screening', position, issueTime: '', withdrawal: false } as const;
      const refused = (problems: readonly IntakeProblem[], key?: string): ParsedVisit => ({
        ...base,
        ...(key === undefined ? {} : { key }),
        subjects: [],
        problems,
        refused: true,
      });
      const columns = (context.extra?.['columns'] ?? '').split(',');
      const isPacked = context.extra?.['form'] === WORKBOOK;
      const packed = isPacked ? unpackRow(segment) : undefined;
      const cells = isPacked
        ? packed?.map(({ text }: SheetCell) => text)
        : readCells(segment, context.extra?.['separator'] ?? ',');
      const row = openRow(template, position, columns, cells ?? []);
      if (cells === undefined) {
        row.problem(
          'error',
          'bad-row',
          undefined,
          `Dòng không đọc được (dấu ngoặc kép không đóng, hoặc dài hơn ${MAX_ROW_BYTES} byte)`,
        );
        return refused(row.problems);
      }
      const slipColumn = template.columns.find(({ kind }) => kind === 'slip-number')?.name ?? '';
      if (cells.slice(columns.length).some((cell) => cell.trim() !== '')) {
        row.problem(
          'error',
          'too-many-cells',
          undefined,
          'Dòng có nhiều ô hơn tiêu đề: ô chứa dấu phân cách phải đặt trong ngoặc kép',
        );
      }
      cells.forEach((cell, index) => {
        if (cell.length > MAX_CELL_LENGTH) row.problem('error', 'too-long', columns[index], `Ô dài hơn ${MAX_CELL_LENGTH} ký tự`);
      });
      if (packed !== undefined) checkMarks(row, packed, columns);
      const head = readHead(row);
      if (head === undefined || row.problems.some(({ severity }) => severity === 'error')) {
        return refused(row.problems, head?.slip ?? row.cell(slipColumn)?.value.slice(0, MAX_KEY_LENGTH));
      }
      const subject = patientOf(head.demographics, { source: owner, sourceType: 'screening' });
      const resources = [rowEncounter(row, head, owner), ...rowObservations(row, head)];
      if (resources.length === 1) row.problem('warning', 'no-measurement', undefined, 'Dòng không có kết quả đo nào');
      return {
        ...base,
        key: head.slip,
        eventDate: head.eventDate.value,
        subjects: [{ ...subject, resources }],
        problems: row.problems,
        refused: false,
      };
    },
  };
  return format;
}

/** `FileContext.extra.form` of rows that were packed. */
const WORKBOOK = 'xlsx';

function workbookContext(file: Uint8Array, template: SheetTemplate): FileContext {
  const { columns, visibleSheets } = readWorkbookHead(file, template);
  const problems: readonly IntakeProblem[] =
    visibleSheets > 1
      ? [{ severity: 'warning', code: 'other-sheets', message: 'Tệp Excel có nhiều trang tính: chỉ trang đầu tiên được đọc' }]
      : [];
  return { issueTime: '', extra: { form: WORKBOOK, columns: columns.join(',') }, problems };
}

/** Longest key of a refused row on a receipt. */
const MAX_KEY_LENGTH = 100;

/** Spreadsheets in another form than CSV in UTF-8, told apart so that the clerk knows what to do. */
function refuseOtherFiles(file: Uint8Array): void {
  // Compound File Binary: .xls, or an .xlsx with a password.
  if (file[0] === 0xd0 && file[1] === 0xcf && file[2] === 0x11 && file[3] === 0xe0) {
    throw new PhrError('media-type', 'Tệp Excel kiểu cũ (.xls) hoặc có mật khẩu: hãy lưu thành .xlsx không mật khẩu rồi gửi lại');
  }
  if ((file[0] === 0xff && file[1] === 0xfe) || (file[0] === 0xfe && file[1] === 0xff) || !isUtf8(file)) {
    throw new PhrError('malformed', 'Bảng không phải mã hóa UTF-8: hãy lưu thành CSV UTF-8 rồi gửi lại');
  }
  if (file.includes(0)) throw new PhrError('malformed', 'Nội dung không phải bảng CSV');
}

interface Header {
  readonly cells: readonly string[];
  readonly separator: string;
  /** First byte after the header row and its line break. */
  readonly end: number;
}

function headerOf(file: Uint8Array): Header {
  const start = file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf ? 3 : 0;
  let end = start;
  while (end < file.length && file[end] !== 0x0a && file[end] !== 0x0d) end += 1;
  const line = file.subarray(start, end);
  const separator = separatorOf(line.length > MAX_ROW_BYTES ? '' : new TextDecoder().decode(line));
  const cells = readCells(line, separator);
  if (cells === undefined) throw new PhrError('malformed', 'Dòng tiêu đề của bảng không đọc được');
  return { cells, separator, end: end < file.length ? end + (file[end] === 0x0d && file[end + 1] === 0x0a ? 2 : 1) : end };
}
