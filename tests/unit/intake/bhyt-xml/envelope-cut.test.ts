import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PhrError } from '../../../../src/errors.js';
import { cutEnvelope } from '../../../../src/intake/bhyt-xml/envelope-cut.js';
import { LIMITS, parseFile, sampleFile } from '../../../support/bhyt-samples.js';
import { printEnvelope, printFile, printSummary, printVisit, summaryRow } from '../../../support/bhyt-printer.js';

const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');
const textsOf = (file: string): string[] =>
  cutEnvelope(utf8(file), LIMITS).segments.map((segment) => Buffer.from(segment).toString('utf8'));
const together = (file: Uint8Array): Buffer => {
  const { skeleton, segments } = cutEnvelope(file, LIMITS);
  expect(skeleton.length).toBe(segments.length + 1);
  return Buffer.concat(skeleton.flatMap((piece, index) => [piece, segments[index] ?? new Uint8Array()]));
};
function refusalOf(file: string | Uint8Array, limits = LIMITS): PhrError {
  try {
    cutEnvelope(typeof file === 'string' ? utf8(file) : file, limits);
  } catch (error) {
    if (error instanceof PhrError) return error;
    throw error;
  }
  throw new Error('was cut');
}
const visit = (id: string): string => printVisit([{ type: 'XML1', rows: [summaryRow({ MA_LK: id })] }]);

describe('cutting', () => {
  test('each HOSO is a segment, whatever stands around it', () => {
    const file = printEnvelope([visit('A'), '<!-- giữa -->', visit('B')], { outerByteOrderMark: true });
    const segments = textsOf(file);
    expect(segments).toEqual([visit('A'), visit('B')]);
    expect(together(utf8(file)).equals(utf8(file))).toBe(true);
  });

  test('<HOSO> inside comments, CDATA and instructions is text', () => {
    const disturbed = '<HOSO><!-- <HOSO> </HOSO> --><![CDATA[</HOSO><HOSO>]]><?x </HOSO> ?></HOSO>';
    expect(textsOf(printEnvelope([disturbed, visit('B'), '<![CDATA[<HOSO>]]>']))).toEqual([disturbed, visit('B')]);
  });

  test('attributes, prefixes, empty and self-closed elements', () => {
    const odd = '<h:HOSO Id="a>b" x=\'/>\'><x/></h:HOSO >';
    expect(textsOf(printEnvelope([odd, '<HOSO/>', '<HOSO></HOSO>']))).toEqual([odd, '<HOSO/>', '<HOSO></HOSO>']);
  });

  test('names that only begin like HOSO are none', () => {
    expect(textsOf(printEnvelope(['<HOSO2><HOSOX/></HOSO2>']))).toEqual([]);
  });

  test('a signature is skeleton, also one that holds a HOSO', () => {
    const file = printEnvelope([visit('A')], { signature: '<CHUKYDONVI><Object><HOSO/></Object></CHUKYDONVI>' });
    expect(textsOf(file)).toEqual([visit('A')]);
  });

  test('FILEHOSO without HOSO are one visit', () => {
    const one = `${printFile({ type: 'XML1', rows: [summaryRow()] })}\n ${printFile({ type: 'XML2', rows: [] })}`;
    expect(textsOf(printEnvelope([one]))).toEqual([one]);
    expect(textsOf(printEnvelope([one, visit('B'), one]))).toEqual([one, visit('B'), one]);
  });

  test('a visit that does not end takes no neighbour with it', () => {
    const broken = '<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO>';
    const segments = textsOf(printEnvelope([visit('A'), broken, visit('C')]));
    expect([segments[0], segments[1]?.trim(), segments[2]]).toEqual([visit('A'), broken, visit('C')]);
    const states = parseFile(printEnvelope([visit('A'), broken, visit('C')])).map(({ key, refused }) => [key, refused]);
    expect(states).toEqual([
      ['56901|A', false],
      [undefined, true],
      ['56901|C', false],
    ]);
  });

  test('a truncated file keeps its whole visits', () => {
    const whole = printEnvelope([visit('A'), visit('B')]);
    const cut = whole.slice(0, whole.indexOf('</HOSO>', whole.indexOf('</HOSO>') + 1) - 40);
    expect(parseFile(cut).map(({ refused }) => refused)).toEqual([false, true]);
    expect(together(utf8(cut)).equals(utf8(cut))).toBe(true);
  });
});

