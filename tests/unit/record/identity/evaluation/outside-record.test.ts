import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  keyText,
  readOutsideRecord,
  readTruthLine,
  type OutsideRecord,
} from '../../../../../src/record/identity/evaluation/outside-record.js';

const FIRST_THREE = { source: 'insurance', sourceType: 'visit', sourceId: 'R1' };
const read = (more: Readonly<Record<string, unknown>> = {}): OutsideRecord => {
  const result = readOutsideRecord(JSON.stringify({ ...FIRST_THREE, ...more }));
  if (typeof result === 'string') throw new Error(result);
  return result;
};

describe('readOutsideRecord', () => {
  test('makes the normal form of every field that matching knows', () => {
    const { normal } = read({
      name: 'NGUYEN THI HOA',
      sex: 'female',
      birthDate: '1984-05-02',
      nationalId: '56184001239',
      insuranceCard: 'DN4560123498760;DN4560123498761',
      phone: '0905 123 402',
      commune: '22342',
      motherName: 'Trần Thị Lan',
      birthOrder: 2,
    }).identity;

    expect(normal).toMatchObject({
      source: 'insurance',
      sourceType: 'visit',
      name: { fold: 'nguyen thi hoa' },
      sex: 'female',
      birth: { value: '1984-05-02' },
      id12: '056184001239',
      bhxh: ['0123498760', '0123498761'],
      phone: '+84905123402',
      communeCode: '22342',
      motherNameFold: 'tran thi lan',
      birthOrder: 2,
    });
  });

  test('takes the facility for who numbers the patients, whichever system sent the record', () => {
    const numbered = { facility: '56901', facilityPatientId: 'BN01' };

    expect(read(numbered).identity.normal).toMatchObject({ source: '56901', sourcePatientId: 'BN01' });
    expect(read({ ...numbered, source: 'hospital' }).identity.id).toBe(read(numbered).identity.id);
    expect(read({ facilityPatientId: 'BN01' }).identity.normal).toMatchObject({ source: 'insurance', sourcePatientId: 'BN01' });
    expect(read({ facility: '56901', facilityPatientId: ' ' }).identity.normal.source).toBe('insurance');
  });

  test('keeps two records without patient id and number apart', () => {
    const namesake = { name: 'Nguyễn Thị Hoa', birthDate: '1984' };

    expect(read(namesake).identity.id).not.toBe(read({ ...namesake, sourceId: 'R2' }).identity.id);
  });

  test.each(['visit', 'check-up', 'screening', 'school', 'immunization', 'occupational', 'portal', 'reference'])(
    'takes source type %s',
    (sourceType) => {
      expect(read({ sourceType }).identity.normal.sourceType).toBe(sourceType);
    },
  );

  test.each([
    ['{', 'not a JSON object'],
    ['[]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    [JSON.stringify({ ...FIRST_THREE, source: '' }), 'no source'],
    [JSON.stringify({ ...FIRST_THREE, sourceType: 'rest' }), 'unknown sourceType'],
    [JSON.stringify({ ...FIRST_THREE, sourceType: null }), 'unknown sourceType'],
    [JSON.stringify({ ...FIRST_THREE, sourceId: {} }), 'no sourceId'],
  ])('refuses %s', (line, why) => {
    expect(readOutsideRecord(line)).toBe(why);
  });

  test('reads a whole number as an id', () => {
    expect(read({ sourceId: 12 }).sourceId).toBe('12');
  });

  test('never fails on what stands in the other fields', () => {
    const fields = ['name', 'sex', 'birthDate', 'nationalId', 'insuranceCard', 'socialInsuranceNumber', 'passport', 'facility'];
    const more = [
      'facilityPatientId',
      'phone',
      'commune',
      'motherName',
      'motherNationalId',
      'motherPhone',
      'birthOrder',
      'address',
    ];
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...fields, ...more), fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }))),
        (wrong) => {
          expect(read(wrong).sourceId).toBe('R1');
        },
      ),
      { numRuns: 300, seed: 4 },
    );
  });

  test('takes a field of another type for absent', () => {
    const wrong = {
      name: 5,
      sex: [],
      birthDate: {},
      nationalId: 56184001239,
      insuranceCard: ['x'],
      phone: true,
      birthOrder: true,
    };

    expect(read(wrong).identity.id).toBe(read().identity.id);
  });
});

describe('readTruthLine', () => {
  test('reads a label as text or number, and refuses a line without', () => {
    const { source, sourceId } = FIRST_THREE;

    expect(readTruthLine(JSON.stringify({ source, sourceId, truth: 7 }))).toEqual({ source, sourceId, truth: '7' });
    expect(readTruthLine(JSON.stringify({ source, sourceId }))).toBe('no truth');
    expect(readTruthLine(JSON.stringify({ source, truth: 'p' }))).toBe('no sourceId');
    expect(readTruthLine('"p"')).toBe('not a JSON object');
  });
});

test('keyText keeps keys apart that only meet when joined', () => {
  expect(keyText({ source: 'a', sourceId: 'b c' })).not.toBe(keyText({ source: 'ab', sourceId: ' c' }));
  expect(keyText({ source: '1', sourceId: '1' })).not.toBe(keyText({ source: '11', sourceId: '' }));
});
