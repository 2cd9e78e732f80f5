import { describe, expect, test } from '@jest/globals';
import type { Observation } from 'fhir/r4.js';
import { stringifyJson } from '../../../../src/fhir/decimal.js';
import { MAX_CELL_LENGTH, MAX_SLIP_LENGTH } from '../../../../src/intake/sheet/read-row.js';
import { MAX_ROW_BYTES } from '../../../../src/intake/sheet/read-cells.js';
import type { ParsedVisit } from '../../../../src/intake/parsed-visit.js';
import { aSheet, readSheet } from '../../../support/sheet-file.js';

const readRow = (
  row: Readonly<Record<string, string | undefined>>,
  sender?: { clientId: string; facilityCode?: string },
): ParsedVisit => {
  const [visit] = readSheet(aSheet(row), sender);
  if (visit === undefined) throw new Error('no row');
  return visit;
};
const observation = (visit: ParsedVisit, id: string): Observation | undefined =>
  visit.subjects[0]?.resources.map(({ resource }) => resource as Observation).find((resource) => resource.id === id);
const codesOf = (visit: ParsedVisit) => visit.problems.map(({ severity, code, row, field }) => [severity, code, row, field]);

// interfaces.md §3
describe('a row of the blood-pressure and glucose sheet', () => {
  test('is one screening of its sender, under its slip number', () => {
    const visit = readRow({});

    expect(visit).toMatchObject({
      key: 'SL-001',
      sender: '56901',
      kind: 'screening',
      position: 1,
      eventDate: '2026-06-01',
      issueTime: '',
      withdrawal: false,
      refused: false,
      problems: [],
    });
    expect(visit.subjects[0]?.identity).toEqual({
      source: '56901',
      sourceType: 'screening',
      name: 'Trần Thị Bé',
      sex: 'female',
      birthDate: '1960-05-02',
      nationalId: '056160000001',
      insuranceCards: ['HT2569000000001'],
      phone: '0901234567',
      communeCode: '22330',
    });
  });

  test('belongs to the client where the sender has no facility', () => {
    expect(readRow({}, { clientId: 'integrator' })).toMatchObject({ sender: 'integrator', key: 'SL-001' });
  });

  test('has blood pressure, pulse and glucose in LOINC and UCUM, digits kept', () => {
    const visit = readRow({});

    expect(
      observation(visit, 'blood-pressure')?.component?.map(({ valueQuantity }) => [valueQuantity?.value, valueQuantity?.code]),
    ).toEqual([
      [150, 'mm[Hg]'],
      [95, 'mm[Hg]'],
    ]);
    expect(observation(visit, 'pulse')?.valueQuantity).toMatchObject({ value: 80, code: '/min' });
    expect(observation(visit, 'glucose')).toMatchObject({
      code: { coding: [{ system: 'http://loinc.org', code: '15074-8' }], text: 'Đường huyết' },
      component: [{ valueString: 'lúc đói' }],
    });
    expect(stringifyJson(observation(visit, 'glucose')?.valueQuantity)).toContain('"value":7.20');
  });

  test('codes glucose by its unit', () => {
    expect(observation(readRow({ duong_huyet: '130', don_vi: ' MG/DL ' }), 'glucose')).toMatchObject({
      code: { coding: [{ code: '2339-0' }] },
      valueQuantity: { value: 130, code: 'mg/dL' },
    });
  });

  test.each([
    ['no unit', undefined, '7.2', 'missing-unit'],
    ['an unknown unit', 'g', '7.2 g', 'unknown-unit'],
  ])('keeps glucose with %s as sent, not coded', (_name, unit, shown, code) => {
    const visit = readRow({ duong_huyet: '7.2', don_vi: unit });

    expect(observation(visit, 'glucose')).toMatchObject({ code: { text: 'Đường huyết' }, valueString: shown });
    expect(observation(visit, 'glucose')?.code.coding).toBeUndefined();
    expect(codesOf(visit)).toEqual([['warning', code, 1, 'don_vi']]);
  });

  test.each([
    ['5,6', '5.6'],
    ['080', '80'],
    ['7.20', '7.20'],
  ])('reads the number %s', (sent, number) => {
    expect(stringifyJson(observation(readRow({ duong_huyet: sent }), 'glucose')?.valueQuantity?.value)).toBe(number);
  });

  test.each(['cao', '1,200', '150/95', '=1+1', '-5', '1e9'])('keeps %s, which is no number, as text with a warning', (sent) => {
    const visit = readRow({ mach: sent });

    expect(observation(visit, 'pulse')).toMatchObject({ valueString: sent });
    expect(codesOf(visit)).toEqual([['warning', 'not-a-number', 1, 'mach']]);
  });

  test('warns about an implausible value and does not change it', () => {
    const visit = readRow({ ha_tam_thu: '1500' });

    expect(observation(visit, 'blood-pressure')?.component?.[0]?.valueQuantity?.value).toBe(1500);
    expect(codesOf(visit)).toEqual([['warning', 'implausible', 1, 'ha_tam_thu']]);
  });

  test('has what was measured, no more', () => {
    const visit = readRow({ ha_tam_truong: undefined, mach: undefined, duong_huyet: undefined });

    expect(observation(visit, 'blood-pressure')?.component).toHaveLength(1);
    expect(observation(visit, 'pulse')).toBeUndefined();
    expect(codesOf(visit)).toEqual([['warning', 'incomplete-panel', 1, 'ha_tam_truong']]);
  });

  test('leads every value to its cell', () => {
    const traces = readRow({}).subjects[0]?.resources.flatMap(({ trace }) => trace);

    expect(traces).toContainEqual({
      path: 'component[1].valueQuantity',
      table: 'blood-pressure-glucose',
      row: 1,
      field: 'ha_tam_truong',
      sent: '95',
    });
    expect(traces).toContainEqual({
      path: 'valueQuantity',
      table: 'blood-pressure-glucose',
      row: 1,
      field: 'duong_huyet',
      sent: '7.20',
    });
  });

  test.each([
    ['02/05/1960', '1960-05-02'],
    ['2/5/1960', '1960-05-02'],
    ['1960', '1960'],
    ['29/02/2024', '2024-02-29'],
  ])('reads the birth date %s', (sent, birthDate) => {
    expect(readRow({ ngay_sinh: sent }).subjects[0]?.patient.resource.birthDate).toBe(birthDate);
  });

  test.each([
    ['Nam', 'male'],
    ['1', 'male'],
    ['NỮ', 'female'],
    ['Nu\u031B\u0303', 'female'],
    ['2', 'female'],
  ])('reads the sex %s', (sent, gender) => {
    expect(readRow({ gioi_tinh: sent }).subjects[0]?.patient.resource.gender).toBe(gender);
  });

  test('a formula is text, never worked out', () => {
    const visit = readRow({ ho_ten: '=cmd|calc!A0', thoi_diem: '=HYPERLINK("http://x")' });

    expect(visit.subjects[0]?.patient.resource.name?.[0]?.text).toBe('=cmd|calc!A0');
    expect(observation(visit, 'glucose')?.component?.[0]?.valueString).toBe('=HYPERLINK("http://x")');
  });
});

