import type { FhirResource, Observation, Patient } from 'fhir/r4.js';
import { PhrError } from '../../src/errors.js';
import type { IndexTerms, ResourceCodec, TermExpression } from '../../src/store/indexing.js';
import type { SearchCriterion, SearchValue } from '../../src/store/resource-store.js';

/**
 * A codec for the store suite, small enough to read at once: Observation `code`, `date`, `subject`; Patient `identifier`, `name`,
 * `birthdate`; `_id`. It stands apart from src/fhir, so the engines are tested without it.
 */
const DAY = 86_400_000;
const param = (type: string, code: string): string => `${type}|${code}`;

const rangeOf = (text: string): { start: number; end: number } => ({ start: Date.parse(text), end: Date.parse(text) + DAY });

function observationTerms(observation: Observation): IndexTerms {
  const ranges: { param: string; start: number; end: number }[] = [];
  if (observation.effectiveDateTime !== undefined) {
    ranges.push({ param: param('Observation', 'date'), ...rangeOf(observation.effectiveDateTime) });
  }
  if (observation.effectivePeriod?.start !== undefined) {
    const end = observation.effectivePeriod.end;
    ranges.push({
      param: param('Observation', 'date'),
      start: Date.parse(observation.effectivePeriod.start),
      end: end === undefined ? Infinity : Date.parse(end) + DAY,
    });
  }
  const date = ranges[0]?.start;
  return {
    equal: [
      ...(observation.code.coding ?? []).map(({ code }) => `${param('Observation', 'code')}|${code ?? ''}`),
      ...(observation.subject?.reference === undefined
        ? []
        : [`${param('Observation', 'subject')}|${observation.subject.reference}`]),
    ],
    strings: [],
    ranges,
    ...(date === undefined ? {} : { date }),
  };
}

function patientTerms(patient: Patient): IndexTerms {
  return {
    equal: (patient.identifier ?? []).map(({ value }) => `${param('Patient', 'identifier')}|${value ?? ''}`),
    strings: (patient.name ?? []).map(({ text }) => ({ param: param('Patient', 'name'), value: (text ?? '').toLowerCase() })),
    ranges: patient.birthDate === undefined ? [] : [{ param: param('Patient', 'birthdate'), ...rangeOf(patient.birthDate) }],
  };
}

function planValue(type: string, criterion: SearchCriterion, value: SearchValue): TermExpression {
  const name = param(type, criterion.param);
  switch (value.kind) {
    case 'token':
      if (criterion.param === '_id') return { op: 'id', ids: [value.code ?? ''] };
      return { op: 'equal', term: `${name}|${value.code ?? ''}` };
    case 'reference':
      return { op: 'equal', term: `${name}|${value.resourceType ?? ''}/${value.id}` };
    case 'string':
      return { op: 'prefix', param: name, value: value.text.toLowerCase() };
    case 'date':
      switch (value.prefix) {
        case 'ge':
          return { op: 'range', param: name, endMin: value.start + 1 };
        case 'lt':
          return { op: 'range', param: name, startMax: value.start };
        case 'eq':
          return { op: 'range', param: name, startMin: value.start, endMax: value.end + 1 };
        default:
          throw new PhrError('unsupported', 'The prefix is not known to this codec');
      }
    case 'missing':
      throw new PhrError('unsupported', 'missing is not known to this codec');
  }
}

function plan(types: readonly string[], criteria: readonly SearchCriterion[]): TermExpression {
  return {
    op: 'all',
    of: criteria.map((criterion): TermExpression => {
      const any: TermExpression = {
        op: 'any',
        of: types.flatMap((type) => criterion.values.map((value) => planValue(type, criterion, value))),
      };
      return criterion.modifier === 'not' ? { op: 'not', of: any } : any;
    }),
  };
}

/** The oracle's own reading of a criterion: it looks at the resource, not at terms. */
export function matchesCriterion(resource: FhirResource, criterion: SearchCriterion): boolean {
  const one = criterion.values.some((value) => matchesValue(resource, criterion.param, value));
  return criterion.modifier === 'not' ? !one : one;
}

function matchesValue(resource: FhirResource, name: string, value: SearchValue): boolean {
  if (value.kind === 'token' && name === '_id') return resource.id === value.code;
  if (value.kind === 'token' && name === 'code' && resource.resourceType === 'Observation') {
    return (resource.code.coding ?? []).some(({ code }) => code === value.code);
  }
  if (value.kind === 'token' && name === 'identifier' && resource.resourceType === 'Patient') {
    return (resource.identifier ?? []).some((identifier) => identifier.value === value.code);
  }
  if (value.kind === 'reference' && name === 'subject' && resource.resourceType === 'Observation') {
    return resource.subject?.reference === `${value.resourceType ?? ''}/${value.id}`;
  }
  if (value.kind === 'string' && name === 'name' && resource.resourceType === 'Patient') {
    return (resource.name ?? []).some(({ text }) => (text ?? '').toLowerCase().startsWith(value.text.toLowerCase()));
  }
  if (value.kind === 'date') {
    const span = spanOf(resource, name);
    if (span === undefined) return false;
    if (value.prefix === 'ge') return span.end > value.start;
    if (value.prefix === 'lt') return span.start < value.start;
    return span.start >= value.start && span.end <= value.end;
  }
  return false;
}

function spanOf(resource: FhirResource, name: string): { start: number; end: number } | undefined {
  if (name === 'birthdate' && resource.resourceType === 'Patient' && resource.birthDate !== undefined) {
    return rangeOf(resource.birthDate);
  }
  if (name !== 'date' || resource.resourceType !== 'Observation') return undefined;
  if (resource.effectiveDateTime !== undefined) return rangeOf(resource.effectiveDateTime);
  const { start, end } = resource.effectivePeriod ?? {};
  if (start === undefined) return undefined;
  return { start: Date.parse(start), end: end === undefined ? Infinity : Date.parse(end) + DAY };
}

export const storeCodec: ResourceCodec = {
  serialize({ resourceType, id, meta, ...rest }: FhirResource) {
    const kept = { ...meta };
    delete kept.versionId;
    delete kept.lastUpdated;
    return JSON.stringify({ resourceType, id, meta: kept, ...rest });
  },
  parse: (body) => JSON.parse(body) as FhirResource,
  terms(resource) {
    if (resource.resourceType === 'Observation') return observationTerms(resource);
    if (resource.resourceType === 'Patient') return patientTerms(resource);
    return { equal: [], strings: [], ranges: [] };
  },
  plan: ({ resourceTypes, criteria }) => plan(resourceTypes ?? ['Observation', 'Patient'], criteria),
  matches: (resource, { resourceTypes, criteria }) =>
    (resourceTypes === undefined || resourceTypes.includes(resource.resourceType)) &&
    criteria.every((criterion) => matchesCriterion(resource, criterion)),
};
