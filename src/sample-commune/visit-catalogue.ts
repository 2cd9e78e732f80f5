import type { Person } from './people.js';
import type { Random } from './random.js';

/**
 * What visits hold. Codes of drugs, services and indices are those of the published sample files; a drug whose code is in no source that
 * we hold goes with `00.0000`, as drugs off the list do (bhyt-xml.md §5). Diagnoses are ICD-10.
 */
export interface Drug {
  readonly code: string;
  readonly name: string;
  readonly unit: string;
  readonly strength: string;
  readonly route: string;
  readonly form: string;
  readonly perDay: number;
  readonly usage: string;
  readonly priceDong: number;
}
const tablet = (code: string, name: string, strength: string, perDay: number, usage: string, priceDong: number): Drug => ({
  code,
  name,
  unit: 'Viên',
  strength,
  route: '1.01',
  form: 'Viên nén',
  perDay,
  usage,
  priceDong,
});
const OFF_LIST = '00.0000';
export const DRUGS = {
  amlodipine: tablet('40.491', 'Amlodipin 5mg', '5mg', 1, 'Uống buổi sáng', 310.5),
  atorvastatin: tablet('40.549', 'Atorvastatin 10mg', '10mg', 1, 'Uống buổi tối', 455),
  metformin: tablet('40.807', 'Metformin 500mg', '500mg', 2, 'Uống sau ăn', 420),
  iron: tablet('40.432', 'Sắt fumarat + acid folic', '200mg + 0,4mg', 1, 'Uống sau ăn', 630),
  oxytocin: {
    ...tablet('40.715', 'Oxytocin 5 IU/ml', '5IU/1ml', 2, 'Tiêm bắp sau sổ thai', 6_489),
    unit: 'Ống',
    route: '2.10',
    form: 'Dung dịch tiêm',
  },
  paracetamol: tablet(OFF_LIST, 'Paracetamol 500mg', '500mg', 3, 'Uống khi sốt hoặc đau', 280),
  amoxicillin: tablet(OFF_LIST, 'Amoxicilin 500mg', '500mg', 3, 'Uống sau ăn', 900),
  salbutamol: tablet(OFF_LIST, 'Salbutamol 2mg', '2mg', 3, 'Uống khi khó thở', 150),
  prednisolone: tablet(OFF_LIST, 'Prednisolon 5mg', '5mg', 2, 'Uống buổi sáng sau ăn', 210),
  omeprazole: tablet(OFF_LIST, 'Omeprazol 20mg', '20mg', 1, 'Uống trước ăn sáng 30 phút', 520),
  rehydration: {
    ...tablet(OFF_LIST, 'Oresol', '4,1g', 2, 'Pha 200 ml nước, uống từng ngụm', 1_600),
    unit: 'Gói',
    form: 'Thuốc bột',
  },
  meloxicam: tablet(OFF_LIST, 'Meloxicam 7,5mg', '7,5mg', 1, 'Uống sau ăn', 480),
  ciprofloxacin: tablet(OFF_LIST, 'Ciprofloxacin 500mg', '500mg', 2, 'Uống sau ăn', 1_100),
  sertraline: tablet(OFF_LIST, 'Sertralin 50mg', '50mg', 1, 'Uống buổi sáng', 2_100),
  antiretroviral: tablet(OFF_LIST, 'Tenofovir + lamivudin + dolutegravir', '300mg + 300mg + 50mg', 1, 'Uống buổi tối', 6_000),
} as const satisfies Readonly<Record<string, Drug>>;

/** One index of a service: a number drawn around a mean, or one of several texts. */
export interface Index {
  readonly code: string;
  readonly name: string;
  readonly unit: string;
  readonly value: (random: Random, person: Person) => string;
}
export interface Service {
  readonly code: string;
  readonly name: string;
  /** MA_NHOM: 1 laboratory, 2 imaging, 3 functional test, 13 examination, 15 bed, 18 procedure. */
  readonly group: string;
  readonly unit: string;
  readonly machine?: string;
  readonly priceDong: number;
  readonly indices: readonly Index[];
  /** Description and conclusion of a service that gives a picture or a curve. */
  readonly report?: (random: Random) => readonly [description: string, conclusion: string];
}
const number = (mean: number, spread: number, digits: number) => (random: Random) =>
  Math.max(0.1, random.around(mean, spread)).toFixed(digits);
