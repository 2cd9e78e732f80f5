import { describe, expect, test } from '@jest/globals';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import type { FhirResource } from 'fhir/r4.js';
import { SEARCH_PARAMETERS, TYPES } from '../../src/fhir/definitions/definitions.js';
import { compilePath } from '../../src/fhir/search/path-walker.js';
import { SEARCHABLE_TYPES, searchParameter, servedParameters } from '../../src/fhir/search/registry.js';
import { fhirExamples } from '../support/fhir-examples.js';

/** The branches of an expression that belong to a type, as fhirpath.js can evaluate them without fetching what a reference points to. */
function forOracle(expression: string, resourceType: string): string {
  return (
    expression
      .split('|')
      .map((branch) => branch.trim())
      .filter((branch) => new RegExp(`^\\(?(${resourceType}|Resource|DomainResource)\\b`).test(branch))
      // `as` wants one item in FHIRPath N1; the registry means a filter.
      .map((branch) => branch.replace(/\.as\((\w+)\)/g, '.ofType($1)').replace(/\(([\w.]+) as (\w+)\)/g, '$1.ofType($2)'))
      .map((branch) =>
        branch.replace(
          /\.where\(resolve\(\) is (\w+)\)/g,
          ".where(reference.matches('(^|/)$1/') or (reference.startsWith('#') and %resource.contained.where('#' + id = %context.reference) is $1))",
        ),
      )
      .join(' | ')
  );
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const distinct = (values: readonly unknown[]): string[] => [...new Set(values.map((value) => JSON.stringify(value)))];
const examples = fhirExamples();

/** Our own people, with what the official examples lack. */
const vietnamese: readonly FhirResource[] = [
  {
    resourceType: 'Encounter',
    id: 'e1',
    status: 'finished',
    class: { code: 'AMB' },
    subject: { reference: 'Group/g1' },
    period: { start: '2024-05-02T08:00:00+07:00' },
  },
  {
    resourceType: 'Condition',
    id: 'c1',
    subject: { reference: 'http://elsewhere.example/fhir/Patient/p1/_history/2' },
    onsetString: 'năm 2019',
  },
  {
    resourceType: 'MedicationRequest',
    id: 'm1',
    status: 'active',
    intent: 'order',
    subject: { reference: 'Patient/p1' },
    medicationCodeableConcept: { text: 'x' },
  },
  {
    resourceType: 'Patient',
    id: 'p1',
    deceasedBoolean: false,
    name: [{ text: 'Đặng Thị Hòa' }],
    telecom: [{ system: 'email', value: 'a@b.example' }],
  },
];

// https://hl7.org/fhir/R4/searchparameter-registry.html
describe.each(SEARCHABLE_TYPES)('what the parameters of %s lead to, fhirpath.js asked too', (resourceType) => {
  const resources = [...examples.map(([, resource]) => resource), ...vietnamese].filter(
    (resource) => resource.resourceType === resourceType,
  );
  const codes = [
    ...new Set([
      ...servedParameters(resourceType).keys(),
      // Every other parameter of the type too: a later issue serves it by a line of data.
      ...SEARCH_PARAMETERS.filter(
        ({ base, expression, type }) => base.includes(resourceType) && expression && type !== 'composite',
      ).map(({ code }) => code),
    ]),
  ];

  test.each(codes)('%s', (code) => {
    const parameter = searchParameter(resourceType, code);
    const expression = SEARCH_PARAMETERS.find(({ url }) => parameter?.definition.endsWith(`/${url}`))?.expression ?? '';
    for (const resource of resources) {
      const walked: unknown[] = [];
      parameter?.path.walk(resource, (value) => walked.push(plain(value)));
      const oracle: unknown = fhirpath.evaluate(
        plain(resource),
        forOracle(expression, resourceType),
        { resource: plain(resource) },
        r4,
      );
      // FHIRPath unions drop equal values; for an index twice is once, so the walker does not bother.
      expect(distinct(plain(oracle) as unknown[])).toEqual(distinct(walked));
    }
  });
});

describe('the registry', () => {
  test('every official expression of every type compiles and leads somewhere', () => {
    const lost = SEARCH_PARAMETERS.filter(({ expression }) => expression !== undefined).flatMap(
      ({ url, base, expression = '' }) =>
        base
          .filter((type) => TYPES[type]?.kind === 'resource')
          .filter((type) => compilePath(expression, type).leaves.length === 0)
          .map((type) => `${url} on ${type}`),
    );
    expect(lost).toEqual([]);
  });

  test('an expression that is not of its kind is refused', () => {
    for (const expression of [
      'Patient.name.',
      'Patient.name.trace()',
      'Patient name',
      "Patient.where(use='x",
      'Patient.name as',
      '(Patient.name',
      '',
    ]) {
      expect(() => compilePath(expression, 'Patient')).toThrow(Error);
    }
  });
});
