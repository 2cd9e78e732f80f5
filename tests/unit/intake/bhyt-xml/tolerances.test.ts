import { describe, expect, test } from '@jest/globals';
import type { Condition, Coverage, Encounter, MedicationRequest, Observation, Patient } from 'fhir/r4.js';
import { makeBhytXmlFormat } from '../../../../src/intake/bhyt-xml/bhyt-xml-format.js';
import type { ParsedVisit } from '../../../../src/intake/parsed-visit.js';
import { LIMITS, parseFile, resourceOf, resourcesOf, traceOf } from '../../../support/bhyt-samples.js';
import {
  birthRow,
  courseRow,
  drugRow,
  printEnvelope,
  printFile,
  printOne,
  printSummary,
  printTable,
  printVisit,
  resultRow,
  serviceRow,
  summaryRow,
} from '../../../support/bhyt-printer.js';
import type { PrintStyle, PrintedRow, PrintedTable } from '../../../support/bhyt-printer.js';

const xml1 = { type: 'XML1', rows: [summaryRow()] };
const FULL: readonly PrintedTable[] = [
  { type: 'XML2', rows: [drugRow()] },
  xml1,
  { type: 'XML3', rows: [serviceRow()] },
  { type: 'XML4', rows: [resultRow()] },
  { type: 'XML5', rows: [courseRow()] },
];

