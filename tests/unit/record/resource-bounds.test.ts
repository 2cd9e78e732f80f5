import { expect, test } from '@jest/globals';
import type { ParsedVisit } from '../../../src/intake/parsed-visit.js';
import {
  MAX_SOURCE_PATIENT_LENGTH,
  MAX_SOURCE_RESOURCE_LENGTH,
  oversizeOf,
} from '../../../src/record/sources/resource-bounds.js';

/** A visit whose Patient and report have exactly these lengths as JSON. */
function visitOf(patientLength: number, reportLength: number): ParsedVisit {
  const filled = <T extends object>(make: (text: string) => T, length: number): T =>
    make('x'.repeat(length - JSON.stringify(make('')).length));
  const patient = filled((text) => ({ resourceType: 'Patient' as const, name: [{ text }] }), patientLength);
  const report = filled(
    (conclusion) => ({ resourceType: 'DiagnosticReport' as const, status: 'final' as const, code: {}, conclusion }),
    reportLength,
  );
  return {
    kind: 'visit',
    key: '56901|1',
    sender: '56901',
    position: 3,
    issueTime: '',
    withdrawal: false,
    subjects: [
      {
        slot: 'patient',
        identity: { source: '56901', sourceType: 'visit' },
        patient: { resource: patient, trace: [] },
        resources: [{ resource: report, trace: [{ path: 'conclusion', table: 'XML4', row: 7, field: 'MO_TA', sent: 'x' }] }],
      },
    ],
    problems: [],
    refused: false,
  };
}

test('a visit at the bounds is taken', () => {
  expect(oversizeOf(visitOf(MAX_SOURCE_PATIENT_LENGTH, MAX_SOURCE_RESOURCE_LENGTH))).toBeUndefined();
});

test('one character more is named with its place, and without what it says', () => {
  expect(oversizeOf(visitOf(100, MAX_SOURCE_RESOURCE_LENGTH + 1))).toEqual({
    severity: 'error',
    code: 'too-large',
    table: 'XML4',
    row: 7,
    field: 'MO_TA',
    message: 'Hồ sơ thứ 3: nội dung của một mục (DiagnosticReport) quá dài, không đưa vào hồ sơ được',
  });
  expect(oversizeOf(visitOf(MAX_SOURCE_PATIENT_LENGTH + 1, 100))?.message).toContain('(Patient)');
});
