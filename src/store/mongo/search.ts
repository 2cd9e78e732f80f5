import type { mongo } from 'mongoose';
import { PhrError } from '../../errors.js';
import type { ResourceCodec } from '../indexing.js';
import type { KeyedHash } from '../keyed-hash.js';
import type { PageCursors } from '../page-cursor.js';
import { UNDATED } from '../ranges.js';
import { MAX_TOTAL } from '../resource-store.js';
import type { ResourceQuery, SearchPage, StoredResource } from '../resource-store.js';
import { checkQuery } from '../unit-checks.js';
import type { ResourceDocument } from './documents.js';
import { isTimeLimit } from './failures.js';
import { storedOf, WITHOUT_TERMS } from './resource-reads.js';
import { chooseDriver } from './search-driver.js';
import type { Driver } from './search-driver.js';
import { conditionOf, reachOf, residual } from './search-filter.js';
import { inSnapshot } from './snapshot.js';
import type { AskedWith, ReadParts } from './snapshot.js';

export interface SearchParts extends ReadParts {
  readonly codec: ResourceCodec;
  readonly hash: KeyedHash;
  readonly cursors: PageCursors;
}

interface Place {
  readonly row: number;
  readonly d: number;
}

type Found = Place & ResourceDocument;

/** What every question of one search shares. */
interface Search {
  readonly query: ResourceQuery;
  readonly parts: SearchParts;
  readonly asked: AskedWith;
  readonly driver: Driver;
  /** Driver and everything else. */
  readonly filter: mongo.Document;
  readonly top: number;
}

/** Answers one page from one snapshot. @throws PhrError `invalid`, `unsupported` (the codec's plan), `too-costly` (maxTimeMs) */
export async function searchPage(query: ResourceQuery, parts: SearchParts): Promise<SearchPage> {
  checkQuery(query);
  const after = query.cursor === undefined ? undefined : parts.cursors.decode(query, query.cursor);
  const planned = parts.codec.plan({
    criteria: query.criteria,
    ...(query.resourceTypes === undefined ? {} : { resourceTypes: query.resourceTypes }),
  });
  const isEmpty = [query.resourceTypes, query.anyLabel, query.alsoAnyLabel].some((list) => list?.length === 0);
  if (isEmpty) return { items: [], ...(query.total === true ? { total: 0 } : {}) };
  return inSnapshot(parts, async (asked) => {
    try {
      const { row, held } = await readClock(parts, asked);
      const driver = await chooseDriver(query, planned, parts.hash, async ({ condition, hint }, limit) => {
        const pipeline = [{ $match: condition }, { $limit: limit }, { $count: 'n' }];
        const [counted] = await parts.collections.resources.aggregate<{ n: number }>(pipeline, { ...asked, hint }).toArray();
        return counted?.n ?? 0;
      });
      const others = { $and: [...reachOf(query, held), conditionOf(planned, parts.hash)] };
      const filter = { $and: [driver.condition, residual(others)] };
      const search = { query, parts, asked, driver, filter, top: after?.top ?? row };
      return await pageOf(search, after === undefined ? undefined : { row: after.row, d: after.date ?? UNDATED });
    } catch (error) {
      if (isTimeLimit(error)) throw new PhrError('too-costly', 'The search takes too long', [], { cause: error });
      throw error;
    }
  });
}

/** The newest row, and what is held. */
async function readClock({ collections }: SearchParts, asked: AskedWith): Promise<{ row: number; held: readonly string[] }> {
  const [clock] = await collections.clock
    .aggregate<{ row: number; held: { _id: string }[] }>(
      [{ $match: { _id: 'clock' } }, { $lookup: { from: 'holds', pipeline: [], as: 'held' } }],
      asked,
    )
    .toArray();
  return { row: clock?.row ?? 0, held: (clock?.held ?? []).map(({ _id }) => _id) };
}

