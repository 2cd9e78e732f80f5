import { describe, expect, test } from '@jest/globals';
import { autoKeys, blockingKeys, reviewKeys } from '../../../../src/record/identity/blocking.js';
import type { Decision, PairResult } from '../../../../src/record/identity/identity.js';
import { comparePair } from '../../../../src/record/identity/tiers.js';
import { aDemographic, identityOf } from '../../../support/identity-records.js';

type Fields = Parameters<typeof aDemographic>[0];
/** Another source that shares nothing with the base record but its name, sex and date of birth. */
const ELSEWHERE: Fields = { source: '56902', sourcePatientId: 'X9', nationalId: undefined, insuranceCards: undefined };

function pairOf(left: Fields, right: Fields, decisions: (a: string, b: string) => readonly Decision[] = () => []): PairResult {
  const [a, b] = [identityOf(aDemographic(left)), identityOf(aDemographic(right))];
  const result = comparePair(a, b, decisions(a.id, b.id));
  expect(comparePair(b, a, decisions(a.id, b.id))).toEqual(result);
  return result;
}
const number: Fields = { ...ELSEWHERE, nationalId: '056184001239' };
const card: Fields = { ...ELSEWHERE, insuranceCards: ['GD4790123498760'] };
const patient: Fields = { ...ELSEWHERE, source: '56901', sourcePatientId: 'BN01' };

// merging.md §3.1
describe('T0: one patient id in one source', () => {
  test.each([
    ['compatible', {}, 'T0'],
    ['given name first', { name: 'Hoa Nguyễn Thị' }, 'T0'],
    ['no birth date', { birthDate: undefined }, 'T0'],
    ['another given name', { name: 'Nguyễn Thị Hồng' }, 'none'],
    ['another birth date', { birthDate: '1990-10-10' }, 'none'],
    ['another source', { source: '56902' }, 'none'],
    ['no name', { name: undefined }, 'none'],
  ])('%s', (_what, fields: Fields, tier) => {
    expect(pairOf({}, { ...patient, ...fields }).tier).toBe(tier);
  });
});

describe('T1: one personal number', () => {
  test.each([
    ['same', {}, 'T1'],
    ['one edit elsewhere, a slip in the date', { name: 'Nguyenn Thi Hoa', birthDate: '1984-05-20' }, 'T1'],
    ['no birth date', { birthDate: undefined }, 'T1'],
    ['zero lost', { nationalId: '56184001239' }, 'T1'],
    ['given name one edit away', { name: 'Nguyễn Thị Hoan' }, 'T4'],
    ['another birth date in the same year', { birthDate: '1984-11-30' }, 'T4'],
    ['another order of tokens', { name: 'Hoa Nguyễn Thị' }, 'none'],
    ['number that does not fit the sex', { sex: 'male' as const }, 'none'],
    ['no name', { name: undefined }, 'none'],
  ])('%s', (_what, fields: Fields, tier) => {
    expect(pairOf({}, { ...number, ...fields }).tier).toBe(tier);
  });
});

describe('T2: one insurance number', () => {
  test.each([
    ['another prefix', {}, 'T2'],
    ['middle name dropped', { name: 'Nguyễn Hoa' }, 'T2'],
    ['year only, same sex', { birthDate: '1984' }, 'T2'],
    ['year only, sex unknown', { birthDate: '1984', sex: undefined }, 'none'],
    ['one edit elsewhere', { name: 'Nguyenn Thi Hoa' }, 'none'],
    ['day and month swapped', { birthDate: '1984-02-05' }, 'none'],
    ['no birth date', { birthDate: undefined }, 'none'],
    ['lent to a sister', { name: 'Nguyễn Thị Lan', birthDate: '1986-10-19' }, 'T4'],
  ])('%s', (_what, fields: Fields, tier) => {
    expect(pairOf({}, { ...card, ...fields }).tier).toBe(tier);
  });

  test('a TE1 card links nobody', () => {
    const child: Fields = { insuranceCards: ['TE1560123498760'], nationalId: undefined };

    expect(pairOf(child, { ...child, ...{ source: '56902', sourcePatientId: 'X9' } }).tier).toBe('none');
  });
});

test('name, date of birth and sex alone are no tier', () => {
  expect(pairOf({}, ELSEWHERE)).toMatchObject({ tier: 'none', name: 'N0', birth: 'B0', vetoes: [] });
});

test('a CMND is not compared with a personal number, and links nobody', () => {
  expect(pairOf({}, { ...ELSEWHERE, nationalId: '225123402' })).toMatchObject({ tier: 'none', vetoes: [] });
  expect(pairOf({ ...ELSEWHERE, source: '1', nationalId: '225123402' }, { ...ELSEWHERE, nationalId: '225123402' }).tier).toBe(
    'none',
  );
});

