import { PhrError } from '../../errors.js';
import type { TermExpression } from '../../store/indexing.js';
import type { ResourceQuery, SearchCriterion, SearchValue } from '../../store/resource-store.js';
import { SEARCHABLE_TYPES, servedParameters, type SearchParameter } from './registry.js';
import { prefixOf, TERM } from './term-spelling.js';

/** The part of a query that is planned: engines add labels, subject and order themselves. */
export type PlannedQuery = Pick<ResourceQuery, 'resourceTypes' | 'criteria'>;

const all = (of: readonly TermExpression[]): TermExpression =>
  of.length === 0 ? { op: 'everything' } : of.length === 1 && of[0] !== undefined ? of[0] : { op: 'all', of };
const any = (of: readonly TermExpression[]): TermExpression =>
  of.length === 0 ? { op: 'nothing' } : of.length === 1 && of[0] !== undefined ? of[0] : { op: 'any', of };
const equal = (term: string): TermExpression => ({ op: 'equal', term });

/** A criterion that cannot be answered; the parameter is named, the value never. */
export function cannotAnswer(criterion: SearchCriterion): PhrError {
  const name = criterion.modifier === undefined ? criterion.param : `${criterion.param}:${criterion.modifier}`;
  return new PhrError('unsupported', `The search parameter ${name} is not supported here`);
}

function tokenTerm(parameter: SearchParameter, value: Extract<SearchValue, { kind: 'token' }>): TermExpression {
  const { system, code } = value;
  const implied = parameter.impliedSystems;
  if (implied !== undefined) {
    // code, boolean …: there is no system beside the value, so none may be asked but the one its value set implies.
    if (system !== undefined && system !== '' && !implied.includes(system)) return { op: 'nothing' };
    return code === undefined ? { op: 'not', of: equal(TERM.missing(parameter)) } : equal(TERM.code(parameter, code));
  }
  if (code === undefined) return system === undefined ? { op: 'nothing' } : equal(TERM.system(parameter, system));
  return equal(system === undefined ? TERM.code(parameter, code) : TERM.systemCode(parameter, system, code));
}

function identifierTerm(parameter: SearchParameter, value: Extract<SearchValue, { kind: 'token' }>): TermExpression {
  const { system, code } = value;
  if (code === undefined) return system === undefined ? { op: 'nothing' } : equal(TERM.identifierSystem(parameter, system));
  return equal(system === undefined ? TERM.identifierCode(parameter, code) : TERM.identifierSystemCode(parameter, system, code));
}

function dateTerm(parameter: SearchParameter, value: Extract<SearchValue, { kind: 'date' }>): TermExpression {
  const { start, end } = value;
  const param = parameter.key;
  // Stored [s, e), asked [start, end): the sentences of https://hl7.org/fhir/R4/search.html#prefix in bounds (Max is exclusive).
  const within: TermExpression = { op: 'range', param, startMin: start, endMax: end + 1 };
  const endsLater: TermExpression = { op: 'range', param, endMin: end + 1 };
  const startsEarlier: TermExpression = { op: 'range', param, startMax: start };
  switch (value.prefix) {
    case 'eq':
      return within;
    case 'ne':
      return any([startsEarlier, endsLater]);
    case 'gt':
      return endsLater;
    case 'lt':
      return startsEarlier;
    case 'ge':
      return any([endsLater, within]);
    case 'le':
      return any([startsEarlier, within]);
    case 'sa':
      return { op: 'range', param, startMin: end };
    case 'eb':
      return { op: 'range', param, endMax: start + 1 };
    case 'ap':
      return { op: 'range', param, startMax: end, endMin: start + 1 };
  }
}

/** An id alone is looked for among the parameter's target types; above this many of them the type has to be said. */
export const MAX_UNTYPED_TARGETS = 12;

function referenceTerm(
  parameter: SearchParameter,
  value: Extract<SearchValue, { kind: 'reference' }>,
): TermExpression | undefined {
  if (value.resourceType !== undefined) return equal(TERM.reference(parameter, value.resourceType, value.id));
  if (value.id.includes(':') || value.id.includes('/')) return equal(TERM.url(parameter, value.id));
  if (parameter.targets.length === 0 || parameter.targets.length > MAX_UNTYPED_TARGETS) return undefined;
  return any(parameter.targets.map((type) => equal(TERM.reference(parameter, type, value.id))));
}

function valueTerm(parameter: SearchParameter, criterion: SearchCriterion, value: SearchValue): TermExpression {
  const { kind } = parameter;
  const { modifier } = criterion;
  let term: TermExpression | undefined;
  if (kind === 'token' && value.kind === 'token' && (modifier === undefined || modifier === 'not'))
    term = tokenTerm(parameter, value);
  else if (kind === 'reference' && value.kind === 'token' && modifier === 'identifier') term = identifierTerm(parameter, value);
  else if (kind === 'reference' && value.kind === 'reference' && modifier === undefined) term = referenceTerm(parameter, value);
  else if (kind === 'date' && value.kind === 'date' && modifier === undefined) term = dateTerm(parameter, value);
  else if (kind === 'uri' && value.kind === 'string' && modifier === undefined) term = equal(TERM.url(parameter, value.text));
  else if (kind === 'string' && value.kind === 'string' && modifier === 'exact') term = equal(TERM.exact(parameter, value.text));
  else if (kind === 'string' && value.kind === 'string' && modifier === undefined) {
    const prefix = prefixOf(value.text);
    term = prefix === '' ? { op: 'nothing' } : { op: 'prefix', param: parameter.key, value: prefix };
  }
  if (term === undefined) throw cannotAnswer(criterion);
  return term;
}

function criterionTerm(criterion: SearchCriterion, types: readonly string[]): TermExpression {
  if (criterion.param === '_id') {
    if (criterion.modifier !== undefined || criterion.values.some((value) => value.kind !== 'token'))
      throw cannotAnswer(criterion);
    return {
      op: 'id',
      ids: criterion.values.flatMap((value) => (value.kind === 'token' && value.code !== undefined ? [value.code] : [])),
    };
  }
  const parameters = types.map((type) => servedParameters(type).get(criterion.param));
  const known = parameters.filter((parameter) => parameter !== undefined);
  const negates = criterion.modifier === 'not' || criterion.values.some((value) => value.kind === 'missing');
  // Terms carry their type, so a positive criterion also picks the types it is defined for; a negative one must be defined for all.
  if (known.length === 0 || (negates && known.length < parameters.length)) throw cannotAnswer(criterion);
  const alternatives = criterion.values.map((value): TermExpression => {
    if (value.kind === 'missing') {
      const missing = any(known.map((parameter) => equal(TERM.missing(parameter))));
      return value.missing ? missing : { op: 'not', of: missing };
    }
    return any(known.map((parameter) => valueTerm(parameter, criterion, value)));
  });
  return criterion.modifier === 'not' ? { op: 'not', of: any(alternatives) } : any(alternatives);
}

/**
 * The criteria of a query as terms. Without `resourceTypes`, every searchable type is meant.
 * @throws PhrError `unsupported` for a criterion that cannot be planned
 */
export function plan(query: PlannedQuery): TermExpression {
  const types = query.resourceTypes ?? SEARCHABLE_TYPES;
  return all(query.criteria.map((criterion) => criterionTerm(criterion, types)));
}
