import type { SqlDatabase } from './driver.js';
import type { PreparedLine } from './prepared-unit.js';

/**
 * The newest access lines. A look writes one row at the end of one table, instead of five rows on five pages: its line alone has to be
 * durable before the answer leaves, its index entries don't. Lines move to `access` and `access_by` many at a time, sorted, while the
 * writer has nothing else to do, or when the tail is full.
 */

/** A longer tail is folded beside the commits that lengthen it; questions about accesses look through all of it. */
export const TAIL_LINES_MAX = 4_096;
/** Lines that one transaction folds. */
export const FOLD_LINES = 256;

/** The hashes of a line's index entries as the tail keeps them: a JSON array of 64-bit integers, which the database unpacks by itself. */
export const packHashes = (hashes: readonly bigint[]): string => `[${hashes.join(',')}]`;

/** @returns false, and nothing written, when the line exists */
export function appendLine(database: SqlDatabase, { id, at, line, by }: PreparedLine): boolean {
  if (database.prepare('SELECT 1 FROM access WHERE id = ?').get(id) !== undefined) return false;
  const { changes } = database
    .prepare('INSERT INTO access_tail VALUES (?, ?, ?, ?) ON CONFLICT(id) DO NOTHING')
    .run(id, at, by, line);
  return changes > 0;
}

export const tailLength = (database: SqlDatabase): number =>
  Number(database.prepare('SELECT count(*) AS lines FROM access_tail').get()?.['lines'] ?? 0);

/**
 * Moves the oldest lines, at most FOLD_LINES, from the tail to the tables that are searched; inside the caller's transaction.
 * @returns how many; fewer than FOLD_LINES = the tail is empty
 */
export function foldLines(database: SqlDatabase): number {
  const last = database.prepare('SELECT max(id) AS id FROM (SELECT id FROM access_tail ORDER BY id LIMIT ?)').get(FOLD_LINES)?.[
    'id'
  ];
  if (typeof last !== 'string') return 0;
  database.prepare('INSERT INTO access SELECT id, at, line FROM access_tail WHERE id <= ? ORDER BY id').run(last);
  // In the order of the index: entries of one page are written one after another.
  database
    .prepare(
      `INSERT OR IGNORE INTO access_by
       SELECT entry.value, tail.at, tail.id FROM access_tail tail, json_each(tail.by) entry WHERE tail.id <= ? ORDER BY 1, 2, 3`,
    )
    .run(last);
  return database.prepare('DELETE FROM access_tail WHERE id <= ?').run(last).changes;
}
