import { describe, expect, test } from '@jest/globals';
import { compareBirths, compareNames, isGivenFirst, prepareName } from '../../../../src/record/identity/compare.js';
import { readBirthDate } from '../../../../src/record/identity/dates.js';
import { editDistance } from '../../../../src/record/identity/edit-distance.js';
import type { NormalName } from '../../../../src/record/identity/identity.js';
import { readName } from '../../../../src/record/identity/names.js';

const nameOf = (raw: string): NormalName | undefined => {
  const reading = readName(raw);
  return reading.kind === 'name' ? reading.name : undefined;
};

// merging.md §3.2, names
describe('levels of names', () => {
  test.each([
    ['Nguyễn Thị Hòa', 'NGUYỄN THỊ HOÀ', 'N0'],
    ['Lý Thị Mỹ', 'Lí Thị Mĩ', 'N0'],
    ['Nguyễn Thị Hoa', 'Nguyen Thi Hoa', 'N1'],
    ['Nguyen Thi Hoa', 'NGUYEN THI HOA', 'N1'],
    ['Nguyễn Văn Tú', 'Nguyễn Văn Tự', 'N2'],
    ['Nguyễn Thị Hoa', 'Nguyễn Thị Hòa', 'N2'],
    ['Nguyển Văn An', 'Nguyễn Văn An', 'N2'],
    ['Nguyễn Thị Hoa', 'Nguyễn Hoa', 'N3'],
    ['Trần Thị Minh Hoa', 'Trần Minh Hoa', 'N3'],
    ['Trần M. Hoa', 'Trần Minh Hoa', 'N3'],
    ['Ng. V. An', 'Nguyễn Văn An', 'N3'],
    ['N. V. An', 'Nguyễn Văn An', 'N4'],
    ['Nguyeenx Van An', 'Nguyen Van An', 'N7'],
    ['Nguyenn Van An', 'Nguyen Van An', 'N4'],
    ['Trần Mihn Hoa', 'Trần Minh Hoa', 'N4'],
    ['An Nguyễn Văn', 'Nguyễn Văn An', 'N5'],
    ['Nguyễn Hoàng Anh', 'Nguyễn Anh Hoàng', 'N5'],
    ['Nguyễn Văn An', 'Nguyễn Văn Anh', 'N6'],
    ['Nguyễn Văn An', 'Nguyễn Thị An', 'N7'],
    ['Võ Văn An', 'Vũ Văn An', 'N7'],
    ['Huỳnh Văn An', 'Hoàng Văn An', 'N7'],
    ['Lê Văn An', 'Lý Văn An', 'N7'],
    ['An', 'Nguyễn Văn An', 'N7'],
    ['Nguyễn Thị Hoa', 'Nguyễn Thị Hồng', 'N8'],
    ['Nguyễn Văn Đức', 'Nguyễn Văn Duy', 'N6'],
    ['Trần Thị Lan', 'Nguyễn Văn Bình', 'N8'],
    ['Y Moan Ênuôl', 'Y Moan Ênuôn', 'N4'],
    ["H'Hen Niê", 'H’Hen Niê', 'N0'],
    ["H'Hen Niê", 'H Hen Nie', 'N1'],
    ['Giàng A Páo', 'Giang A Pao', 'N1'],
    ['CB Hoa', 'Nguyễn Thị Hoa', 'absent'],
  ])('%s and %s are %s', (left, right, level) => {
    expect(compareNames(nameOf(left), nameOf(right))).toBe(level);
    expect(compareNames(nameOf(right), nameOf(left))).toBe(level);
  });

  test('a name typed with the given name first is known from another order', () => {
    const isFirst = (a: string, b: string): boolean =>
      isGivenFirst(prepareName(nameOf(a) as NormalName), prepareName(nameOf(b) as NormalName));

    expect(isFirst('An Nguyễn Văn', 'Nguyễn Văn An')).toBe(true);
    expect(isFirst('Nguyễn Hoàng Anh', 'Nguyễn Anh Hoàng')).toBe(false);
  });
});

// merging.md §3.2, birth dates
describe('levels of birth dates', () => {
  test.each([
    ['1984-05-02', '1984-05-02', 'B0'],
    ['1984', '1984-01-01', 'B1'],
    ['1984-05', '1984-05', 'B1'],
    ['1984', '1984-05-02', 'B2'],
    ['1984-05', '1984-05-02', 'B2'],
    ['1984-05-02', '1984-02-05', 'B3'],
    ['1984-05-02', '1984-05-20', 'B4'],
    ['1984-05-02', '1984-05-12', 'B4'],
    ['1984-05-02', '1985-05-02', 'B4'],
    ['1989-05-02', '1990-05-02', 'B4'],
    ['1984-05-02', '1948-05-02', 'B4'],
    ['1984-05-02', '1986-05-03', 'B5'],
    ['1984-05-02', '1984-07-19', 'B5'],
    ['1984', '1985', 'B5'],
    ['1984-06', '1984-05-02', 'B5'],
    ['', '1984', 'absent'],
  ])('%s and %s are %s', (left, right, level) => {
    expect(compareBirths(readBirthDate(left), readBirthDate(right))).toBe(level);
    expect(compareBirths(readBirthDate(right), readBirthDate(left))).toBe(level);
  });
});

describe('edit distance', () => {
  test.each([
    ['minh', 'minh', 2, 0],
    ['minh', 'mihn', 2, 1],
    ['an', 'anh', 2, 1],
    ['hoa', 'hong', 2, 2],
    ['hoa', 'lan', 1, 2],
    ['', 'abc', 2, 3],
  ])('%s to %s within %i is %i', (a, b, bound, distance) => {
    expect(editDistance(a, b, bound)).toBe(distance);
  });
});
