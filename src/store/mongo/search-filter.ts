import type { mongo } from 'mongoose';
import type { TermExpression } from '../indexing.js';
import { hashedNames } from '../keyed-hash.js';
import type { KeyedHash } from '../keyed-hash.js';
import { rangeLimits } from '../ranges.js';
import type { ResourceQuery } from '../resource-store.js';
import { ORIGINS } from './documents.js';
import { stringPrefix } from './prepared-unit.js';

/** No document has such a primary key. */
export const NEVER: mongo.Document = { _id: null };

/**
 * A condition that the planner cannot use as bounds of an index: an alternative on a field that exists nowhere. Which term drives a
 * search is chosen by counting; among several conditions on one array the planner would take any.
 */
export const residual = (condition: mongo.Document): mongo.Document =>
  Object.keys(condition).length === 0 ? {} : { $or: [condition, { nowhere: true }] };

/** Above every text that begins with the prefix. */
const prefixEnd = (prefix: string): string => `${prefix}\u{10FFFF}`;

/** Both bounds hold for one element: as two plain conditions on an array they would hold for any two. */
export function stringCondition(param: string, value: string, hash: KeyedHash): mongo.Document {
  const from = `${stringPrefix(param, hash)}${value}`;
  return { strs: { $elemMatch: { $gte: from, $lt: prefixEnd(from) } } };
}

/** The condition of an expression on a resource document. */
export function conditionOf(expression: TermExpression, hash: KeyedHash): mongo.Document {
  switch (expression.op) {
    case 'all':
      return expression.of.length === 0 ? {} : { $and: expression.of.map((each) => conditionOf(each, hash)) };
    case 'any':
      return expression.of.length === 0 ? NEVER : { $or: expression.of.map((each) => conditionOf(each, hash)) };
    case 'not':
      return { $nor: [conditionOf(expression.of, hash)] };
    case 'equal':
      return { terms: hash.term(hashedNames.equal(expression.term)) };
    case 'prefix':
      return stringCondition(expression.param, expression.value, hash);
    case 'range': {
      const [startMin, startMax, endMin, endMax] = rangeLimits(expression);
      const p = hash.term(hashedNames.param(expression.param));
      return { rngs: { $elemMatch: { p, lo: { $gte: startMin, $lt: startMax }, hi: { $gte: endMin, $lt: endMax } } } };
    }
    case 'id':
      return { id: { $in: expression.ids } };
    case 'everything':
      return {};
    case 'nothing':
      return NEVER;
  }
}

/** Reach, deny mask, holds, types, subject and origin: conditions of every page, whatever drives the search. By value, not by hash. */
export function reachOf(query: ResourceQuery, held: readonly string[]): readonly mongo.Document[] {
  const conditions: mongo.Document[] = [{ body: { $exists: true } }];
  if (query.resourceTypes !== undefined) conditions.push({ t: { $in: query.resourceTypes } });
  if (query.subject !== undefined) conditions.push({ subject: query.subject });
  if (query.origin !== undefined) conditions.push({ o: ORIGINS.indexOf(query.origin) });
  for (const labels of [query.anyLabel, query.alsoAnyLabel]) {
    if (labels !== undefined) conditions.push({ labels: { $in: labels } });
  }
  const denied = (query.noLabel ?? []).map((label) => (label.endsWith('/') ? beginningWith(label) : label));
  const hidden = query.includeHeld === true ? [] : held;
  if (denied.length + hidden.length > 0) conditions.push({ labels: { $nin: [...denied, ...hidden] } });
  return conditions;
}

const beginningWith = (text: string): RegExp => new RegExp(`^${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`);
