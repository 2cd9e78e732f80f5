import { describe, expect, test } from '@jest/globals';
import { loadRestrictedCodes, readRestrictedCodes } from '../../../src/fhir/restricted-codes.js';
import { restrictionOf } from '../../../src/fhir/sensitivity.js';

const catalogue = loadRestrictedCodes();

// bhyt-xml.md §9
describe('restricted content', () => {
  test.each([
    ['B19', undefined],
    ['B20', 'restricted/hiv'],
    ['B24', 'restricted/hiv'],
    ['B25', undefined],
    ['Z20', undefined],
    ['Z21', 'restricted/hiv'],
    ['Z22', undefined],
    ['E90', undefined],
    ['F00', 'restricted/mental'],
    ['F99', 'restricted/mental'],
    ['G00', undefined],
    ['O03', undefined],
    ['O04', 'restricted/termination'],
    ['O05', undefined],
    ['b20.1', 'restricted/hiv'],
    [' F32.1† ', 'restricted/mental'],
    ['B201', 'restricted/hiv'],
    ['I10;E11.9;Z21', 'restricted/hiv'],
    ['I10, F41', 'restricted/mental'],
    ['AB20', undefined],
    ['', undefined],
  ])('ICD-10 %j: %s', (icd10, label) => {
    expect(restrictionOf({ icd10 }, catalogue)).toBe(label);
  });

  test.each([
    ['HIV Ab test nhanh', 'restricted/hiv'],
    ['Anti-HIV (âm tính)', 'restricted/hiv'],
    ['HIV1/2', 'restricted/hiv'],
    ['BDDT_ARV', 'restricted/hiv'],
    ['Hội chứng suy giảm miễn dịch mắc phải', 'restricted/hiv'],
    ['Dolutegravir 50mg', 'restricted/hiv'],
    ['Trầm cảm nặng', 'restricted/mental'],
    ['tram cam', 'restricted/mental'],
    ['Rối loạn tâm thần do rượu', 'restricted/mental'],
    ['Điều trị Methadone', 'restricted/mental'],
    ['Đình chỉ thai nghén', 'restricted/termination'],
    ['phá thai nội khoa', 'restricted/termination'],
    ['Tăng huyết áp vô căn', undefined],
    ['Tinh thần ổn định, thai 20 tuần', undefined],
    ['Viêm gan B mạn, tenofovir', undefined],
    ['Hives', undefined],
    ['Larvae', undefined],
    ['', undefined],
  ])('text %j: %s', (text, label) => {
    expect(restrictionOf({ text }, catalogue)).toBe(label);
    expect(restrictionOf({ text: text.normalize('NFD') }, catalogue)).toBe(label);
    expect(restrictionOf({ text: text.toUpperCase() }, catalogue)).toBe(label);
  });

  test('a harmless code does not open a restricted text, nor the other way round', () => {
    expect(restrictionOf({ icd10: 'I10', text: 'nhiễm HIV' }, catalogue)).toBe('restricted/hiv');
    expect(restrictionOf({ icd10: 'F20', text: 'khám lại' }, catalogue)).toBe('restricted/mental');
    expect(restrictionOf({}, catalogue)).toBeUndefined();
  });
});

describe('the catalogue', () => {
  const group = { label: 'restricted/x', icd10: [['A00', 'A01']], patterns: ['x'] };
  const file = { version: '1', validFrom: '2026-01-01', groups: [group] };

  test('has a version and a date', () => {
    expect(readRestrictedCodes(file)).toMatchObject({ version: '1', validFrom: '2026-01-01' });
    expect(catalogue.version).not.toBe('');
  });

  test.each([
    [{ ...file, version: undefined }],
    [{ ...file, validFrom: 'soon' }],
    [{ ...file, groups: [] }],
    [{ ...file, groups: [{ ...group, label: 'hiv' }] }],
    [{ ...file, groups: [{ ...group, icd10: [['A00']] }] }],
    [{ ...file, groups: [{ ...group, icd10: [['A0', 'A1']] }] }],
    [{ ...file, groups: [{ ...group, patterns: [1] }] }],
    [{ ...file, groups: [{ ...group, patterns: ['('] }] }],
  ])('not of its form stops the start: %#', (json) => {
    expect(() => readRestrictedCodes(json)).toThrow();
  });
});
