import { describe, expect, test } from '@jest/globals';
import { exact, fold, tokenForm } from '../../../../src/fhir/search/fold.js';
import { MAX_STRING_TERM, MAX_WORDS, prefixOf, wordStarts } from '../../../../src/fhir/search/term-spelling.js';

// https://hl7.org/fhir/R4/search.html#string
describe('folding', () => {
  test.each([
    ['Đặng  Thị\tHòa', 'dang thi hoa'],
    ['NGUYỄN VĂN ƯỚC', 'nguyen van uoc'],
    ['Hoà', 'hoa'],
    ["O'Neil", 'oneil'],
    ['Jean-Luc', 'jean luc'],
    ['Trần T. Lan', 'tran t lan'],
    ['  …  ', ''],
    ['李 明', '李 明'],
    ['Straße 5', 'straße 5'],
  ])('%s folds to %j', (text, folded) => {
    expect(fold(text)).toBe(folded);
    expect(fold(text.normalize('NFD'))).toBe(folded);
    expect(fold(folded)).toBe(folded);
  });

  test('exact keeps marks and case but not the normal form', () => {
    expect(exact('Hòa'.normalize('NFD'))).toBe(exact('Hòa'.normalize('NFC')));
    expect(new Set(['Hòa', 'hòa', 'Hoa', 'Hoà'].map(exact)).size).toBe(4);
  });

  test('tokens ignore case, not marks', () => {
    expect(tokenForm('DN4560000')).toBe(tokenForm('dn4560000'));
    expect(tokenForm('đ')).not.toBe(tokenForm('d'));
  });

  test('a text may be found from each of its words on', () => {
    expect(wordStarts('Đặng Thị Hòa')).toEqual(['dang thi hoa', 'thi hoa', 'hoa']);
    expect(wordStarts(' - ')).toEqual([]);
  });

  test('terms are bounded in length and number', () => {
    expect(wordStarts('a'.repeat(MAX_STRING_TERM))).toEqual(['a'.repeat(MAX_STRING_TERM)]);
    expect(wordStarts('a'.repeat(MAX_STRING_TERM + 1))).toEqual(['a'.repeat(MAX_STRING_TERM)]);
    expect(prefixOf('a'.repeat(MAX_STRING_TERM + 1))).toHaveLength(MAX_STRING_TERM);
    expect(wordStarts('a '.repeat(MAX_WORDS))).toHaveLength(MAX_WORDS);
    expect(wordStarts('a '.repeat(MAX_WORDS + 1))).toHaveLength(MAX_WORDS);
  });
});