async function pageOf(search: Search, start: Place | undefined): Promise<SearchPage> {
  const { query, parts, top } = search;
  const found: { readonly place: Place; readonly stored: StoredResource }[] = [];
  const documents = search.driver.isInOrder ? walked(search, start) : gathered(search, start);
  if (query.count > 0) {
    for await (const document of documents) {
      const stored = storedOf(document);
      if (isConfirmed(stored, query, parts.codec)) found.push({ place: document, stored });
      if (found.length > query.count) break;
    }
  }
  const page = found.slice(0, query.count);
  const last = page.at(-1)?.place;
  const isWhole = start === undefined && found.length <= query.count && query.count > 0;
  const total = query.total !== true ? undefined : isWhole ? found.length : await countAll(search);
  return {
    items: page.map(({ stored }) => stored),
    ...(last !== undefined && found.length > query.count
      ? { next: parts.cursors.encode(query, { row: last.row, top, date: last.d === UNDATED ? null : last.d }) }
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

/** Resources in the order of an index, a page at a time: hardly ever is a second fetch needed. */
async function* walked({ query, parts, asked, driver, filter, top }: Search, start: Place | undefined): AsyncGenerator<Found> {
  const limit = query.count + 1;
  const pending = [...stretchesOf(query, start)];
  for (let stretch = pending.shift(); stretch !== undefined; stretch = pending.shift()) {
    const within = { $and: [filter, ...stretch.within, { row: { $lte: top } }] };
    const documents = (await parts.collections.resources
      .find(within, { ...asked, hint: driver.hint, sort: stretch.sort, limit, projection: WITHOUT_TERMS, allowDiskUse: true })
      .toArray()) as Found[];
    yield* documents;
    const last = documents.at(-1);
    if (last === undefined || documents.length < limit) continue;
    // The rest of this stretch begins behind the last one; the stretches that follow it stay.
    const rest = stretchesOf(query, last).filter(({ rank }) => rank <= stretch.rank);
    pending.unshift(...rest);
  }
}

interface Stretch {
  /** Its place among the stretches of a whole walk. */
  readonly rank: number;
  readonly within: readonly mongo.Document[];
  readonly sort: Readonly<Record<string, 1 | -1>>;
}

/**
 * What is behind a place, as stretches of an index with tight bounds: the rest of one date, the dates behind it, the undated, which
 * stand last in both directions.
 */
function stretchesOf({ order }: ResourceQuery, start: Place | undefined): readonly Stretch[] {
  if (order === 'newest') {
    return [{ rank: 0, within: start === undefined ? [] : [{ row: { $lt: start.row } }], sort: { row: -1 } }];
  }
  const direction = order === 'date-asc' ? 1 : -1;
  const sort = { d: direction, row: direction } as const;
  const behind = order === 'date-asc' ? '$gt' : '$lt';
  const undated: Stretch = { rank: 2, within: [{ d: UNDATED }], sort };
  const dated: Stretch = { rank: 1, within: [{ d: { $gt: UNDATED } }], sort };
  if (start === undefined) return [dated, undated];
  const ofDate: Stretch = { rank: start.d === UNDATED ? 2 : 0, within: [{ d: start.d }, { row: { [behind]: start.row } }], sort };
  if (start.d === UNDATED) return [ofDate];
  const dates = order === 'date-asc' ? { $gt: start.d } : { $gt: UNDATED, $lt: start.d };
  return [ofDate, { rank: 1, within: [{ d: dates }], sort }, undated];
}

/** Few candidates in no order: their places are read and sorted, then the documents, a page at a time. */
async function* gathered({ query, parts, asked, driver, filter, top }: Search, start: Place | undefined): AsyncGenerator<Found> {
  const compare = orderOf(query);
  const { resources } = parts.collections;
  const places = await resources.find(filter, { ...asked, hint: driver.hint, projection: { row: 1, d: 1 } }).toArray();
  const sorted = (places as (Place & { readonly _id: string })[])
    .filter((place) => place.row <= top && (start === undefined || compare(start, place) < 0))
    .sort(compare);
  for (let from = 0; from < sorted.length; from += query.count + 1) {
    const ids = sorted.slice(from, from + query.count + 1).map(({ _id }) => _id);
    const documents = await resources.find({ _id: { $in: ids } }, { ...asked, projection: WITHOUT_TERMS }).toArray();
    const byId = new Map(documents.map((document) => [document._id, document as Found]));
    for (const id of ids) {
      const document = byId.get(id);
      if (document !== undefined) yield document;
    }
  }
}

function orderOf({ order }: ResourceQuery): (a: Place, b: Place) => number {
  if (order === 'newest') return (a, b) => b.row - a.row;
  const direction = order === 'date-asc' ? 1 : -1;
  return (a, b) => {
    if (a.d === b.d) return direction * (a.row - b.row);
    if (a.d === UNDATED) return 1;
    if (b.d === UNDATED) return -1;
    return direction * (a.d - b.d);
  };
}

async function countAll({ parts, asked, driver, filter }: Search): Promise<number | undefined> {
  const options = { ...asked, hint: driver.hint, limit: MAX_TOTAL + 1 };
  const count = await parts.collections.resources.countDocuments(filter, options);
  return count > MAX_TOTAL ? undefined : count;
}
