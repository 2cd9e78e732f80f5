import { describe, expect, test } from '@jest/globals';
import { cleanText, foldText, partsOf, placeTone, readName } from '../../../../src/record/identity/names.js';

const nameOf = (raw: string) => {
  const reading = readName(raw);
  if (reading.kind !== 'name') throw new Error(`${raw} reads as ${reading.kind}`);
  return reading.name;
};

// merging.md §1.1
describe('the normal form of a name', () => {
  test('NFD, invisible characters and hard spaces make no difference', () => {
    expect(nameOf('Nguyễn\u00A0 Thị \u200BHoa\uFEFF'.normalize('NFD'))).toEqual(nameOf('Nguyễn Thị Hoa'));
  });

  test('soft hyphens go, every apostrophe is one', () => {
    expect(cleanText('Ho\u00ADa')).toBe('Hoa');
    expect(['H’Hen', 'H`Hen', 'Hʼhen', 'H´Hen'].map(foldText)).toEqual(Array(4).fill('h hen'));
  });

  test('look-alike letters and the Icelandic eth become Vietnamese', () => {
    expect(cleanText('\u00D0ỗ V\u0430n')).toBe('Đỗ Van');
    expect(cleanText('L\u0435\u0302')).toBe('Lê');
  });

  test.each([
    ['NGUYỄN VĂN AN', 'Nguyễn Văn An'],
    ["H'HEN NIÊ", "H'Hen Niê"],
    ['lê thị bé', 'Lê Thị Bé'],
    ['Y Moan Ênuôl', 'Y Moan Ênuôl'],
    ['McDonald Anh', 'McDonald Anh'],
  ])('%s is shown as %s', (raw, display) => {
    expect(nameOf(raw).display).toBe(display);
  });

  test.each([
    ['hòa', 'hoà'],
    ['thúy', 'thuý'],
    ['khỏe', 'khoẻ'],
    ['quý', 'quý'],
    ['hoàn', 'hoàn'],
    ['toán', 'toán'],
    ['mùa', 'mùa'],
    ['thuở', 'thuở'],
  ])('tone of %s stands as in %s', (token, placed) => {
    expect(placeTone(token)).toBe(placed);
  });

  test('folding maps đ and leaves letters and spaces only', () => {
    expect(foldText('Đỗ H’Hen-Niê 2')).toBe('do h hen nie');
  });

  test('the display keeps y although comparison takes it for i', () => {
    expect(nameOf('Lý Mỹ Kỳ')).toMatchObject({ display: 'Lý Mỹ Kỳ', dia: 'lý mỹ kỳ', fold: 'ly my ky' });
  });

  test('a compound family name stays whole unless nothing would be left', () => {
    const parts = (fold: string) => partsOf(fold.split(' '), fold.split(' '));

    expect(parts('ton nu thi hoa')).toEqual({ family: ['ton', 'nu'], middle: ['thi'], given: 'hoa' });
    expect(parts('ton nu')).toEqual({ family: ['ton'], middle: [], given: 'nu' });
    expect(parts('hoa')).toEqual({ family: [], middle: [], given: 'hoa' });
  });
});

// merging.md §1.1.6
describe('placeholders', () => {
  test.each([
    ['CB NGUYỄN THỊ HOA', 'nguyen thi hoa'],
    ['Con bà Trần Thị Lý', 'tran thi ly'],
    ['BÉ GÁI CON BÀ LÊ THỊ HỒNG', 'le thi hong'],
    ['con cua Nguyen Thi Lan', 'nguyen thi lan'],
    ['TSS', undefined],
    ['BN lạ', undefined],
    ['Không rõ', undefined],
    ['VO DANH', undefined],
    ['chưa đặt tên', undefined],
    ['test 1', undefined],
    ['A B C', undefined],
  ])('%s is not a name', (raw, motherName) => {
    expect(readName(raw)).toMatchObject({ kind: 'placeholder', ...(motherName === undefined ? {} : { motherName }) });
  });

  test.each(['Bế Trai', 'Võ Danh', 'Vo Danh Hung', 'Con Thị Bà', 'Testa Anh', 'Nguyễn Thị Bé Gái', 'Cao Bá Quát', 'Y B'])(
    '%s is a name',
    (raw) => {
      expect(readName(raw).kind).toBe('name');
    },
  );

  test('the digit that tells two newborns apart is kept', () => {
    expect(readName('CB Hoa 1')).not.toEqual(readName('CB Hoa 2'));
  });

  test('a text without a letter is no name', () => {
    expect(readName(' 123 ')).toEqual({ kind: 'absent' });
  });
});
