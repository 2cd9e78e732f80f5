import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPhrError } from '../../../../src/errors.js';
import { MAX_BLANK_ROWS } from '../../../../src/intake/sheet/packed-rows.js';
import { MAX_CELL_LENGTH } from '../../../../src/intake/sheet/read-row.js';
import { MAX_COLUMNS } from '../../../../src/intake/sheet/xlsx/workbook.js';
import { MAX_UNPACKED_BYTES, MAX_ZIP_ENTRIES } from '../../../../src/intake/sheet/xlsx/zip-parts.js';
import { SHEET_COLUMNS, GOOD_ROW, aSheet, readSheet, sheetFormat } from '../../../support/sheet-file.js';
import { aWorkbook, workbookParts, zipOf, type TestCell, type TestPart } from '../../../support/xlsx-file.js';

const cut = (file: Uint8Array, maxVisits = 1_000) => sheetFormat.cut(file, { maxBytes: 10_000_000, maxVisits });
const refusal = (category: string, message: RegExp = /./) =>
  expect.objectContaining({ category, message: expect.stringMatching(message) });
const one = (row: Readonly<Record<string, TestCell>>, options = {}) => readSheet(aWorkbook([row], options))[0];
const codes = (row: Readonly<Record<string, TestCell>>) =>
  one(row)?.problems.map(({ severity, code, field }) => [severity, code, field]);
/** A workbook with one part replaced. */
const withPart = (part: TestPart): Buffer =>
  zipOf([
    ...workbookParts([SHEET_COLUMNS, SHEET_COLUMNS.map((name) => GOOD_ROW[name])]).filter(({ name }) => name !== part.name),
    part,
  ]);