const glucose = (random: Random, { illnesses }: Person): string =>
  (illnesses.includes('diabetes') ? random.around(8.6, 1.8) : random.around(5.2, 0.5)).toFixed(1);
const text =
  (...values: readonly string[]) =>
  (random: Random) =>
    random.pick(values);
const laboratory = (code: string, name: string, priceDong: number, indices: readonly Index[], machine = 'SH'): Service => ({
  code,
  name,
  group: '1',
  unit: 'Lần',
  machine,
  priceDong,
  indices,
});
const examination = (code: string, name: string): Service => ({
  code,
  name,
  group: '13',
  unit: 'Lần',
  priceDong: 36_500,
  indices: [],
});

export const SERVICES = {
  examination: examination('02.1896', 'Khám Nội'),
  obstetricExamination: examination('13.1896', 'Khám Phụ sản'),
  glucose: laboratory('23.0075.1494', 'Định lượng Glucose [Máu]', 22_400, [
    { code: 'GLU', name: 'Glucose', unit: 'mmol/L', value: glucose },
  ]),
  cholesterol: laboratory('23.0041.1506', 'Định lượng Cholesterol toàn phần (máu)', 27_300, [
    { code: 'CHOL', name: 'Cholesterol toàn phần', unit: 'mmol/L', value: number(5.3, 0.7, 1) },
  ]),
  creatinine: laboratory('23.0051.1494', 'Định lượng Creatinin (máu)', 22_400, [
    { code: 'CREA', name: 'Creatinin', unit: 'µmol/L', value: number(84, 13, 0) },
  ]),
  hba1c: laboratory('23.0083.1523', 'Định lượng HbA1c [Máu]', 102_000, [
    {
      code: 'HBA1C',
      name: 'HbA1c',
      unit: '%',
      value: (random, { illnesses }) => random.around(illnesses.includes('diabetes') ? 7.4 : 5.5, 0.5).toFixed(1),
    },
  ]),
  bloodCount: laboratory(
    '22.0121.1369',
    'Tổng phân tích tế bào máu ngoại vi (bằng máy đếm laser)',
    47_500,
    [
      { code: 'WBC', name: 'Số lượng bạch cầu', unit: 'G/L', value: number(8.4, 1.7, 1) },
      { code: 'RBC', name: 'Số lượng hồng cầu', unit: 'T/L', value: number(4.6, 0.3, 2) },
      { code: 'HGB', name: 'Hemoglobin', unit: 'g/L', value: number(132, 9, 0) },
      { code: 'PLT', name: 'Số lượng tiểu cầu', unit: 'G/L', value: number(248, 38, 0) },
    ],
    'HH',
  ),
  bloodGroup: laboratory(
    '22.0279.1269',
    'Định nhóm máu hệ ABO (Kỹ thuật ống nghiệm)',
    40_200,
    [{ code: 'ABO', name: 'Nhóm máu hệ ABO', unit: '', value: (_random, { bloodGroup }) => bloodGroup.replace(/[+-]/, '') }],
    'HH',
  ),
  urine: laboratory('23.0206.1596', 'Tổng phân tích nước tiểu (Bằng máy tự động)', 28_600, [
    { code: 'PRO', name: 'Protein niệu', unit: '', value: text('Âm tính', 'Âm tính', '+', '++') },
    { code: 'LEU', name: 'Bạch cầu niệu', unit: '/µL', value: text('< 10', '< 10', '25', '70') },
  ]),
  electrocardiogram: {
    code: '02.0085.1778',
    name: 'Điện tim thường',
    group: '3',
    unit: 'Lần',
    machine: 'ĐT',
    priceDong: 39_900,
    indices: [],
    report: (random) => [
      `Nhịp xoang đều, tần số ${random.between(62, 88)} lần/phút, trục trung gian`,
      random.chance(0.8) ? 'Điện tim trong giới hạn bình thường' : 'Theo dõi dày thất trái',
    ],
  },
  fetalUltrasound: {
    code: '18.0020.0001',
    name: 'Siêu âm thai (thai, nhau thai, nước ối)',
    group: '2',
    unit: 'Lần',
    machine: 'SA',
    priceDong: 58_600,
    indices: [],
    report: (random) => [
      `Một thai sống, tim thai ${random.between(132, 152)} lần/phút, nước ối bình thường`,
      'Một thai sống trong tử cung',
    ],
  },
  delivery: { code: '13.0033.0614', name: 'Đỡ đẻ thường ngôi chỏm', group: '18', unit: 'Lần', priceDong: 736_000, indices: [] },
  bed: {
    code: 'K27.1934',
    name: 'Giường Nội khoa loại 2 - Khoa Phụ - Sản',
    group: '15',
    unit: 'Ngày',
    priceDong: 168_100,
    indices: [],
  },
} as const satisfies Readonly<Record<string, Service>>;

