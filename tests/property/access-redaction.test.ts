import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FhirResource, Patient } from 'fhir/r4.js';
import { mayHoldHidden, redactForFacility } from '../../src/access/redaction.js';
import { decimal } from '../../src/fhir/decimal.js';
import { EXTENSIONS, recordNumberSystem, SYSTEMS } from '../../src/fhir/systems.js';

const FOREIGN = ['56902', '56903', '5690', '569011'];
const identifier = fc.record({
  system: fc.constantFrom(...['56901', ...FOREIGN].map(recordNumberSystem), SYSTEMS.nationalId, SYSTEMS.insuranceCard),
  value: fc.string({ minLength: 1, maxLength: 6 }),
});
const conflict = fc.record({ url: fc.constant(EXTENSIONS.conflict), valueString: fc.constant('PLANTED') });
const extension = fc.oneof(conflict, fc.record({ url: fc.constant(EXTENSIONS.ward), valueString: fc.string({ minLength: 1 }) }));
/** Any nesting of the places where such elements stand. */
const { node } = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.record({ text: fc.string({ minLength: 1 }) }),
    fc.record({ identifier: fc.array(identifier, { minLength: 1, maxLength: 4 }) }),
    fc.record({ identifier, display: fc.string({ minLength: 1 }) }),
    fc.record({ _birthDate: fc.record({ extension: fc.array(extension, { minLength: 1, maxLength: 3 }) }) }),
    fc.record({ _given: fc.array(fc.option(fc.record({ extension: fc.array(extension, { minLength: 1 }) })), { minLength: 1 }) }),
    fc.record({
      extension: fc.array(extension, { minLength: 1 }),
      contact: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    }),
  ),
}));
const patient = node.map((content) => ({ resourceType: 'Patient', id: 'p1', ...(content as object) }) as unknown as Patient);

const hasEmptyElement = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (Object.keys(value).length === 0 ||
    (Array.isArray(value) && value.every((item) => item === null)) ||
    Object.values(value).some(hasEmptyElement));

describe('what a facility sees of a Patient', () => {
  test('never holds a record number of another facility nor a conflicting value, and stays free of empty elements', () => {
    fc.assert(
      fc.property(patient, (resource) => {
        const before = JSON.stringify(resource);
        const empty = hasEmptyElement(resource);

        const shown = redactForFacility('56901', resource);

        const text = JSON.stringify(shown);
        for (const code of FOREIGN) expect(text).not.toContain(`${recordNumberSystem(code)}"`);
        expect(text).not.toContain('PLANTED');
        if (!empty) expect(hasEmptyElement(shown)).toBe(false);
        expect(JSON.stringify(resource)).toBe(before);
      }),
      { numRuns: 300 },
    );
  });

  test('a body that is let through unparsed holds nothing to take out', () => {
    fc.assert(
      fc.property(patient, (resource) => {
        if (!mayHoldHidden(JSON.stringify(resource))) expect(redactForFacility('56901', resource)).toBe(resource);
      }),
      { numRuns: 300 },
    );
    expect(mayHoldHidden(JSON.stringify({ identifier: [{ system: recordNumberSystem('56902') }] }))).toBe(true);
    expect(mayHoldHidden(JSON.stringify({ extension: [{ url: EXTENSIONS.conflict }] }))).toBe(true);
    expect(mayHoldHidden(JSON.stringify({ identifier: [{ system: SYSTEMS.nationalId }] }))).toBe(false);
  });

  test('keeps its own record number, the national number and every digit of a decimal', () => {
    const own = { system: recordNumberSystem('56901'), value: 'BN1' };
    const national = { system: SYSTEMS.nationalId, value: '056084000001' };
    const weight = decimal('58.50');
    const resource = {
      resourceType: 'Patient',
      id: 'p1',
      identifier: [own, { system: recordNumberSystem('56902'), value: 'BN2' }, national],
      extension: [{ url: 'x', valueDecimal: weight }],
    } as Patient;

    const shown = redactForFacility('56901', resource) as Patient;

    expect(shown.identifier).toEqual([own, national]);
    expect(shown.extension?.[0]?.valueDecimal).toBe(weight);
  });

  test('given names keep their positions when a conflict beside one of them leaves', () => {
    const resource = {
      resourceType: 'Patient',
      name: [
        { given: ['Thị', 'Hoa'], _given: [{ extension: [{ url: EXTENSIONS.conflict }] }, { extension: [{ url: 'kept' }] }] },
      ],
    } as unknown as Patient;

    expect((redactForFacility('56901', resource) as Patient).name?.[0]?._given).toEqual([null, { extension: [{ url: 'kept' }] }]);
  });

  test('conflicts of its facts stay visible, record numbers there do not', () => {
    const resource = {
      resourceType: 'Observation',
      extension: [{ url: EXTENSIONS.conflict, valueString: '80' }],
      subject: { reference: 'Patient/p1', identifier: { system: recordNumberSystem('56902'), value: 'BN2' } },
    } as unknown as FhirResource;

    expect(redactForFacility('56901', resource)).toEqual({
      resourceType: 'Observation',
      extension: [{ url: EXTENSIONS.conflict, valueString: '80' }],
      subject: { reference: 'Patient/p1' },
    });
  });

  test('a resource with nothing to hide is the same object', () => {
    const resource = { resourceType: 'Patient', id: 'p1' } as Patient;

    expect(redactForFacility('56901', resource)).toBe(resource);
  });
});
