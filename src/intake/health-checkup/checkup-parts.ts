import { PhrError, isPhrError } from '../../errors.js';
import { decodeBase64 } from '../base64.js';
import type { ProblemList } from '../bhyt-xml/problems.js';
import type { XmlElement, XmlLimits } from '../xml/xml-reader.js';
import { INNER_DOCUMENT_LIMITS, childOf, childrenOf, decodeUtf8, readXml } from '../xml/xml-reader.js';
import { PART_ROOTS } from './checkup-fields.js';

/** One check-up with all its parts. */
export const MAX_CHECKUP_BYTES = 16 * 1024 * 1024;
/** FILEHOSO of one check-up: twelve parts are known. */
export const MAX_PARTS = 64;

const CHECKUP_LIMITS: XmlLimits = {
  ...INNER_DOCUMENT_LIMITS,
  maxBytes: MAX_CHECKUP_BYTES + 1024,
  maxTextLength: MAX_CHECKUP_BYTES,
};

/**
 * The parts of one check-up, each as its root element: NOIDUNGFILE holds them nested, as text (CDATA) or in Base64; the sources disagree,
 * so all three are read. An unknown root is read too, and reported.
 *
 * @returns undefined when the check-up can't be read; `problems` then holds the error
 */
export function readParts(segment: Uint8Array, problems: ProblemList): readonly XmlElement[] | undefined {
  try {
    if (segment.length > MAX_CHECKUP_BYTES) throw new PhrError('too-large', `hồ sơ lớn hơn ${MAX_CHECKUP_BYTES} byte`);
    // The segment is wrapped, because FILEHOSO without HOSO are several roots.
    const tree = readXml(`<CHECKUP>${decodeUtf8(segment)}</CHECKUP>`, CHECKUP_LIMITS);
    const files = tree.children.flatMap((child) => (child.name === 'HOSO' ? childrenOf(child, 'FILEHOSO') : [child]));
    if (files.length > MAX_PARTS) throw new PhrError('too-large', `hồ sơ có hơn ${MAX_PARTS} FILEHOSO`);
    const parts = files.flatMap((file) => partsOf(file, problems));
    for (const { name } of parts) {
      if (!PART_ROOTS.has(name))
        problems.inform('unknown-part', 'phần không có trong danh mục QĐ 2062; vẫn đọc theo từng thẻ', {
          table: name.slice(0, 64),
        });
    }
    return parts;
  } catch (error) {
    if (!isPhrError(error)) throw error;
    problems.error('malformed', `hồ sơ không đọc được: ${error.message}`);
    return undefined;
  }
}

function partsOf(file: XmlElement, problems: ProblemList): readonly XmlElement[] {
  const content = childOf(file, 'NOIDUNGFILE');
  if (content === undefined) return [];
  if (content.children.length > 0) return content.children;
  const text = content.text.trim();
  if (text === '') {
    problems.warn('empty-part', 'NOIDUNGFILE không có nội dung', { field: 'NOIDUNGFILE' });
    return [];
  }
  if (/^\uFEFF?</.test(text)) return [readXml(text)];
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new PhrError('malformed', 'NOIDUNGFILE không phải Base64 đúng');
  return [readXml(bytes)];
}
