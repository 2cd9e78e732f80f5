import { describe, expect, test } from '@jest/globals';
import { REASON_LENGTH_MAX, REASON_LENGTH_MIN } from '../../../src/access/reason.js';
import { vi } from '../../../src/web/messages/vi.js';
import {
  BIRTH_YEAR_MIN,
  NAME_LENGTH_MAX,
  NAME_LENGTH_MIN,
  NUMBER_LENGTH_MAX,
  NUMBER_LENGTH_MIN,
  readSearch,
} from '../../../src/web/station/search-form.js';

const now = new Date('2026-11-25T08:00:00Z');
const typed = { number: '', name: '', birthYear: '', reason: '' };
const read = (more: Partial<typeof typed>, askedForReason = false) => readSearch({ ...typed, ...more }, askedForReason, now, vi);
const searchOf = (more: Partial<typeof typed>) => (read(more) as { search?: unknown }).search;
const wrongFields = (more: Partial<typeof typed>, askedForReason = false): readonly string[] =>
  Object.keys((read(more, askedForReason) as { errors?: object }).errors ?? {});

describe('the search form of a station', () => {
  test('takes a number as people write it', () => {
    expect(searchOf({ number: ' 0561 5800-0117' })).toEqual({ kind: 'number', number: '056158000117' });
    expect(searchOf({ number: 'ht 3 56 5690000117' })).toEqual({ kind: 'number', number: 'HT3565690000117' });
  });

  test('takes a name, with or without a birth year', () => {
    expect(searchOf({ name: 'Nguyễn  Thị' })).toEqual({ kind: 'name', name: 'Nguyễn Thị' });
    expect(searchOf({ name: 'nguyen', birthYear: '1958' })).toEqual({ kind: 'name', name: 'nguyen', birthYear: 1958 });
  });

  test('refuses nothing, both ways at once, and a year alone', () => {
    expect(wrongFields({})).toEqual(['number']);
    expect(wrongFields({ number: '056158000117', name: 'An' })).toEqual(['number']);
    expect(wrongFields({ birthYear: '1958' })).toEqual(['name']);
  });

  test('has bounds for numbers, names and years', () => {
    expect(wrongFields({ number: '1'.repeat(NUMBER_LENGTH_MIN) })).toEqual([]);
    expect(wrongFields({ number: '1'.repeat(NUMBER_LENGTH_MIN - 1) })).toEqual(['number']);
    expect(wrongFields({ number: '1'.repeat(NUMBER_LENGTH_MAX) })).toEqual([]);
    expect(wrongFields({ number: '1'.repeat(NUMBER_LENGTH_MAX + 1) })).toEqual(['number']);
    expect(wrongFields({ number: "1' OR '1'='1" })).toEqual(['number']);
    expect(wrongFields({ name: 'a'.repeat(NAME_LENGTH_MIN) })).toEqual([]);
    expect(wrongFields({ name: 'a'.repeat(NAME_LENGTH_MIN - 1) })).toEqual(['name']);
    expect(wrongFields({ name: 'a'.repeat(NAME_LENGTH_MAX) })).toEqual([]);
    expect(wrongFields({ name: 'a'.repeat(NAME_LENGTH_MAX + 1) })).toEqual(['name']);
    expect(wrongFields({ name: '<b>' })).toEqual(['name']);
    expect(wrongFields({ name: 'An', birthYear: String(BIRTH_YEAR_MIN) })).toEqual([]);
    expect(wrongFields({ name: 'An', birthYear: String(BIRTH_YEAR_MIN - 1) })).toEqual(['birthYear']);
    expect(wrongFields({ name: 'An', birthYear: '2026' })).toEqual([]);
    expect(wrongFields({ name: 'An', birthYear: '2027' })).toEqual(['birthYear']);
    expect(wrongFields({ name: 'An', birthYear: '58' })).toEqual(['birthYear']);
  });

  test('wants a reason once it asked for one', () => {
    const number = '056158000117';

    expect(read({ number, reason: 'Cấp  cứu' }, true)).toEqual({ search: { kind: 'number-beyond', number, reason: 'Cấp cứu' } });
    expect(wrongFields({ number, reason: 'a'.repeat(REASON_LENGTH_MIN - 1) }, true)).toEqual(['reason']);
    expect(wrongFields({ number, reason: 'a'.repeat(REASON_LENGTH_MAX + 1) }, true)).toEqual(['reason']);
    expect(searchOf({ number, reason: 'Cấp cứu' })).toEqual({ kind: 'number', number });
  });
});
