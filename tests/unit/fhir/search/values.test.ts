import { describe, expect, test } from '@jest/globals';
import { BEGINNING_OF_TIME, END_OF_TIME } from '../../../../src/fhir/search/date-range.js';
import { rangeOf, referenceOf, textsOf, tokensOf } from '../../../../src/fhir/search/values.js';

const ms = (text: string): number => Date.parse(text);

describe('values that search compares', () => {
  test.each([
    ['date', '2024-02', ms('2024-02-01T00:00:00+07:00'), ms('2024-03-01T00:00:00+07:00')],
    ['date', '2024-12', ms('2024-12-01T00:00:00+07:00'), ms('2025-01-01T00:00:00+07:00')],
    ['dateTime', '2024', ms('2024-01-01T00:00:00+07:00'), ms('2025-01-01T00:00:00+07:00')],
    ['dateTime', '2024-02-29T10:00:00.5Z', ms('2024-02-29T10:00:00.500Z'), ms('2024-02-29T10:00:00.600Z')],
    ['instant', '2024-02-29T10:00:00-05:00', ms('2024-02-29T15:00:00Z'), ms('2024-02-29T15:00:01Z')],
    ['Period', { start: '2024-02-01' }, ms('2024-02-01T00:00:00+07:00'), END_OF_TIME],
    ['Period', { end: '2024-02-01' }, BEGINNING_OF_TIME, ms('2024-02-02T00:00:00+07:00')],
    ['Timing', { event: ['2024-02-03', '2024-02-01'] }, ms('2024-02-01T00:00:00+07:00'), ms('2024-02-04T00:00:00+07:00')],
    [
      'Timing',
      { repeat: { boundsPeriod: { start: '2024', end: '2024' } } },
      ms('2024-01-01T00:00:00+07:00'),
      ms('2025-01-01T00:00:00+07:00'),
    ],
  ])('%s %j covers its time', (type, value, start, end) => {
    expect(rangeOf(value, type)).toEqual({ start, end });
  });

  test.each<[string, unknown]>([
    ['date', '2024-02-30'],
    ['string', '2024-02-01'],
    ['Period', {}],
    ['Timing', { repeat: { frequency: 1 } }],
    ['Age', { value: 3 }],
  ])('%s %j is no time', (type, value) => {
    expect(rangeOf(value, type)).toBeUndefined();
  });

  test('tokens', () => {
    expect(tokensOf({ coding: [{ system: 's', code: 'c' }, { code: 'd' }], text: 'x' }, 'CodeableConcept')).toEqual([
      { plain: false, system: 's', code: 'c' },
      { plain: false, code: 'd' },
    ]);
    expect(tokensOf({ system: 'phone', value: '0912' }, 'ContactPoint')).toEqual([{ plain: true, code: '0912' }]);
    expect(tokensOf(true, 'boolean')).toEqual([{ plain: true, code: 'true' }]);
    expect(tokensOf({ text: 'only words' }, 'CodeableConcept')).toEqual([]);
  });

  test('texts are all parts of a name or an address', () => {
    expect(textsOf({ text: 'a b', family: 'a', given: ['b', null, ''], prefix: ['c'] }, 'HumanName')).toEqual([
      'a b',
      'a',
      'b',
      'c',
    ]);
    expect(textsOf({ line: ['1'], city: '2', district: '3', state: '4', country: '5', postalCode: '6' }, 'Address')).toHaveLength(
      6,
    );
    expect(textsOf({ value: 1 }, 'Quantity')).toEqual([]);
  });

  test.each<[unknown, unknown]>([
    [{ reference: 'Patient/p1' }, { resourceType: 'Patient', id: 'p1' }],
    [{ reference: 'Patient/p1/_history/2' }, { resourceType: 'Patient', id: 'p1' }],
    [{ reference: 'http://a.example/Patient/p1' }, { url: 'http://a.example/Patient/p1' }],
    [{ reference: 'urn:uuid:1' }, { url: 'urn:uuid:1' }],
    [{ reference: '#p1' }, {}],
    [
      { reference: 'Patient/p1', identifier: { value: '1' } },
      { resourceType: 'Patient', id: 'p1', identifier: { plain: false, code: '1' } },
    ],
    ['http://a.example/Plan|1', { url: 'http://a.example/Plan|1' }],
  ])('reference %j', (value, expected) => {
    expect(referenceOf(value)).toEqual(expected);
  });
});
