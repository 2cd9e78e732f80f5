import { compactOf, momentOf } from './calendar.js';
import type { CheckupEvent } from './life.js';
import type { CommuneParameters } from './parameters.js';
import type { Person } from './people.js';
import type { Random } from './random.js';
import { SAMPLE_PROVINCE_CODE } from './sample-citizens.js';
import { stateIdentity, type StatedBirth, type StatedIdentity } from './stated-identity.js';
import { SERVICES } from './visit-catalogue.js';
import { elements, envelope, fileHoso } from './xml-text.js';

export interface CheckupRecord {
  /** MA_LK of the check-up. */
  readonly checkupId: string;
  readonly event: CheckupEvent;
  readonly stated: StatedIdentity;
  readonly systolic: number;
  readonly diastolic: number;
  readonly pulse: number;
  readonly weightKg: number;
  readonly results: readonly {
    readonly code: string;
    readonly service: string;
    readonly name: string;
    readonly unit: string;
    readonly value: string;
  }[];
}

const ICD10: Readonly<Record<string, readonly [code: string, text: string]>> = {
  hypertension: ['I10', 'Tăng huyết áp'],
  diabetes: ['E11.9', 'Đái tháo đường típ 2'],
  asthma: ['J45.9', 'Hen'],
};

/** A check-up is typed in anew each time, without the books of the desk: its errors are its own. */
export function checkupRecordOf(
  seed: Random,
  event: CheckupEvent,
  serial: number,
  housemates: readonly Person[],
  parameters: CommuneParameters,
): CheckupRecord {
  const { person, day } = event;
  const random = seed.fork(`check-up/${person.household}/${serial}`);
  const high = person.illnesses.includes('hypertension');
  return {
    checkupId: `KSK${compactOf(day)}${String(person.household).padStart(5, '0')}${String(serial).padStart(3, '0')}`,
    event,
    stated: stateIdentity(random, person, { kind: 'check-up', day, housemates }, parameters),
    systolic: Math.round(random.around(high ? 141 : 119, 8)),
    diastolic: Math.round(random.around(high ? 86 : 75, 4)),
    pulse: random.between(64, 88),
    weightKg: Math.round(10 * (person.weightKg + random.around(0, 1))) / 10,
    results: [SERVICES.glucose, SERVICES.cholesterol, SERVICES.creatinine].flatMap((service) =>
      service.indices.map(({ code, name, unit, value }) => ({
        code,
        service: service.code,
        name,
        unit,
        value: value(random, person),
      })),
    ),
  };
}

/** One file of the check-up door: the adult form of QĐ 2062, one person a file. */
export function checkupFile(record: CheckupRecord): Uint8Array {
  const { event, checkupId, stated } = record;
  const { person, facility, day } = event;
  const found = person.illnesses.flatMap((illness) => {
    const disease = ICD10[illness];
    return disease === undefined ? [] : [disease];
  });
  const codes = found.map(([code]) => code).join(';');
  const heightM = person.heightCm / 100;
  const parts: readonly (readonly [root: string, body: string])[] = [
    [
      'THONG_TIN_HANH_CHINH',
      elements([
        ['HO_TEN', stated.name],
        ['GIOI_TINH', stated.sex === 'male' ? '1' : '2'],
        ['NGAY_SINH', birthText(stated.birth)],
        ['MA_DAN_TOC', stated.ethnicity],
        ['SO_CCCD', stated.nationalId ?? ''],
        ['NHOM_MAU', person.bloodGroup],
        ['DIA_CHI', stated.address],
        ['MATINH_CU_TRU', SAMPLE_PROVINCE_CODE],
        ['MAXA_CU_TRU', stated.communeCode],
        ['DIEN_THOAI', stated.phone ?? ''],
        ['MA_NGHE_NGHIEP', stated.occupation],
        ['TSBT_MAC_BENH', found.length > 0 ? '1' : '0'],
        ['TSBT_MA_BENH', codes],
      ]),
    ],
    [
      'THONG_TIN_CHUNG_VE_LAN_KHAM',
      elements([
        ['MA_LK', checkupId],
        ['MA_CSKCB', facility],
        ['TYPE', 'Adult'],
        ['MA_GTIN_CSKCB', `89300000${facility}`],
        ['DOI_TUONG', '13'],
        ['NGUON_CHI_TRA', '4'],
        ['MA_LOAI_KCB', '01'],
        ['LY_DO_VV', 'Khám sức khỏe định kỳ'],
        ['NGAY_VAO', momentOf(day, event.minute)],
      ]),
    ],
    [
      'KHAM_THE_LUC',
      elements([
        ['CHIEU_CAO', person.heightCm],
        ['CAN_NANG', record.weightKg],
        ['CHI_SO_BMI', (record.weightKg / heightM ** 2).toFixed(1)],
        ['MACH', record.pulse],
        ['HUYET_AP', `${record.systolic}/${record.diastolic}`],
        ['KHAM_THE_LUC_PL', '2'],
      ]),
    ],
    [
      'KHAM_LAM_SANG',
      elements([
        ['NOI_KHOA_TUAN_HOAN', found.some(([code]) => code === 'I10') ? 'Tăng huyết áp đang điều trị' : 'Bình thường'],
        ['NOI_KHOA_HO_HAP', 'Bình thường'],
        ['NOI_KHOA_TIEU_HOA', 'Bình thường'],
        ['NOI_KHOA_CO_XUONG_KHOP', 'Bình thường'],
        ['KHONG_KINH_MAT_PHAI', '9/10'],
        ['KHONG_KINH_MAT_TRAI', '9/10'],
      ]),
    ],
    [
      'KHAM_CAN_LAM_SANG',
      `<DANH_SACH_CLS>${record.results
        .map(
          ({ code, service, name, unit, value }) =>
            `<CHI_TIET_CLS>${elements([
              ['MA_DICH_VU', service],
              ['MA_CHI_SO', code],
              ['TEN_CHI_SO', name],
              ['GIA_TRI', value],
              ['DON_VI_DO', unit],
            ])}</CHI_TIET_CLS>`,
        )
        .join('\n')}</DANH_SACH_CLS>`,
    ],
    [
      'KET_LUAN',
      elements([
        ['PHAN_LOAI_SK', found.length === 0 ? '2' : '3'],
        ['KET_LUAN_BENH', codes === '' ? 'Không phát hiện bệnh' : codes],
        ['CAC_VAN_DE_SUC_KHOE', found.length === 0 ? 'Không có vấn đề đặc biệt' : found.map(([, text]) => text).join(', ')],
      ]),
    ],
  ];
  return envelope('KHAMSUCKHOE', {
    unit: facility,
    issued: compactOf(day + 1),
    hosos: [parts.map(([root, body], index) => fileHoso(`XML${index + 1}`, `<${root}>\n${body}\n</${root}>`)).join('\n')],
    signature: '<CHUKYDONVI><CKS_NGUOI_KET_LUAN/><CKS_BENH_VIEN/></CHUKYDONVI>',
  });
}

/** Eight digits; four when only the year is known. */
const birthText = (birth: StatedBirth | undefined): string => {
  if (birth === undefined) return '';
  if (birth.month === undefined || birth.date === undefined) return String(birth.year);
  return `${birth.year}${String(birth.month).padStart(2, '0')}${String(birth.date).padStart(2, '0')}`;
};
