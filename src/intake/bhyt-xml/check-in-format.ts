import { isPhrError, PhrError } from '../../errors.js';
import type { FileContext, FileCut, IntakeFormat, IntakeLimits, ParsedVisit, SenderContext } from '../parsed-visit.js';
import { MarkupReader } from '../xml/markup-reader.js';
import { childrenOf, readXml } from '../xml/xml-reader.js';
import { BHYT_CATALOGUES } from './catalogues.js';
import { requireRoot } from './envelope-cut.js';
import { checkFields } from './field-checks.js';
import { checkIdentifiers, coveragesOf, identityOf, patientOf } from './map-patient.js';
import { WITHDRAWAL, requireEssentials } from './parse-visit.js';
import { ProblemList } from './problems.js';
import { MAX_ROWS_PER_TABLE, TableRow } from './table-rows.js';
import { CHECK_IN_TABLE } from './tables.js';
import { PATIENT_SLOT, type VisitFacts } from './visit-facts.js';

/** Door name on receipts. */
export const CHECK_IN_DOOR = 'bhyt-check-in';

const { root: ROOT, row: ROW, table: TABLE } = CHECK_IN_TABLE;
const DOCUMENT = {
  root: ROOT,
  wrongRoot: () => `Thẻ gốc không phải ${ROOT}: cửa check-in chỉ nhận bảng XML0; hồ sơ GIAMDINHHS gửi qua guiHoSoXml…`,
};

/**
 * Check-ins of QĐ 130 and its amendments (XML0): a source of its own with the business key `check-in|MA_CSKCB|MA_LK`, never a version of the
 * visit that follows. It tells who came with which card: Patient and Coverage. The arrival itself and the first order are kept and not
 * shown, because the visit of the same MA_LK will say both, and better. Neighbouring rows of one MA_LK are one check-in. Pure.
 */
export function makeCheckInFormat(): IntakeFormat {
  return { door: CHECK_IN_DOOR, cut: cutCheckIns, readContext, parse: parseCheckIn };
}

function cutCheckIns(bytes: Uint8Array, limits: IntakeLimits): FileCut {
  if (bytes.byteLength > limits.maxBytes) throw new PhrError('too-large', `Tệp lớn hơn giới hạn ${limits.maxBytes} byte`);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = new MarkupReader(file);
  const ranges: { readonly start: number; end: number; readonly visitId: string }[] = [];
  const add = (start: number, end: number): void => {
    const visitId = visitIdOf(file, start, end);
    const last = ranges.at(-1);
    if (last !== undefined && visitId !== '' && last.visitId === visitId) last.end = end;
    else ranges.push({ start, end, visitId });
    if (ranges.length > limits.maxVisits) throw new PhrError('too-large', `Tệp có hơn ${limits.maxVisits} lượt check-in`);
  };
  let open: number | undefined;
  for (let position = requireRoot(file, reader, DOCUMENT).end; ;) {
    const markup = reader.next(position);
    if (markup === undefined) break;
    const { kind, name, start, end } = markup;
    if (kind === 'doctype' && open === undefined) throw new PhrError('malformed', 'XML không được có DOCTYPE');
    if (name === ROW) {
      // A row whose end is missing ends where the next one begins, so that it can't take its neighbour with it.
      if (open !== undefined) add(open, kind === 'close' ? end : start);
      else if (kind === 'empty') add(start, end);
      open = kind === 'open' ? start : undefined;
    }
    position = end;
  }
  if (open !== undefined) add(open, file.length);
  return piecesOf(file, ranges);
}

function piecesOf(file: Buffer, ranges: readonly { readonly start: number; readonly end: number }[]): FileCut {
  const skeleton: Uint8Array[] = [];
  let position = 0;
  for (const { start, end } of ranges) {
    skeleton.push(file.subarray(position, start));
    position = end;
  }
  return {
    skeleton: [...skeleton, file.subarray(position)],
    segments: ranges.map(({ start, end }) => file.subarray(start, end)),
  };
}

