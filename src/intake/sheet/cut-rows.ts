/** Longest quoted cell, in bytes: a quote that is never closed must not swallow the rows after it. */
export const MAX_QUOTED_CELL_BYTES = 16 * 1024;

const QUOTE = 0x22;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** `[start, end)` of a row's bytes, its line break left out. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the rows of a CSV stand (https://www.rfc-editor.org/rfc/rfc4180): line breaks CRLF, LF or CR; a cell that begins with a quote may
 * hold line breaks. A quote not closed within `MAX_QUOTED_CELL_BYTES` is taken as a fault of its line alone.
 *
 * @param separator byte of the separator
 */
export function* rowRanges(bytes: Uint8Array, from: number, separator: number): Generator<RowRange> {
  let start = from;
  while (start < bytes.length) {
    const end = rowEnd(bytes, start, separator);
    yield { start, end };
    start = end + lineBreakLength(bytes, end);
  }
}

function rowEnd(bytes: Uint8Array, start: number, separator: number): number {
  let cellStart = true;
  let index = start;
  while (index < bytes.length) {
    const byte = bytes[index];
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) return index;
    if (byte === QUOTE && cellStart) {
      const close = closingQuote(bytes, index + 1);
      if (close === undefined) return lineEnd(bytes, index);
      index = close;
    }
    cellStart = byte === separator;
    index += 1;
  }
  return index;
}

function closingQuote(bytes: Uint8Array, from: number): number | undefined {
  const limit = Math.min(bytes.length, from + MAX_QUOTED_CELL_BYTES);
  for (let index = from; index < limit; index += 1) {
    if (bytes[index] !== QUOTE) continue;
    if (bytes[index + 1] !== QUOTE) return index;
    index += 1;
  }
  return undefined;
}

function lineEnd(bytes: Uint8Array, from: number): number {
  let index = from;
  while (index < bytes.length && bytes[index] !== LINE_FEED && bytes[index] !== CARRIAGE_RETURN) index += 1;
  return index;
}

const lineBreakLength = (bytes: Uint8Array, at: number): number =>
  bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED ? 2 : 1;

/** True when nothing but blanks, separators and empty quotes stands in the row: spreadsheets leave such rows behind. */
export function isBlankRow(bytes: Uint8Array, { start, end }: RowRange, separator: number): boolean {
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index];
    if (byte !== separator && byte !== 0x20 && byte !== 0x09 && byte !== QUOTE) return false;
  }
  return true;
}
