import { PhrError } from '../../errors.js';
import type { ResourceQuery } from '../../store/resource-store.js';
import { SORT_DATES } from './served-parameters.js';
import { bad } from './search-text.js';

/** Page size when none is asked for. */
export const DEFAULT_COUNT = 20;
/** Largest page; a larger `_count` gets this one (R4: a server may return fewer). */
export const MAX_COUNT = 200;

export interface ResultParameters {
  readonly count: number;
  /** Only the total is wanted (`_summary=count`, `_count=0`). */
  readonly countOnly: boolean;
  readonly total: boolean;
  readonly order: ResourceQuery['order'];
  /** From the next link. */
  readonly cursor?: string;
}

/** Parameters that shape the answer. `_format` and `_pretty` are the HTTP layer's; the others are known but refused. */
export const RESULT_PARAMETERS: ReadonlySet<string> = new Set([
  '_count',
  '_cursor',
  '_total',
  '_summary',
  '_sort',
  '_format',
  '_pretty',
  '_elements',
  '_include',
  '_revinclude',
  '_contained',
  '_containedType',
]);

const refuse = (name: string): PhrError => {
  const text = `Search parameter ${name}: not supported, or not with this value`;
  return new PhrError('unsupported', text, [{ severity: 'error', code: 'not-supported', text }]);
};

function orderOf(value: string, resourceType: string): ResourceQuery['order'] {
  if (value === '-_lastUpdated') return 'newest';
  const field = value.replace(/^-/, '');
  if (field !== SORT_DATES[resourceType]) throw refuse('_sort');
  return value.startsWith('-') ? 'date-desc' : 'date-asc';
}

/**
 * https://hl7.org/fhir/R4/search.html#return
 * @throws PhrError `unsupported` or `malformed`
 */
export function readResultParameters(
  params: readonly (readonly [name: string, value: string])[],
  resourceType: string,
): ResultParameters {
  let count = DEFAULT_COUNT;
  let countOnly = false;
  let total = false;
  let order: ResourceQuery['order'] = 'newest';
  let cursor: string | undefined;
  const seen = new Set<string>();
  for (const [name, value] of params) {
    if (seen.has(name)) throw bad(name, 'is given twice');
    seen.add(name);
    switch (name) {
      case '_format':
      case '_pretty':
        break;
      case '_count':
        if (!/^\d{1,9}$/.test(value)) throw bad(name, 'is not a number');
        if (Number(value) === 0) countOnly = true;
        else count = Math.min(Number(value), MAX_COUNT);
        break;
      case '_cursor':
        if (value === '') throw bad(name, 'is empty');
        cursor = value;
        break;
      case '_total':
        if (!['none', 'estimate', 'accurate'].includes(value)) throw bad(name, 'is none, estimate or accurate');
        total = value !== 'none';
        break;
      case '_summary':
        if (value === 'count') countOnly = true;
        else if (value !== 'false') throw refuse(name);
        break;
      case '_sort':
        order = orderOf(value, resourceType);
        break;
      default:
        throw refuse(name);
    }
  }
  return { count, countOnly, total: total || countOnly, order, ...(cursor === undefined ? {} : { cursor }) };
}