/** MA_LK of a row as it is written, only to tell whether the next row has the same. */
function visitIdOf(file: Buffer, start: number, end: number): string {
  const at = file.indexOf('<MA_LK>', start);
  if (at < 0 || at >= end) return '';
  return /^<MA_LK>\s*(?:<!\[CDATA\[)?([^<\]]*)/.exec(file.toString('latin1', at, Math.min(end, at + 512)))?.[1]?.trim() ?? '';
}

function readContext(skeleton: readonly Uint8Array[]): FileContext {
  const problems = new ProblemList('');
  if (skeleton.length === 1) problems.error('no-visits', `không có dòng ${ROW} nào`);
  if (!/<CHUKYDONVI>\s{0,64}(?:[^\s<]|<[^/])/.test(Buffer.concat(skeleton).toString('latin1'))) {
    problems.inform('empty-signature', 'chữ ký số để trống, tệp vẫn được nhận', { field: 'CHUKYDONVI' });
  }
  // The document has no time of issue: a later check-in of the same visit counts by the order in which the door took it.
  return { issueTime: '', problems: problems.list() };
}

function parseCheckIn(segment: Uint8Array, position: number, _context: FileContext, sender: SenderContext): ParsedVisit {
  const problems = new ProblemList(`Lượt check-in thứ ${position}`);
  const base = { kind: 'visit', position, issueTime: '', withdrawal: false, subjects: [] } as const;
  const refused = (known: Pick<ParsedVisit, 'key' | 'sender'> = {}): ParsedVisit => ({
    ...base,
    ...known,
    problems: problems.list(),
    refused: true,
  });
  const rows = rowsOf(segment, problems);
  const [summary] = rows;
  if (summary === undefined) return refused();
  const facility = summary.get('MA_CSKCB');
  const visitId = summary.get('MA_LK');
  if (facility === undefined)
    problems.error('missing-facility', 'thiếu mã cơ sở khám bệnh, chữa bệnh', summary.place('MA_CSKCB'));
  if (visitId === undefined) problems.error('missing-visit-id', 'thiếu mã đợt điều trị', summary.place('MA_LK'));
  if (facility === undefined || visitId === undefined) return refused(facility === undefined ? {} : { sender: facility });
  const known = { key: `check-in|${facility}|${visitId}`, sender: facility };
  if (rows.some((row) => row.get('MA_LK') !== visitId || row.get('MA_CSKCB') !== facility)) {
    problems.error('mixed-visit-ids', 'các dòng của một lượt có MA_LK hoặc MA_CSKCB khác nhau', { table: TABLE });
    return refused(known);
  }
  if (sender.facilityCode !== undefined && sender.facilityCode !== facility) {
    problems.error('foreign-facility', 'mã cơ sở không phải của tài khoản gửi', summary.place('MA_CSKCB'));
    return refused(known);
  }
  if (summary.get('MA_DOITUONG_KCB') === WITHDRAWAL) {
    return { ...base, ...known, withdrawal: true, problems: problems.list(), refused: false };
  }
  for (const row of rows) checkFields(row, BHYT_CATALOGUES, problems);
  const essentials = requireEssentials(summary, problems);
  if (essentials === undefined) return refused(known);
  problems.inform('not-shown', 'đã lưu, chưa hiển thị: lượt khám hiện khi có hồ sơ XML1 cùng MA_LK', { table: TABLE });

  const facts: VisitFacts = {
    tables: new Map([[TABLE, rows]]),
    summary,
    facility,
    visitId,
    start: essentials.start,
    restrictionOf: () => undefined, // nothing that a label could be about is taken from the table
    catalogues: BHYT_CATALOGUES,
    problems,
  };
  checkIdentifiers(facts);
  const subject = {
    slot: PATIENT_SLOT,
    identity: identityOf(facts, essentials),
    patient: patientOf(facts, essentials),
    resources: coveragesOf(facts),
  };
  return {
    ...base,
    ...known,
    eventDate: essentials.start.fhir,
    subjects: [subject],
    problems: problems.list(),
    refused: false,
  };
}

/** No rows, and an error in `problems`, when they can't be read. */
function rowsOf(segment: Uint8Array, problems: ProblemList): readonly TableRow[] {
  try {
    const list = readXml(Buffer.concat([Buffer.from('<rows>'), segment, Buffer.from('</rows>')]));
    const rows = childrenOf(list, ROW).map((element, index) => new TableRow(CHECK_IN_TABLE, index + 1, element));
    if (rows.length > 0 && rows.length <= MAX_ROWS_PER_TABLE) return rows;
    problems.error('too-large', `bảng có hơn ${MAX_ROWS_PER_TABLE} dòng hoặc không có dòng nào`, { table: TABLE });
  } catch (error) {
    if (!isPhrError(error)) throw error;
    problems.error('not-readable', 'không đúng cú pháp XML hoặc không phải UTF-8', { table: TABLE });
  }
  return [];
}
