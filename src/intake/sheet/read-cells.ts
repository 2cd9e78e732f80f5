import { parse } from 'csv-parse/sync';

/** Longest row, in bytes; a longer one is refused unread. */
export const MAX_ROW_BYTES = 64 * 1024;

/**
 * Cells of one row of CSV, as sent. A formula (`=…`) is text like any other: nothing is ever evaluated.
 *
 * @returns undefined when the row is longer than `MAX_ROW_BYTES`, is not one row, or a quote is not closed
 */
export function readCells(row: Uint8Array, separator: string): readonly string[] | undefined {
  if (row.length > MAX_ROW_BYTES) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(row);
    const rows = parse(text, {
      delimiter: separator,
      relax_column_count: true,
      relax_quotes: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    });
    return rows.length === 1 ? rows[0] : undefined;
  } catch {
    return undefined;
  }
}
