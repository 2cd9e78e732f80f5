import { PhrError } from '../errors.js';
import { MAX_LINE_PATIENTS, MAX_LINE_REFERENCES } from './access-log.js';
import type { ResourceQuery } from './resource-store.js';
import type { UnitOfWrite } from './store.js';

/** Bytes of one resource's JSON text; keeps a resource inside one MongoDB document (design.md §6). */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** Equality terms, strings and ranges of one resource together (design.md §6). */
export const MAX_TERMS = 4_096;

/**
 * What holds for a unit on every engine: nothing is named twice in one unit and the lines keep their bounds.
 * @throws PhrError `invalid`
 */
export function checkUnit(unit: UnitOfWrite): void {
  refuseTwice('resource', unit.resources, ({ resourceType, id }) => `${resourceType}/${id}`);
  refuseTwice('record', unit.records, ({ collection, id }) => `${collection}/${id}`);
  refuseTwice('claim', unit.claims, ({ key }) => key);
  refuseTwice('bump', unit.bumps, (key) => key);
  refuseTwice('closed outbox row', unit.closes, (id) => id);
  refuseTwice('outbox row', unit.opens, ({ id }) => id);
  refuseTwice('access line', unit.access, ({ id }) => id);
  for (const line of unit.access ?? []) {
    if (line.patients.length > MAX_LINE_PATIENTS) throw new PhrError('invalid', 'An access line names too many patients');
    if (line.what.length > MAX_LINE_REFERENCES) throw new PhrError('invalid', 'An access line names too many references');
  }
}

/** @throws PhrError `too-large` */
export function checkBodySize(body: string): void {
  if (body.length * 3 > MAX_BODY_BYTES && Buffer.byteLength(body) > MAX_BODY_BYTES) {
    throw new PhrError('too-large', `A resource is larger than ${String(MAX_BODY_BYTES)} bytes`);
  }
}

/** A search over every type needs an anchor. @throws PhrError `invalid` */
export function checkQuery(query: ResourceQuery): void {
  if (query.resourceTypes === undefined && query.subject === undefined && query.anyLabel === undefined) {
    throw new PhrError('invalid', 'A search without type needs a subject or a label');
  }
  if (!Number.isSafeInteger(query.count) || query.count < 0) throw new PhrError('invalid', 'The page size is not a count');
}

function refuseTwice<T>(what: string, items: readonly T[] | undefined, keyOf: (item: T) => string): void {
  if (items === undefined || items.length < 2) return;
  if (new Set(items.map(keyOf)).size !== items.length) throw new PhrError('invalid', `A unit of write names one ${what} twice`);
}
