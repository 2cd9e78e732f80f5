import { PhrError } from '../../errors.js';
import type { FileCut, IntakeLimits } from '../parsed-visit.js';
import { ROOTS_SENT_ALONE, tableOfElement } from './tables.js';

/** Elements open at the same time around the visits; the envelope itself has four, a signature some ten. */
const MAX_ENVELOPE_DEPTH = 64;
/** Bytes of one start tag of the envelope. */
const MAX_TAG_BYTES = 16 * 1024;
/** Bytes before the root element: byte order mark, declaration, comments. */
const MAX_PROLOG_BYTES = 64 * 1024;

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;

const COMMENT_END = Buffer.from('-->');
const CDATA_END = Buffer.from(']]>');
const INSTRUCTION_END = Buffer.from('?>');

/** One piece of markup; `kind` other than a tag needs no name. `end` is the offset behind it. */
interface Markup {
  readonly kind: 'open' | 'close' | 'empty' | 'other' | 'doctype';
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Which envelope a door takes; `wrongRoot` says to a clerk what another root is. */
export interface EnvelopeRoot {
  readonly root: string;
  readonly wrongRoot: (name: string) => string;
}

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
  const root = requireEnvelope(file, reader, envelope);
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

/** The first start tag must be the envelope's. */
function requireEnvelope(file: Buffer, reader: MarkupReader, envelope: EnvelopeRoot): Markup {
  const start = contentStart(file);
  if (start === file.length) throw new PhrError('malformed', 'Tệp rỗng, không có hồ sơ nào');
  if (file[start] !== LT) throw new PhrError('malformed', notXml(file[start]));
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

/** Finds markup from the front to the back of a file, in time that grows with its length only. */
class MarkupReader {
  /** Closing marks that do not occur any more, so that no opening mark looks for them again. */
  readonly #exhausted = new Set<Buffer>();

  constructor(readonly file: Buffer) {}

  /** The next piece of markup at or after `from`, which never goes back; undefined when there is none. */
  next(from: number): Markup | undefined {
    const { file } = this;
    const start = file.indexOf(LT, from);
    if (start < 0) return undefined;
    const second = file[start + 1];
    if (second === 0x21) {
      if (file.toString('latin1', start, start + 4) === '<!--') return this.#skipTo(start, COMMENT_END, 4);
      if (file.toString('latin1', start, start + 9) === '<![CDATA[') return this.#skipTo(start, CDATA_END, 9);
      return { kind: 'doctype', name: '', start, end: start + 2 };
    }
    if (second === 0x3f) return this.#skipTo(start, INSTRUCTION_END, 2);
    const end = tagEnd(file, start);
    // A lone `<`: broken content of a visit, which `parse` will refuse; looking on behind it finds the next visit.
    if (end === undefined) return { kind: 'other', name: '', start, end: start + 1 };
    const closing = second === SLASH;
    const raw = file.toString('latin1', start + (closing ? 2 : 1), Math.min(end - 1, start + 128));
    const name = /^[^\s/>]*/.exec(raw)?.[0] ?? '';
    const kind = closing ? 'close' : file[end - 2] === SLASH ? 'empty' : 'open';
    return { kind, name: name.slice(name.indexOf(':') + 1), start, end };
  }

  /** Behind the closing mark; one that never ends is taken as its opening mark only, so that what follows is still found. */
  #skipTo(start: number, mark: Buffer, opening: number): Markup {
    const found = this.#exhausted.has(mark) ? -1 : this.file.indexOf(mark, start + opening);
    if (found < 0) this.#exhausted.add(mark);
    return { kind: 'other', name: '', start, end: found < 0 ? start + opening : found + mark.length };
  }
}

/** Behind the `>` of the tag that begins at `start`; quotes are respected, a second `<` ends the search. */
function tagEnd(file: Buffer, start: number): number | undefined {
  let quote = 0;
  const stop = Math.min(file.length, start + MAX_TAG_BYTES);
  for (let at = start + 1; at < stop; at += 1) {
    const byte = file[at];
    if (quote !== 0) {
      if (byte === quote) quote = 0;
      else if (byte === LT) return undefined;
    } else if (byte === GT) return at + 1;
    else if (byte === LT) return undefined;
    else if (byte === 0x22 || byte === 0x27) quote = byte;
  }
  return undefined;
}

/** Offset of the first byte that is neither byte order mark nor white space. */
function contentStart(file: Buffer): number {
  let start = file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf ? 3 : 0;
  while (start < file.length && [0x20, 0x09, 0x0a, 0x0d].includes(file[start] ?? 0)) start += 1;
  return start;
}

function notXml(first: number | undefined): string {
  if (first === 0x7b || first === 0x5b) {
    return 'Tệp là JSON, không phải XML GIAMDINHHS; khám sức khỏe gửi qua cửa /intake/health-checkup';
  }
  if (first === 0xff || first === 0xfe) return 'Tệp không phải mã hóa UTF-8 (có vẻ là UTF-16); hãy xuất lại bằng UTF-8';
  return 'Tệp không phải XML; cửa này nhận tệp GIAMDINHHS của dữ liệu BHYT';
}

function wrongRoot(name: string): string {
  const alone = ROOTS_SENT_ALONE.get(name);
  if (alone !== undefined) return `Tệp là ${alone}, được gửi riêng, không qua cửa này; cửa này nhận tệp GIAMDINHHS`;
  if (name === 'KHAMSUCKHOE') return 'Tệp khám sức khỏe (KHAMSUCKHOE): hãy gửi qua cửa /intake/health-checkup';
  if (/^html$/i.test(name)) return 'Tệp là trang HTML, không phải XML GIAMDINHHS; hãy kiểm tra lại tệp xuất từ phần mềm';
  const inner = tableOfElement(name);
  if (inner !== undefined) {
    return `Tệp là riêng bảng ${inner.table}; cửa này nhận tệp GIAMDINHHS trong đó mỗi bảng là một FILEHOSO (QĐ 130, 4750, 3176)`;
  }
  return 'Thẻ gốc không phải GIAMDINHHS; cửa này chỉ nhận dữ liệu BHYT theo QĐ 130, 4750, 3176 (khám sức khỏe: /intake/health-checkup)';
}
