import { PhrError } from '../../errors.js';
import type { ResourceQuery, SearchCriterion, SearchValue } from '../../store/resource-store.js';
import { isResourceType } from '../definitions/definitions.js';
import { MAX_UNTYPED_TARGETS } from './plan.js';
import { servedParameters, type SearchParameter } from './registry.js';
import { readResultParameters, RESULT_PARAMETERS, type ResultParameters } from './result-parameters.js';
import { bad, splitBar, splitValues, unescaped } from './search-text.js';
import { readDateValue } from './search-date.js';
import { fold } from './fold.js';

/** Parameters of one search, result parameters included. */
export const MAX_PARAMETERS = 64;
/** Alternatives (commas) of one parameter. */
export const MAX_VALUES = 200;
/** Characters of one parameter's value, all alternatives together. */
export const MAX_VALUE_LENGTH = 8_192;

export interface ParseOptions {
  /** Unknown parameters are refused; otherwise (`Prefer: handling=lenient`) ignored and listed. */
  readonly strict: boolean;
  /** Now, epoch milliseconds: `ap` is approximate by a tenth of the distance from now. */
  readonly nowMs: number;
  /** Own base, e.g. `http://localhost:8080/fhir/R4`: references that begin with it are local. */
  readonly baseUrl?: string;
  /** Parameters of a type that is rendered, not indexed; absent = those that are served of the type. */
  readonly parameters?: ReadonlyMap<string, SearchParameter>;
}

export interface ParsedSearch extends ResultParameters {
  readonly criteria: readonly SearchCriterion[];
  /** Parameters that were ignored (lenient only). */
  readonly unknown: readonly string[];
  /** What was understood, in order, as given: for the self link. Without the cursor. */
  readonly applied: readonly (readonly [name: string, value: string])[];
}

/** Names may be echoed, but only what looks like one. */
const shown = (name: string): string => (/^[\w:.-]{1,64}$/.test(name) ? name : '(not shown)');

const unsupported = (name: string, why: string): PhrError =>
  new PhrError('unsupported', `Search parameter ${shown(name)}: ${why}`, [
    { severity: 'error', code: 'not-supported', text: `Search parameter ${shown(name)}: ${why}` },
  ]);

function tokenValue(name: string, raw: string): SearchValue {
  const [first, second, ...more] = splitBar(raw);
  if (more.length > 0) throw bad(name, 'a token is system|code');
  if (second === undefined) {
    if (first === undefined || first === '') throw bad(name, 'a value is empty');
    return { kind: 'token', code: first };
  }
  if (second === '') {
    if (first === undefined || first === '') throw bad(name, 'a token needs a system or a code');
    return { kind: 'token', system: first };
  }
  return { kind: 'token', system: first ?? '', code: second };
}

const ID = /^[A-Za-z0-9\-.]{1,64}$/;

