import { isPhrError } from '../../errors.js';
import type { FileContext } from '../parsed-visit.js';
import { INNER_DOCUMENT_LIMITS, childOf, childText, readXml } from '../xml/xml-reader.js';
import type { XmlElement, XmlLimits } from '../xml/xml-reader.js';
import { ProblemList } from './problems.js';
import { parseTime } from './values.js';

/** The envelope without its visits: white space around up to 20,000 of them, and a signature. */
const SKELETON_LIMITS: XmlLimits = { ...INNER_DOCUMENT_LIMITS, maxDepth: 64 };

/**
 * Reads what stands around the visits: NGAYLAP (issue time of every visit in the file), MACSKCB, SOLUONGHOSO, CHUKYDONVI.
 * Gaps are reported, never refused (bhyt-xml.md §2); a broken envelope still gives the values that can be found in it.
 */
export function readEnvelopeContext(skeleton: readonly Uint8Array[]): FileContext {
  const problems = new ProblemList('');
  const visits = skeleton.length - 1;
  const bytes = Buffer.concat(skeleton);
  const fields = fieldsOf(bytes, problems);

  const issueTime = readIssueTime(fields.NGAYLAP, problems);
  if (fields.MACSKCB === undefined) {
    problems.warn('missing-unit', 'thiếu mã cơ sở, lấy MA_CSKCB của XML1', { field: 'MACSKCB' });
  }
  if (visits === 0) problems.error('no-visits', 'không có hồ sơ nào trong DANHSACHHOSO');
  if (fields.SOLUONGHOSO === undefined) {
    problems.warn('missing-field', 'thiếu số lượng hồ sơ', { field: 'SOLUONGHOSO' });
  } else if (Number(fields.SOLUONGHOSO) !== visits) {
    problems.warn('visit-count', `khác số hồ sơ thực có trong tệp (${visits})`, { field: 'SOLUONGHOSO' });
  }
  if (!fields.signatureElement) {
    problems.warn('missing-signature', 'không có thẻ CHUKYDONVI, tệp vẫn được nhận', { field: 'CHUKYDONVI' });
  } else if (!fields.signed) {
    problems.inform('empty-signature', 'chữ ký số để trống, tệp vẫn được nhận', { field: 'CHUKYDONVI' });
  }
  return {
    issueTime,
    ...(fields.MACSKCB === undefined ? {} : { unitCode: fields.MACSKCB }),
    problems: problems.list(),
  };
}

interface EnvelopeFields {
  readonly NGAYLAP?: string;
  readonly MACSKCB?: string;
  readonly SOLUONGHOSO?: string;
  readonly signatureElement: boolean;
  readonly signed: boolean;
}

function fieldsOf(bytes: Buffer, problems: ProblemList): EnvelopeFields {
  try {
    const root = readXml(bytes, { ...SKELETON_LIMITS, maxBytes: Number.MAX_SAFE_INTEGER });
    const unit = childOf(root, 'THONGTINDONVI');
    const content = childOf(root, 'THONGTINHOSO') ?? root;
    const signature = childOf(root, 'CHUKYDONVI');
    const pick = (parent: XmlElement | undefined, name: string): Record<string, string> => {
      const text = (parent === undefined ? undefined : childText(parent, name)) ?? childText(root, name);
      return text === undefined ? {} : { [name]: text };
    };
    return {
      ...pick(content, 'NGAYLAP'),
      ...pick(unit, 'MACSKCB'),
      ...pick(content, 'SOLUONGHOSO'),
      signatureElement: signature !== undefined,
      signed: signature !== undefined && (signature.text.trim() !== '' || signature.children.length > 0),
    };
  } catch (error) {
    if (!isPhrError(error)) throw error;
    problems.warn('broken-envelope', 'phần khung của tệp không đúng cú pháp XML (có thể tệp bị cắt cụt)');
    const text = bytes.toString('latin1');
    const pick = (name: string): Record<string, string> => {
      const found = new RegExp(`<${name}>\\s{0,64}(?:<!\\[CDATA\\[)?\\s{0,64}([0-9A-Za-z.-]{1,32})`).exec(text)?.[1];
      return found === undefined ? {} : { [name]: found };
    };
    return {
      ...pick('NGAYLAP'),
      ...pick('MACSKCB'),
      ...pick('SOLUONGHOSO'),
      signatureElement: text.includes('<CHUKYDONVI'),
      signed: /<CHUKYDONVI>\s{0,64}(?:[^\s<]|<[^/])/.test(text),
    };
  }
}

/** `yyyymmdd` or `yyyymmddHHMM`; '' when there is none that can be read. */
function readIssueTime(text: string | undefined, problems: ProblemList): string {
  const place = { field: 'NGAYLAP' };
  if (text === undefined) {
    problems.warn('missing-field', 'thiếu ngày lập; thứ tự phiên bản theo lúc nhận', place);
    return '';
  }
  const time = parseTime(text);
  if (time === undefined) {
    problems.warn('bad-date', 'phải gồm 8 ký tự yyyymmdd; thứ tự phiên bản theo lúc nhận', place);
    return '';
  }
  if (time.form !== 'day-only') problems.warn('date-form', 'phải gồm 8 ký tự yyyymmdd; đã nhận cả giờ phút', place);
  return time.hasTime ? time.order.slice(0, 12) : time.order.slice(0, 8);
}