describe('a workbook as a sheet', () => {
  test('says what the same rows say as CSV', () => {
    const rows = [
      { ma_phieu: 'A' },
      { ma_phieu: 'B', thoi_diem: 'sau ăn < 2 giờ & "no"', so_cccd: undefined },
      { ma_phieu: 'C', ho_ten: undefined },
    ];
    const said = (file: string | Uint8Array) =>
      readSheet(file).map(({ key, refused, subjects, problems }) => ({ key, refused, subjects, problems }));

    expect(said(aWorkbook(rows))).toEqual(said(aSheet(...rows)));
  });

  test('is kept whole, its rows as copies; the same bytes give the same copies', () => {
    const file = aWorkbook([{ ma_phieu: 'A' }, { ma_phieu: 'B' }]);

    const { skeleton, segments } = cut(file);

    expect(skeleton).toHaveLength(1);
    expect(Buffer.from(skeleton[0] ?? []).equals(file)).toBe(true);
    expect(segments).toHaveLength(2);
    expect(cut(file)).toEqual({ skeleton, segments });
  });

  test('blank rows and cells without content are passed over; a first row that is blank too', () => {
    const cells = SHEET_COLUMNS.map((name) => GOOD_ROW[name]);
    const file = zipOf(workbookParts([[], SHEET_COLUMNS, [undefined, ' '], cells, []]));

    expect(readSheet(file).map(({ key, refused }) => [key, refused])).toEqual([['SL-001', false]]);
  });

  test.each([
    ['a date cell', { number: '22038', style: 1 }, '1960-05-02'],
    ['a cell that shows a year', { number: '22038', style: 3 }, '1960'],
    ['a year as a number', { number: '1960' }, '1960'],
    ['an ISO date', { xml: '<c t="d"><v>1960-05-02T00:00:00</v></c>' }, '1960-05-02'],
    ['the first day', { number: '1', style: 1 }, '1900-01-01'],
    ['the day before the day that never was', { number: '59', style: 1 }, '1900-02-28'],
    ['the day behind it', { number: '61', style: 1 }, '1900-03-01'],
  ])('%s is a birth date', (_name, cell, birthDate) => {
    expect(one({ ngay_sinh: cell })?.subjects[0]?.identity.birthDate).toBe(birthDate);
  });

  test('a workbook may count its days from 1904', () => {
    expect(one({ ngay_sinh: { number: '20576', style: 1 } }, { is1904: true })?.subjects[0]?.identity.birthDate).toBe(
      '1960-05-02',
    );
  });

  test.each([
    ['a serial number without the form of a date', { number: '22038' }],
    ['29/02/1900', { number: '60', style: 1 }],
    ['a day before the first', { number: '0', style: 1 }],
    ['a day behind the last', { number: '2958466', style: 1 }],
    ['a time of day', { number: '22038.5', style: 1 }],
    ['a fault of the sheet', { xml: '<c t="e"><v>#REF!</v></c>' }],
  ])('%s is none: the row is refused, never guessed at', (_name, cell) => {
    expect(codes({ ngay_sinh: cell })).toContainEqual(['error', 'bad-value', 'ngay_sinh']);
    expect(one({ ngay_sinh: cell })).toMatchObject({ refused: true, key: 'SL-001' });
  });

  test('zeros that a number lost are missed aloud and not put back', () => {
    const row = { so_cccd: { number: '56160000001' }, dien_thoai: { number: '901234567' }, ma_xa: { number: '22330' } };

    expect(codes(row)).toEqual([
      ['warning', 'number-cell', 'so_cccd'],
      ['warning', 'number-cell', 'dien_thoai'],
      ['warning', 'number-cell', 'ma_xa'],
      ['warning', 'bad-form', 'so_cccd'],
    ]);
    expect(one(row)?.refused).toBe(false);
    expect(one(row)?.subjects[0]?.identity.nationalId).toBe('56160000001');
    expect(JSON.stringify(one(row)?.subjects)).not.toContain('056160000001');
  });

  test('a slip number may be a number; one shown in a form of its own is warned of, a date is refused', () => {
    expect(one({ ma_phieu: { number: '17' } })).toMatchObject({ key: '17', problems: [] });
    expect(codes({ ma_phieu: { number: '17', style: 2 } })).toEqual([['warning', 'number-cell', 'ma_phieu']]);
    expect(codes({ ma_phieu: { number: '46000', style: 1 } })).toEqual([['error', 'date-cell', 'ma_phieu']]);
  });

  test('fifteen digits are all there, of more some are lost', () => {
    expect(codes({ ma_phieu: { number: '123456789012345' } })).toEqual([]);
    expect(codes({ ma_phieu: { number: '1234567890123456' } })).toEqual([['error', 'digits-lost', 'ma_phieu']]);
  });

  test.each([
    ['as stored', '7.2', '7.2'],
    ['with the noise of a binary fraction', '7.2000000000000002', '7.2'],
    ['with an exponent', '1.5E2', '150'],
  ])('a number %s', (_name, number, value) => {
    const text = JSON.stringify(one({ ha_tam_thu: { number: '150' }, duong_huyet: { number } })?.subjects);

    expect(text).toContain(`"value":${value}`);
  });

  test('a formula is what it last gave, and says so', () => {
    const cell = { xml: '<c><f>IF(1=1,148,0)</f><v>148</v></c>' };

    expect(codes({ ha_tam_thu: cell })).toEqual([['information', 'formula-cell', 'ha_tam_thu']]);
    expect(JSON.stringify(one({ ha_tam_thu: cell })?.subjects)).toContain('"value":148');
    expect(codes({ ma_phieu: { xml: '<c><f>A1</f></c>' } })).toContainEqual(['error', 'missing-field', 'ma_phieu']);
  });

  test('inline text, rich text and written control characters are text; phonetic readings are not', () => {
    const rich = { xml: '<c t="inlineStr"><is><r><t>Trần </t></r><r><t>Bé</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c>' };

    expect(one({ ho_ten: rich })?.subjects[0]?.identity.name).toBe('Trần Bé');
    expect(one({ thoi_diem: { xml: '<c t="str"><v>a_x0041_</v></c>' } })?.refused).toBe(false);
  });

  test('only the first sheet that can be seen is read, and the receipt says so', () => {
    const problems = (otherSheets: readonly string[]) =>
      sheetFormat.readContext(cut(aWorkbook([{}], { otherSheets })).skeleton).problems.map(({ code }) => code);

    expect(problems([])).toEqual([]);
    expect(problems(['-An'])).toEqual([]);
    expect(problems(['Trang2'])).toEqual(['other-sheets']);
  });
});