describe('errors by row and column', () => {
  test.each([
    ['ma_phieu', undefined, 'missing-field'],
    ['ho_ten', undefined, 'missing-field'],
    ['ngay_sinh', undefined, 'missing-field'],
    ['gioi_tinh', ' ', 'missing-field'],
    ['ngay_do', undefined, 'missing-field'],
    ['ho_ten', '12345', 'bad-value'],
    ['ngay_sinh', '31/02/1960', 'bad-value'],
    ['ngay_sinh', '1960-05-02', 'bad-value'],
    ['gioi_tinh', '3', 'bad-value'],
    ['gioi_tinh', 'constructor', 'bad-value'],
    ['ngay_do', '2026', 'bad-value'],
    ['ma_phieu', 'x'.repeat(MAX_SLIP_LENGTH + 1), 'bad-value'],
    ['thoi_diem', 'x'.repeat(MAX_CELL_LENGTH + 1), 'too-long'],
  ])('%s "%s" refuses the row', (column, value, code) => {
    const visit = readRow({ [column]: value });

    expect([visit.refused, visit.subjects, codesOf(visit)]).toEqual([true, [], [['error', code, 1, column]]]);
  });

  test('names every fault of a row at once, and never a person', () => {
    const visit = readRow({ ho_ten: 'Kín Đáo', ngay_sinh: 'x', gioi_tinh: 'y', ngay_do: 'z' });

    expect(visit.problems.map(({ field }) => field)).toEqual(['ngay_sinh', 'gioi_tinh', 'ngay_do']);
    expect(JSON.stringify(visit.problems)).not.toContain('Kín');
    expect(visit.key).toBe('SL-001');
  });

  test('cells and slip numbers as long as the limits are taken', () => {
    const visit = readRow({ ma_phieu: 'x'.repeat(MAX_SLIP_LENGTH), thoi_diem: 'x'.repeat(MAX_CELL_LENGTH) });

    expect(visit.refused).toBe(false);
  });

  test.each([
    ['so_cccd', '56160000001'],
    ['ma_the_bhyt', 'HT25'],
    ['dien_thoai', 'không có'],
    ['ma_xa', '2233'],
  ])('%s "%s" is a warning', (column, value) => {
    const visit = readRow({ [column]: value });

    expect([visit.refused, codesOf(visit)]).toEqual([false, [['warning', 'bad-form', 1, column]]]);
  });

  test('a number that lost its zero is no identifier, and stays in the identity record as typed', () => {
    const subject = readRow({ so_cccd: '56160000001' }).subjects[0];

    expect(subject?.identity.nationalId).toBe('56160000001');
    expect(subject?.patient.resource.identifier?.map(({ value }) => value)).toEqual(['HT2569000000001']);
  });

  test('a bad row does not stop its neighbours', () => {
    const visits = readSheet(aSheet({ ma_phieu: 'A' }, { ma_phieu: 'B', ngay_sinh: 'x' }, { ma_phieu: 'C' }));

    expect(visits.map(({ key, position, refused }) => [key, position, refused])).toEqual([
      ['A', 1, false],
      ['B', 2, true],
      ['C', 3, false],
    ]);
  });

  test('a quote that is never closed spoils its own row only', () => {
    const visits = readSheet(aSheet({ ma_phieu: 'A' }, { ma_phieu: 'B' }).replace('SL-001', 'x').replace('\r\nA,', '\r\n"A,'));

    expect(visits.map(({ refused }) => refused)).toEqual([true, false]);
    expect(codesOf(visits[0] as ParsedVisit)).toEqual([['error', 'bad-row', 1, undefined]]);
  });

  test('a row with more cells than columns is refused: its values stand in the wrong columns', () => {
    const [visit] = readSheet(aSheet({}).replace('Trần Thị Bé', 'Trần, Thị Bé'));

    expect(visit?.refused).toBe(true);
    expect(visit?.problems[0]?.code).toBe('too-many-cells');
  });

  test('a row as long as the limit is read, a longer one is refused', () => {
    const sheetOf = (length: number): string => {
      const row = aSheet({}).split('\r\n')[1] ?? '';
      return `${aSheet()}${row}${','.repeat(length - Buffer.byteLength(row))}\r\n`;
    };

    expect(readSheet(sheetOf(MAX_ROW_BYTES))[0]?.refused).toBe(false);
    expect(readSheet(sheetOf(MAX_ROW_BYTES + 1))[0]?.problems[0]?.code).toBe('bad-row');
  });
});
