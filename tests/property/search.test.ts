import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FhirResource } from 'fhir/r4.js';
import { PhrError } from '../../src/errors.js';
import { matches } from '../../src/fhir/search/match.js';
import { parseSearch, storeQuery, type ParsedSearch } from '../../src/fhir/search/parse-query.js';
import { plan } from '../../src/fhir/search/plan.js';
import { SEARCHABLE_TYPES, servedParameters } from '../../src/fhir/search/registry.js';
import { termsOf } from '../../src/fhir/search/terms.js';
import { evaluateTerms } from '../support/evaluate-terms.js';
import { fhirExamples } from '../support/fhir-examples.js';

const nowMs = Date.parse('2026-06-01T00:00:00Z');

describe('the search parser', () => {
  test('throws nothing but PhrError, whatever it is given', () => {
    const name = fc.oneof(
      fc.string(),
      fc
        .tuple(
          fc.constantFrom(...SEARCHABLE_TYPES.flatMap((type) => [...servedParameters(type).keys()]), '_count', '_sort', '_total'),
          fc.constantFrom('', ':exact', ':not', ':missing', ':Patient', ':identifier', ':', '.x'),
        )
        .map((parts) => parts.join('')),
    );
    const value = fc.oneof(
      fc.string(),
      fc.stringMatching(/^(ge|le|eq|ap|xx)?[0-9T:.+Z\\|,$-]{0,24}$/),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...SEARCHABLE_TYPES),
        fc.array(fc.tuple(name, value), { maxLength: 4 }),
        fc.boolean(),
        (type, params, strict) => {
          try {
            plan(storeQuery(type, parseSearch(type, params, { strict, nowMs })));
          } catch (error) {
            expect(error).toBeInstanceOf(PhrError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

const resources: readonly FhirResource[] = [
  ...fhirExamples().map(([, resource]) => resource),
  { resourceType: 'Patient', id: 'v1', name: [{ text: 'Đặng Thị Hòa' }], birthDate: '1984-05', gender: 'female' },
  {
    resourceType: 'Observation',
    id: 'v2',
    status: 'final',
    code: { text: 'x' },
    subject: { identifier: { system: 'urn:x', value: '1' } },
  },
  {
    resourceType: 'Observation',
    id: 'v3',
    status: 'final',
    code: { coding: [{ code: 'A' }] },
    subject: { reference: 'urn:uuid:0' },
  },
].filter(({ resourceType }) => SEARCHABLE_TYPES.includes(resourceType)) as FhirResource[];

/** Strings that stand anywhere in a resource: good candidates to ask for. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.length < 80 ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
const escaped = (text: string): string => text.replace(/[\\,|$]/g, '\\$&');

const question = fc
  .constantFrom(...resources)
  .chain((about) => fc.tuple(fc.constant(about), fc.constantFrom(...servedParameters(about.resourceType).values())))
  .chain(([about, { code, kind }]) => {
    const text = fc.constantFrom(...textsIn(about));
    const byKind = {
      token: fc.oneof(
        text.map(escaped),
        fc.tuple(fc.oneof(text, fc.constant('')), text).map(([system, token]) => `${escaped(system)}|${escaped(token)}`),
        text.map((system) => `${escaped(system)}|`),
      ),
      string: fc.oneof(
        text.map(escaped),
        text.map((one) => escaped(one.slice(0, 3))),
      ),
      date: fc
        .tuple(fc.constantFrom('', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'), text, fc.constantFrom(4, 7, 10, 25))
        .map(([prefix, one, length]) => prefix + one.slice(0, length)),
      reference: fc.oneof(
        text,
        text.map((one) => one.replace(/^.*\//, '')),
        text.map((one) => `Patient/${one}`),
      ),
    } as const;
    const modifier = fc.constantFrom('', '', '', ':missing', ':not', ':exact', ':identifier', ':Patient');
    return fc.tuple(
      fc.constant(about),
      modifier.chain((suffix) =>
        fc.tuple(
          fc.constant(code + suffix),
          suffix === ':missing'
            ? fc.constantFrom('true', 'false')
            : fc.array(byKind[kind as keyof typeof byKind], { minLength: 1, maxLength: 2 }).map((all) => all.join(',')),
        ),
      ),
    );
  });

describe('index terms and values', () => {
  test('give the same answer to every question', () => {
    let asked = 0;
    let found = 0;
    fc.assert(
      fc.property(question, ([about, parameter]) => {
        let search: ParsedSearch;
        try {
          search = parseSearch(about.resourceType, [parameter], { strict: true, nowMs });
        } catch (error) {
          expect(error).toBeInstanceOf(PhrError);
          return;
        }
        const query = storeQuery(about.resourceType, search);
        const expression = plan(query);
        for (const resource of resources.filter(({ resourceType }) => resourceType === about.resourceType)) {
          asked += 1;
          const byTerms = evaluateTerms(expression, termsOf(resource), resource.id);
          if (byTerms) found += 1;
          expect(matches(resource, query)).toBe(byTerms);
        }
      }),
      { numRuns: 300 },
    );
    // Neither side may win by saying always the same.
    expect(found).toBeGreaterThan(asked / 50);
    expect(found).toBeLessThan((asked * 49) / 50);
  });

  test('questions over several types keep to the types that know the parameter', () => {
    const query = {
      resourceTypes: ['Patient', 'Observation'],
      criteria: [{ param: 'code', kind: 'token', values: [{ kind: 'token', code: 'a' }] }],
    } as const;
    const found = resources.filter((resource) => evaluateTerms(plan(query), termsOf(resource), resource.id));
    expect(found.map(({ id }) => id)).toEqual(['v3']);
    expect(resources.filter((resource) => matches(resource, query))).toEqual(found);
    expect(() => plan({ ...query, criteria: [{ ...query.criteria[0], modifier: 'not' }] })).toThrow(PhrError);
  });
});