describe('refusing', () => {
  test.each([
    ['empty', '', /rỗng/],
    ['blank', '\ufeff \r\n', /rỗng/],
    ['JSON', ' {"a":1}', /JSON.*\/intake\/health-checkup/],
    ['plain text', 'xin chào', /không phải XML/],
    ['HTML', '<!-- x --><html><body/></html>', /HTML/],
    ['HTML with DOCTYPE', '<!DOCTYPE html><html/>', /DOCTYPE/],
    ['check-up', '<?xml version="1.0"?><KHAMSUCKHOE><THONGTINHOSO/></KHAMSUCKHOE>', /\/intake\/health-checkup/],
    ['in-house', '<HSSK/>', /GIAMDINHHS/],
    ['a single table', '<TONG_HOP><MA_LK>1</MA_LK></TONG_HOP>', /riêng bảng XML1/],
    ['a list of QĐ 4210', '<DSACH_CHI_TIET_THUOC/>', /riêng bảng XML2/],
    ['check-in', '<CHI_TIEU_TRANG_THAI_KCB/>', /check-in/],
    ['only a declaration', '<?xml version="1.0"?>', /GIAMDINHHS/],
    ['a bomb', '<!DOCTYPE a [<!ENTITY b "c">]><GIAMDINHHS>&b;</GIAMDINHHS>', /DOCTYPE/],
  ])('%s is malformed and the message says why', (_what, file, message) => {
    const refusal = refusalOf(file);
    expect(refusal.category).toBe('malformed');
    expect(refusal.message).toMatch(message);
  });

  test('UTF-16', () => {
    expect(refusalOf(Buffer.from('\ufeff<GIAMDINHHS/>', 'utf16le')).message).toContain('UTF-16');
  });

  test('bytes and visits, each on both sides of the limit', () => {
    const file = printEnvelope([visit('A'), visit('B')]);
    const size = utf8(file).byteLength;
    expect(cutEnvelope(utf8(file), { maxBytes: size, maxVisits: 2 }).segments).toHaveLength(2);
    expect(refusalOf(file, { maxBytes: size - 1, maxVisits: 2 }).category).toBe('too-large');
    expect(refusalOf(file, { maxBytes: size, maxVisits: 1 }).category).toBe('too-large');
  });

  test('depth of the envelope', () => {
    const nested = (depth: number): string => `<GIAMDINHHS>${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}</GIAMDINHHS>`;
    expect(textsOf(nested(64))).toEqual([]);
    expect(refusalOf(nested(65)).message).toContain('64 cấp');
  });
});

describe('whatever comes in', () => {
  const piece = fc.constantFrom(
    '<HOSO>',
    '</HOSO>',
    '<HOSO/>',
    '<FILEHOSO>',
    '</FILEHOSO>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<a b="',
    '">',
    '<',
    '>',
    '<?',
    '?>',
    'đ',
    '</DANHSACHHOSO>',
    '<CHUKYDONVI>',
  );

  test('skeleton and segments interleave to the file, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 6 })), { maxLength: 60 }), (pieces) => {
        const file = utf8(printEnvelope([pieces.join('')]));
        try {
          expect(together(file).equals(file)).toBe(true);
        } catch (error) {
          if (!(error instanceof PhrError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('random bytes behind a right beginning give a cut or a PhrError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const file = Buffer.concat([utf8('<GIAMDINHHS>'), bytes]);
        try {
          expect(together(file).equals(file)).toBe(true);
        } catch (error) {
          if (!(error instanceof PhrError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the samples', () => {
    for (const sample of ['hypertension', 'delivery', 'diabetes'] as const) {
      expect(together(sampleFile(sample)).equals(sampleFile(sample))).toBe(true);
    }
  });

  test('nothing is copied', () => {
    const file = utf8(printSummary());
    const { segments } = cutEnvelope(file, LIMITS);
    expect(segments[0]?.buffer).toBe(file.buffer);
  });
});
