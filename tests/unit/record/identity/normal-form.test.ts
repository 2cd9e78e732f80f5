import { describe, expect, test } from '@jest/globals';
import { v5 } from 'uuid';
import { identityIdOf, normalise } from '../../../../src/record/identity/normal-form.js';
import type { IdentityInput } from '../../../../src/intake/parsed-visit.js';

const aPerson = (more: Partial<IdentityInput> = {}): IdentityInput => ({
  source: '56901',
  sourceType: 'visit',
  name: 'Nguyễn Thị Hoa',
  sex: 'female',
  birthDate: '1984-05-02',
  ...more,
});

describe('the normal form of an identity record', () => {
  test('holds what was read, each kind in its place', () => {
    const normal = normalise(
      aPerson({
        sourcePatientId: 'BN01',
        nationalId: '56184001239',
        insuranceCards: ['DN4560123498760'],
        phone: '01692345602',
        birthOrder: 2,
      }),
    );

    expect(normal).toEqual({
      source: '56901',
      sourceType: 'visit',
      sourcePatientId: 'BN01',
      name: { display: 'Nguyễn Thị Hoa', dia: 'nguyễn thị hoa', fold: 'nguyen thi hoa', hasMarks: true },
      placeholder: false,
      sex: 'female',
      birth: { value: '1984-05-02', precision: 'day', suspect: false },
      id12: '056184001239',
      id12Trust: 'high',
      id12Repaired: true,
      bhxh: ['0123498760'],
      temporaryCards: [],
      phone: '+84392345602',
      birthOrder: 2,
    });
  });

  test('null and values of a wrong type are absent', () => {
    const input = {
      source: 's',
      sourceType: 'visit',
      name: null,
      birthDate: 1984,
      insuranceCards: [null, 7],
      phone: {},
      birthOrder: 'x',
    };

    expect(normalise(input as unknown as IdentityInput)).toEqual({
      source: 's',
      sourceType: 'visit',
      placeholder: false,
      bhxh: [],
      temporaryCards: [],
    });
  });

  test('two numbers in one record make both untrusted', () => {
    expect(normalise(aPerson({ nationalId: '056184001239', insuranceCards: ['001184001239'] })).id12Trust).toBe('low');
  });

  test("a child registered under its mother's name has no name", () => {
    const normal = normalise(aPerson({ birthDate: '2025-03-02', motherName: 'NGUYỄN THỊ HOA' }));

    expect(normal.name).toBeUndefined();
    expect(normal).toMatchObject({ placeholder: true, motherNameFold: 'nguyen thi hoa' });
  });

  test("the mother's number on the child is the mother's", () => {
    const normal = normalise(aPerson({ nationalId: '056160001239', motherNationalId: '056160001239' }));

    expect(normal.id12).toBeUndefined();
    expect(normal.motherId12).toBe('056160001239');
  });

  test('the business key joins only where neither patient id nor personal number is given', () => {
    const keyOf = (more: Partial<IdentityInput>) => normalise(aPerson(more), { businessKey: 'K1' }).businessKey;

    expect(keyOf({})).toBe('K1');
    expect(keyOf({ nationalId: '225123402' })).toBe('K1');
    expect(keyOf({ sourcePatientId: 'BN01' })).toBeUndefined();
    expect(keyOf({ nationalId: '056184001239' })).toBeUndefined();
    expect(keyOf({ name: 'CB Hoa', nationalId: '056184001239' })).toBe('K1');
  });

  test('the id depends on the content alone, not on the order of its members', () => {
    const normal = normalise(aPerson());
    const reversed = Object.fromEntries(Object.entries(normal).reverse()) as unknown as typeof normal;

    expect(identityIdOf(reversed)).toBe(identityIdOf(normal));
    expect(identityIdOf(normal)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(identityIdOf({ placeholder: false, source: 's', sourceType: 'visit', bhxh: ['1'], temporaryCards: [] })).toBe(
      v5(
        '{"bhxh":["1"],"placeholder":false,"source":"s","sourceType":"visit","temporaryCards":[]}',
        '6f1c1a52-6f0e-5d0b-9a53-3a6d0a3f6c11',
      ),
    );
    expect(identityIdOf(normalise(aPerson({ sex: 'male' })))).not.toBe(identityIdOf(normal));
  });
});
