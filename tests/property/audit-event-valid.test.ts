import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { auditEventOf } from '../../src/access/audit/audit-event.js';
import type { AuditView } from '../../src/access/audit/audit-event.js';
import { validateResource } from '../../src/fhir/validation/validate.js';
import type { AccessLine } from '../../src/store/access-log.js';
import { aLine } from '../support/access-lines.js';

const id = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
const reference = fc.oneof(
  fc.tuple(fc.constantFrom('Observation', 'Patient', 'Condition', 'AuditEvent'), id).map(([type, value]) => `${type}/${value}`),
  fc.constantFrom('Observation', 'Patient', 'receipt/x', 'sheet'),
);
const text = fc
  .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
  .filter((value) => value.trim() === value && value !== '');
const line: fc.Arbitrary<AccessLine> = fc
  .record({
    agent: fc.record({
      kind: fc.constantFrom('person' as const, 'software' as const, 'system' as const),
      id,
      role: fc.constantFrom('station', 'citizen', 'facility', 'system'),
      display: text,
    }),
    action: fc.constantFrom('C' as const, 'R' as const, 'U' as const, 'D' as const, 'E' as const),
    interaction: fc.constantFrom('read', 'search-type', 'patient-everything', 'station-history', 'intake'),
    purpose: fc.constantFrom('TREAT', 'PATRQT', 'BTG'),
    patients: fc.uniqueArray(fc.oneof(id, fc.constantFrom('p1', 'p2')), { maxLength: 4 }),
    what: fc.uniqueArray(reference, { maxLength: 6 }),
    outcome: fc.constantFrom('0' as const, '4' as const, '8' as const),
    reason: text,
  })
  .map((fields) => aLine(1, fields));
const views: readonly AuditView[] = [{ kind: 'whole' }, { kind: 'citizen', personIds: ['p1', 'p2'], accountId: 'acc-me' }];

// https://hl7.org/fhir/R4/auditevent.html
describe('an AuditEvent rendered from any line', () => {
  test('is valid R4, to every reader', () => {
    fc.assert(
      fc.property(line, fc.constantFrom(...views), (one, view) => {
        expect(() => validateResource(auditEventOf(one, view))).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });

  test('shows a citizen no id that is not the citizen’s own when others are on the line', () => {
    fc.assert(
      fc.property(line, (one) => {
        const text = JSON.stringify(auditEventOf(one, { kind: 'citizen', personIds: ['p1', 'p2'], accountId: 'acc-me' }));

        const others = one.patients.filter((patient) => patient !== 'p1' && patient !== 'p2');
        for (const other of others) expect(text).not.toContain(`Patient/${other}"`);
        if (others.length > 0)
          for (const shown of one.what) if (/^(Obs|Con|Aud)\w+\//.test(shown)) expect(text).not.toContain(`"${shown}"`);
      }),
      { numRuns: 300 },
    );
  });
});