function only(file: string): ParsedVisit {
  const visits = parseFile(file);
  const [visit] = visits;
  if (visit === undefined || visits.length > 1) throw new Error(`${visits.length} visits`);
  expect(visit.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(visit.refused).toBe(false);
  return visit;
}
const codesOf = (visit: ParsedVisit): readonly string[] =>
  visit.problems.map(({ code, table, field }) => [code, table, field].filter((part) => part !== undefined).join(' '));
const contextOf = (file: string) => {
  const format = makeBhytXmlFormat();
  return format.readContext(format.cut(Buffer.from(file), LIMITS).skeleton);
};
const contentOf = (visit: ParsedVisit): unknown =>
  visit.subjects.map(({ identity, patient, resources }) => [identity, patient, resources]);
const hoso = (inner: string): string => printEnvelope([`<HOSO>${inner}</HOSO>`]);

describe('the file (bhyt-xml.md §2, "seen in real files")', () => {
  const plain = only(printOne(FULL));

  test('a file by the rules has nothing to say', () => {
    expect(codesOf(plain)).toEqual([]);
    expect(contextOf(printOne(FULL)).problems.map(({ code, severity }) => [code, severity])).toEqual([
      ['empty-signature', 'information'],
    ]);
  });

  test.each<readonly [string, PrintStyle, readonly string[]]>([
    ['byte order mark outside', { outerByteOrderMark: true }, []],
    ['byte order mark inside', { innerByteOrderMark: true }, ['byte-order-mark XML1']],
    ['blanks in base64', { content: 'wrapped-base64' }, ['base64-blanks XML1 NOIDUNGFILE']],
    ['CDATA instead of base64', { content: 'cdata' }, ['not-encoded XML1 NOIDUNGFILE']],
    ['CDATA with CDATA values', { content: 'cdata', cdataValues: true }, ['not-encoded XML1 NOIDUNGFILE']],
    ['elements instead of base64', { content: 'elements' }, ['not-encoded XML1 NOIDUNGFILE']],
    ['FILEHOSO without HOSO', { loose: true }, ['missing-hoso']],
    ['tables beginning at their list', { listRoot: true }, ['missing-root XML2']],
    ['values in CDATA', { cdataValues: true }, []],
  ])('%s: the same content, with a warning', (_what, style, warnings) => {
    const visit = only(printOne(FULL, style));
    expect(contentOf(visit)).toEqual(contentOf(plain));
    expect(codesOf(visit)).toEqual(expect.arrayContaining([...warnings]));
    expect(codesOf(visit).length > 0).toBe(warnings.length > 0);
  });

  test('table names in mixed case; unknown ones are skipped without being read', () => {
    const file = hoso(
      printFile({ ...xml1, type: 'xMl1' }, {}, printTable(xml1)) +
        '<FILEHOSO><LOAIHOSO>XML17</LOAIHOSO><NOIDUNGFILE>!!!</NOIDUNGFILE></FILEHOSO>',
    );
    expect(codesOf(only(file))).toEqual(['table-name XML1 LOAIHOSO', 'unknown-table XML17']);
  });

  test('a table is known by its root when LOAIHOSO says otherwise', () => {
    const visit = only(
      hoso(printFile(xml1) + printFile({ type: 'XML3', rows: [] }, {}, printTable({ type: 'XML2', rows: [drugRow()] }))),
    );
    expect(codesOf(visit)).toEqual(['table-name XML3 LOAIHOSO']);
    expect(resourceOf<MedicationRequest>(visit, 'x2-1').status).toBe('completed');
  });

  test('an empty table, a repeated table', () => {
    const empty = '<FILEHOSO><LOAIHOSO>XML2</LOAIHOSO><NOIDUNGFILE/></FILEHOSO>';
    expect(codesOf(only(hoso(printFile(xml1) + empty)))).toEqual(['empty-table XML2 NOIDUNGFILE']);
    expect(codesOf(only(hoso(printFile(xml1) + printFile(xml1))))).toContain('repeated-table XML1');
  });

  test('tables that are not shown are kept and named, the HIV table like any other', () => {
    const file = printOne([xml1, { type: 'XML6', rows: [{ MA_LK: 'LK.1', NGAYKD_HIV: '20200101' }] }]);
    const { problems } = only(file);
    expect(problems).toEqual([
      { severity: 'information', code: 'not-shown', table: 'XML6', message: 'Hồ sơ thứ 1, XML6: đã lưu, chưa hiển thị' },
    ]);
  });

  test('vital signs that broke the XML', () => {
    const table = printTable({ type: 'XML5', rows: [courseRow()] })
      .replace('&lt;', '<')
      .replace('&gt;', '>');
    const visit = only(hoso(printFile(xml1) + printFile({ type: 'XML5', rows: [] }, {}, table)));
    expect(codesOf(visit)).toEqual(['repaired-markup XML5']);
    expect(resourceOf<Observation>(visit, 'x5-1-m').valueQuantity?.value).toBe(75);
    const inline = printVisit([xml1, { type: 'XML5', rows: [courseRow()] }], { content: 'elements' });
    const broken = only(printEnvelope([inline.replace('&lt;', '<').replace('&gt;', '>')]));
    expect(codesOf(broken)).toContain('repaired-markup');
    expect(resourceOf<Observation>(broken, 'x5-1-ha').component).toHaveLength(2);
  });

  test('an XML declaration in the middle', () => {
    const file = printOne([xml1], { content: 'elements' }).replace('<TONG_HOP>', '<?xml version="1.0"?><TONG_HOP>');
    expect(codesOf(only(file))).toContain('repaired-markup');
  });
});

describe('what stands around the visits', () => {
  const context = (style: PrintStyle) => contextOf(printOne([xml1], { signature: '<CHUKYDONVI>x</CHUKYDONVI>', ...style }));

  test('NGAYLAP of eight and of twelve digits', () => {
    expect(context({ date: '20260316' })).toEqual({ issueTime: '20260316', unitCode: '56901', problems: [] });
    expect(context({ date: '202603161530' }).issueTime).toBe('202603161530');
    expect(context({ date: '202603161530' }).problems.map(({ code }) => code)).toEqual(['date-form']);
    expect(context({ date: '2026-03-16T15:30:00' }).issueTime).toBe('202603161530');
    expect(context({ date: '' })).toMatchObject({ issueTime: '', problems: [{ code: 'missing-field', field: 'NGAYLAP' }] });
    expect(context({ date: '20261301' })).toMatchObject({ issueTime: '', problems: [{ code: 'bad-date' }] });
  });

  test('number of visits, unit and signature', () => {
    expect(context({ count: '2' }).problems).toMatchObject([{ code: 'visit-count', severity: 'warning' }]);
    expect(context({ unit: '' }).problems).toMatchObject([{ code: 'missing-unit' }]);
    expect(context({ signature: '' }).problems).toMatchObject([{ code: 'missing-signature', severity: 'warning' }]);
    expect(contextOf(printEnvelope([])).problems).toContainEqual(
      expect.objectContaining({ code: 'no-visits', severity: 'error' }),
    );
  });

  test('a broken envelope still gives what can be found', () => {
    const file = printOne([xml1], { date: '20260317' }).replace('</THONGTINHOSO>', '');
    expect(contextOf(file)).toMatchObject({ issueTime: '20260317', unitCode: '56901' });
    expect(contextOf(file).problems).toContainEqual(expect.objectContaining({ code: 'broken-envelope', severity: 'warning' }));
  });

  test('the facility comes from the envelope when XML1 has none', () => {
    const visit = only(printSummary({ MA_CSKCB: '' }));
    expect([visit.key, codesOf(visit)]).toEqual(['56901|LK.1', expect.arrayContaining(['missing-field XML1 MA_CSKCB'])]);
    expect(codesOf(only(printSummary({}, { unit: '56902' })))).toEqual(['unit-differs XML1 MA_CSKCB']);
  });
});

describe('fields', () => {
  const summary = (changes: PrintedRow): readonly string[] => codesOf(only(printSummary(changes)));

  test('missing and empty elements mean the same', () => {
    expect(summary({ MA_HSBA: undefined })).toEqual(['missing-field XML1 MA_HSBA']);
    expect(summary({ MA_HSBA: '' })).toEqual(['missing-field XML1 MA_HSBA']);
    expect(summary({ NHOM_MAU: undefined })).toEqual([]);
  });

  test.each<readonly [string, PrintedRow, readonly string[]]>([
    ['too long', { MA_BN: 'x'.repeat(101) }, ['too-long XML1 MA_BN']],
    ['unknown code', { KET_QUA_DTRI: '77' }, ['too-long XML1 KET_QUA_DTRI', 'unknown-code XML1 KET_QUA_DTRI']],
    ['bad date', { NGAY_TTOAN: '20260230' }, ['bad-date XML1 NGAY_TTOAN']],
    ['a date of 14 digits', { NGAY_RA: '20260316102000' }, ['date-form XML1 NGAY_RA']],
    ['a date of 8 digits', { NGAY_VAO: '20260316' }, ['date-form XML1 NGAY_VAO']],
    ['an ISO date-time', { NGAY_RA: '2026-03-16T10:20:00' }, ['date-form XML1 NGAY_RA']],
    ['NGAY_RA before NGAY_VAO', { NGAY_RA: '202603160734' }, ['date-order XML1 NGAY_RA']],
    ['birth after the visit', { NGAY_SINH: '202603170000' }, ['date-order XML1 NGAY_SINH']],
    ['visit after the issue', { NGAY_VAO: '202603170735', NGAY_RA: '202603170800' }, ['future-date XML1 NGAY_VAO']],
    ['decimal comma', { CAN_NANG: '58,5' }, []],
    ['a number that is none', { SO_NGAY_DTRI: 'một' }, ['bad-number XML1 SO_NGAY_DTRI']],
    ['trailing separator', { MA_BENH_KT: 'E78.4; ' }, ['separator XML1 MA_BENH_KT']],
    ['lost leading zero of the commune', { MAXA_CU_TRU: '6184' }, ['bad-code XML1 MAXA_CU_TRU']],
    ['a card of nine characters', { MA_THE_BHYT: 'HT3565690' }, ['bad-card XML1 MA_THE_BHYT']],
    [
      'two cards, one period',
      { MA_THE_BHYT: 'HT3565690000117;GD4565690000117' },
      ['card-count XML1 MA_DKBD', 'card-count XML1 GT_THE_TU', 'card-count XML1 GT_THE_DEN'],
    ],
    ['several personal numbers', { SO_CCCD: '056158000117;056158000118' }, ['several-numbers XML1 SO_CCCD']],
    ['no ICD-10 code', { MA_BENH_KT: 'tăng mỡ' }, ['bad-code XML1 MA_BENH_KT']],
  ])('%s is a warning', (_what, changes, expected) => {
    expect(summary(changes)).toEqual(expected);
  });

  test('the row is named as facilities know it', () => {
    const { problems } = only(
      printOne([xml1, { type: 'XML2', rows: [drugRow(), drugRow({ STT: '2', NGAY_YL: '16/03/2026' })] }]),
    );
    expect(problems).toEqual([
      {
        severity: 'warning',
        code: 'bad-date',
        table: 'XML2',
        row: 2,
        field: 'NGAY_YL',
        message: 'Hồ sơ thứ 1, XML2 dòng 2, NGAY_YL: phải gồm 12 ký tự yyyymmddHHMM',
      },
    ]);
  });
});

describe('values', () => {
  const from = <T>(changes: PrintedRow, id: string): T => resourceOf(only(printSummary(changes)), id) as T;

  test('birth dates keep their precision', () => {
    const birth = (NGAY_SINH: string) => from<Patient>({ NGAY_SINH }, 'patient').birthDate;
    expect(birth('195800000000')).toBe('1958');
    expect(birth('195803000000')).toBe('1958-03');
    expect(birth('195803120000')).toBe('1958-03-12');
    expect(birth('1958')).toBe('1958');
    expect(birth('19580312')).toBe('1958-03-12');
    expect(birth('19580000')).toBe('1958');
  });

  test('the time of birth is for newborns only', () => {
    const time = (NGAY_SINH: string) => from<Patient>({ NGAY_SINH }, 'patient')._birthDate?.extension?.[0]?.valueDateTime;
    expect(time('202602161431')).toBe('2026-02-16T14:31:00+07:00');
    expect(time('202602151431')).toBeUndefined();
    expect(time('202603150000')).toBeUndefined();
  });

  test('passport and old card have their own systems', () => {
    const identifier = (SO_CCCD: string) => from<Patient>({ SO_CCCD, MA_THE_BHYT: '', MA_BN: '' }, 'patient').identifier;
    expect(identifier('c1234567')).toEqual([{ system: 'http://fhir.hl7.org.vn/core/sid/passport', value: 'C1234567' }]);
    expect(identifier('012345678')).toEqual([{ system: 'http://fhir.hl7.org.vn/core/sid/cmnd', value: '012345678' }]);
    expect(identifier('05615800011')).toBeUndefined();
  });

  test('class and type of the visit', () => {
    const encounter = (changes: PrintedRow) => from<Encounter>(changes, 'encounter').class.code;
    for (const type of ['01', '02', '05', '07', '08', '1', '10', '11']) expect(encounter({ MA_LOAI_KCB: type })).toBe('AMB');
    for (const type of ['03', '04', '06', '09', '3']) expect(encounter({ MA_LOAI_KCB: type })).toBe('IMP');
    expect(encounter({ MA_LOAI_KCB: '03', MA_DOITUONG_KCB: '2' })).toBe('EMER');
    expect(encounter({ MA_LOAI_KCB: '14' })).toBe('VR');
  });

  test('2359 of long outpatient care is no time of presence; of a stay it is one', () => {
    const end = (MA_LOAI_KCB: string) => from<Encounter>({ MA_LOAI_KCB, NGAY_RA: '202603302359' }, 'encounter').period?.end;
    for (const type of ['02', '05', '07']) expect(end(type)).toBeUndefined();
    expect(end('03')).toBe('2026-03-30T23:59:00+07:00');
  });

  test('without NGAY_RA the visit is in progress; an end before the start is left out', () => {
    expect(from<Encounter>({ NGAY_RA: '' }, 'encounter')).toMatchObject({ status: 'in-progress' });
    expect(from<Encounter>({ NGAY_RA: '202603160734' }, 'encounter').period).toEqual({ start: '2026-03-16T07:35:00+07:00' });
  });

  test('a decimal comma is kept as text and coded as nothing', () => {
    const weight = from<Observation>({ CAN_NANG: '58,5' }, 'weight');
    expect(weight.valueQuantity).toBeUndefined();
    expect(weight).toMatchObject({
      dataAbsentReason: { coding: [{ code: 'as-text' }] },
      note: [{ text: 'Cân nặng như đã gửi: 58,5' }],
    });
    const visit = only(
      printOne([
        xml1,
        { type: 'XML4', rows: [resultRow({ GIA_TRI: '5,6' })] },
        { type: 'XML2', rows: [drugRow({ SO_LUONG: '1,5' })] },
      ]),
    );
    expect(resourceOf<Observation>(visit, 'x4-1')).toMatchObject({ valueString: '5,6 mmol/L' });
    expect(resourceOf<MedicationRequest>(visit, 'x2-1')).toMatchObject({ note: [{ text: 'Số lượng như đã gửi: 1,5 Viên' }] });
    expect(codesOf(visit)).toEqual(expect.arrayContaining(['decimal-comma XML2 SO_LUONG', 'decimal-comma XML4 GIA_TRI']));
  });

  test('weights that nobody has are reported and not shown', () => {
    for (const CAN_NANG of ['0', '200.1']) {
      const visit = only(printSummary({ CAN_NANG }));
      expect(codesOf(visit)).toEqual(['implausible XML1 CAN_NANG']);
      expect(resourcesOf(visit).map(({ resource }) => resource.id)).not.toContain('weight');
    }
    expect(from<Observation>({ CAN_NANG: '200' }, 'weight').valueQuantity?.value).toBe(200);
  });

  test('blood groups by what was given', () => {
    const group = (NHOM_MAU: string) => {
      const { code, valueCodeableConcept } = from<Observation>({ NHOM_MAU }, 'blood-group');
      return [code.coding?.[0]?.code, valueCodeableConcept?.text];
    };
    expect(group('ab+')).toEqual(['882-1', 'AB+']);
    expect(group('O')).toEqual(['883-9', 'O']);
    expect(group('RH-')).toEqual(['10331-7', 'Rh-']);
    expect(codesOf(only(printSummary({ NHOM_MAU: 'C+' })))).toEqual(['unknown-code XML1 NHOM_MAU']);
  });

  test('ICD-10 codes: dot put in, dagger kept in the trace, doubles once, twelve secondary ones', () => {
    const visit = only(printSummary({ MA_BENH_CHINH: 'e102†', MA_BENH_KT: 'N08.3*;E10.2;I10' }));
    expect(resourceOf<Condition>(visit, 'cond-main').code?.coding?.[0]?.code).toBe('E10.2');
    expect(traceOf(visit, 'cond-main', 'code')[0]?.sent).toBe('e102†');
    expect(resourceOf<Condition>(visit, 'cond-s1').code).toMatchObject({ coding: [{ code: 'N08.3' }], text: 'N08.3*' });
    expect(resourceOf<Condition>(visit, 'cond-s3').code?.coding?.[0]?.code).toBe('I10');
    expect(codesOf(visit)).toEqual(['repeated-code XML1 MA_BENH_KT']);
    const many = only(printSummary({ MA_BENH_KT: Array.from({ length: 13 }, (_, index) => `E${10 + index}`).join(';') }));
    expect(codesOf(many)).toContain('too-many XML1 MA_BENH_KT');
    expect(resourcesOf(many).filter(({ resource }) => resource.resourceType === 'Condition')).toHaveLength(13);
  });

  test('cards: capitals, no blanks, the same one once', () => {
    const visit = only(
      printSummary({
        MA_THE_BHYT: ' ht3565690000117 ;HT3565690000117;1234567890',
        MA_DKBD: '56901;56901;56902',
        GT_THE_TU: '',
        GT_THE_DEN: '',
      }),
    );
    const coverages = resourcesOf(visit).flatMap(({ resource }) => (resource.resourceType === 'Coverage' ? [resource] : []));
    expect(coverages.map(({ identifier }) => identifier?.[0]?.value)).toEqual(['HT3565690000117', '1234567890']);
    expect(resourceOf<Coverage>(visit, 'cov-3').period).toBeUndefined();
  });

  test('rows keep their ids by STT when each has its own, else by position', () => {
    const ids = (...numbers: string[]) =>
      resourcesOf(only(printOne([xml1, { type: 'XML2', rows: numbers.map((STT) => drugRow({ STT })) }])))
        .map(({ resource }) => resource.id)
        .filter((id) => id?.startsWith('x2'));
    expect(ids('3', '07')).toEqual(['x2-3', 'x2-7']);
    expect(ids('3', '3')).toEqual(['x2-1', 'x2-2']);
    expect(ids('', 'x')).toEqual(['x2-1', 'x2-2']);
  });

  test('supplies, beds and transport are no procedures', () => {
    const rows = [
      serviceRow({ STT: '1' }),
      serviceRow({ STT: '2', MA_VAT_TU: 'N01', MA_NHOM: '10' }),
      serviceRow({ STT: '3', MA_NHOM: '15' }),
      serviceRow({ STT: '4', MA_DICH_VU: 'VC.56902', MA_NHOM: '12' }),
      serviceRow({ STT: '5', MA_DICH_VU: 'K27.1921', MA_NHOM: '' }),
    ];
    const visit = only(printOne([xml1, { type: 'XML3', rows }]));
    const ids = resourcesOf(visit)
      .filter(({ resource }) => resource.resourceType === 'Procedure')
      .map(({ resource }) => resource.id);
    expect(ids).toEqual(['x3-1']);
  });

  test('markup in texts is shown as text without it', () => {
    const visit = only(
      printOne([xml1, { type: 'XML4', rows: [resultRow({ GIA_TRI: '', KET_LUAN: '<p>Bình <b>thường</b></p><br/>SpO2 < 95' })] }]),
    );
    expect(resourceOf(visit, 'x4r-1')).toMatchObject({ conclusion: 'Bình thường\nSpO2 < 95' });
    expect(traceOf(visit, 'x4r-1', 'conclusion')[0]?.sent).toBe('<p>Bình <b>thường</b></p><br/>SpO2 < 95');
  });

  test('results of one service at two times are two reports', () => {
    const rows = [resultRow(), resultRow({ STT: '2' }), resultRow({ STT: '3', NGAY_KQ: '202603161005' })];
    const visit = only(printOne([xml1, { type: 'XML4', rows }]));
    expect(resourceOf(visit, 'x4r-1')).toMatchObject({
      result: [{ reference: 'Observation/x4-1' }, { reference: 'Observation/x4-2' }],
    });
    expect(resourceOf(visit, 'x4r-3')).toMatchObject({ result: [{ reference: 'Observation/x4-3' }] });
  });

  test('a unit that does not map surely stays text', () => {
    const unit = (DON_VI_DO: string) =>
      resourceOf<Observation>(only(printOne([xml1, { type: 'XML4', rows: [resultRow({ DON_VI_DO })] }])), 'x4-1').valueQuantity;
    expect(unit('G/L')?.code).toBe('10*9/L');
    expect(unit('g/L')?.code).toBe('g/L');
    expect(unit('\u03bcmol/L')?.code).toBe('umol/L');
    expect(unit('lần/vi trường')).toEqual({ value: expect.anything(), unit: 'lần/vi trường' });
  });
});

describe('newborns', () => {
  const delivery = (...rows: PrintedRow[]): ParsedVisit => only(printOne([xml1, { type: 'XML9', rows }]));

  test('twins are two people with a birth order', () => {
    const visit = delivery(birthRow(), birthRow({ HO_TEN_CON: '', GIOI_TINH_CON: '2' }));
    expect(visit.subjects.map(({ slot, identity }) => [slot, identity.birthOrder, identity.name])).toEqual([
      ['patient', undefined, 'Lê Thị Mẫu'],
      ['newborn-1', 1, 'Phạm Văn Mẫu'],
      ['newborn-2', 2, 'CB Lê Thị Mẫu'],
    ]);
    expect(resourceOf<Patient>(visit, 'newborn-2').multipleBirthInteger).toBe(2);
  });

  test('a child under the name of the mother has no name yet', () => {
    expect(delivery(birthRow({ HO_TEN_CON: ' lê thị  MẪU' })).subjects[1]?.identity.name).toBe('CB Lê Thị Mẫu');
  });

  test('without birth date or sex there is no child, and the mother stays', () => {
    const visit = delivery(birthRow({ NGAY_SINH_CON: '' }));
    expect(visit.subjects).toHaveLength(1);
    expect(codesOf(visit)).toContain('newborn-unusable XML9');
  });

  test('one document for each child is no repeated table', () => {
    const tables = [
      { type: 'XML9', rows: [birthRow()] },
      { type: 'XML9', rows: [birthRow({ GIOI_TINH_CON: '2' })] },
    ];
    const visit = only(printOne([xml1, ...tables]));
    expect(visit.subjects).toHaveLength(3);
    expect(codesOf(visit)).not.toContain('repeated-table XML9');
  });
});

describe('names of QĐ 4210', () => {
  test('are read, and traced by the name that was sent', () => {
    const old = summaryRow({
      MA_THE_BHYT: undefined,
      MA_BENH_CHINH: undefined,
      MA_BENH_KT: undefined,
      CHAN_DOAN_RV: undefined,
      MA_DOITUONG_KCB: undefined,
      NGAY_SINH: '1958',
      SO_CCCD: undefined,
    });
    const row = {
      ...old,
      MA_THE: 'HT3565690000117',
      MA_BENH: 'I10',
      MA_BENHKHAC: 'E78',
      TEN_BENH: 'Tăng huyết áp',
      MA_LYDO_VVIEN: '2',
    };
    const course = courseRow({ DIEN_BIEN_LS: undefined, THOI_DIEM_DBLS: undefined, DIEN_BIEN: 'Tỉnh', NGAY_YL: '202603160800' });
    const visit = only(
      printOne([
        { type: 'XML1', rows: [row] },
        { type: 'XML5', rows: [course] },
      ]),
    );
    expect(visit.subjects[0]?.identity).toMatchObject({ insuranceCards: ['HT3565690000117'], birthDate: '1958' });
    expect(resourceOf<Condition>(visit, 'cond-main').code).toEqual({
      coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'I10' }],
      text: 'Tăng huyết áp',
    });
    expect(traceOf(visit, 'cond-main', 'code')[0]?.field).toBe('MA_BENH');
    expect(resourceOf<Encounter>(visit, 'encounter').class.code).toBe('EMER');
    expect(resourceOf<Observation>(visit, 'x5-1')).toMatchObject({
      valueString: 'Tỉnh',
      effectiveDateTime: '2026-03-16T08:00:00+07:00',
    });
  });

  test('the name of today wins', () => {
    const row = { MA_BENH: 'A00', ...summaryRow() };
    expect(resourceOf<Condition>(only(printOne([{ type: 'XML1', rows: [row] }])), 'cond-main').code?.coding?.[0]?.code).toBe(
      'I10',
    );
  });
});
