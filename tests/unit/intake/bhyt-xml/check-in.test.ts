import { describe, expect, test } from '@jest/globals';
import { makeCheckInFormat } from '../../../../src/intake/bhyt-xml/check-in-format.js';
import { LIMITS, parseFile, sampleFile } from '../../../support/bhyt-samples.js';
import { thrownBy } from '../../../support/thrown-by.js';

const SAMPLE = sampleFile('hypertension', 'XML0-checkin.xml').toString('utf8');
const ROW = /<TRANG_THAI_KCB>[\s\S]*<\/TRANG_THAI_KCB>/.exec(SAMPLE)?.[0] ?? '';
const OTHER = ROW.replace('56901.2603.000117', '56901.2603.000118').replace('TYT0000117', 'TYT0000118');
const format = makeCheckInFormat();
const withRows = (...rows: readonly string[]): string => SAMPLE.replace(ROW, rows.join('\n'));
const parse = (text: string, sender = { clientId: 'c', facilityCode: '56901' }) => parseFile(text, format, sender);
const only = (text: string) => parse(text)[0] ?? parse('');
const cut = (text: string, limits = LIMITS) => format.cut(Buffer.from(text), limits);

// bhyt-xml.md §2, §3, §11 XML0
describe('check-ins', () => {
  test('the sample is a source of its own: who came with which card, and that the arrival is not shown', () => {
    const [visit] = parse(SAMPLE);

    expect(visit).toMatchObject({
      key: 'check-in|56901|56901.2603.000117',
      sender: '56901',
      eventDate: '2026-03-16T07:35:00+07:00',
      refused: false,
      withdrawal: false,
    });
    const [subject] = visit?.subjects ?? [];
    expect(subject?.identity).toMatchObject({
      source: '56901',
      sourcePatientId: 'TYT0000117',
      nationalId: '056158000117',
      insuranceCards: ['HT3565690000117'],
      birthDate: '1958-03-12',
      sex: 'female',
    });
    expect(subject?.resources.map(({ resource }) => resource)).toEqual([
      expect.objectContaining({ resourceType: 'Coverage', period: { start: '2026-01-01', end: '2026-12-31' } }),
    ]);
    expect(visit?.problems).toEqual([expect.objectContaining({ severity: 'information', code: 'not-shown', table: 'XML0' })]);
  });

  test('pieces put together are the file, byte for byte', () => {
    const file = withRows(ROW, OTHER, `${OTHER}<!-- <TRANG_THAI_KCB> -->`);
    const { skeleton, segments } = cut(file);

    const joined = skeleton.flatMap((piece, index) => [piece, segments[index] ?? new Uint8Array()]);

    expect(Buffer.concat(joined).toString('utf8')).toBe(file);
  });

  test('neighbouring rows of one MA_LK are one check-in, others are apart', () => {
    const secondOrder = ROW.replace('<STT>1<', '<STT>2<');

    const visits = parse(withRows(ROW, secondOrder, OTHER));

    expect(visits.map(({ key }) => key)).toEqual(['check-in|56901|56901.2603.000117', 'check-in|56901|56901.2603.000118']);
    expect(visits.every(({ refused }) => !refused)).toBe(true);
  });

  test('a broken row is refused and leaves its neighbour alone', () => {
    const visits = parse(withRows(ROW.replace('</HO_TEN>', '').replace('</TRANG_THAI_KCB>', ''), OTHER));

    expect(visits.map(({ refused, key }) => [refused, key])).toEqual([
      [true, undefined],
      [false, 'check-in|56901|56901.2603.000118'],
    ]);
  });

  test.each([
    ['no MA_LK', '<MA_LK>56901.2603.000117</MA_LK>', '<MA_LK/>', 'missing-visit-id'],
    ['no MA_CSKCB', '<MA_CSKCB>56901</MA_CSKCB>', '', 'missing-facility'],
    ["another facility's", '<MA_CSKCB>56901</MA_CSKCB>', '<MA_CSKCB>56902</MA_CSKCB>', 'foreign-facility'],
    ['no name', '<![CDATA[Nguyễn Thị Thử Nghiệm]]>', '', 'unusable'],
    ['an impossible NGAY_VAO', '202603160735', '202613160735', 'unusable'],
  ])('a row with %s is refused', (_name, sent, changed, code) => {
    const visit = only(SAMPLE.replace(sent, changed));

    expect(visit).toMatchObject({ refused: true, subjects: [] });
    expect(visit).toMatchObject({ problems: expect.arrayContaining([expect.objectContaining({ severity: 'error', code })]) });
    expect(JSON.stringify(visit)).not.toContain('Nguyễn');
  });

  test('MA_DOITUONG_KCB 8 takes the check-in back; a gap is a warning', () => {
    expect(only(SAMPLE.replace('>1.1<', '>8<'))).toMatchObject({ withdrawal: true, refused: false });
    expect(only(SAMPLE.replace('>202603160740<', '><'))).toMatchObject({
      refused: false,
      problems: expect.arrayContaining([expect.objectContaining({ code: 'missing-field', field: 'NGAY_YL', row: 1 })]),
    });
  });

  test('another document is not taken, nor a DOCTYPE, nor more than the limits', () => {
    const twice = withRows(ROW, OTHER);
    const bytes = Buffer.byteLength(twice);

    for (const text of [
      '',
      'xin chào',
      '<GIAMDINHHS/>',
      `<!DOCTYPE a>${SAMPLE}`,
      SAMPLE.replace('<STT>', '<!DOCTYPE a><STT>').replace(ROW.slice(0, 16), ''),
    ]) {
      expect(thrownBy(() => cut(text))).toMatchObject({ category: 'malformed' });
    }
    expect(cut(twice, { maxBytes: bytes, maxVisits: 2 }).segments).toHaveLength(2);
    expect(thrownBy(() => cut(twice, { maxBytes: bytes, maxVisits: 1 }))).toMatchObject({ category: 'too-large' });
    expect(thrownBy(() => cut(twice, { maxBytes: bytes - 1, maxVisits: 2 }))).toMatchObject({ category: 'too-large' });
  });

  test('a document without rows says so', () => {
    const { skeleton, segments } = cut(withRows());

    expect(segments).toEqual([]);
    expect(format.readContext(skeleton).problems).toContainEqual(
      expect.objectContaining({ severity: 'error', code: 'no-visits' }),
    );
  });
});
