import { describe, expect, test } from '@jest/globals';
import { answerTypeOf, preferencesOf, requireFormBody, requireJsonBody } from '../../../../src/fhir/http/negotiation.js';

// https://hl7.org/fhir/R4/http.html#mime-type
describe('the media type of the answer', () => {
  test.each([
    [undefined, 'application/fhir+json'],
    ['*/*', 'application/fhir+json'],
    ['application/fhir+json', 'application/fhir+json'],
    ['application/fhir+json; fhirVersion=4.0', 'application/fhir+json'],
    ['application/json', 'application/json'],
    ['application/xml, application/json;q=0.5', 'application/json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/fhir+json'],
    ['APPLICATION/FHIR+JSON', 'application/fhir+json'],
  ])('Accept %s', (accept, expected) => {
    expect(answerTypeOf(accept, undefined)).toBe(expected);
  });

  test.each(['application/fhir+xml', 'application/json;q=0', 'application/fhir+json;fhirVersion=5.0', 'text/html', 'toString'])(
    'Accept %s is refused',
    (accept) => {
      expect(() => answerTypeOf(accept, undefined)).toThrow(expect.objectContaining({ category: 'format' }));
    },
  );

  test('_format outranks Accept', () => {
    expect(answerTypeOf('application/fhir+xml', 'json')).toBe('application/fhir+json');
    expect(() => answerTypeOf('application/fhir+json', 'xml')).toThrow(expect.objectContaining({ category: 'format' }));
    expect(() => answerTypeOf(undefined, '__proto__')).toThrow(expect.objectContaining({ category: 'format' }));
  });
});

describe('the media type of a body', () => {
  test.each(['application/fhir+json', 'application/json; charset=UTF-8', 'application/fhir+json;fhirVersion=4.0'])(
    '%s',
    (type) => {
      expect(() => requireJsonBody(type)).not.toThrow();
    },
  );

  test.each([
    undefined,
    'application/fhir+xml',
    'application/fhir+json; charset=latin1',
    'application/fhir+json; fhirVersion=3.0',
    'text/plain',
  ])('%s is refused', (type) => {
    expect(() => requireJsonBody(type)).toThrow(expect.objectContaining({ category: 'media-type' }));
  });

  test('a search body is a form', () => {
    expect(() => requireFormBody('application/x-www-form-urlencoded; charset=utf-8')).not.toThrow();
    expect(() => requireFormBody('application/json')).toThrow(expect.objectContaining({ category: 'media-type' }));
  });
});

// https://www.rfc-editor.org/rfc/rfc7240
describe('Prefer', () => {
  test('reads return and handling in any spelling of the list', () => {
    expect(preferencesOf('handling=lenient, return="minimal"')).toEqual({ lenient: true, answer: 'minimal' });
    expect(preferencesOf('return=OperationOutcome')).toEqual({ lenient: false, answer: 'OperationOutcome' });
    expect(preferencesOf(undefined)).toEqual({ lenient: false, answer: 'representation' });
  });
});
