import { isPhrError } from '../../errors.js';
import { ProblemList } from '../bhyt-xml/problems.js';
import { parseTime } from '../bhyt-xml/values.js';
import type { FileContext } from '../parsed-visit.js';
import type { XmlElement, XmlLimits } from '../xml/xml-reader.js';
import { INNER_DOCUMENT_LIMITS, childOf, childText, readXml } from '../xml/xml-reader.js';

/** The envelope without its check-ups; its signature may be deep. */
const SKELETON_LIMITS: XmlLimits = { ...INNER_DOCUMENT_LIMITS, maxDepth: 64 };

/**
 * What stands around the check-ups of a KHAMSUCKHOE file: NGAYLAP, MACSKCB (5 or 13 digits), CHUKYDONVI (after THONGTINHOSO, or inside
 * it). Gaps are reported, never refused. SOLUONGHOSO counts HOSO in one source and FILEHOSO in another, so it is not compared.
 */
export function readCheckupContext(skeleton: readonly Uint8Array[]): FileContext {
  const problems = new ProblemList('');
  const root = readSkeleton(skeleton, problems);
  const content = root && (childOf(root, 'THONGTINHOSO') ?? root);
  const unit = root && childOf(root, 'THONGTINDONVI');
  const issued = content && childText(content, 'NGAYLAP');
  const unitCode = unit && childText(unit, 'MACSKCB');
  const signature = root && content && (childOf(root, 'CHUKYDONVI') ?? childOf(content, 'CHUKYDONVI'));
  if (root !== undefined) {
    if (unitCode === undefined) problems.warn('missing-unit', 'thiếu mã cơ sở, lấy MA_CSKCB của hồ sơ', { field: 'MACSKCB' });
    else if (!/^(\d{5}|\d{13})$/.test(unitCode)) problems.warn('bad-form', 'phải gồm 5 hoặc 13 chữ số', { field: 'MACSKCB' });
    if (signature === undefined || !isFilled(signature)) {
      problems.inform('empty-signature', 'chữ ký số để trống, tệp vẫn được nhận', { field: 'CHUKYDONVI' });
    }
  }
  return {
    issueTime: root === undefined ? '' : readIssueTime(issued, problems),
    ...(unitCode === undefined ? {} : { unitCode }),
    problems: problems.list(),
  };
}

function readSkeleton(skeleton: readonly Uint8Array[], problems: ProblemList): XmlElement | undefined {
  try {
    return readXml(Buffer.concat(skeleton), { ...SKELETON_LIMITS, maxBytes: Number.MAX_SAFE_INTEGER });
  } catch (error) {
    if (!isPhrError(error)) throw error;
    problems.warn('broken-envelope', 'phần khung của tệp không đúng cú pháp XML (có thể tệp bị cắt cụt)');
    return undefined;
  }
}

/** `yyyymmdd` or `yyyymmddHHMM`; '' when there is none that can be read. */
function readIssueTime(text: string | undefined, problems: ProblemList): string {
  const time = text === undefined ? undefined : parseTime(text);
  if (time === undefined) {
    problems.warn('bad-date', 'thiếu hoặc không đọc được ngày lập; thứ tự phiên bản theo lúc nhận', { field: 'NGAYLAP' });
    return '';
  }
  return time.hasTime ? time.order.slice(0, 12) : time.order.slice(0, 8);
}

const isFilled = (element: XmlElement): boolean => element.text.trim() !== '' || element.children.some(isFilled);