// merging.md §3.3
describe('vetoes', () => {
  test('C1: two trusted numbers', () => {
    expect(pairOf({}, { ...card, nationalId: '056184007777' })).toMatchObject({ tier: 'T2', vetoes: ['C1'] });
    expect(pairOf({}, { ...card, nationalId: '056188007777' })).toMatchObject({ tier: 'T2', vetoes: [] });
  });

  test('C2: the sexes differ, unless number, name and date agree', () => {
    expect(pairOf({}, { ...card, sex: 'male' }).vetoes).toEqual(['C2']);
    expect(pairOf({}, { ...patient, nationalId: '056184001239', sex: 'male' })).toMatchObject({ tier: 'T0', vetoes: [] });
    expect(pairOf({}, { ...patient, nationalId: '056184001239', sex: 'male', birthDate: '1984-05-20' }).vetoes).toEqual(['C2']);
  });

  test.each([
    ['twins of one family and middle name', { name: 'Nguyễn Thị Lan' }, true],
    ['born around midnight', { name: 'Nguyễn Thị Lan', birthDate: '1984-05-03' }, true],
    ['two days apart', { name: 'Nguyễn Thị Lan', birthDate: '1984-05-04' }, false],
    ['another middle name, no household', { name: 'Nguyễn Minh Lan' }, false],
    ['another middle name, one phone', { name: 'Nguyễn Minh Lan', phone: '0905123402' }, true],
    ['another middle name, one mother', { name: 'Nguyễn Minh Lan', motherName: 'Trần Thị Sen' }, true],
    ['another middle name, number of one mother', { name: 'Nguyễn Minh Lan', motherNationalId: '056155001238' }, true],
    ["another middle name, the mother's phone", { name: 'Nguyễn Minh Lan', motherPhone: '0905123402' }, true],
    ['given names that differ by marks', { name: 'Nguyễn Thị Hòa' }, true],
    ['a record without marks', { name: 'Nguyen Thi Hoa' }, false],
    ['given name first', { name: 'Hoa Nguyễn Thị', phone: '0905123402' }, false],
  ])('C3: %s', (_what, fields: Fields, vetoed) => {
    const base: Fields = { phone: '0905123402', motherName: 'Trần Thị Sen', motherNationalId: '056155001238' };

    expect(pairOf(base, { ...ELSEWHERE, ...fields }).vetoes.includes('C3')).toBe(vetoed);
  });

  test('C3 does not hold for marks when both bear one trusted number', () => {
    expect(pairOf({}, { ...number, name: 'Nguyễn Thị Hòa' })).toMatchObject({ tier: 'T1', vetoes: [] });
  });

  test('C4: a newborn without a name has the number, the card and the patient id of the mother', () => {
    const child: Fields = { ...number, insuranceCards: ['DN4560123498760'], name: 'CB Nguyễn Thị Hoa', birthDate: '2025-03-02' };

    expect(pairOf({}, child).vetoes).toContain('C4');
    expect(pairOf({}, { ...child, name: 'Nguyễn Thị Hoa', motherName: 'Nguyễn Thị Hoa', birthDate: undefined }).vetoes).toContain(
      'C4',
    );
  });

  test('C4: a named child says who its mother is', () => {
    expect(pairOf({}, { ...card, name: 'Nguyễn Hoa', motherNationalId: '056184001239' }).vetoes).toEqual(['C4']);
  });

  test('C4: a child of unknown birth date whose mother is called like the record', () => {
    const child: Fields = { ...number, name: 'Nguyễn Thu Hoa', motherName: 'NGUYEN THI HOA', birthDate: undefined };

    expect(pairOf({}, child).vetoes).toContain('C4');
    expect(pairOf({ ...number, motherName: 'Nguyễn Thị Hoa', name: 'Nguyễn Hoa' }, {}).vetoes).toEqual([]);
  });

  test('C5: one number, another name or date', () => {
    expect(pairOf({}, { ...number, name: 'Nguyễn Thị Hoan', birthDate: undefined })).toMatchObject({
      tier: 'T4',
      vetoes: ['C5'],
    });
    expect(pairOf({}, { ...patient, insuranceCards: ['0123498760'], birthDate: '1999-09-09' }).vetoes).toEqual(['C5']);
  });

  test('C9: stewards say different, or newborn of', () => {
    for (const verdict of ['different', 'newborn-of'] as const) {
      expect(pairOf({}, number, (a, b) => [{ a: b, b: a, verdict }]).vetoes).toEqual(['C9']);
    }
  });

  test('a steward who says same lifts the automatic vetoes of the pair', () => {
    const other: Fields = { ...card, nationalId: '056184007777' };

    expect(pairOf({}, other, (a, b) => [{ a, b, verdict: 'same' }]).vetoes).toEqual([]);
    expect(pairOf({}, other, (a) => [{ a, b: 'somebody', verdict: 'same' }]).vetoes).toEqual(['C1']);
  });
});

// merging.md §3.7
describe('blocking keys', () => {
  const readable = (keys: readonly string[]): string[] => keys.map((key) => key.replaceAll('\u001F', ':'));

  test('automatic keys and review keys of a full record', () => {
    const { normal } = identityOf(aDemographic({ passport: 'C7654321' }));

    expect(readable(autoKeys(normal))).toEqual(['bhxh10:0123498760', 'id12:056184001239', 'mrn:56901:BN01']);
    expect(readable(reviewKeys(normal))).toEqual(['likeness:nguyen thi hoa:1984-05-02:female', 'passport:C7654321']);
    expect(blockingKeys(normal)).toHaveLength(5);
  });

  test('a missing part leaves the key out', () => {
    const { normal } = identityOf(
      aDemographic({ ...ELSEWHERE, sourcePatientId: undefined, birthDate: '1984', nationalId: '225123402' }),
    );

    expect(readable(blockingKeys(normal))).toEqual(['id9:225123402']);
  });

  test('names that are spelled alike share a likeness key', () => {
    const keyOf = (name: string): string[] => reviewKeys(identityOf(aDemographic({ name })).normal);

    expect(keyOf('Lý Thị Mỹ')).toEqual(keyOf('LI THI MI'));
  });

  test("a child without a name is found beside its mother's number", () => {
    const { normal } = identityOf(aDemographic({ name: 'CB Hoa', nationalId: undefined, motherNationalId: '056184001239' }));

    expect(readable(reviewKeys(normal))).toContain('id12:056184001239');
  });
});