export interface VisitPlan {
  /** MA_LOAI_KCB. */
  readonly type: string;
  /** MA_KHOA. */
  readonly department: string;
  /** Main diagnosis first: ICD-10 and its text. */
  readonly diagnoses: readonly (readonly [code: string, text: string])[];
  readonly complaint: string;
  readonly course: readonly string[];
  readonly drugs: readonly Drug[];
  /** Days of drugs. */
  readonly days: number;
  readonly services: readonly Service[];
  /** Days in hospital after the day of admission. */
  readonly nights: number;
  readonly appointmentAfterDays?: number;
  readonly treatment: string;
}

export type VisitReason =
  | 'hypertension'
  | 'diabetes'
  | 'asthma'
  | 'cold'
  | 'bronchitis'
  | 'gastritis'
  | 'diarrhoea'
  | 'back-pain'
  | 'urinary-infection'
  | 'antenatal'
  | 'delivery'
  | 'pneumonia'
  | 'depression'
  | 'immune-deficiency';

const {
  examination: exam,
  obstetricExamination,
  glucose: glu,
  cholesterol,
  creatinine,
  hba1c,
  bloodCount,
  bloodGroup,
  urine,
} = SERVICES;
const outpatient = { type: '02', department: 'K01', nights: 0, days: 5 } as const;
const chronic = { type: '08', department: 'K01', nights: 0, days: 28, appointmentAfterDays: 28 } as const;
const HYPERTENSION = ['I10', 'Tăng huyết áp vô căn (nguyên phát)'] as const;
const LIPIDS = ['E78.4', 'Tăng lipid máu khác'] as const;
const DIABETES = ['E11.9', 'Đái tháo đường típ 2 không có biến chứng'] as const;

