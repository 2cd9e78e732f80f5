import { describe, expect, test } from '@jest/globals';
import type { Condition, Encounter, Observation } from 'fhir/r4.js';
import { stringifyJson } from '../../../../src/fhir/decimal.js';
import { tagId } from '../../../../src/intake/health-checkup/text-fields.js';
import { TAG_NAMES } from '../../../../src/intake/health-checkup/tag-names.js';
import type { ParsedVisit, SourceResource } from '../../../../src/intake/parsed-visit.js';
import { ADULT_CHECKUP, readCheckup, readCheckups } from '../../../support/checkup-file.js';

/** The synthetic check-up with fields put into one of its parts. */
const withFields = (part: string, fields: string): string => ADULT_CHECKUP.replace(`</${part}>`, `${fields}</${part}>`);
const resourcesOf = (visit: ParsedVisit): readonly SourceResource[] => visit.subjects[0]?.resources ?? [];
const observations = (visit: ParsedVisit): readonly Observation[] =>
  resourcesOf(visit).flatMap(({ resource }) => (resource.resourceType === 'Observation' ? [resource] : []));
const conditions = (visit: ParsedVisit): readonly Condition[] =>
  resourcesOf(visit).flatMap(({ resource }) => (resource.resourceType === 'Condition' ? [resource] : []));
const coded = (visit: ParsedVisit, code: string): Observation | undefined =>
  observations(visit).find((observation) => observation.code.coding?.some((coding) => coding.code === code));
const codesOf = (visit: ParsedVisit) =>
  visit.problems.map(({ severity, code, field }) => `${severity} ${code} ${field ?? ''}`.trim());

