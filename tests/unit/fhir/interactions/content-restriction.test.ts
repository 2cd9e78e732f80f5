import { describe, expect, test } from '@jest/globals';
import type { FhirResource } from 'fhir/r4.js';
import { restrictionOfResource } from '../../../../src/fhir/interactions/content-restriction.js';
import { loadRestrictedCodes } from '../../../../src/fhir/restricted-codes.js';

const catalogue = loadRestrictedCodes();
const condition = (fields: object): FhirResource => ({
  resourceType: 'Condition',
  subject: { reference: 'Patient/nga' },
  ...fields,
});

describe('content that is never shown by default, in a resource written through REST', () => {
  test.each([
    ['a code of ICD-10', condition({ code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'B20' }] } })],
    ['a code of a national ICD-10', condition({ code: { coding: [{ system: 'urn:vn:ICD10', code: 'B20.1' }] } })],
    ['the text of a code', condition({ code: { text: 'Nhiễm HIV' } })],
    ['a display', condition({ code: { coding: [{ display: 'HIV disease' }] } })],
    ['a note', condition({ note: [{ text: 'HIV dương tính' }] })],
    ['the narrative', condition({ text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">HIV</div>' } })],
    ['a contained resource', condition({ contained: [{ resourceType: 'Observation', valueString: 'HIV (+)' }] })],
  ])('is found in %s', (_place, resource) => {
    expect(restrictionOfResource(resource, catalogue)).toBe('restricted/hiv');
  });

  test.each([
    [
      'another disease',
      condition({ code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'I10' }], text: 'Tăng huyết áp' } }),
    ],
    ['the same letters in another code system', condition({ code: { coding: [{ system: 'urn:example', code: 'B20' }] } })],
  ])('is not found in %s', (_place, resource) => {
    expect(restrictionOfResource(resource, catalogue)).toBeUndefined();
  });
});
