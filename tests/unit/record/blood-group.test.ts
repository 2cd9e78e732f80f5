import { describe, expect, test } from '@jest/globals';
import type { Observation } from 'fhir/r4.js';
import { contradict, readBloodGroup } from '../../../src/record/facts/blood-group.js';
import { personFactResource, type PersonMember } from '../../../src/record/facts/person-facts.js';

const member = (source: string, date: string, text: string): PersonMember => ({
  source,
  dossier: `dossier-${source}`,
  identity: 'identity',
  sender: '56901',
  date,
  resource: {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '882-1' }] },
    valueCodeableConcept: { text },
  },
});
const fact = (...members: PersonMember[]): Observation => personFactResource(members, 'f', 'p') as Observation;

// merging.md §4.3: blood group is a trait of the person; a conflict shows no single value
describe('blood group', () => {
  test.each([
    ['O+', { abo: 'O', rhesus: '+' }],
    ['AB Rh(-)', { abo: 'AB', rhesus: '-' }],
    ['b', { abo: 'B' }],
    ['0', { abo: 'O' }],
    ['không rõ', undefined],
  ])('%s is read', (text, group) => {
    expect(readBloodGroup(text)).toEqual(group);
  });

  test('a group with and without rhesus agree, two groups do not', () => {
    expect(contradict('A', 'A+')).toBe(false);
    expect(contradict('A', 'B+')).toBe(true);
    expect(contradict('A+', 'A-')).toBe(true);
    expect(contradict('A', 'không rõ')).toBe(true);
  });

  test('agreeing declarations show the most complete one, never as confirmed', () => {
    const shown = fact(member('s1', '2026-01-01', 'A+'), member('s2', '2026-05-01', 'A'));

    expect(shown.valueCodeableConcept?.text).toBe('A+');
    expect(shown.extension?.map(({ valueCode }) => valueCode)).toEqual(['unconfirmed']);
  });

  test('contradicting declarations show no value, and every value with its member', () => {
    const shown = fact(member('s1', '2026-01-01', 'A+'), member('s2', '2026-05-01', 'B+'));

    expect(shown.valueCodeableConcept).toBeUndefined();
    expect(shown.dataAbsentReason?.text).toContain('Chưa xác nhận');
    const conflicts = (shown.extension ?? []).filter(({ extension }) => extension !== undefined);
    expect(conflicts.map(({ extension }) => extension?.map(({ valueString }) => valueString))).toEqual([
      ['Observation.value', 'A+', 's1'],
      ['Observation.value', 'B+', 's2'],
    ]);
  });
});
