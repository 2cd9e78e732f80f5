import { describe, expect, test } from '@jest/globals';
import { ADULT_CHECKUP, checkupFormat } from '../../../support/checkup-file.js';

const limits = (maxBytes = 1_000_000, maxVisits = 10) => ({ maxBytes, maxVisits });
const cut = (file: string, bounds = limits()) => checkupFormat.cut(Buffer.from(file), bounds);
const context = (file: string) => checkupFormat.readContext(cut(file).skeleton);
const codes = (file: string) => context(file).problems.map(({ severity, code }) => `${severity} ${code}`);

describe('the KHAMSUCKHOE envelope', () => {
  test('is cut into check-ups and what stands around them, byte for byte', () => {
    const { skeleton, segments } = cut(ADULT_CHECKUP);

    const pieces = skeleton.flatMap((piece, index) => [piece, segments[index] ?? new Uint8Array()]);
    expect(Buffer.concat(pieces).toString('utf8')).toBe(ADULT_CHECKUP);
    expect(segments).toHaveLength(1);
    expect(Buffer.from(segments[0] ?? []).toString('utf8')).toMatch(/^<HOSO>.*<\/HOSO>$/s);
  });

  test('says when it was issued and notes an empty signature', () => {
    expect(context(ADULT_CHECKUP)).toMatchObject({ issueTime: '20260601', unitCode: '8930000000001' });
    expect(codes(ADULT_CHECKUP)).toEqual(['information empty-signature']);
    expect(codes(ADULT_CHECKUP.replace('<CKS_BENH_VIEN/>', '<CKS_BENH_VIEN><Signature>abc</Signature></CKS_BENH_VIEN>'))).toEqual(
      [],
    );
  });

  test.each([
    ['no NGAYLAP', ADULT_CHECKUP.replace(/<NGAYLAP>\d*<\/NGAYLAP>/, ''), 'warning bad-date'],
    ['no MACSKCB', ADULT_CHECKUP.replace(/<MACSKCB>\d*<\/MACSKCB>/, ''), 'warning missing-unit'],
    ['a cut off end', ADULT_CHECKUP.slice(0, -40), 'warning broken-envelope'],
  ])('%s is a warning', (_name, file, code) => {
    expect(codes(file)).toContain(code);
  });

  test.each([
    ['no XML', 'xin chào', /XML/],
    ['a file of the insurance', '<GIAMDINHHS/>', /bhyt-xml/],
    ['a form of QĐ 1551', '<TREN_18/>', /QĐ 1551/],
    ['a web page', '<html></html>', /HTML/],
    ['another root', '<HSSK/>', /KHAMSUCKHOE/],
    ['a DOCTYPE', '<!DOCTYPE a><KHAMSUCKHOE/>', /DOCTYPE/],
  ])('%s is refused with its reason', (_name, file, message) => {
    expect(() => cut(file)).toThrow(message);
  });

  test('holds as many bytes and check-ups as the limits say', () => {
    const [hoso = ''] = /<HOSO>.*<\/HOSO>/s.exec(ADULT_CHECKUP) ?? [];
    const two = ADULT_CHECKUP.replace(hoso, hoso + hoso);
    const bytes = Buffer.byteLength(two);

    expect(cut(two, limits(bytes, 2)).segments).toHaveLength(2);
    expect(() => cut(two, limits(bytes - 1, 2))).toThrow(expect.objectContaining({ category: 'too-large' }));
    expect(() => cut(two, limits(bytes, 1))).toThrow(expect.objectContaining({ category: 'too-large' }));
  });
});
