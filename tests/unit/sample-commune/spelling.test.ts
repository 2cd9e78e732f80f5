import { describe, expect, test } from '@jest/globals';
import { makeRandom } from '../../../src/sample-commune/random.js';
import {
  givenFirst,
  otherToneStyle,
  typed,
  withInitials,
  withOneDigitChanged,
  withoutMarks,
  withoutMiddle,
} from '../../../src/sample-commune/spelling.js';

describe('errors of spelling', () => {
  test.each([
    [withoutMarks, 'Đặng Thị Thủy', 'Dang Thi Thuy'],
    [otherToneStyle, 'Lê Thúy Hòa', 'Lê Thuý Hoà'],
    [otherToneStyle, 'Nguyễn Toàn Quý', 'Nguyễn Toàn Quý'],
    [withInitials, 'Nguyễn Thị Hoa', 'N. T. Hoa'],
    [withoutMiddle, 'Nguyễn Thị Thu Hoa', 'Nguyễn Hoa'],
    [withoutMiddle, 'Nguyễn Hoa', 'Nguyễn Hoa'],
    [givenFirst, 'Nguyễn Thị Hoa', 'Hoa Nguyễn Thị'],
  ])('%p of %s is %s', (change, name, expected) => {
    expect(change(name)).toBe(expected);
  });

  test('a typing error changes one token, now as unfinished Telex, now as a slip of a mark', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed += 1) {
      const name = typed(makeRandom(`t${seed}`), 'Nguyễn Văn Dũng');
      expect(name.split(' ').filter((token, index) => token !== ['Nguyễn', 'Văn', 'Dũng'][index])).toHaveLength(1);
      seen.add(name);
    }

    expect(seen).toContain('Nguyênx Văn Dũng');
    expect(seen).toContain('Nguyển Văn Dũng');
    expect(seen).toContain('Nguyễn Văng Dũng');
  });

  test('one digit of a number changes, never the first', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const changed = withOneDigitChanged(makeRandom(`d${seed}`), '056168004321');
      expect([...changed].filter((digit, index) => digit !== '056168004321'.charAt(index))).toHaveLength(1);
      expect(changed.startsWith('0')).toBe(true);
    }
  });
});
