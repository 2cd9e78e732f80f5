import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPhrError } from '../../../../src/errors.js';
import { MAX_BLANK_ROWS } from '../../../../src/intake/sheet/packed-rows.js';
import { aSheet, readSheet, sheetFormat } from '../../../support/sheet-file.js';

const cut = (file: string | Uint8Array) => {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  return sheetFormat.cut(bytes, { maxBytes: 1_000_000, maxVisits: 1_000 });
};
const joined = ({ skeleton, segments }: ReturnType<typeof cut>): Buffer =>
  Buffer.concat(skeleton.flatMap((piece, index) => [piece, segments[index] ?? new Uint8Array()]));

describe('the bytes of a sheet', () => {
  // interfaces.md §3: sealing needs the file back byte for byte
  test('the pieces of the cut are the file, whatever quotes, breaks and blanks it holds', () => {
    const cell = fc.oneof(fc.constantFrom('', '"', '""', ' ', '"a\r\nb"', '"a""b"', 'a"b', '\n', '\r', '=1'), fc.string());
    const body = fc.array(fc.tuple(fc.array(cell, { maxLength: 5 }), fc.constantFrom('\n', '\r\n', '\r', '\n\n')), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(body, fc.constantFrom('', '\uFEFF'), (rows, mark) => {
        const text = `${mark}${aSheet().trimEnd()}\r\nP,a,1950,1\n${rows.map(([cells, end]) => cells.join(',') + end).join('')}`;
        const file = Buffer.from(text, 'utf8');
        if (file.includes(0)) return;

        const pieces = cut(file);

        expect(joined(pieces).equals(file)).toBe(true);
        expect(pieces.skeleton).toHaveLength(pieces.segments.length + 1);
        // Reading a row never throws, and a second cut of the same bytes is the same.
        expect(readSheet(file).length).toBe(pieces.segments.length);
      }),
      { numRuns: 200 },
    );
  });

  test('any other bytes are refused with a PhrError or cut, nothing else is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          cut(bytes);
        } catch (error) {
          expect(isPhrError(error)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['semicolons', (text: string) => text.replaceAll(',', ';')],
    ['tabs', (text: string) => text.replaceAll(',', '\t')],
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
    ['LF', (text: string) => text.replaceAll('\r\n', '\n')],
    ['CR', (text: string) => text.replaceAll('\r\n', '\r')],
    ['no last line break', (text: string) => text.trimEnd()],
    ['blank rows', (text: string) => `${text.replaceAll('\r\n', '\r\n\r\n,,,,\r\n')} \r\n`],
    ['headers in capitals with blanks', (text: string) => text.replace('ma_phieu,ho_ten', ' MA_PHIEU , Ho_Ten ')],
  ])('%s makes no difference', (_name, change) => {
    const rows = (text: string) =>
      JSON.stringify(readSheet(text).map(({ subjects, key, problems }) => [key, subjects, problems]));
    const sheet = aSheet({ ma_phieu: 'A' }, { ma_phieu: 'B' });

    expect(rows(change(sheet))).toBe(rows(sheet));
  });

  test('holds as many blank rows as the limit says', () => {
    const sheet = (blank: number) => `${aSheet({})}${'\n'.repeat(blank)}`;

    expect(cut(sheet(MAX_BLANK_ROWS)).segments).toHaveLength(1);
    expect(() => cut(sheet(MAX_BLANK_ROWS + 1))).toThrow(expect.objectContaining({ category: 'too-large' }));
  });

  test('columns may stand in any order, and those that are not required may be missing', () => {
    const [visit] = readSheet('ngay_do;gioi_tinh;ho_ten;ngay_sinh;ma_phieu\n01/06/2026;1;Lê Văn Tám;1955;P1\n');

    expect(visit).toMatchObject({ key: 'P1', refused: false, eventDate: '2026-06-01' });
    expect(visit?.problems.map(({ code }) => code)).toEqual(['no-measurement']);
  });

  test('a quoted cell may hold separators and line breaks', () => {
    const visits = readSheet(aSheet({ thoi_diem: 'sau ăn,\r\n2 giờ' }, { ma_phieu: 'B' }));

    expect(visits.map(({ refused }) => refused)).toEqual([false, false]);
    expect(JSON.stringify(visits[0]?.subjects)).toContain('sau ăn,\\r\\n2 giờ');
  });

  test.each([
    ['UTF-16', Buffer.from('\uFEFFma_phieu', 'utf16le'), 'malformed', /UTF-8/],
    ['another encoding', Buffer.from([0x6d, 0xd5, 0x0a, 0x61, 0x0a]), 'malformed', /UTF-8/],
    ['NUL', Buffer.from('ma_phieu\0\na\n'), 'malformed', /CSV/],
    ['no row', Buffer.from(aSheet()), 'malformed', /không có dòng dữ liệu/],
    ['an empty header', Buffer.from('\nP1\n'), 'malformed', /tiêu đề/],
    ['no header', Buffer.from('P1,Trần Thị Bé,1960,2,01/06/2026\n'), 'malformed', /tiêu đề/],
  ])('%s is refused with its reason', (_name, file, category, message) => {
    expect(() => cut(file)).toThrow(expect.objectContaining({ category, message: expect.stringMatching(message) }));
  });
});
