import { PhrError } from '../../errors.js';
import type { FileCut, IntakeLimits } from '../parsed-visit.js';
import { MarkupReader, type Markup } from '../xml/markup-reader.js';
import { ROOTS_SENT_ALONE, tableOfElement } from './tables.js';

/** Elements open at the same time around the visits; the envelope itself has four, a signature some ten. */
const MAX_ENVELOPE_DEPTH = 64;
/** Bytes before the root element: byte order mark, declaration, comments. */
const MAX_PROLOG_BYTES = 64 * 1024;

/** Which document a door takes; `wrongRoot` says to a clerk what another root is. */
export interface EnvelopeRoot {
  readonly root: string;
  readonly wrongRoot: (name: string) => string;
}

const LT = 0x3c;

const BHYT_ENVELOPE: EnvelopeRoot = { root: 'GIAMDINHHS', wrongRoot };

/**
 * Finds the visits of an envelope (bhyt-xml.md §2) by reading its markup, not its content: nothing is decoded and nothing copied, so the
 * memory used does not grow with the file. Comments, CDATA sections and instructions are skipped whole, hence `<HOSO>` inside them is text.
 *
 * A visit whose markup is broken ends where the next one begins, or at the end of the file, so that it cannot take its neighbours with
 * it; `parse` refuses it. FILEHOSO standing outside of any HOSO are one visit.
 *
 * @throws PhrError `malformed` when the root is not the envelope's (the message says which door takes the file) | `too-large`
 */
export function cutEnvelope(bytes: Uint8Array, limits: IntakeLimits, envelope: EnvelopeRoot = BHYT_ENVELOPE): FileCut {
  if (bytes.byteLength > limits.maxBytes) {
    throw new PhrError('too-large', `Tệp lớn hơn giới hạn ${limits.maxBytes} byte; hãy chia thành nhiều tệp`);
  }
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = new MarkupReader(file);
  const root = requireRoot(file, reader, envelope);
  const ranges = visitRanges(file, reader, root.end, limits.maxVisits);

  const skeleton: Uint8Array[] = [];
  const segments: Uint8Array[] = [];
  let position = 0;
  for (const { start, end } of ranges) {
    skeleton.push(file.subarray(position, start));
    segments.push(file.subarray(start, end));
    position = end;
  }
  skeleton.push(file.subarray(position));
  return { skeleton, segments };
}

/** The first start tag must be the document's. @throws PhrError `malformed` */
export function requireRoot(file: Buffer, reader: MarkupReader, envelope: EnvelopeRoot): Markup {
  const start = contentStart(file);
  if (start === file.length) throw new PhrError('malformed', 'Tệp rỗng, không có hồ sơ nào');
  if (file[start] !== LT) throw new PhrError('malformed', notXml(file[start], envelope.root));
  let position = start;
  while (position < Math.min(file.length, MAX_PROLOG_BYTES)) {
    const markup = reader.next(position);
    if (markup === undefined) break;
    if (markup.kind === 'doctype') throw new PhrError('malformed', 'XML không được có DOCTYPE');
    if (markup.kind === 'open' && markup.name === envelope.root) return markup;
    if (markup.kind !== 'other') throw new PhrError('malformed', envelope.wrongRoot(markup.name));
    position = markup.end;
  }
  throw new PhrError('malformed', `Tệp không có thẻ gốc ${envelope.root}`);
}

