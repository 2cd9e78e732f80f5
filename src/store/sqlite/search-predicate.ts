import type { TermExpression } from '../indexing.js';
import type { ResourceQuery } from '../resource-store.js';
import type { SqlValue } from './driver.js';
import { hashedNames } from '../keyed-hash.js';
import type { KeyedHash } from '../keyed-hash.js';
import { withoutNul } from './prepared-unit.js';
import { rangeLimits } from '../ranges.js';
import { ORIGINS } from './schema.js';

/** A piece of SQL with its parameters in order. */
export interface SqlPiece {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

export const piece = (sql: string, ...parameters: readonly SqlValue[]): SqlPiece => ({ sql, parameters });

export const joined = (pieces: readonly SqlPiece[], separator: string): SqlPiece => ({
  sql: pieces.map(({ sql }) => sql).join(separator),
  parameters: pieces.flatMap(({ parameters }) => parameters),
});

/** A list as one parameter, so that lists of every length share a statement. */
export const listOf = (values: readonly (string | bigint)[]): string =>
  `[${values.map((value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value))).join(',')}]`;

/** Above every text that begins with the prefix. */
export const prefixEnd = (prefix: string): string => `${prefix}\u{10FFFF}`;

/** The condition of an expression on the row `r` of `res`. */
export function predicateOf(expression: TermExpression, hash: KeyedHash): SqlPiece {
  switch (expression.op) {
    case 'all':
      return expression.of.length === 0 ? piece('1') : grouped(expression.of, ' AND ', hash);
    case 'any':
      return expression.of.length === 0 ? piece('0') : grouped(expression.of, ' OR ', hash);
    case 'not': {
      const { sql, parameters } = predicateOf(expression.of, hash);
      return { sql: `NOT (${sql})`, parameters };
    }
    case 'equal':
      return piece('EXISTS (SELECT 1 FROM tok WHERE h = ? AND rid = r.rid)', hash.term(hashedNames.equal(expression.term)));
    case 'prefix': {
      const from = withoutNul(expression.value);
      return piece(
        'EXISTS (SELECT 1 FROM str WHERE rid = r.rid AND p = ? AND v >= ? AND v < ?)',
        hash.term(hashedNames.param(expression.param)),
        from,
        prefixEnd(from),
      );
    }
    case 'range':
      return piece(
        'EXISTS (SELECT 1 FROM rng WHERE rid = r.rid AND p = ? AND lo >= ? AND lo < ? AND hi >= ? AND hi < ?)',
        hash.term(hashedNames.param(expression.param)),
        ...rangeLimits(expression),
      );
    case 'id':
      return piece('r.id IN (SELECT value FROM json_each(?))', listOf(expression.ids));
    case 'everything':
      return piece('1');
    case 'nothing':
      return piece('0');
  }
}

function grouped(of: readonly TermExpression[], separator: string, hash: KeyedHash): SqlPiece {
  const { sql, parameters } = joined(
    of.map((each) => predicateOf(each, hash)),
    separator,
  );
  return { sql: `(${sql})`, parameters };
}

/** Reach, deny mask, holds, types, subject and origin: conditions of every page, whatever drives the search. */
export function reachOf(query: ResourceQuery): SqlPiece {
  const pieces: SqlPiece[] = [piece('r.body IS NOT NULL')];
  const [onlyType, ...otherTypes] = query.resourceTypes ?? [];
  if (query.resourceTypes !== undefined) {
    pieces.push(
      onlyType !== undefined && otherTypes.length === 0
        ? piece('r.type = ?', onlyType)
        : piece('r.type IN (SELECT value FROM json_each(?))', listOf(query.resourceTypes)),
    );
  }
  if (query.subject !== undefined) pieces.push(piece('r.subject = ?', query.subject));
  if (query.origin !== undefined) pieces.push(piece('r.origin = ?', ORIGINS.indexOf(query.origin)));
  for (const labels of [query.anyLabel, query.alsoAnyLabel]) if (labels !== undefined) pieces.push(carriesAny(labels));
  for (const denied of query.noLabel ?? []) {
    const { sql, parameters } = carries(denied);
    pieces.push({ sql: `NOT ${sql}`, parameters });
  }
  if (query.includeHeld !== true) pieces.push(piece(NOT_HELD));
  return joined(pieces, ' AND ');
}

/** No label of `r` is held. The first test is answered once a statement, and nearly always ends it. */
export const NOT_HELD = `(NOT EXISTS (SELECT 1 FROM hold) OR NOT EXISTS (
  SELECT 1 FROM json_each(r.labels) l CROSS JOIN hold ON hold.label = l.value))`;

/**
 * `labels` is a JSON array of text. Inside a JSON text every quote is escaped, so `["` and `,"` can only begin an element, and the
 * element can be looked for as text. A label that ends with `/` stands for its kind.
 */
function carries(label: string): SqlPiece {
  const spelled = JSON.stringify(label);
  const sought = label.endsWith('/') ? spelled.slice(0, -1) : spelled;
  return piece('(instr(r.labels, ?) OR instr(r.labels, ?))', `[${sought}`, `,${sought}`);
}

function carriesAny(labels: readonly string[]): SqlPiece {
  const [only, ...others] = labels;
  if (only === undefined) return piece('0');
  if (others.length === 0 && !only.endsWith('/')) return carries(only);
  return piece('EXISTS (SELECT 1 FROM json_each(r.labels) l WHERE l.value IN (SELECT value FROM json_each(?)))', listOf(labels));
}
