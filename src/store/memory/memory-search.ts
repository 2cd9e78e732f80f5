import type { FhirResource } from 'fhir/r4.js';
import type { PageCursors, PagePosition } from '../page-cursor.js';
import { MAX_TOTAL } from '../resource-store.js';
import type { ResourceQuery, SearchPage, StoredResource } from '../resource-store.js';

/** The current version of one resource with what a scan needs at hand. */
export interface CurrentRow {
  readonly stored: StoredResource;
  /** Grows with every version made in the store. */
  readonly row: number;
  readonly resource?: FhirResource;
  readonly date?: number;
}

export interface Scan {
  readonly rows: Iterable<CurrentRow>;
  readonly top: number;
  readonly held: ReadonlySet<string>;
  readonly cursors: PageCursors;
  matches(resource: FhirResource, query: ResourceQuery): boolean;
}

/** Answers a search by looking at every current resource: slow, and easy to believe. */
export function scanSearch(query: ResourceQuery, scan: Scan): SearchPage {
  const after = query.cursor === undefined ? undefined : scan.cursors.decode(query, query.cursor);
  const hits = [...scan.rows].filter((row) => isHit(row, query, scan)).sort(orderOf(query));
  const top = after?.top ?? scan.top;
  const remaining = hits.filter((hit) => hit.row <= top && (after === undefined || orderOf(query)(positionOf(after), hit) < 0));
  const page = remaining.slice(0, query.count);
  const last = page.at(-1);
  return {
    items: page.map(({ stored }) => structuredClone(stored)),
    ...(last !== undefined && remaining.length > page.length
      ? { next: scan.cursors.encode(query, { row: last.row, top, date: last.date ?? null }) }
      : {}),
    ...(query.total === true && hits.length <= MAX_TOTAL ? { total: hits.length } : {}),
  };
}

interface Place {
  readonly row: number;
  readonly date?: number;
}

const positionOf = ({ row, date }: PagePosition): Place => (date === null ? { row } : { row, date });

function isHit({ stored, resource }: CurrentRow, query: ResourceQuery, { held, matches }: Scan): boolean {
  const carries = (label: string): boolean => stored.labels.includes(label);
  if (resource === undefined) return false;
  if (query.resourceTypes !== undefined && !query.resourceTypes.includes(stored.resourceType)) return false;
  if (query.subject !== undefined && stored.subject !== query.subject) return false;
  if (query.origin !== undefined && stored.origin !== query.origin) return false;
  if (query.anyLabel !== undefined && !query.anyLabel.some(carries)) return false;
  if (query.alsoAnyLabel !== undefined && !query.alsoAnyLabel.some(carries)) return false;
  if (stored.labels.some((label) => query.noLabel?.some((denied) => isDenied(label, denied)))) return false;
  if (query.includeHeld !== true && stored.labels.some((label) => held.has(label))) return false;
  return matches(resource, query);
}

const isDenied = (label: string, denied: string): boolean => (denied.endsWith('/') ? label.startsWith(denied) : label === denied);

/** By date, rows of one date follow the same direction and the undated stand last in both. */
function orderOf({ order }: ResourceQuery): (a: Place, b: Place) => number {
  if (order === 'newest') return (a, b) => b.row - a.row;
  const direction = order === 'date-asc' ? 1 : -1;
  return (a, b) => {
    if (a.date === b.date) return direction * (a.row - b.row);
    if (a.date === undefined) return 1;
    if (b.date === undefined) return -1;
    return direction * (a.date - b.date);
  };
}