function visitRanges(
  file: Buffer,
  reader: MarkupReader,
  from: number,
  maxVisits: number,
): readonly { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  const open: string[] = [];
  /** HOSO that is open, or the first FILEHOSO of a run that stands outside of any HOSO. */
  let hosoStart: number | undefined;
  let looseStart: number | undefined;
  let looseEnd = 0;
  let insideLoose = false;

  const add = (start: number, end: number): void => {
    if (ranges.length >= maxVisits) {
      throw new PhrError('too-large', `Tệp có hơn ${maxVisits} hồ sơ; hãy chia thành nhiều tệp`);
    }
    ranges.push({ start, end });
  };
  const endLoose = (end: number): void => {
    if (looseStart !== undefined) add(looseStart, end);
    looseStart = undefined;
    insideLoose = false;
  };

  let position = from;
  for (;;) {
    const markup = reader.next(position);
    if (markup === undefined) break;
    const { kind, name } = markup;
    if (kind === 'doctype' && hosoStart === undefined && !insideLoose) {
      throw new PhrError('malformed', 'XML không được có DOCTYPE');
    }
    if (hosoStart !== undefined) {
      if (name === 'HOSO' && kind === 'close') {
        add(hosoStart, markup.end);
        hosoStart = undefined;
      } else if (name === 'HOSO' && kind === 'open') {
        add(hosoStart, markup.start);
        hosoStart = markup.start;
      }
    } else if (name === 'HOSO' && (kind === 'open' || kind === 'empty') && !open.includes('CHUKYDONVI')) {
      endLoose(insideLoose ? markup.start : looseEnd);
      if (kind === 'open') hosoStart = markup.start;
      else add(markup.start, markup.end);
    } else if (name === 'FILEHOSO' && kind !== 'other') {
      if (kind !== 'close') looseStart ??= markup.start;
      insideLoose = kind === 'open';
      looseEnd = markup.end;
    } else if (!insideLoose) {
      if (kind === 'open') {
        endLoose(looseEnd);
        open.push(name);
        if (open.length > MAX_ENVELOPE_DEPTH) throw new PhrError('malformed', `XML lồng sâu hơn ${MAX_ENVELOPE_DEPTH} cấp`);
      } else if (kind === 'close') {
        endLoose(looseEnd);
        open.pop();
      }
    }
    position = markup.end;
  }
  if (hosoStart !== undefined) add(hosoStart, file.length);
  endLoose(insideLoose ? file.length : looseEnd);
  return ranges;
}

/** Offset of the first byte that is neither byte order mark nor white space. */
function contentStart(file: Buffer): number {
  let start = file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf ? 3 : 0;
  while (start < file.length && [0x20, 0x09, 0x0a, 0x0d].includes(file[start] ?? 0)) start += 1;
  return start;
}

function notXml(first: number | undefined, root: string): string {
  if (first === 0x7b || first === 0x5b) {
    return `Tệp là JSON, không phải XML ${root}; khám sức khỏe gửi qua cửa /intake/health-checkup`;
  }
  if (first === 0xff || first === 0xfe) return 'Tệp không phải mã hóa UTF-8 (có vẻ là UTF-16); hãy xuất lại bằng UTF-8';
  return `Tệp không phải XML; cửa này nhận tệp ${root}`;
}

function wrongRoot(name: string): string {
  const alone = ROOTS_SENT_ALONE.get(name);
  if (alone !== undefined)
    return `Tệp là ${alone}, được gửi riêng (check-in: /api/qd130/checkInKcb…), không qua cửa này; cửa này nhận tệp GIAMDINHHS`;
  if (name === 'KHAMSUCKHOE') return 'Tệp khám sức khỏe (KHAMSUCKHOE): hãy gửi qua cửa /intake/health-checkup';
  if (/^html$/i.test(name)) return 'Tệp là trang HTML, không phải XML GIAMDINHHS; hãy kiểm tra lại tệp xuất từ phần mềm';
  const inner = tableOfElement(name);
  if (inner !== undefined) {
    return `Tệp là riêng bảng ${inner.table}; cửa này nhận tệp GIAMDINHHS trong đó mỗi bảng là một FILEHOSO (QĐ 130, 4750, 3176)`;
  }
  return 'Thẻ gốc không phải GIAMDINHHS; cửa này chỉ nhận dữ liệu BHYT theo QĐ 130, 4750, 3176 (khám sức khỏe: /intake/health-checkup)';
}