// vn-core.md §e, interfaces.md §3
describe('an adult check-up', () => {
  test('has its own business key, sender and event', () => {
    const visit = readCheckup(ADULT_CHECKUP);

    expect(visit).toMatchObject({
      key: 'check-up|01001|KSK20260601000123',
      sender: '01001',
      kind: 'check-up',
      issueTime: '20260601',
      eventDate: '2026-06-01T08:00:00+07:00',
      refused: false,
    });
    expect(resourcesOf(visit)[0]?.resource as Encounter).toMatchObject({
      resourceType: 'Encounter',
      class: { code: 'AMB' },
      type: [{ text: 'Khám sức khỏe định kỳ' }],
      identifier: [{ value: 'KSK20260601000123' }],
    });
    expect(visit.subjects[0]?.identity).toEqual({
      source: '01001',
      sourceType: 'check-up',
      name: 'NGUYỄN VĂN AN',
      sex: 'male',
      birthDate: '1985-03-15',
      nationalId: '001085012345',
      address: 'Phường Ba Đình, Thành phố Hà Nội',
      communeCode: '00004',
      provinceCode: '01',
    });
  });

  test.each([
    ['8302-2', 168, 'cm'],
    ['29463-7', 66, 'kg'],
    ['39156-5', 23.4, 'kg/m2'],
    ['8867-4', 78, '/min'],
  ])('has %s in LOINC and UCUM', (code, value, unit) => {
    expect(coded(readCheckup(ADULT_CHECKUP), code)?.valueQuantity).toMatchObject({
      value,
      code: unit,
      system: 'http://unitsofmeasure.org',
    });
  });

  test('has blood pressure as a panel, temperature and respiratory rate from their own part', () => {
    const visit = readCheckup(
      ADULT_CHECKUP.replace(
        '<KHAM_THE_LUC>',
        '<DANH_GIA_DAU_HIEU_SINH_TON><NHIET_DO>36.50</NHIET_DO><NHIP_THO>18</NHIP_THO><MACH>78</MACH></DANH_GIA_DAU_HIEU_SINH_TON><KHAM_THE_LUC>',
      ),
    );

    expect(coded(visit, '85354-9')?.component?.map(({ valueQuantity }) => valueQuantity)).toMatchObject([
      { value: 128, code: 'mm[Hg]' },
      { value: 82, code: 'mm[Hg]' },
    ]);
    expect(stringifyJson(coded(visit, '8310-5')?.valueQuantity)).toContain('"value":36.50');
    expect(coded(visit, '9279-1')?.valueQuantity?.value).toBe(18);
    expect(observations(visit).filter(({ code }) => code.coding?.[0]?.code === '8867-4')).toHaveLength(1);
  });

  test('shows a second, different value of the same measure beside the first', () => {
    const visit = readCheckup(withFields('KHAM_THE_LUC', '<MACH>79</MACH>'));

    const pulses = observations(visit).filter(({ code }) => code.coding?.[0]?.code === '8867-4');
    expect(pulses.map(({ id, valueQuantity }) => [id, valueQuantity?.value])).toEqual([
      ['pulse', 78],
      ['pulse-2', 79],
    ]);
  });

  test.each([
    ['O+', '882-1'],
    ['ab-', '882-1'],
    ['B', '883-9'],
  ])('blood group %s is %s, a trait without encounter', (group, code) => {
    const visit = readCheckup(ADULT_CHECKUP.replace('<NHOM_MAU>O+<', `<NHOM_MAU>${group}<`));

    expect(coded(visit, code)).toMatchObject({ valueCodeableConcept: { text: group.toUpperCase() } });
    expect(coded(visit, code)?.encounter).toBeUndefined();
  });

  test('history is unconfirmed on the problem list, the conclusion is diagnoses with a main one', () => {
    const read = conditions(readCheckup(ADULT_CHECKUP)).map(({ code, verificationStatus, category }) => [
      code?.coding?.[0]?.code,
      verificationStatus?.coding?.[0]?.code,
      category?.map(({ coding }) => coding?.[0]?.code),
    ]);

    expect(read).toEqual([
      ['I10', undefined, ['encounter-diagnosis', 'main']],
      ['E11', undefined, ['encounter-diagnosis', 'secondary']],
      ['I10', 'unconfirmed', ['problem-list-item']],
      ['E11', 'unconfirmed', ['problem-list-item']],
    ]);
  });

  test('a conclusion in words is a text, never a disease', () => {
    const visit = readCheckup(ADULT_CHECKUP.replace('<KET_LUAN_BENH>I10;E11<', '<KET_LUAN_BENH>Bình thường; E11<'));

    expect(conditions(visit).filter(({ category }) => category?.[0]?.coding?.[0]?.code === 'encounter-diagnosis')).toHaveLength(
      1,
    );
    expect(coded(visit, 'KET_LUAN_BENH')?.valueString).toBe('Bình thường');
  });

  test('every other field is coded by its tag with the text as sent, wherever the groups are', () => {
    const visit = readCheckup(
      ADULT_CHECKUP.replace(
        '<KHAM_THE_LUC>',
        '<KHAM_LAM_SANG><NOI_KHOA/><NOI_KHOA_TUAN_HOAN>Tim đều</NOI_KHOA_TUAN_HOAN><MAT><CO_KINH_MAT_PHAI> 10/10 </CO_KINH_MAT_PHAI></MAT><TAG_LA>x &lt; y</TAG_LA></KHAM_LAM_SANG><KHAM_THE_LUC>',
      ),
    );

    expect(coded(visit, 'NOI_KHOA_TUAN_HOAN')).toMatchObject({
      valueString: 'Tim đều',
      code: { text: 'Kết quả khám tuần hoàn' },
    });
    expect(coded(visit, 'CO_KINH_MAT_PHAI')?.valueString).toBe('10/10');
    expect(coded(visit, 'TAG_LA')?.valueString).toBe('x < y');
    expect(coded(visit, 'PHAN_LOAI_SK')?.valueString).toBe('2');
    expect(coded(visit, 'NOI_KHOA')).toBeUndefined();
  });

  test('results are rows: numbers with their unit, words as text', () => {
    const row = (fields: string): string => `<CHI_TIET_CLS>${fields}</CHI_TIET_CLS>`;
    const visit = readCheckup(
      ADULT_CHECKUP.replace(
        '<KHAM_THE_LUC>',
        `<KHAM_CAN_LAM_SANG><DANH_SACH_CLS>${row('<MA_CHI_SO>C1</MA_CHI_SO><TEN_CHI_SO>Glucose</TEN_CHI_SO><GIA_TRI>5.60</GIA_TRI><DON_VI_DO>mmol/L</DON_VI_DO><KET_LUAN>Bình thường</KET_LUAN>')}${row('<MA_DICH_VU>18.1</MA_DICH_VU><MO_TA>Phổi sáng</MO_TA><KET_LUAN>Không bất thường</KET_LUAN>')}${row('<GIA_TRI/>')}</DANH_SACH_CLS></KHAM_CAN_LAM_SANG><KHAM_THE_LUC>`,
      ),
    );

    const [glucose, picture, none] = observations(visit).filter(({ id }) => id?.startsWith('result-'));
    expect(stringifyJson(glucose?.valueQuantity)).toBe(
      '{"value":5.60,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}',
    );
    expect(glucose?.note).toEqual([{ text: 'Bình thường' }]);
    expect(picture).toMatchObject({ valueString: 'Không bất thường', note: [{ text: 'Phổi sáng' }] });
    expect(none).toBeUndefined();
  });

  test('every value leads to the field it was sent in', () => {
    const visit = readCheckup(ADULT_CHECKUP);

    const untraced = resourcesOf(visit).filter(({ trace }) => trace.length < 2);
    const bmi = resourcesOf(visit).find(({ resource }) => resource.id === 'bmi');
    expect(untraced).toEqual([]);
    expect(bmi?.trace).toContainEqual({
      path: 'valueQuantity',
      table: 'KHAM_THE_LUC',
      row: 1,
      field: 'CHI_SO_BMI',
      sent: '23.4',
    });
  });

  test('local ids are short and different', () => {
    const tags = [...Object.keys(TAG_NAMES), 'NOI_KHOA_THAN_TN_SD_PLX', 'NOI_KHOA_THAN_TN_SD_PLY'];
    const ids = tags.map(tagId);

    expect(ids.filter((id) => !/^[a-z0-9-]{1,22}$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(tags.length);
  });
});

describe('the same check-up in another form', () => {
  const parts = (change: (inner: string) => string): string =>
    ADULT_CHECKUP.replace(
      /<NOIDUNGFILE>([\s\S]*?)<\/NOIDUNGFILE>/g,
      (_all, inner: string) => `<NOIDUNGFILE>${change(inner)}</NOIDUNGFILE>`,
    );
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const content = (file: string): string => JSON.stringify(readCheckup(file).subjects);

  test.each([
    ['Base64', parts(base64)],
    ['Base64 with line breaks', parts((inner) => `\n${base64(inner).replace(/(.{60})/g, '$1\r\n')}\n`)],
    ['Base64 with byte order mark', parts((inner) => base64(`\uFEFF${inner}`))],
    ['CDATA', parts((inner) => `<![CDATA[${inner}]]>`)],
    ['other part numbers', ADULT_CHECKUP.replace('>XML12<', '>XML8<').replace('>XML10<', '>XML6<')],
    ['no part numbers', ADULT_CHECKUP.replace(/<LOAIHOSO>[^<]*<\/LOAIHOSO>/g, '')],
    [
      'parts the other way round',
      ADULT_CHECKUP.replace(/<FILEHOSO>[\s\S]*<\/FILEHOSO>/, (files) =>
        files
          .split(/(?<=<\/FILEHOSO>)/)
          .reverse()
          .join(''),
      ),
    ],
    ['no HOSO', ADULT_CHECKUP.replace('<HOSO>', '').replace('</HOSO>', '')],
    ['MACSKCB of 5 digits', ADULT_CHECKUP.replace('<MACSKCB>8930000000001<', '<MACSKCB>01001<')],
    ['byte order mark', `\uFEFF${ADULT_CHECKUP}`],
    [
      'signatures inside',
      ADULT_CHECKUP.replace(/<CHUKYDONVI>.*<\/CHUKYDONVI>/, '').replace('</THONGTINHOSO>', '<CHUKYDONVI/></THONGTINHOSO>'),
    ],
  ])('%s gives the same record', (_name, file) => {
    expect(file).not.toBe(ADULT_CHECKUP);
    expect(content(file)).toBe(content(ADULT_CHECKUP));
  });

  test.each([
    ['1985-03-15', '1985-03-15'],
    ['19850315', '1985-03-15'],
    ['198503150000', '1985-03-15'],
    ['198500000000', '1985'],
    ['1985', '1985'],
  ])('NGAY_SINH %s is %s', (sent, birthDate) => {
    const visit = readCheckup(ADULT_CHECKUP.replace('<NGAY_SINH>19850315<', `<NGAY_SINH>${sent}<`));

    expect(visit.subjects[0]?.patient.resource.birthDate).toBe(birthDate);
  });

  test.each([
    ['20260601', '2026-06-01'],
    ['2026-06-01', '2026-06-01'],
    ['202606010800', '2026-06-01T08:00:00+07:00'],
    ['20260601080030', '2026-06-01T08:00:30+07:00'],
  ])('NGAY_VAO %s is %s', (sent, date) => {
    expect(readCheckup(ADULT_CHECKUP.replace('<NGAY_VAO>202606010800<', `<NGAY_VAO>${sent}<`)).eventDate).toBe(date);
  });

  test('DOI_TUONG 1 and 01 are both of the list, 17 is not', () => {
    const problems = (code: string) =>
      codesOf(readCheckup(ADULT_CHECKUP.replace('<DOI_TUONG>13<', `<DOI_TUONG>${code}<`))).filter((text) =>
        text.endsWith('DOI_TUONG'),
      );

    expect([problems('1'), problems('01'), problems('1;16'), problems('17')]).toEqual([
      [],
      [],
      [],
      ['warning bad-code DOI_TUONG'],
    ]);
  });
});

describe('what refuses a check-up, and what does not', () => {
  const without = (tag: string): string => ADULT_CHECKUP.replace(new RegExp(`<${tag}>[^<]*</${tag}>`), '');
  const errors = (visit: ParsedVisit) => codesOf(visit).filter((text) => text.startsWith('error'));

  test.each([
    ['HO_TEN', 'error unusable HO_TEN'],
    ['NGAY_SINH', 'error unusable NGAY_SINH'],
    ['GIOI_TINH', 'error unusable GIOI_TINH'],
    ['NGAY_VAO', 'error unusable NGAY_VAO'],
    ['MA_LK', 'error missing-visit-id MA_LK'],
    ['MA_CSKCB', 'error missing-facility MA_CSKCB'],
  ])('no %s', (tag, error) => {
    const visit = readCheckup(without(tag));

    expect([visit.refused, errors(visit), visit.subjects]).toEqual([true, [error], []]);
  });

  test('any other field may be missing: each is a warning', () => {
    const optional = [...ADULT_CHECKUP.matchAll(/<([A-Z_]+)>[^<]+<\/\1>/g)]
      .map(([, tag = '']) => tag)
      .filter((tag) => !['HO_TEN', 'NGAY_SINH', 'GIOI_TINH', 'NGAY_VAO', 'MA_LK', 'MA_CSKCB'].includes(tag));

    const visit = readCheckup(
      optional.reduce((file, tag) => file.replace(new RegExp(`<${tag}>[^<]*</${tag}>`), ''), ADULT_CHECKUP),
    );

    expect([visit.refused, errors(visit)]).toEqual([false, []]);
    expect(codesOf(visit)).toContain('warning missing-field PHAN_LOAI_SK');
    expect(codesOf(visit)).toContain('warning missing-field SO_CCCD');
  });

  test.each([
    ['an impossible birth date', '<NGAY_SINH>19850315<', '<NGAY_SINH>19850230<'],
    ['an impossible day', '<NGAY_VAO>202606010800<', '<NGAY_VAO>202613010800<'],
    ['a sex that is no code', '<GIOI_TINH>1<', '<GIOI_TINH>7<'],
    ['a name without letters', 'NGUYỄN VĂN AN', '---'],
    ['mixed MA_LK', '<CHIEU_CAO>', '<MA_LK>OTHER</MA_LK><CHIEU_CAO>'],
    ['a MA_LK with a line break', 'KSK20260601000123', 'KSK\n1'],
    ['a MA_LK above 100 characters', 'KSK20260601000123', 'K'.repeat(101)],
    ['bad Base64', /<KHAM_THE_LUC>.*<\/KHAM_THE_LUC>/, 'PD94b*Ww'],
    ['Base64 of no XML', /<KHAM_THE_LUC>.*<\/KHAM_THE_LUC>/, 'eGluIGNow6Bv'],
    ['an entity of its own', 'Tăng huyết áp', '&bomb;'],
  ])('%s', (_name, from, to) => {
    const visit = readCheckup(ADULT_CHECKUP.replace(from, to));

    expect(visit.refused).toBe(true);
    expect(errors(visit)).toHaveLength(1);
    expect(JSON.stringify(visit.problems)).not.toContain('NGUYỄN');
  });

  test('a MA_LK of 100 characters is taken', () => {
    expect(readCheckup(ADULT_CHECKUP.replace('KSK20260601000123', 'K'.repeat(100))).refused).toBe(false);
  });

  test('another facility may not send it, its own and the integrator may', () => {
    const read = (facilityCode: string) => readCheckup(ADULT_CHECKUP, { clientId: 'client', facilityCode });

    expect(errors(read('56901'))).toEqual(['error foreign-facility MA_CSKCB']);
    expect(read('56901')).toMatchObject({ refused: true, key: 'check-up|01001|KSK20260601000123' });
    expect(read('01001').refused).toBe(false);
  });

  test('values that cannot be measures are kept as sent, with a warning', () => {
    const file = ADULT_CHECKUP.replace('<CAN_NANG>66<', '<CAN_NANG>66,5<').replace('128/82', '128-82').replace('>O+<', '>Rh?<');

    const visit = readCheckup(file);

    expect(['29463-7', '85354-9', '882-1'].map((code) => coded(visit, code))).toEqual([undefined, undefined, undefined]);
    expect(['CAN_NANG', 'HUYET_AP', 'NHOM_MAU'].map((code) => coded(visit, code)?.valueString)).toEqual([
      '66,5',
      '128-82',
      'Rh?',
    ]);
    expect(codesOf(visit)).toEqual(
      expect.arrayContaining(['CAN_NANG', 'HUYET_AP', 'NHOM_MAU'].map((tag) => `warning bad-value ${tag}`)),
    );
  });

  test('an implausible value is a warning and stays what it is', () => {
    const visit = readCheckup(ADULT_CHECKUP.replace('<CHIEU_CAO>168<', '<CHIEU_CAO>16.8<'));

    expect(coded(visit, '8302-2')?.valueQuantity?.value).toBe(16.8);
    expect(codesOf(visit)).toContain('warning implausible CHIEU_CAO');
  });

  test('a bad check-up does not stop its neighbour', () => {
    const [hoso = ''] = /<HOSO>.*<\/HOSO>/s.exec(ADULT_CHECKUP) ?? [];
    const bad = hoso.replace('</KHAM_THE_LUC>', '');
    const good = hoso.replace('KSK20260601000123', 'KSK2');

    const visits = readCheckups(ADULT_CHECKUP.replace(hoso, bad + good));

    expect(visits.map(({ refused, key, position }) => [refused, key, position])).toEqual([
      [true, undefined, 1],
      [false, 'check-up|01001|KSK2', 2],
    ]);
  });
});

describe('what is never shown by default', () => {
  const file = ADULT_CHECKUP.replace('<TSBT_MA_BENH>I10;E11<', '<TSBT_MA_BENH>I10;B20<');

  test('a code is labelled, and with it every text that could tell', () => {
    const labels = new Map(resourcesOf(readCheckup(file)).map(({ resource, restricted }) => [resource.id, restricted]));

    expect(labels.get('history-1')).toBeUndefined();
    expect(labels.get('history-2')).toBe('restricted/hiv');
    expect(labels.get(tagId('CAC_VAN_DE_SUC_KHOE'))).toBe('restricted/hiv');
    expect(labels.get('bmi')).toBeUndefined();
  });

  test('the name of a field counts as text', () => {
    const visit = readCheckup(withFields('THONG_TIN_HANH_CHINH', '<XN_HIV>1</XN_HIV><XN_KHAC>1</XN_KHAC>'));

    const labels = new Map(resourcesOf(visit).map(({ resource, restricted }) => [resource.id, restricted]));
    expect(labels.get(tagId('XN_HIV'))).toBe('restricted/hiv');
    expect(labels.get(tagId('XN_KHAC'))).toBeUndefined();
  });

  test('personal numbers of others and signatures are kept with the file and not shown', () => {
    const visit = readCheckup(
      withFields('THONG_TIN_HANH_CHINH', '<SO_CCCD_NGH>001070000001</SO_CCCD_NGH><CKDT_KHAM_MAT>BS Mai</CKDT_KHAM_MAT>'),
    );

    expect(JSON.stringify(visit.subjects)).not.toMatch(/001070000001|BS Mai/);
  });
});
