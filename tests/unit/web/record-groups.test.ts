import { describe, expect, test } from '@jest/globals';
import type { Condition, FhirResource, MedicationRequest, Observation } from 'fhir/r4.js';
import { SYSTEMS } from '../../../src/fhir/systems.js';
import { eventParts } from '../../../src/web/record/event-parts.js';
import { recentMedicines, RECENT_MONTHS } from '../../../src/web/record/medicines.js';
import { problemsOf } from '../../../src/web/record/problems.js';

const condition = (id: string, code: string, recordedDate: string, more: Partial<Condition> = {}): Condition => ({
  resourceType: 'Condition',
  id,
  subject: {},
  code: { coding: [{ system: SYSTEMS.icd10, code }] },
  encounter: { reference: `Encounter/${id}` },
  recordedDate,
  ...more,
});
const drug = (text: string, authoredOn: string): MedicationRequest => ({
  resourceType: 'MedicationRequest',
  status: 'completed',
  intent: 'order',
  subject: {},
  medicationCodeableConcept: { text },
  authoredOn,
});

describe('problems', () => {
  test('are grouped by code with count, last date and the newest name that was sent', () => {
    const icd = { system: SYSTEMS.icd10, code: 'I10' };
    const problems = problemsOf([
      condition('a', 'I10', '2025-01-01', { code: { coding: [icd], text: 'Tăng huyết áp' } }),
      condition('b', 'E11', '2026-02-01'),
      condition('c', 'I10', '2026-03-16T07:35:00+07:00'),
    ]);

    expect(problems.map(({ code, text, count, last }) => [code, text, count, last])).toEqual([
      ['I10', 'Tăng huyết áp', 2, '2026-03-16T07:35:00+07:00'],
      ['E11', '', 1, '2026-02-01'],
    ]);
    expect(problems[0]?.newest.id).toBe('c');
  });

  test('count a contact once, even when it names the disease twice', () => {
    const encounter = { reference: 'Encounter/1' };

    const [problem] = problemsOf([
      condition('a', 'I10', '2026-01-01', { encounter }),
      condition('b', 'I10', '2026-01-01', { encounter }),
    ]);

    expect(problem?.count).toBe(1);
  });

  test('are unconfirmed only while nobody confirmed them', () => {
    const verificationStatus = { coding: [{ system: SYSTEMS.conditionVerification, code: 'unconfirmed' }] };
    const told = condition('a', 'I10', '2026-01-01', { verificationStatus });

    expect(problemsOf([told])[0]?.unconfirmed).toBe(true);
    expect(problemsOf([told, condition('b', 'I10', '2025-01-01')])[0]?.unconfirmed).toBe(false);
  });
});

describe('medicines at the head of the page', () => {
  test(`are those of the last ${RECENT_MONTHS} months, each once, newest first`, () => {
    const { isRecent, items } = recentMedicines(
      [drug('Amlodipin 5mg', '2026-05-25'), drug('amlodipin 5MG', '2026-09-01'), drug('Metformin', '2026-05-24')],
      '2026-11-25',
    );

    expect(isRecent).toBe(true);
    expect(items.map(({ authoredOn }) => authoredOn)).toEqual(['2026-09-01']);
    expect(recentMedicines([drug('Amlodipin', '2026-05-25')], '2026-11-25').isRecent).toBe(true);
  });

  test('are the last prescription when nothing is so new', () => {
    const { isRecent, items } = recentMedicines(
      [drug('A', '2025-01-01'), drug('B', '2025-03-01'), drug('C', '2025-03-01')],
      '2026-11-25',
    );

    expect(isRecent).toBe(false);
    expect(items.map(({ medicationCodeableConcept }) => medicationCodeableConcept?.text)).toEqual(['B', 'C']);
  });
});

describe('the parts of an event', () => {
  const observation = (id: string, category: string, effectiveDateTime: string): Observation => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: {},
    category: [{ coding: [{ system: SYSTEMS.observationCategory, code: category }] }],
    effectiveDateTime,
  });
  const service = (code: string) => ({ coding: [{ system: SYSTEMS.localService, code }] });

  test('leave no resource without a place, and none twice', () => {
    const resources: FhirResource[] = [
      { resourceType: 'Encounter', id: 'e', status: 'finished', class: {} },
      condition('c1', 'E78', '2026-01-01'),
      condition('c2', 'I10', '2026-01-01', { category: [{ coding: [{ system: SYSTEMS.conditionRole, code: 'main' }] }] }),
      observation('v2', 'vital-signs', '2026-01-01T09:00:00+07:00'),
      observation('v1', 'vital-signs', '2026-01-01T08:00:00+07:00'),
      observation('r1', 'laboratory', '2026-01-01'),
      observation('r2', 'laboratory', '2026-01-01'),
      observation('f', 'exam', '2026-01-01'),
      {
        resourceType: 'DiagnosticReport',
        id: 'd',
        status: 'final',
        code: service('1'),
        result: [{ reference: 'Observation/r1' }],
      },
      { resourceType: 'Procedure', id: 'p1', status: 'completed', subject: {}, code: service('1') },
      { resourceType: 'Procedure', id: 'p2', status: 'completed', subject: {}, code: service('2') },
      { resourceType: 'Procedure', id: 'p3', status: 'completed', subject: {} },
      { resourceType: 'RelatedPerson', id: 'm', patient: {} },
      drug('A', '2026-01-01'),
    ];

    const parts = eventParts(resources);

    expect(parts.encounter?.id).toBe('e');
    expect(parts.conditions.map(({ id }) => id)).toEqual(['c2', 'c1']);
    expect(parts.vitals.map(({ id }) => id)).toEqual(['v1', 'v2']);
    expect(parts.reports.map(({ report, results }) => [report.id, results.map(({ id }) => id)])).toEqual([['d', ['r1']]]);
    expect(parts.looseResults.map(({ id }) => id)).toEqual(['r2']);
    expect(parts.findings.map(({ id }) => id)).toEqual(['f']);
    // The report of service 1 says all that its procedure does.
    expect(parts.procedures.map(({ id }) => id)).toEqual(['p2', 'p3']);
    expect(parts.others.map(({ id }) => id)).toEqual(['m']);
    expect(parts.medicines).toHaveLength(1);
  });
});
