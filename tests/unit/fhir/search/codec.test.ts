import { describe, expect, test } from '@jest/globals';
import type { FhirResource, Observation } from 'fhir/r4.js';
import { stringifyJson } from '../../../../src/fhir/decimal.js';
import { parseBody } from '../../../../src/fhir/json.js';
import { makeResourceCodec, renderStored } from '../../../../src/fhir/search/codec.js';
import { MAX_TERMS } from '../../../../src/fhir/search/terms.js';
import { fhirExamples } from '../../../support/fhir-examples.js';
import { thrownBy } from '../../../support/thrown-by.js';

const codec = makeResourceCodec();
const stored = (body: string, resourceType = 'Patient'): Parameters<typeof renderStored>[0] => ({
  resourceType,
  id: 'p1',
  origin: 'fact',
  versionId: '3',
  lastUpdated: '2026-01-02T03:04:05.678Z',
  commit: 9,
  labels: [],
  body,
});

describe('the stored body', () => {
  test('has resourceType, id and meta first, and no server fields', () => {
    const body = codec.serialize({
      active: true,
      meta: { versionId: '7', source: 'urn:x', lastUpdated: '2020-01-01T00:00:00Z' },
      id: 'p1',
      resourceType: 'Patient',
    } as FhirResource);
    expect(body).toBe('{"resourceType":"Patient","id":"p1","meta":{"source":"urn:x"},"active":true}');
  });

  test.each(fhirExamples())('%s comes back as it was, digits too', (_name, resource) => {
    const withId = { ...resource, id: resource.id ?? 'x' } as FhirResource;
    const { meta, ...rest } = withId;
    const kept = { ...meta };
    delete kept.versionId;
    delete kept.lastUpdated;
    const expected = Object.keys(kept).length === 0 ? rest : { ...rest, meta: kept };
    const parsed = codec.parse(codec.serialize(withId));
    expect(parsed).toEqual(expected);
    expect(codec.serialize(parsed)).toBe(codec.serialize(withId));
  });

  test('decimals keep their digits', () => {
    const resource = parseBody(
      '{"resourceType":"Observation","id":"o","status":"final","code":{},"valueQuantity":{"value":58.50}}',
    );
    expect(codec.serialize(resource as FhirResource)).toContain('"value":58.50');
    expect(stringifyJson(codec.parse(codec.serialize(resource as FhirResource)))).toContain('"value":58.50');
  });

  test('without an id there is nothing to store', () => {
    expect(() => codec.serialize({ resourceType: 'Patient' })).toThrow(Error);
  });
});

describe('the body that leaves the house', () => {
  test('carries version and time in meta, with or without other meta', () => {
    const plain = renderStored(stored(codec.serialize({ resourceType: 'Patient', id: 'p1' })));
    expect(plain).toBe('{"resourceType":"Patient","id":"p1","meta":{"versionId":"3","lastUpdated":"2026-01-02T03:04:05.678Z"}}');
    const more = renderStored(
      stored(codec.serialize({ resourceType: 'Patient', id: 'p1', meta: { source: 'urn:x' }, active: true })),
    );
    expect(JSON.parse(more)).toEqual({
      resourceType: 'Patient',
      id: 'p1',
      meta: { versionId: '3', lastUpdated: '2026-01-02T03:04:05.678Z', source: 'urn:x' },
      active: true,
    });
  });

  test('a deletion marker or a foreign body is a bug', () => {
    expect(() => renderStored(stored('{"id":"p1","resourceType":"Patient"}'))).toThrow(Error);
  });
});

describe('terms', () => {
  const observation = (codings: number): Observation => ({
    resourceType: 'Observation',
    id: 'o',
    status: 'final',
    code: { coding: Array.from({ length: codings }, (_, at) => ({ code: `c${at}` })) },
  });

  test('a token is found by code, system and both; absence is a term of its own', () => {
    expect(
      codec.terms({ resourceType: 'Patient', id: 'p1', identifier: [{ system: 'urn:a|b', value: 'DN4' }], gender: 'female' }),
    ).toEqual({
      equal: [
        'Patient|identifier|c|dn4',
        'Patient|identifier|sc|urn:a\\|b|dn4',
        'Patient|identifier|s|urn:a|b',
        'Patient|name|missing',
        'Patient|family|missing',
        'Patient|given|missing',
        'Patient|birthdate|missing',
        'Patient|gender|c|female',
      ],
      strings: [],
      ranges: [],
    });
  });

  test('the patient parameter holds Patients only', () => {
    const { equal } = codec.terms({ ...observation(0), subject: { reference: 'Group/g' } });
    expect(equal).toContain('Observation|subject|r|Group/g');
    expect(equal).toContain('Observation|patient|missing');
  });

  test.each<[FhirResource, string | undefined]>([
    [{ ...observation(0), effectiveDateTime: '2024-05-02', issued: '2024-06-01T00:00:00Z' }, '2024-05-01T17:00:00Z'],
    [{ ...observation(0), issued: '2024-06-01T00:00:00Z' }, '2024-06-01T00:00:00Z'],
    [{ ...observation(0), effectivePeriod: { end: '2024-05-02T00:00:00Z' } }, '2024-05-02T00:00:01Z'],
    [observation(0), undefined],
    [
      { resourceType: 'Condition', subject: {}, onsetString: '2019', recordedDate: '2024-05-02T00:00:00Z' },
      '2024-05-02T00:00:00Z',
    ],
  ])('clinical date %#', (resource, expected) => {
    expect(codec.terms(resource).date).toBe(expected === undefined ? undefined : Date.parse(expected));
  });

  test('are bounded, and more is refused rather than cut', () => {
    const others = codec.terms(observation(0)).equal.length;
    const fitting = MAX_TERMS - others + (codec.terms(observation(0)).equal.includes('Observation|code|missing') ? 1 : 0);
    expect(codec.terms(observation(Math.floor(fitting / 2))).equal.length).toBeLessThanOrEqual(MAX_TERMS);
    expect(thrownBy(() => codec.terms(observation(Math.floor(fitting / 2) + 1))).category).toBe('too-costly');
  });
});
