import type { FhirResource } from 'fhir/r4.js';
import type { SearchCriterion, SearchValue } from '../../store/resource-store.js';
import type { TypeName } from '../definitions/element-tree.js';
import type { DateRange } from './date-range.js';
import { exact, fold, tokenForm } from './fold.js';
import { cannotAnswer, MAX_UNTYPED_TARGETS, type PlannedQuery } from './plan.js';
import { servedParameters, type SearchParameter } from './registry.js';
import { MAX_STRING_TERM, MAX_WORDS } from './term-spelling.js';
import { rangeOf, referenceOf, textsOf, tokensOf, type ReferenceValue, type TokenValue } from './values.js';

// The meaning of a query, said over values and without terms: the second opinion on every hit that an index proposes.

type ValueTest = (value: unknown, type: TypeName) => boolean;

function tokenMatches(
  asked: { readonly system?: string; readonly code?: string },
  value: TokenValue,
  implied?: readonly string[],
): boolean {
  if (asked.system !== undefined) {
    if (value.plain) {
      if (implied === undefined || (asked.system !== '' && !implied.includes(asked.system))) return false;
    } else if ((value.system ?? '') !== asked.system) return false;
  }
  if (asked.code === undefined) return asked.system !== undefined;
  return value.code !== undefined && tokenForm(value.code) === tokenForm(asked.code);
}

function startsAtWord(text: string, start: string): boolean {
  const folded = fold(text);
  let at = 0;
  for (let word = 0; word < MAX_WORDS; word += 1) {
    if (folded.startsWith(start, at)) return true;
    const space = folded.indexOf(' ', at);
    if (space < 0) return false;
    at = space + 1;
  }
  return false;
}

function dateMatches(asked: Extract<SearchValue, { kind: 'date' }>, value: DateRange): boolean {
  const contained = value.start >= asked.start && value.end <= asked.end;
  switch (asked.prefix) {
    case 'eq':
      return contained;
    case 'ne':
      return !contained;
    case 'gt':
      return value.end > asked.end;
    case 'lt':
      return value.start < asked.start;
    case 'ge':
      return value.end > asked.end || contained;
    case 'le':
      return value.start < asked.start || contained;
    case 'sa':
      return value.start >= asked.end;
    case 'eb':
      return value.end <= asked.start;
    case 'ap':
      return value.start < asked.end && value.end > asked.start;
  }
}

function referenceMatches(
  parameter: SearchParameter,
  asked: Extract<SearchValue, { kind: 'reference' }>,
  value: ReferenceValue,
): boolean {
  if (parameter.code === 'patient' && value.resourceType !== undefined && value.resourceType !== 'Patient') return false;
  if (asked.resourceType !== undefined) return value.resourceType === asked.resourceType && value.id === asked.id;
  if (asked.id.includes(':') || asked.id.includes('/')) {
    return value.url === asked.id || (value.url?.startsWith(`${asked.id}|`) ?? false);
  }
  return value.id === asked.id && value.resourceType !== undefined && parameter.targets.includes(value.resourceType);
}

function testOf(parameter: SearchParameter, criterion: SearchCriterion, asked: SearchValue): ValueTest {
  const { kind } = parameter;
  const { modifier } = criterion;
  if (kind === 'token' && asked.kind === 'token' && (modifier === undefined || modifier === 'not')) {
    const { impliedSystems } = parameter;
    if (impliedSystems !== undefined && asked.code === undefined) {
      const holds = asked.system === undefined ? false : asked.system === '' || impliedSystems.includes(asked.system);
      return () => holds;
    }
    return (value, type) => tokensOf(value, type).some((token) => tokenMatches(asked, token, impliedSystems));
  }
  if (kind === 'reference' && asked.kind === 'token' && modifier === 'identifier') {
    return (value) => {
      const { identifier } = referenceOf(value);
      return identifier !== undefined && tokenMatches(asked, identifier);
    };
  }
  if (kind === 'reference' && asked.kind === 'reference' && modifier === undefined) {
    const needsType = asked.resourceType === undefined && !/[:/]/.test(asked.id);
    if (needsType && (parameter.targets.length === 0 || parameter.targets.length > MAX_UNTYPED_TARGETS))
      throw cannotAnswer(criterion);
    return (value) => referenceMatches(parameter, asked, referenceOf(value));
  }
  if (kind === 'date' && asked.kind === 'date' && modifier === undefined) {
    return (value, type) => {
      const range = rangeOf(value, type);
      return range !== undefined && dateMatches(asked, range);
    };
  }
  if (kind === 'uri' && asked.kind === 'string' && modifier === undefined) return (value) => value === asked.text;
  if (kind === 'string' && asked.kind === 'string' && modifier === 'exact') {
    const wanted = exact(asked.text);
    return (value, type) => textsOf(value, type).some((text) => exact(text) === wanted);
  }
  if (kind === 'string' && asked.kind === 'string' && modifier === undefined) {
    const start = fold(asked.text).slice(0, MAX_STRING_TERM).trimEnd();
    return (value, type) => start !== '' && textsOf(value, type).some((text) => startsAtWord(text, start));
  }
  throw cannotAnswer(criterion);
}

type ResourceTest = (resource: FhirResource) => boolean;

function criterionTest(criterion: SearchCriterion, resourceType: string): ResourceTest {
  if (criterion.param === '_id') {
    const ids = criterion.values.map((value) => (value.kind === 'token' ? value.code : undefined));
    return (resource) => ids.includes(resource.id);
  }
  const parameter = servedParameters(resourceType).get(criterion.param);
  if (parameter === undefined) return () => false;
  const tests = criterion.values.map((value): ResourceTest => {
    const test = value.kind === 'missing' ? undefined : testOf(parameter, criterion, value);
    const wantMissing = value.kind === 'missing' && value.missing;
    return (resource) => {
      let found = false;
      parameter.path.walk(resource, (one, type) => {
        found ||= test === undefined || test(one, type);
      });
      return wantMissing ? !found : found;
    };
  });
  return criterion.modifier === 'not'
    ? (resource) => !tests.some((test) => test(resource))
    : (resource) => tests.some((test) => test(resource));
}

const testsByCriterion = new WeakMap<SearchCriterion, Map<string, ResourceTest>>();

/**
 * Does the resource match the criteria (and types) of the query?
 * @throws PhrError `unsupported` for a criterion that cannot be answered
 */
export function matches(resource: FhirResource, query: PlannedQuery): boolean {
  const { resourceType } = resource;
  if (query.resourceTypes !== undefined && !query.resourceTypes.includes(resourceType)) return false;
  return query.criteria.every((criterion) => {
    let tests = testsByCriterion.get(criterion);
    if (tests === undefined) testsByCriterion.set(criterion, (tests = new Map()));
    let test = tests.get(resourceType);
    if (test === undefined) tests.set(resourceType, (test = criterionTest(criterion, resourceType)));
    return test(resource);
  });
}
