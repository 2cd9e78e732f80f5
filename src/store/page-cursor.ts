import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { PhrError } from '../errors.js';
import type { ResourceQuery } from './resource-store.js';

/**
 * Where a walk stands. `row` grows with every version made; `top` is the newest row when the walk began: versions made later are
 * left out, so a resource that changes is seen at most once and one that does not exactly once.
 */
export interface PagePosition {
  readonly row: number;
  readonly top: number;
  /** Clinical date of the last item in epoch milliseconds; null = undated. Unused by `newest`. */
  readonly date: number | null;
}

export interface PageCursors {
  encode(query: ResourceQuery, position: PagePosition): string;
  /** @throws PhrError `invalid` when the cursor was not made by this store for this query */
  decode(query: ResourceQuery, cursor: string): PagePosition;
}

const MAC_BYTES = 12;

/**
 * Cursors that only this store can have made: position plus a keyed hash over position and query. Labels are not part of it: reach
 * is applied anew on every page, so data that arrives during a walk does not end it.
 */
export function makePageCursors(key: Uint8Array): PageCursors {
  const macOf = (query: ResourceQuery, payload: string): Buffer =>
    createHmac('sha256', key).update(queryDigest(query)).update(payload).digest().subarray(0, MAC_BYTES);
  return {
    encode(query, { row, top, date }) {
      const payload = JSON.stringify([row, top, date]);
      return Buffer.concat([macOf(query, payload), Buffer.from(payload)]).toString('base64url');
    },
    decode(query, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      const payload = bytes.subarray(MAC_BYTES).toString('utf8');
      if (bytes.length <= MAC_BYTES || !timingSafeEqual(bytes.subarray(0, MAC_BYTES), macOf(query, payload))) {
        throw new PhrError('invalid', 'The page cursor was not made for this search');
      }
      const [row, top, date] = JSON.parse(payload) as [number, number, number | null];
      return { row, top, date };
    },
  };
}

function queryDigest(query: ResourceQuery): Buffer {
  const identity = [query.resourceTypes ?? null, query.criteria, query.subject ?? null, query.origin ?? null, query.order];
  return createHash('sha256').update(JSON.stringify(identity)).digest();
}
