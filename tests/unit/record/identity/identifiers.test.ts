import { describe, expect, test } from '@jest/globals';
import { readBirthDate } from '../../../../src/record/identity/dates.js';
import { isDummyNumber, readIdentifiers, readPersonalNumber, trustOf } from '../../../../src/record/identity/identifiers.js';
import { readPhone } from '../../../../src/record/identity/phones.js';
import { REGISTRATION_PLACES } from '../../../../src/record/identity/registration-places.js';

// merging.md §1.3
describe('identifiers are told apart by their form', () => {
  test('there are 63 places of registration', () => {
    expect(REGISTRATION_PLACES.size).toBe(63);
  });

  test('a card of 15 characters gives its last ten digits, whatever its prefix', () => {
    const read = readIdentifiers({ insuranceCards: ['DN4 79 0123498760', 'GD4560123498760', '0123498760'] });

    expect(read.bhxh).toEqual(['0123498760']);
  });

  test('a TE1 card stands apart', () => {
    expect(readIdentifiers({ insuranceCards: ['TE1560123498760'] })).toMatchObject({ bhxh: [], temporaryCards: ['0123498760'] });
  });

  test('twelve digits in a card field or as insurance number are the personal number', () => {
    expect(readIdentifiers({ insuranceCards: ['056184001239'] })).toMatchObject({ id12: '056184001239', bhxh: [] });
    expect(readIdentifiers({ socialInsuranceNumber: '056184001239' }).id12).toBe('056184001239');
  });

  test('two different personal numbers in one record are a conflict, and the national id field wins', () => {
    const read = readIdentifiers({ nationalId: '056184001239', insuranceCards: ['001084001239'] });

    expect(read).toMatchObject({ id12: '056184001239', id12Conflict: true });
  });

  test('ten digits in the national id field are an insurance number, nine a CMND', () => {
    expect(readIdentifiers({ nationalId: '7912345602' })).toMatchObject({ bhxh: ['7912345602'] });
    expect(readIdentifiers({ nationalId: '225 123 402' })).toMatchObject({ id9: '225123402' });
  });

  test('a passport is read from either field', () => {
    expect(readIdentifiers({ nationalId: 'c1234567' }).passport).toBe('C1234567');
    expect(readIdentifiers({ passport: 'N 9876542' }).passport).toBe('N9876542');
  });

  test('a zero lost in a spreadsheet comes back', () => {
    expect(readPersonalNumber('56184001239')).toEqual({ value: '056184001239', repaired: true });
    expect(readPersonalNumber('05618400123')).toBeUndefined();
  });

  test.each(['000000000000', '111111111', '123456789', '0123456789', '012345678901', '987654321'])('%s is a dummy', (digits) => {
    expect(isDummyNumber(digits)).toBe(true);
  });

  test('dummies are not read', () => {
    const read = readIdentifiers({
      nationalId: '000000000000',
      insuranceCards: ['DN4790000000000'],
      socialInsuranceNumber: '0000000000',
    });

    expect(read).toEqual({ id12Conflict: false, bhxh: [], temporaryCards: [] });
  });
});

describe('trust in a personal number', () => {
  const born = (value: string) => readBirthDate(value);

  test('place, sex and year agree: high', () => {
    expect(trustOf('056184001239', 'female', born('1984-05-02'), false)).toBe('high');
    expect(trustOf('056205001239', 'male', born('2005'), false)).toBe('high');
  });

  test('something is unknown: normal, but low when the number was repaired', () => {
    expect(trustOf('056184001239', undefined, born('1984'), false)).toBe('normal');
    expect(trustOf('056184001239', undefined, born('1984'), true)).toBe('low');
  });

  test('a birth abroad is not refused and not confirmed', () => {
    expect(trustOf('101184001239', 'female', born('1984'), false)).toBe('normal');
  });

  test.each([
    ['sex', '056184001239', 'male', '1984'],
    ['year', '056184001239', 'female', '1985'],
    ['century', '056384001239', 'female', '1984'],
    ['place', '003184001239', 'female', '1984'],
    ['birth after 2099', '056484001239', undefined, undefined],
  ] as const)('%s disagrees: low', (_what, number, sex, year) => {
    expect(trustOf(number, sex, year === undefined ? undefined : born(year), false)).toBe('low');
  });
});

// merging.md §1.2
describe('birth dates', () => {
  test.each([
    ['1984-05-02', { value: '1984-05-02', precision: 'day', suspect: false }],
    ['1984-05', { value: '1984-05', precision: 'month', suspect: false }],
    ['1984', { value: '1984', precision: 'year', suspect: false }],
    ['1984-01-01', { value: '1984', precision: 'year', suspect: true }],
    ['1884-05-02', { value: '1884-05-02', precision: 'day', suspect: true }],
    ['2024-02-29', { value: '2024-02-29', precision: 'day', suspect: false }],
  ])('%s', (raw, date) => {
    expect(readBirthDate(raw)).toEqual(date);
  });

  test.each(['2023-02-29', '1984-13-01', '1984-04-31', '84', '30737', '02/05/1984', '', '0000'])(
    '%s is not guessed at',
    (raw) => {
      expect(readBirthDate(raw)).toBeUndefined();
    },
  );
});

describe('phones', () => {
  test.each([
    ['0905 123 402', '+84905123402'],
    ['+84905123402', '+84905123402'],
    ['84905123402', '+84905123402'],
    ['905123402', '+84905123402'],
    ['01692345602', '+84392345602'],
    ['0123.234.5602', '+84832345602'],
    ['01992345602', '+84592345602'],
    ['0258 3822 402', '+842583822402'],
  ])('%s', (raw, phone) => {
    expect(readPhone(raw)).toBe(phone);
  });

  test.each(['0900000000', '0999999999', '0123456789', '0987654321', '12345', 'không có', '0105123402'])(
    '%s is no phone',
    (raw) => {
      expect(readPhone(raw)).toBeUndefined();
    },
  );
});
