import { PhrError, isPhrError } from '../../errors.js';
import { INNER_DOCUMENT_LIMITS, childrenOf, decodeUtf8, readXml } from '../xml/xml-reader.js';
import type { XmlElement, XmlLimits } from '../xml/xml-reader.js';
import type { ProblemList } from './problems.js';
import { ruleOfTable, tableOfElement } from './tables.js';
import type { TableRule } from './tables.js';

/** One HOSO with all its tables in base64. */
export const MAX_VISIT_BYTES = 32 * 1024 * 1024;
/** FILEHOSO of one HOSO: fifteen tables, some of them once for each child of a multiple birth. */
export const MAX_TABLES_PER_VISIT = 64;

/** Characters of one field: a FHIR string holds a megabyte, and a Vietnamese character takes up to three bytes. */
export const MAX_FIELD_LENGTH = 256 * 1024;

const VISIT_LIMITS: XmlLimits = { ...INNER_DOCUMENT_LIMITS, maxBytes: MAX_VISIT_BYTES + 1024, maxTextLength: MAX_VISIT_BYTES };
const TABLE_LIMITS: XmlLimits = { ...INNER_DOCUMENT_LIMITS, maxTextLength: MAX_FIELD_LENGTH };

/** One table of a visit, decoded. */
export interface InnerDocument {
  readonly rule: TableRule;
  readonly root: XmlElement;
}

/**
 * Decodes the tables of one visit: base64, CDATA or plain elements (bhyt-xml.md §2). Everything that was seen in real files is
 * tolerated with a warning.
 *
 * @returns undefined when the visit cannot be read at all; `problems` then holds the error
 */
export function readInnerDocuments(segment: Uint8Array, problems: ProblemList): readonly InnerDocument[] | undefined {
  try {
    if (segment.byteLength > MAX_VISIT_BYTES) throw new PhrError('too-large', `lớn hơn ${MAX_VISIT_BYTES} byte`);
    return documentsOf(visitTree(decodeUtf8(segment), problems), problems);
  } catch (error) {
    if (!isPhrError(error)) throw error;
    if (!(error instanceof TableRefused)) problems.error('malformed', `hồ sơ không đọc được: ${lowerFirst(error.message)}`);
    return undefined;
  }
}

/** The reason is in the problem list already, with its table. */
class TableRefused extends PhrError {}

function documentsOf(tree: XmlElement, problems: ProblemList): readonly InnerDocument[] {
  // The segment is wrapped, because FILEHOSO without HOSO are several roots.
  const files = tree.children.flatMap((child) => (child.name === 'HOSO' ? childrenOf(child, 'FILEHOSO') : [child]));
  if (!tree.children.some(({ name }) => name === 'HOSO')) {
    problems.warn('missing-hoso', 'các FILEHOSO không nằm trong thẻ HOSO; đọc như một hồ sơ');
  }
  if (files.length > MAX_TABLES_PER_VISIT) throw new PhrError('too-large', `Có hơn ${MAX_TABLES_PER_VISIT} FILEHOSO`);
  const documents: InnerDocument[] = [];
  for (const file of files) {
    const document = documentOf(file, problems);
    if (document !== undefined) documents.push(document);
  }
  return documents;
}

function documentOf(file: XmlElement, problems: ProblemList): InnerDocument | undefined {
  const sent = childrenOf(file, 'LOAIHOSO')[0]?.text.trim() ?? '';
  const table = /^xml\d{1,3}$/i.test(sent) ? sent.toUpperCase() : '';
  const content = childrenOf(file, 'NOIDUNGFILE')[0];
  const rule = ruleOfTable(table);
  if (table !== '' && rule === undefined) {
    problems.inform('unknown-table', 'loại hồ sơ không thuộc QĐ 130, 4750, 3176; bỏ qua, vẫn lưu cùng tệp', { table });
    return undefined;
  }
  const place = table === '' ? {} : { table };
  if (sent !== table) problems.warn('table-name', 'LOAIHOSO phải viết XML1 … XML15', { ...place, field: 'LOAIHOSO' });
  if (content === undefined || (content.children.length === 0 && content.text.trim() === '')) {
    problems.warn('empty-table', 'NOIDUNGFILE không có nội dung', { ...place, field: 'NOIDUNGFILE' });
    return undefined;
  }
  const root = innerRoot(content, table, problems);
  const found = tableOfElement(root.name);
  if (found === undefined) {
    if (rule?.table === 'XML1') refuse(problems, table, 'wrong-root', 'thẻ gốc của bảng không phải TONG_HOP');
    problems.warn('wrong-root', 'thẻ gốc không phải của bảng nào; bỏ qua bảng này', place);
    return undefined;
  }
  if (rule !== undefined && found !== rule) {
    problems.warn('table-name', `LOAIHOSO khác nội dung; đọc như ${found.table} theo thẻ gốc`, {
      table: rule.table,
      field: 'LOAIHOSO',
    });
  }
  if (root.name !== found.root) {
    problems.warn('missing-root', `thiếu thẻ gốc ${found.root}`, { table: found.table });
  }
  return { rule: found, root };
}