function referenceValue(
  parameter: SearchParameter,
  name: string,
  raw: string,
  type: string | undefined,
  baseUrl?: string,
): SearchValue {
  let text = raw;
  if (baseUrl !== undefined && text.startsWith(`${baseUrl}/`)) text = text.slice(baseUrl.length + 1);
  const local = /^([A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/.exec(text);
  if (local?.[1] !== undefined && local[2] !== undefined) {
    if (!isResourceType(local[1])) throw bad(name, 'the reference names an unknown resource type');
    if (type !== undefined && type !== local[1]) throw bad(name, 'the reference contradicts the type modifier');
    return { kind: 'reference', resourceType: local[1], id: local[2] };
  }
  if (ID.test(text)) {
    const only = type ?? (parameter.targets.length === 1 ? parameter.targets[0] : undefined);
    if (only !== undefined) return { kind: 'reference', resourceType: only, id: text };
    if (parameter.targets.length === 0 || parameter.targets.length > MAX_UNTYPED_TARGETS) {
      throw bad(name, 'the reference needs its type: Type/id');
    }
    return { kind: 'reference', id: text };
  }
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(text)) return { kind: 'reference', id: text };
  throw bad(name, 'a reference is Type/id, id or a URL');
}

function missingValues(name: string, values: readonly string[]): SearchValue[] {
  const [value, ...more] = values;
  if (more.length > 0 || (value !== 'true' && value !== 'false')) throw bad(name, ':missing takes true or false');
  return [{ kind: 'missing', missing: value === 'true' }];
}

/** Modifiers of each kind that mean what R4 says here; `missing` is understood for every kind. */
const MODIFIERS: Readonly<Record<string, readonly string[]>> = { token: ['not'], string: ['exact'], reference: ['identifier'] };

function readCriterion(
  parameter: SearchParameter,
  name: string,
  modifier: string | undefined,
  text: string,
  options: ParseOptions,
): SearchCriterion {
  const { code, kind } = parameter;
  if (text.length > MAX_VALUE_LENGTH) throw bad(name, `the value has more than ${MAX_VALUE_LENGTH} characters`);
  const raw = splitValues(name, text);
  if (raw.length > MAX_VALUES)
    throw new PhrError('too-costly', `Search parameter ${shown(name)}: more than ${MAX_VALUES} values`);
  if (raw.includes('')) throw bad(name, 'a value is empty');
  if (modifier === 'missing' && code !== '_id') return { param: code, kind, values: missingValues(name, raw) };
  if (modifier !== undefined && kind === 'reference' && isResourceType(modifier)) {
    if (parameter.targets.length > 0 && !parameter.targets.includes(modifier))
      throw unsupported(name, 'it does not point to that type');
    return {
      param: code,
      kind,
      values: raw.map((value) => referenceValue(parameter, name, unescaped(value), modifier, options.baseUrl)),
    };
  }
  if (modifier !== undefined && (code === '_id' || !(MODIFIERS[kind] ?? []).includes(modifier))) {
    throw unsupported(name, 'this modifier is not supported');
  }
  const base = { param: code, kind, ...(modifier === undefined ? {} : { modifier }) };
  if (code === '_id') return { ...base, values: raw.map((value) => idValue(name, unescaped(value))) };
  switch (kind) {
    case 'token':
      return { ...base, values: raw.map((value) => tokenValue(name, value)) };
    case 'string':
      return { ...base, values: raw.map((value) => stringValue(name, unescaped(value), modifier)) };
    case 'date':
      return { ...base, values: raw.map((value) => readDateValue(name, unescaped(value), options.nowMs)) };
    case 'reference':
      return {
        ...base,
        values: raw.map((value) =>
          modifier === 'identifier'
            ? tokenValue(name, value)
            : referenceValue(parameter, name, unescaped(value), undefined, options.baseUrl),
        ),
      };
    case 'uri':
      return { ...base, values: raw.map((value) => ({ kind: 'string', text: unescaped(value) })) };
    default:
      throw unsupported(name, 'this kind of parameter is not supported');
  }
}

function idValue(name: string, text: string): SearchValue {
  if (!ID.test(text)) throw bad(name, 'a value is not an id');
  return { kind: 'token', code: text };
}

function stringValue(name: string, text: string, modifier: string | undefined): SearchValue {
  if (modifier === undefined && fold(text) === '') throw bad(name, 'a value has no letter and no digit');
  return { kind: 'string', text };
}

/**
 * Reads the parameters of a search: https://hl7.org/fhir/R4/search.html. A parameter repeated is AND, commas are OR.
 *
 * @param params name and value, percent-decoded, in order
 * @throws PhrError `unsupported` (unknown parameter, modifier, chain), `malformed` (a value that is none), `too-costly` (above a bound);
 *   parameters are named, values never
 * @example parseSearch('Patient', [['name', 'hoa'], ['birthdate', 'ge1984']], { strict: true, nowMs })
 */
export function parseSearch(
  resourceType: string,
  params: Iterable<readonly [name: string, value: string]>,
  options: ParseOptions,
): ParsedSearch {
  const served = options.parameters ?? servedParameters(resourceType);
  const criteria: SearchCriterion[] = [];
  const results: (readonly [string, string])[] = [];
  const unknown: string[] = [];
  const applied: (readonly [string, string])[] = [];
  let seen = 0;
  for (const [name, value] of params) {
    seen += 1;
    if (seen > MAX_PARAMETERS) throw new PhrError('too-costly', `A search has at most ${MAX_PARAMETERS} parameters`);
    if (RESULT_PARAMETERS.has(name)) {
      results.push([name, value]);
      if (name !== '_cursor') applied.push([name, value]);
      continue;
    }
    if (/^[^:]*\./.test(name) || /^_has:/.test(name) || /^[^:]+:[^:.]+\./.test(name))
      throw unsupported(name, 'chains are not supported');
    const colon = name.indexOf(':');
    const code = colon < 0 ? name : name.slice(0, colon);
    const parameter = served.get(code);
    if (parameter === undefined) {
      if (options.strict) throw unsupported(name, `not supported for ${resourceType}`);
      unknown.push(shown(name));
      continue;
    }
    criteria.push(readCriterion(parameter, shown(name), colon < 0 ? undefined : name.slice(colon + 1), value, options));
    applied.push([name, value]);
  }
  return { ...readResultParameters(results, resourceType), criteria, unknown, applied };
}

/** The part of a parsed search that the store is asked for; the caller adds labels and subject (its reach). */
export function storeQuery(resourceType: string, search: ParsedSearch): ResourceQuery {
  return {
    resourceTypes: [resourceType],
    criteria: search.criteria,
    order: search.order,
    count: search.count,
    total: search.total,
    ...(search.cursor === undefined ? {} : { cursor: search.cursor }),
  };
}
