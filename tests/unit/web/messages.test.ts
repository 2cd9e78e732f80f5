import { describe, expect, test } from '@jest/globals';
import { en } from '../../../src/web/messages/en.js';
import { labelOf, languageOf } from '../../../src/web/messages/language.js';
import { vi } from '../../../src/web/messages/vi.js';

/** `path` -> value of every leaf. */
function leavesOf(catalogue: object, path = ''): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const [key, value] of Object.entries(catalogue)) {
    const name = `${path}${key}`;
    if (typeof value === 'object' && value !== null)
      for (const [inner, leaf] of leavesOf(value, `${name}.`)) leaves.set(inner, leaf);
    else leaves.set(name, value);
  }
  return leaves;
}

describe('the catalogues', () => {
  const [vietnamese, english] = [leavesOf(vi), leavesOf(en)];

  test('have the same keys, each with a text or with a function of as many values', () => {
    expect([...english.keys()].sort()).toEqual([...vietnamese.keys()].sort());
    for (const [key, text] of vietnamese) {
      const other = english.get(key);
      expect([key, typeof other]).toEqual([key, typeof text]);
      if (typeof text === 'function') expect([key, (other as () => string).length]).toEqual([key, text.length]);
      else expect([key, text === '', other === '']).toEqual([key, false, false]);
    }
  });

  test('keep the words of the interfaces in both languages', () => {
    expect(vi.citizen.whoLooked).toBe('Ai đã xem');
    expect(en.citizen.whoLooked).toBe('Ai đã xem');
    expect(vi.person.updating.toLowerCase()).toContain('đang cập nhật');
    expect(vi.person.unconfirmed).toBe('chưa xác nhận');
    expect(vi.person.conflicting).toBe('các nguồn ghi khác nhau');
  });
});

describe('the language of a page', () => {
  test('is the one asked for, else the one kept, else Vietnamese', () => {
    expect(languageOf('en', 'lang=vi')).toBe('en');
    expect(languageOf(undefined, 'a=b; lang=en; c=d')).toBe('en');
    expect(languageOf(undefined, undefined)).toBe('vi');
    expect(languageOf(['en', 'vi'], 'xlang=en')).toBe('vi');
    expect(languageOf('fr', 'lang=fr')).toBe('vi');
  });
});

test('a code without a label gets the label of "other", or stands for itself', () => {
  expect(labelOf(vi.role, 'station')).toBe('Trạm y tế');
  expect(labelOf(vi.role, 'constructor')).toBe('Khác');
  expect(labelOf(vi.loinc, '1-8')).toBe('1-8');
});