describe('a workbook that is refused at once', () => {
  test.each([
    ['only the beginning of a ZIP', Buffer.from('PK\u0003\u0004rest'), 'malformed', /Excel/],
    ['another ZIP', zipOf([{ name: 'a.txt', content: 'a' }]), 'malformed', /không phải bảng Excel/],
    ['no row of data', aWorkbook([]), 'malformed', /dòng dữ liệu/],
    ['another header', zipOf(workbookParts([['a'], ['b']])), 'malformed', /tiêu đề/],
    ['a broken part', withPart({ name: 'xl/worksheets/sheet1.xml', content: '<worksheet><sheetData>' }), 'malformed', /XML/],
    ['a DOCTYPE', withPart({ name: 'xl/styles.xml', content: '<!DOCTYPE a><styleSheet/>' }), 'malformed', /XML/],
    ['a password', withPart({ name: 'xl/styles.xml', content: '<a/>', flags: 1 }), 'malformed', /mật khẩu/],
    ['a part twice', zipOf([...workbookParts([]), { name: 'xl/styles.xml', content: '<a/>' }]), 'malformed', /hỏng/],
    ['a part longer than it says', withPart({ name: 'xl/styles.xml', content: '<a/>', claimedLength: 3 }), 'malformed', /hỏng/],
    ['a part shorter than it says', withPart({ name: 'xl/styles.xml', content: '<a/>', claimedLength: 5 }), 'malformed', /hỏng/],
    ['an .xls', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1]), 'media-type', /\.xls/],
  ])('%s', (_name, file, category, message) => {
    expect(() => cut(file)).toThrow(refusal(category, message));
    expect(() => sheetFormat.check?.(file, { maxBytes: file.length, maxVisits: 1 })).toThrow(refusal(category, message));
  });

  // The rest of the rows is the worker's: thousands of them would hold up every other request.
  test('the door looks at the size, the header row and the first row only', () => {
    const file = aWorkbook([{}, {}]);

    expect(() => sheetFormat.check?.(file, { maxBytes: file.length, maxVisits: 1 })).not.toThrow();
    expect(() => sheetFormat.check?.(file, { maxBytes: file.length - 1, maxVisits: 2 })).toThrow(refusal('too-large'));
    expect(() => sheetFormat.check?.(Buffer.from(aSheet({}, {})), { maxBytes: 10_000, maxVisits: 1 })).toThrow(
      refusal('too-large'),
    );
  });

  test('a part that says that it unpacks to more than the bound, before it is unpacked; up to it is read', () => {
    const sheet = workbookParts([SHEET_COLUMNS, SHEET_COLUMNS.map((name) => GOOD_ROW[name])]).find(({ name }) =>
      name.endsWith('sheet1.xml'),
    );
    const content = String(sheet?.content);
    const others = workbookParts([SHEET_COLUMNS, SHEET_COLUMNS.map((name) => GOOD_ROW[name])]).filter(
      ({ name }) => name !== sheet?.name,
    );
    const used = others.reduce((sum, part) => sum + Buffer.byteLength(part.content), 0);
    const filled = (bytes: number): Buffer =>
      zipOf([...others, { name: sheet?.name ?? '', content: content + ' '.repeat(bytes - used - Buffer.byteLength(content)) }]);

    expect(cut(filled(MAX_UNPACKED_BYTES)).segments).toHaveLength(1);
    expect(() => cut(filled(MAX_UNPACKED_BYTES + 1))).toThrow(refusal('too-large'));
    expect(() => cut(withPart({ name: 'xl/styles.xml', content: '<a/>', claimedLength: 0xfffffff0 }))).toThrow(
      refusal('too-large'),
    );
  });

  test('one long text in many cells', () => {
    const long = 'ă'.repeat(MAX_CELL_LENGTH);
    const cell = { xml: '<c t="s"><v>0</v></c>' };
    const rows = (count: number) =>
      zipOf(
        workbookParts([SHEET_COLUMNS, ...Array.from({ length: count }, () => SHEET_COLUMNS.map(() => cell))]).map((part) =>
          part.name === 'xl/sharedStrings.xml'
            ? { ...part, content: String(part.content).replace('<si>', `<si><t>${long}</t></si><si>`) }
            : part.name === 'xl/worksheets/sheet1.xml'
              ? // The header's texts stand one further back now.
                {
                  ...part,
                  content: String(part.content).replace(
                    /(r="[A-Z]+1" t="s"><v>)(\d+)/g,
                    (_all, head: string, at: string) => head + String(Number(at) + 1),
                  ),
                }
              : part,
        ),
      );
    const rowBytes = SHEET_COLUMNS.length * (2 * MAX_CELL_LENGTH + 3) + 1;
    const fitting = Math.floor(MAX_UNPACKED_BYTES / rowBytes);

    expect(cut(rows(fitting)).segments).toHaveLength(fitting);
    expect(() => cut(rows(fitting + 1))).toThrow(refusal('too-large'));
  });

  test('more rows, blank rows, columns or parts than the bounds', () => {
    const good = SHEET_COLUMNS.map((name) => GOOD_ROW[name]);
    const blank = (count: number) => zipOf(workbookParts([SHEET_COLUMNS, ...Array.from({ length: count }, () => []), good]));
    const parts = (count: number) => {
      const extra = Array.from({ length: count - workbookParts([]).length }, (_, at) => ({
        name: `xl/media/${String(at)}`,
        content: '',
      }));
      return aWorkbook([{}], { extraParts: extra });
    };
    const wide = (column: number) =>
      zipOf(workbookParts([SHEET_COLUMNS, [...good, ...Array.from({ length: column - good.length }, () => undefined), 'x']]));

    expect(cut(aWorkbook([{}, {}]), 2).segments).toHaveLength(2);
    expect(() => cut(aWorkbook([{}, {}, {}]), 2)).toThrow(refusal('too-large'));
    expect(cut(blank(MAX_BLANK_ROWS)).segments).toHaveLength(1);
    expect(() => cut(blank(MAX_BLANK_ROWS + 1))).toThrow(refusal('too-large'));
    expect(cut(parts(MAX_ZIP_ENTRIES)).segments).toHaveLength(1);
    expect(() => cut(parts(MAX_ZIP_ENTRIES + 1))).toThrow(refusal('too-large'));
    expect(readSheet(wide(MAX_COLUMNS - 1))[0]?.problems.map(({ code }) => code)).toEqual(['too-many-cells']);
    expect(() => cut(wide(MAX_COLUMNS))).toThrow(refusal('too-large'));
  });

  test('a cell as long as may be is read, a longer one refuses its row', () => {
    expect(codes({ thoi_diem: 'a'.repeat(MAX_CELL_LENGTH) })).toEqual([]);
    expect(codes({ thoi_diem: 'a'.repeat(MAX_CELL_LENGTH + 1) })).toEqual([['error', 'too-long', 'thoi_diem']]);
  });

  test('whatever byte of it is changed, it is refused with a PhrError or read; nothing else is thrown', () => {
    const file = aWorkbook([{}]);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), fc.nat(3), (at, byte, cutOff) => {
        const changed = Buffer.from(file.subarray(0, file.length - (cutOff === 0 ? at : 0)));
        if (at < changed.length) changed[at] = byte;
        try {
          readSheet(changed);
        } catch (error) {
          if (!isPhrError(error)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});