function innerRoot(content: XmlElement, table: string, problems: ProblemList): XmlElement {
  const place = table === '' ? {} : { table };
  const direct = content.children[0];
  if (direct !== undefined) {
    problems.warn('not-encoded', 'nội dung phải mã hóa base64; đã đọc trực tiếp', { ...place, field: 'NOIDUNGFILE' });
    return direct;
  }
  const text = content.text.trim();
  if (text.startsWith('<') || text.startsWith('\ufeff<')) {
    problems.warn('not-encoded', 'nội dung phải mã hóa base64; đã đọc trực tiếp', { ...place, field: 'NOIDUNGFILE' });
    return innerTree(text, table, problems);
  }
  return innerTree(decodeBase64(text, table, problems), table, problems);
}

function decodeBase64(text: string, table: string, problems: ProblemList): string {
  const compact = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  const place = table === '' ? {} : { table };
  if (compact.length !== text.length) {
    problems.warn('base64-blanks', 'base64 có khoảng trắng hoặc xuống dòng', { ...place, field: 'NOIDUNGFILE' });
  }
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
    refuse(problems, table, 'bad-base64', 'nội dung base64 bị hỏng');
  }
  const bytes = Buffer.from(compact, 'base64');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    problems.warn('byte-order-mark', 'nội dung bắt đầu bằng dấu BOM', place);
  }
  try {
    return decodeUtf8(bytes);
  } catch {
    return refuse(problems, table, 'malformed', 'nội dung không phải mã hóa UTF-8');
  }
}

function innerTree(text: string, table: string, problems: ProblemList): XmlElement {
  try {
    return readRepaired(text, TABLE_LIMITS, problems, table);
  } catch (error) {
    if (!isPhrError(error)) throw error;
    return refuse(problems, table, error.category, lowerFirst(error.message));
  }
}

const visitTree = (text: string, problems: ProblemList): XmlElement =>
  readRepaired(`<VISIT>${text}</VISIT>`, VISIT_LIMITS, problems, '');

/** Reads; when that fails, reads again with the two faults repaired whose meaning is beyond doubt. The first error counts. */
function readRepaired(text: string, limits: XmlLimits, problems: ProblemList, table: string): XmlElement {
  try {
    return readXml(text, limits);
  } catch (error) {
    const repaired = escapeVitalSigns(text);
    if (repaired === text) throw error;
    try {
      const tree = readXml(repaired, limits);
      problems.warn('repaired-markup', 'XML không đúng cú pháp ở dấu < > của CSST<…> hoặc ở dòng <?xml …?>; đã đọc được', {
        ...(table === '' ? {} : { table }),
      });
      return tree;
    } catch {
      throw error;
    }
  }
}

/**
 * `CSST<…>` must be escaped or in CDATA, and some exporters do neither (bhyt-xml.md §5); an XML declaration in the middle comes from
 * pasting inner documents in unencoded. CDATA sections are left alone.
 */
function escapeVitalSigns(text: string): string {
  return outsideAndInsideCdata(text)
    .map((piece, index) =>
      index % 2 === 1
        ? piece
        : piece
            .replace(/(CSST\s*)<([^<>&]*)>/gi, '$1&lt;$2&gt;')
            .replace(/<\?xml\s[^<>?]*\?>/g, (declaration, at: number) => (index === 0 && at === 0 ? declaration : '')),
    )
    .join('');
}

/** The text in pieces that alternate: outside of a CDATA section, inside, outside … */
function outsideAndInsideCdata(text: string): readonly string[] {
  const pieces: string[] = [];
  let position = 0;
  for (;;) {
    const start = text.indexOf('<![CDATA[', position);
    const end = start < 0 ? -1 : text.indexOf(']]>', start);
    if (end < 0) return [...pieces, text.slice(position)];
    pieces.push(text.slice(position, start), text.slice(start, end + 3));
    position = end + 3;
  }
}

function refuse(problems: ProblemList, table: string, code: string, reason: string): never {
  problems.error(code, reason, table === '' ? {} : { table });
  throw new TableRefused('malformed', reason);
}

const lowerFirst = (text: string): string =>
  /^[A-ZĐ][a-zà-ỹ]/u.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
