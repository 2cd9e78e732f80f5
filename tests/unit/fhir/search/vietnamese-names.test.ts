import { describe, expect, test } from '@jest/globals';
import type { Patient } from 'fhir/r4.js';
import { isFound } from '../../../support/search-in.js';

const hoa = (form: 'NFC' | 'NFD'): Patient => ({
  resourceType: 'Patient',
  id: 'p1',
  name: [{ text: 'Đặng Thị Hòa'.normalize(form), family: 'Đặng'.normalize(form), given: ['Thị', 'Hòa'.normalize(form)] }],
});
const textOnly: Patient = { resourceType: 'Patient', id: 'p2', name: [{ text: 'Đặng Thị Hòa' }] };

describe.each(['NFC', 'NFD'] as const)('a Vietnamese name stored as %s', (form) => {
  test.each([
    'dang',
    'Đặng',
    'Đặng'.normalize('NFD'),
    'hoa',
    'Hoa',
    'HOA',
    'Hòa',
    'ho',
    'thi hoa',
    'dang thi',
    'dang thi hoa',
    'thi',
  ])('is found by name=%s', (name) => {
    expect(isFound(hoa(form), `name=${encodeURIComponent(name)}`)).toBe(true);
    expect(isFound(textOnly, `name=${encodeURIComponent(name)}`)).toBe(true);
  });

  test.each(['oa', 'hoan', 'dang hoa', 'hoa dang'])('is not found by name=%s', (name) => {
    expect(isFound(hoa(form), `name=${name}`)).toBe(false);
  });

  test(':exact wants marks and case', () => {
    expect(isFound(hoa(form), `name:exact=${encodeURIComponent('Đặng')}`)).toBe(true);
    expect(isFound(hoa(form), `name:exact=${encodeURIComponent('Hòa'.normalize('NFD'))}`)).toBe(true);
    for (const other of ['dang', 'Dang', 'đặng', 'Đặn']) {
      expect(isFound(hoa(form), `name:exact=${encodeURIComponent(other)}`)).toBe(false);
    }
  });

  test('family and given look at their own part', () => {
    expect(isFound(hoa(form), 'family=dang')).toBe(true);
    expect(isFound(hoa(form), 'family=hoa')).toBe(false);
    expect(isFound(hoa(form), 'given=hoa')).toBe(true);
    expect(isFound(hoa(form), 'given=dang')).toBe(false);
    expect(isFound(textOnly, 'family=dang')).toBe(false);
    expect(isFound(textOnly, 'family:missing=true')).toBe(true);
  });
});
