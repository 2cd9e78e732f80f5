import type { TermExpression } from '../indexing.js';
import type { ResourceCodec } from '../indexing.js';
import type { PageCursors, PagePosition } from '../page-cursor.js';
import { MAX_TOTAL } from '../resource-store.js';
import type { ResourceQuery, SearchPage, StoredResource } from '../resource-store.js';
import { checkQuery } from '../unit-checks.js';
import type { SqlDatabase } from './driver.js';
import type { KeyedHash } from '../keyed-hash.js';
import { rowByNumber } from './resource-rows.js';
import { UNDATED } from '../ranges.js';
import { chooseDriver } from './search-driver.js';
import type { Driver } from './search-driver.js';
import { joined, piece, predicateOf, reachOf } from './search-predicate.js';
import type { SqlPiece } from './search-predicate.js';
import type { TurnSnapshot } from './turn-snapshot.js';

export interface SearchParts {
  readonly database: SqlDatabase;
  readonly codec: ResourceCodec;
  readonly hash: KeyedHash;
  readonly cursors: PageCursors;
  /** Reads of one turn share a snapshot; absent = each page has its own. */
  readonly turn: TurnSnapshot | undefined;
}

interface Place {
  readonly rid: number;
  readonly s: number;
}

/** Answers one page from one snapshot of the database. @throws PhrError `invalid`, `unsupported` (the codec's plan) */
export function searchPage(query: ResourceQuery, parts: SearchParts): SearchPage {
  checkQuery(query);
  const after = query.cursor === undefined ? undefined : parts.cursors.decode(query, query.cursor);
  const planned = parts.codec.plan({
    criteria: query.criteria,
    ...(query.resourceTypes === undefined ? {} : { resourceTypes: query.resourceTypes }),
  });
  return inSnapshot(parts, () => pageOf(query, planned, after, parts));
}

function inSnapshot<T>({ database, turn }: SearchParts, work: () => T): T {
  if (turn !== undefined) {
    turn.enter();
    return work();
  }
  database.exec('BEGIN');
  try {
    return work();
  } finally {
    database.exec('COMMIT');
  }
}

function pageOf(query: ResourceQuery, planned: TermExpression, after: PagePosition | undefined, parts: SearchParts): SearchPage {
  const { database, hash, cursors } = parts;
  const driver = chooseDriver(database, query, planned, hash);
  const conditions = joined([reachOf(query), predicateOf(planned, hash)], ' AND ');
  const top = after?.top ?? Number(database.prepare('SELECT rid FROM clock').get()?.['rid']);
  const start = after === undefined ? undefined : { rid: after.row, s: after.date ?? UNDATED };
  const found: { readonly place: Place; readonly stored: StoredResource }[] = [];
  for (const place of placesFrom(driver, conditions, query, top, start, database)) {
    const stored = rowByNumber(database, place.rid);
    if (stored !== undefined && isConfirmed(stored, query, parts.codec)) found.push({ place, stored });
    if (found.length > query.count) break;
  }
  const page = found.slice(0, query.count);
  const last = page.at(-1)?.place;
  const isWhole = start === undefined && found.length <= query.count && query.count > 0;
  const total = query.total !== true ? undefined : isWhole ? found.length : countAll(driver, conditions, database);
  return {
    items: page.map(({ stored }) => stored),
    ...(last !== undefined && found.length > query.count
      ? { next: cursors.encode(query, { row: last.rid, top, date: last.s === UNDATED ? null : last.s }) }
      : {}),
    ...(total === undefined ? {} : { total }),
  };
}

/** Equality terms are hashes: a page is checked again against the values. */
function isConfirmed({ body }: StoredResource, { criteria, resourceTypes }: ResourceQuery, codec: ResourceCodec): boolean {
  if (criteria.length === 0) return true;
  if (body === undefined) return false;
  return codec.matches(codec.parse(body), { criteria, ...(resourceTypes === undefined ? {} : { resourceTypes }) });
}

/** Places in the order of the pages, fetched a page at a time: hardly ever is a second fetch needed. */
function* placesFrom(
  driver: Driver,
  conditions: SqlPiece,
  query: ResourceQuery,
  top: number,
  start: Place | undefined,
  database: SqlDatabase,
): Generator<Place> {
  for (const stretch of stretchesOf(query, driver, start)) {
    let from = stretch.from;
    for (;;) {
      const limit = query.count + 1;
      const keyset = from === undefined ? [] : [stretch.behind(from)];
      const { sql, parameters } = joined(
        [driver.where, conditions, piece('r.rid <= ?', top), ...stretch.within, ...keyset],
        ' AND ',
      );
      const rows = database
        .prepare(
          `SELECT r.rid AS rid, r.s AS s FROM ${driver.from.sql} CROSS JOIN res r ON r.rid = d.rid
           WHERE ${sql} ORDER BY ${stretch.order} LIMIT ?`,
        )
        .all(...driver.from.parameters, ...parameters, limit) as unknown as readonly Place[];
      yield* rows;
      if (rows.length < limit) break;
      from = rows.at(-1);
    }
  }
}

interface Stretch {
  readonly from: Place | undefined;
  readonly within: readonly SqlPiece[];
  readonly order: string;
  behind(place: Place): SqlPiece;
}

/** The order of the pages as one or two index walks; the undated stand last in both directions. */
function stretchesOf({ order }: ResourceQuery, { isInOrder }: Driver, start: Place | undefined): readonly Stretch[] {
  const row = isInOrder ? 'd' : 'r';
  if (order === 'newest') {
    return [{ from: start, within: [], order: `${row}.rid DESC`, behind: ({ rid }) => piece(`${row}.rid < ?`, rid) }];
  }
  if (order === 'date-desc') {
    const behind = ({ rid, s }: Place): SqlPiece => piece(`(${row}.s, ${row}.rid) < (?, ?)`, s, rid);
    return [{ from: start, within: [], order: `${row}.s DESC, ${row}.rid DESC`, behind }];
  }
  const dated: Stretch = {
    from: start,
    within: [piece(`${row}.s > ?`, UNDATED)],
    order: `${row}.s, ${row}.rid`,
    behind: ({ rid, s }) => piece(`(${row}.s, ${row}.rid) > (?, ?)`, s, rid),
  };
  const undated: Stretch = {
    from: start?.s === UNDATED ? start : undefined,
    within: [piece(`${row}.s = ?`, UNDATED)],
    order: `${row}.rid`,
    behind: ({ rid }) => piece(`${row}.rid > ?`, rid),
  };
  return start?.s === UNDATED ? [undated] : [dated, undated];
}

function countAll(driver: Driver, conditions: SqlPiece, database: SqlDatabase): number | undefined {
  const { sql, parameters } = joined([driver.where, conditions], ' AND ');
  const counted = database
    .prepare(
      `SELECT count(*) AS n FROM (SELECT 1 FROM ${driver.from.sql} CROSS JOIN res r ON r.rid = d.rid WHERE ${sql} LIMIT ?)`,
    )
    .get(...driver.from.parameters, ...parameters, MAX_TOTAL + 1);
  const count = Number(counted?.['n']);
  return count > MAX_TOTAL ? undefined : count;
}