/** What is done for each reason; the random stream decides the variants. */
export function planOf(reason: VisitReason, random: Random, person: Person): VisitPlan {
  const also = <T>(probability: number, ...values: readonly T[]): readonly T[] => (random.chance(probability) ? values : []);
  switch (reason) {
    case 'hypertension':
      return {
        ...chronic,
        diagnoses: [HYPERTENSION, ...also(0.5, LIPIDS)],
        complaint: random.pick([
          'Khám định kỳ tăng huyết áp',
          'Nhức đầu nhẹ, hẹn tái khám tăng huyết áp',
          'Hết thuốc huyết áp, đến khám lại',
        ]),
        course: ['Tỉnh, nhức đầu nhẹ, không đau ngực.', 'Nghỉ tại chỗ 15 phút, đỡ nhức đầu.'],
        drugs: [DRUGS.amlodipine, ...also(0.6, DRUGS.atorvastatin)],
        services: [exam, glu, cholesterol, creatinine, ...also(0.3, SERVICES.electrocardiogram), ...also(0.4, urine)],
        treatment: 'Nội khoa: thuốc hạ huyết áp, tư vấn giảm muối',
      };
    case 'diabetes':
      return {
        ...chronic,
        diagnoses: [DIABETES, ...(person.illnesses.includes('hypertension') ? [HYPERTENSION] : [])],
        complaint: random.pick(['Khám định kỳ đái tháo đường', 'Mệt, tiểu đêm, hẹn tái khám đái tháo đường']),
        course: ['Tỉnh, ăn ngủ được, không tê chân.', 'Dặn chế độ ăn, chăm sóc bàn chân.'],
        drugs: [
          DRUGS.metformin,
          ...(person.illnesses.includes('hypertension') ? [DRUGS.amlodipine] : []),
          ...also(0.4, DRUGS.atorvastatin),
        ],
        services: [exam, glu, creatinine, urine, ...also(0.5, hba1c), ...also(0.4, cholesterol)],
        treatment: 'Nội khoa: thuốc hạ đường huyết, tư vấn chế độ ăn và vận động',
      };
    case 'asthma':
      return {
        ...outpatient,
        diagnoses: [['J45.9', 'Hen, không đặc hiệu']],
        complaint: 'Ho, khò khè, khó thở về đêm',
        course: ['Phổi ran rít rải rác hai bên.', 'Sau thuốc giãn phế quản đỡ khó thở.'],
        drugs: [DRUGS.salbutamol, DRUGS.prednisolone],
        services: [exam, bloodCount],
        treatment: 'Thuốc giãn phế quản, tránh khói bụi',
      };
    case 'bronchitis':
      return {
        ...outpatient,
        diagnoses: [['J20.9', 'Viêm phế quản cấp, không đặc hiệu']],
        complaint: 'Ho đàm, sốt nhẹ 3 ngày',
        course: ['Phổi ran phế quản.', 'Hết sốt, còn ho.'],
        drugs: [DRUGS.amoxicillin, DRUGS.paracetamol, ...also(0.3, DRUGS.salbutamol)],
        services: [exam, bloodCount, ...also(0.3, glu)],
        treatment: 'Kháng sinh, hạ sốt',
      };
    case 'gastritis':
      return {
        ...outpatient,
        diagnoses: [['K29.7', 'Viêm dạ dày, không đặc hiệu']],
        complaint: 'Đau thượng vị, ợ chua',
        course: ['Bụng mềm, ấn đau nhẹ thượng vị.', 'Đỡ đau.'],
        drugs: [DRUGS.omeprazole, ...also(0.3, DRUGS.paracetamol)],
        services: [exam, bloodCount, ...also(0.5, glu), ...also(0.4, creatinine)],
        treatment: 'Giảm tiết acid, ăn đúng bữa',
      };
    case 'diarrhoea':
      return {
        ...outpatient,
        diagnoses: [['A09', 'Viêm dạ dày - ruột và đại tràng do nhiễm trùng']],
        complaint: 'Tiêu lỏng nhiều lần, đau bụng',
        course: ['Môi hơi khô, bụng mềm.', 'Bớt tiêu lỏng, uống được.'],
        drugs: [DRUGS.rehydration, ...also(0.4, DRUGS.paracetamol)],
        services: [exam, bloodCount, ...also(0.3, creatinine)],
        treatment: 'Bù nước, điện giải',
      };
    case 'back-pain':
      return {
        ...outpatient,
        diagnoses: [['M54.5', 'Đau vùng thắt lưng']],
        complaint: 'Đau thắt lưng sau làm nặng',
        course: ['Cột sống thắt lưng ấn đau, không yếu chân.', 'Đỡ đau khi nghỉ.'],
        drugs: [DRUGS.meloxicam, DRUGS.paracetamol],
        services: [exam, ...also(0.5, bloodCount), ...also(0.5, creatinine, glu)],
        treatment: 'Giảm đau, tập vận động',
      };
    case 'urinary-infection':
      return {
        ...outpatient,
        diagnoses: [['N39.0', 'Nhiễm trùng hệ tiết niệu, vị trí không xác định']],
        complaint: 'Tiểu buốt, tiểu rắt',
        course: ['Bụng mềm, ấn tức hạ vị.', 'Đỡ tiểu buốt.'],
        drugs: [DRUGS.ciprofloxacin, ...also(0.3, DRUGS.paracetamol)],
        services: [exam, bloodCount, urine, ...also(0.5, creatinine)],
        treatment: 'Kháng sinh, uống nhiều nước',
      };
    case 'antenatal':
      return {
        ...outpatient,
        days: 28,
        department: 'K27',
        diagnoses: [['Z34.9', 'Theo dõi thai bình thường, không đặc hiệu']],
        complaint: 'Khám thai định kỳ',
        course: ['Thai máy tốt, không phù.', 'Dặn dấu hiệu cần đi khám ngay.'],
        drugs: [DRUGS.iron],
        services: [obstetricExamination, SERVICES.fetalUltrasound, bloodCount, urine, ...also(0.3, bloodGroup)],
        appointmentAfterDays: 28,
        treatment: 'Bổ sung sắt và acid folic, hẹn khám thai',
      };
    case 'delivery':
      return {
        type: '03',
        department: 'K27',
        nights: 3,
        days: 3,
        diagnoses: [
          ['O80.0', 'Đẻ thường một thai ngôi chỏm'],
          ['Z37.0', 'Sinh một con sống'],
        ],
        complaint: 'Đau bụng từng cơn, thai đủ tháng',
        course: [
          'Cơn co tử cung đều, tim thai tốt.',
          'Đẻ thường, trẻ khóc ngay, tử cung co tốt.',
          'Mẹ tỉnh, sản dịch ít. Trẻ bú tốt.',
        ],
        drugs: [DRUGS.oxytocin, DRUGS.iron],
        services: [obstetricExamination, bloodCount, bloodGroup, SERVICES.fetalUltrasound, SERVICES.delivery, SERVICES.bed],
        treatment: 'Đỡ đẻ thường, theo dõi sau sinh',
      };
    case 'pneumonia':
      return {
        type: '03',
        department: 'K03',
        nights: random.between(4, 7),
        days: 6,
        diagnoses: [
          ['J18.9', 'Viêm phổi, tác nhân không xác định'],
          ...(person.illnesses.includes('hypertension') ? [HYPERTENSION] : []),
        ],
        complaint: 'Sốt cao, ho, khó thở',
        course: ['Sốt cao, phổi ran nổ đáy phải.', 'Bớt sốt, còn ho đàm.', 'Hết sốt, ăn uống được, cho ra viện.'],
        drugs: [DRUGS.amoxicillin, DRUGS.paracetamol, ...also(0.4, DRUGS.salbutamol)],
        services: [exam, bloodCount, glu, creatinine, ...also(0.5, SERVICES.electrocardiogram)],
        treatment: 'Kháng sinh, hạ sốt, theo dõi hô hấp',
      };
    case 'depression':
      return {
        ...chronic,
        diagnoses: [['F32.1', 'Giai đoạn trầm cảm vừa']],
        complaint: 'Mất ngủ, buồn chán kéo dài',
        course: ['Tiếp xúc được, khí sắc trầm.'],
        drugs: [DRUGS.sertraline],
        services: [exam, bloodCount],
        treatment: 'Thuốc chống trầm cảm, tư vấn',
      };
    case 'immune-deficiency':
      return {
        ...chronic,
        diagnoses: [['B20', 'Bệnh do HIV gây ra bệnh nhiễm trùng và ký sinh trùng']],
        complaint: 'Tái khám theo hẹn',
        course: ['Không sốt, ăn uống được.'],
        drugs: [DRUGS.antiretroviral],
        services: [exam, bloodCount, creatinine],
        treatment: 'Thuốc kháng vi rút, tư vấn tuân thủ',
      };
    case 'cold':
      return {
        ...outpatient,
        diagnoses: [['J06.9', 'Nhiễm trùng hô hấp trên cấp, không xác định']],
        complaint: random.pick(['Sốt, sổ mũi, đau họng', 'Ho, hắt hơi, sốt nhẹ']),
        course: ['Họng đỏ, phổi trong.', 'Bớt sốt.'],
        drugs: [DRUGS.paracetamol, ...also(0.3, DRUGS.amoxicillin)],
        services: [exam, ...also(0.7, bloodCount)],
        treatment: 'Hạ sốt, nghỉ ngơi, uống nhiều nước',
      };
  }
}
