import { describe, expect, test } from '@jest/globals';
import type { ParsedVisit } from '../../../../src/intake/parsed-visit.js';
import { makeBhytXmlFormat } from '../../../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { MAX_TABLES_PER_VISIT, MAX_FIELD_LENGTH } from '../../../../src/intake/bhyt-xml/inner-documents.js';
import { MAX_PROBLEMS_PER_VISIT } from '../../../../src/intake/bhyt-xml/problems.js';
import { MAX_ROWS_PER_TABLE } from '../../../../src/intake/bhyt-xml/table-rows.js';
import { parseFile } from '../../../support/bhyt-samples.js';
import {
  drugRow,
  printEnvelope,
  printFile,
  printOne,
  printSummary,
  printVisit,
  summaryRow,
} from '../../../support/bhyt-printer.js';

function only(file: string, facilityCode?: string): ParsedVisit {
  const visits = parseFile(file, makeBhytXmlFormat(), { clientId: 'c', ...(facilityCode === undefined ? {} : { facilityCode }) });
  const [visit] = visits;
  if (visit === undefined || visits.length > 1) throw new Error(`${visits.length} visits`);
  return visit;
}
const errorsOf = (visit: ParsedVisit): readonly string[] =>
  visit.problems.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`);

const xml1 = { type: 'XML1', rows: [summaryRow()] };
const hoso = (inner: string): string => printEnvelope([`<HOSO>${inner}</HOSO>`]);

describe('a visit is refused', () => {
  test.each<readonly [string, string, RegExp]>([
    ['not well-formed', hoso('<FILEHOSO><LOAIHOSO>XML1</LOAIHOSO>'), /malformed: Hồ sơ thứ 1: hồ sơ không đọc được/],
    [
      'an inner document that is not well-formed',
      hoso(printFile(xml1, {}, '<TONG_HOP><MA_LK>1</TONG_HOP>')),
      /malformed: Hồ sơ thứ 1, XML1: XML không đúng/,
    ],
    ['a DOCTYPE inside', hoso(printFile(xml1, {}, '<!DOCTYPE a><TONG_HOP/>')), /XML1.*DOCTYPE/],
    ['bad base64', hoso('<FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>!!!!</NOIDUNGFILE></FILEHOSO>'), /bad-base64: .*XML1/],
    ['base64 cut short', hoso('<FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>PFRPTk</NOIDUNGFILE></FILEHOSO>'), /bad-base64/],
    [
      'bytes that are not UTF-8',
      hoso(
        `<FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>${Buffer.from([0x3c, 0xff]).toString('base64')}</NOIDUNGFILE></FILEHOSO>`,
      ),
      /XML1.*UTF-8/,
    ],
    ['no XML1', printOne([{ type: 'XML2', rows: [drugRow()] }]), /missing-table: .*không có bảng XML1/],
    ['an XML1 of another root', hoso(printFile(xml1, {}, '<TONGHOP/>')), /wrong-root: .*TONG_HOP/],
    ['an empty HOSO', printEnvelope(['<HOSO/>']), /missing-table/],
    ['no MA_LK', printSummary({ MA_LK: '' }), /missing-visit-id: Hồ sơ thứ 1, XML1 dòng 1, MA_LK/],
    [
      'two MA_LK',
      printOne([xml1, { type: 'XML2', rows: [drugRow(), drugRow({ STT: '2', MA_LK: 'LK.2' })] }]),
      /mixed-visit-ids: Hồ sơ thứ 1, XML2 dòng 2, MA_LK/,
    ],
    [
      'another MA_LK in a table that is not shown',
      printOne([xml1, { type: 'XML14', rows: [{ MA_LK: 'LK.2' }] }]),
      /mixed-visit-ids: .*XML14/,
    ],
    ['no facility at all', printSummary({ MA_CSKCB: '' }, { unit: '' }), /missing-facility/],
    ['no name', printSummary({ HO_TEN: ' ' }), /unusable: Hồ sơ thứ 1, XML1 dòng 1, HO_TEN/],
    ['no birth date', printSummary({ NGAY_SINH: '' }), /NGAY_SINH/],
    ['an impossible birth date', printSummary({ NGAY_SINH: '195813400000' }), /NGAY_SINH/],
    ['no sex', printSummary({ GIOI_TINH: undefined }), /GIOI_TINH/],
    ['an unknown sex code', printSummary({ GIOI_TINH: '9' }), /GIOI_TINH/],
    ['no NGAY_VAO', printSummary({ NGAY_VAO: '' }), /NGAY_VAO/],
    ['an impossible NGAY_VAO', printSummary({ NGAY_VAO: '202602300735' }), /NGAY_VAO/],
    ['NGAY_VAO at 25 o’clock', printSummary({ NGAY_VAO: '202603162535' }), /NGAY_VAO/],
  ])('%s', (_what, file, message) => {
    const visit = only(file);
    expect(visit.refused).toBe(true);
    expect(visit.subjects).toEqual([]);
    expect(errorsOf(visit).join('\n')).toMatch(message);
  });

  test('of another facility than the token’s; any code when the token has none', () => {
    expect(errorsOf(only(printSummary(), '56902')).join('')).toMatch(/foreign-facility: .*MA_CSKCB/);
    expect(only(printSummary(), '56901').refused).toBe(false);
    expect(only(printSummary()).refused).toBe(false);
  });

  test('with its key, where that much was readable', () => {
    expect(only(printSummary({ NGAY_VAO: '' })).key).toBe('56901|LK.1');
    expect(only(printSummary(), '56902').key).toBe('56901|LK.1');
    expect(only(printSummary({ MA_LK: '' })).key).toBeUndefined();
  });

  test('and takes no neighbour with it', () => {
    const good = printVisit([{ type: 'XML1', rows: [summaryRow({ MA_LK: 'LK.2' })] }]);
    const visits = parseFile(printEnvelope([printVisit([{ type: 'XML2', rows: [drugRow()] }]), good]));
    expect(visits.map(({ refused, position, key }) => [refused, position, key])).toEqual([
      [true, 1, undefined],
      [false, 2, '56901|LK.2'],
    ]);
  });

  test('all that is missing is named at once', () => {
    expect(errorsOf(only(printSummary({ HO_TEN: '', NGAY_SINH: '', GIOI_TINH: '', NGAY_VAO: '' })))).toHaveLength(4);
  });
});

describe('messages', () => {
  test('repeat nothing that a person could be known by', () => {
    const visit = only(
      printSummary({
        SO_CCCD: '05615800011',
        MA_THE_BHYT: 'HT356569',
        GIOI_TINH: '5',
        NGAY_SINH: '19580399',
        DIEN_THOAI: '0900000117000000000',
        CAN_NANG: '58,5',
        MA_XA_CU_TRU: '999',
      }),
    );
    expect(visit.problems.length).toBeGreaterThan(3);
    const text = JSON.stringify(visit.problems);
    for (const value of ['Lê Thị Mẫu', '05615800011', 'HT356569', '19580399', '0900000117', '58,5', 'LK.1', 'BN01']) {
      expect(text).not.toContain(value);
    }
  });
});

describe('withdrawal', () => {
  test('needs only MA_LK and the facility', () => {
    const visit = only(printOne([{ type: 'XML1', rows: [{ MA_LK: 'LK.1', MA_CSKCB: '56901', MA_DOITUONG_KCB: '8' }] }]));
    expect(visit).toMatchObject({ key: '56901|LK.1', withdrawal: true, refused: false, subjects: [] });
  });

  test('of another facility is refused', () => {
    expect(only(printSummary({ MA_DOITUONG_KCB: '8' }), '56902')).toMatchObject({ withdrawal: false, refused: true });
  });
});

describe('bounds, each on both sides', () => {
  test('tables of a visit', () => {
    const files = (count: number): string =>
      hoso(printFile(xml1) + printFile({ type: 'XML7', rows: [{ MA_LK: 'LK.1' }] }).repeat(count - 1));
    expect(only(files(MAX_TABLES_PER_VISIT)).refused).toBe(false);
    expect(only(files(MAX_TABLES_PER_VISIT + 1)).refused).toBe(true);
  });

  test('rows of a table', () => {
    const rows = (count: number): string =>
      printOne([xml1, { type: 'XML2', rows: Array.from({ length: count }, (_, index) => ({ STT: String(index + 1) })) }]);
    expect(only(rows(MAX_ROWS_PER_TABLE)).refused).toBe(false);
    const beyond = only(rows(MAX_ROWS_PER_TABLE + 1));
    expect([beyond.refused, errorsOf(beyond)]).toEqual([true, [expect.stringContaining('too-large')]]);
  });

  test('characters of a field', () => {
    const reason = (length: number): ParsedVisit => only(printSummary({ LY_DO_VV: 'a'.repeat(length) }));
    expect(reason(MAX_FIELD_LENGTH).refused).toBe(false);
    expect(reason(MAX_FIELD_LENGTH + 1).refused).toBe(true);
  });

  test('problems of a visit; the last one says how many more', () => {
    const visit = only(printOne([xml1, { type: 'XML2', rows: Array.from({ length: 100 }, () => ({ STT: '1' })) }]));
    expect(visit.problems).toHaveLength(MAX_PROBLEMS_PER_VISIT);
    expect(visit.problems.at(-1)).toMatchObject({ code: 'more-problems', message: expect.stringMatching(/còn \d+ lưu ý khác/) });
    const fewer = only(printOne([xml1, { type: 'XML2', rows: [{ STT: '1' }] }]));
    expect(fewer.problems.map(({ code }) => code)).not.toContain('more-problems');
  });
});
