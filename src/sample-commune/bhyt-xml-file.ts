import { compactOf, type Day } from './calendar.js';
import { SAMPLE_PROVINCE_CODE } from './sample-citizens.js';
import type { StatedBirth, StatedIdentity } from './stated-identity.js';
import type { DrugLine, Newborn, ServiceLine, VisitRecord } from './visit-record.js';
import { elements, envelope, fileHoso } from './xml-text.js';

type Fields = readonly (readonly [name: string, value: string | number])[];
const empty = (names: string): Fields => names.split(' ').map((name) => [name, ''] as const);

/** How one dossier is written. */
export interface DossierForm {
  /** MA_DOITUONG_KCB 8: takes the visit back. */
  readonly withdrawn?: boolean;
  /** Drugs of the first sending that a correction leaves out, from the end. */
  readonly drugsLeftOut?: number;
  readonly paid?: boolean;
}

/** One file of the insurance door: QĐ 4750/3176 element names, inner documents in Base64. */
export const bhytFile = (facility: string, issued: Day, dossiers: readonly string[]): Uint8Array =>
  envelope('GIAMDINHHS', { unit: facility, issued: compactOf(issued), hosos: dossiers, signature: '<CHUKYDONVI/>' });

/** The inside of one HOSO: XML1–XML5, XML9 at a delivery, XML14 with an appointment. */
export function dossierOf(visit: VisitRecord, form: DossierForm = {}): string {
  const drugs = visit.drugs.slice(0, visit.drugs.length - (form.drugsLeftOut ?? 0));
  const files = [fileHoso('XML1', document('TONG_HOP', summary(visit, drugs, form)))];
  if (drugs.length > 0)
    files.push(
      fileHoso(
        'XML2',
        list(
          'CHITIEU_CHITIET_THUOC',
          'DSACH_CHI_TIET_THUOC',
          'CHI_TIET_THUOC',
          drugs.map((line, index) => drugRow(visit, line, index + 1)),
        ),
      ),
    );
  files.push(
    fileHoso(
      'XML3',
      list(
        'CHITIEU_CHITIET_DVKT_VTYT',
        'DSACH_CHI_TIET_DVKT',
        'CHI_TIET_DVKT',
        visit.services.map((line, index) => serviceRow(visit, line, index + 1)),
      ),
    ),
  );
  const results = resultRows(visit);
  if (results.length > 0)
    files.push(fileHoso('XML4', list('CHITIEU_CHITIET_DICHVUCANLAMSANG', 'DSACH_CHI_TIET_CLS', 'CHI_TIET_CLS', results)));
  files.push(
    fileHoso(
      'XML5',
      list('CHITIEU_CHITIET_DIENBIENLAMSANG', 'DSACH_CHI_TIET_DIEN_BIEN_BENH', 'CHI_TIET_DIEN_BIEN_BENH', courseRows(visit)),
    ),
  );
  if (visit.newborns.length > 0)
    files.push(
      fileHoso(
        'XML9',
        list(
          'CHI_TIEU_DU_LIEU_GIAY_CHUNG_SINH',
          'DSACH_GIAYCHUNGSINH',
          'DU_LIEU_GIAY_CHUNG_SINH',
          visit.newborns.map((newborn) => birthRow(visit, newborn)),
        ),
      ),
    );
  if (visit.plan.appointmentAfterDays !== undefined)
    files.push(fileHoso('XML14', document('CHI_TIEU_GIAYHEN_KHAMLAI', appointment(visit))));
  return files.join('\n');
}

const document = (root: string, fields: Fields): string => `<${root}>\n${elements(fields)}\n</${root}>`;
const list = (root: string, listName: string, row: string, rows: readonly Fields[]): string =>
  `<${root}>\n<${listName}>\n${rows.map((fields) => `<${row}>\n${elements(fields)}\n</${row}>`).join('\n')}\n</${listName}>\n</${root}>`;

/** `yyyymmdd0000`, `yyyy00000000` when only the year is known, '' when nothing is. */
export const birthText = (birth: StatedBirth | undefined): string =>
  birth === undefined ? '' : `${birth.year}${two(birth.month)}${two(birth.date)}0000`;
const two = (value: number | undefined): string => String(value ?? 0).padStart(2, '0');

const sexCode = ({ sex }: Pick<StatedIdentity, 'sex'>): string => (sex === 'male' ? '1' : '2');
const amountOf = ({ drug, days }: DrugLine): number => drug.perDay * days;
const costOfDrug = (line: DrugLine): number => Math.round(amountOf(line) * line.drug.priceDong);
const quantityOf = ({ plan }: VisitRecord, { service }: ServiceLine): number => (service.group === '15' ? plan.nights + 1 : 1);
/** Licence numbers in the form of the sample files: `0091` and a number for the first facility, and so on. */
const staff = ({ facility }: VisitRecord, number: number): string => `009${facility.slice(-1)}0${number}/KH-CCHN`;
const signer = ({ facility }: VisitRecord): string => `569000000${facility.slice(-1)}`;
const cardValidity = ({ day }: VisitRecord): readonly [string, string] => {
  const year = compactOf(day).slice(0, 4);
  return [`${year}0101`, `${year}1231`];
};
const diagnosisText = ({ plan }: VisitRecord): string => plan.diagnoses.map(([, text]) => text).join('; ');
const mainCode = ({ plan }: VisitRecord): string => plan.diagnoses[0]?.[0] ?? '';
const otherCodes = ({ plan }: VisitRecord): string =>
  plan.diagnoses
    .slice(1)
    .map(([code]) => code)
    .join(';');
const treatmentDays = (visit: VisitRecord): number => (visit.plan.type === '08' ? 1 : visit.endDay - visit.day + 1);

function summary(visit: VisitRecord, drugs: readonly DrugLine[], form: DossierForm): Fields {
  const { registration, plan } = visit;
  const { stated, patientNumber } = registration;
  const drugCost = drugs.reduce((sum, line) => sum + costOfDrug(line), 0);
  const total = drugCost + visit.services.reduce((sum, line) => sum + line.service.priceDong * quantityOf(visit, line), 0);
  const [from, until] = cardValidity(visit);
  const hasCard = stated.card !== undefined;
  return [
    ['MA_LK', visit.visitId],
    ['STT', 1],
    ['MA_BN', patientNumber],
    ['HO_TEN', stated.name],
    ['SO_CCCD', stated.nationalId ?? ''],
    ['NGAY_SINH', birthText(stated.birth)],
    ['GIOI_TINH', sexCode(stated)],
    ['NHOM_MAU', visit.bloodGroup],
    ['MA_QUOCTICH', '000'],
    ['MA_DANTOC', stated.ethnicity],
    ['MA_NGHE_NGHIEP', stated.occupation],
    ['DIA_CHI', stated.address],
    ['MATINH_CU_TRU', SAMPLE_PROVINCE_CODE],
    ['MAHUYEN_CU_TRU', stated.districtCode],
    ['MAXA_CU_TRU', stated.communeCode],
    ['DIEN_THOAI', stated.phone ?? ''],
    ['MA_THE_BHYT', stated.card ?? ''],
    ['MA_DKBD', hasCard ? '56901' : ''],
    ['GT_THE_TU', hasCard ? from : ''],
    ['GT_THE_DEN', hasCard ? until : ''],
    ['NGAY_MIEN_CCT', ''],
    ['LY_DO_VV', plan.complaint],
    ['LY_DO_VNT', plan.nights > 0 ? plan.complaint : ''],
    ['MA_LY_DO_VNT', ''],
    ['CHAN_DOAN_VAO', plan.diagnoses[0]?.[1] ?? ''],
    ['CHAN_DOAN_RV', diagnosisText(visit)],
    ['MA_BENH_CHINH', mainCode(visit)],
    ['MA_BENH_KT', otherCodes(visit)],
    ...empty('MA_BENH_YHCT MA_PTTT_QT'),
    ['MA_DOITUONG_KCB', form.withdrawn === true ? '8' : hasCard ? '1.1' : '9'],
    ...empty('MA_NOI_DI MA_NOI_DEN MA_TAI_NAN'),
    ['NGAY_VAO', visit.start],
    ['NGAY_VAO_NOI_TRU', plan.nights > 0 ? visit.start : ''],
    ['NGAY_RA', visit.end],
    ['GIAY_CHUYEN_TUYEN', ''],
    ['SO_NGAY_DTRI', treatmentDays(visit)],
    ['PP_DIEU_TRI', plan.treatment],
    ['KET_QUA_DTRI', plan.type === '08' ? '3' : '2'],
    ['MA_LOAI_RV', '1'],
    ['GHI_CHU', ''],
    ['NGAY_TTOAN', (form.paid ?? visit.paid) ? visit.end : ''],
    ['T_THUOC', drugCost],
    ['T_VTYT', 0],
    ['T_TONGCHI_BV', total],
    ['T_TONGCHI_BH', total],
    ['T_BNTT', 0],
    ['T_BNCCT', 0],
    ['T_BHTT', total],
    ['T_NGUONKHAC', 0],
    ['T_BHTT_GDV', total],
    ['NAM_QT', visit.end.slice(0, 4)],
    ['THANG_QT', Number(visit.end.slice(4, 6))],
    ['MA_LOAI_KCB', plan.type],
    ['MA_KHOA', plan.department],
    ['MA_CSKCB', visit.facility],
    ['MA_KHUVUC', ''],
    ['CAN_NANG', visit.weightKg.toFixed(1)],
    ['CAN_NANG_CON', visit.newborns.map(({ weightGrams }) => weightGrams).join(';')],
    ['NAM_NAM_LIEN_TUC', ''],
    ['NGAY_TAI_KHAM', appointmentDay(visit)],
    ['MA_HSBA', `HSBA-${visit.visitId}`],
    ['MA_TTDV', signer(visit)],
    ['DU_PHONG', ''],
  ];
}

const appointmentDay = ({ day, plan }: VisitRecord): string =>
  plan.appointmentAfterDays === undefined ? '' : compactOf(day + plan.appointmentAfterDays);

const NO_OTHER_SOURCES: Fields = [
  ['T_NGUONKHAC_NSNN', 0],
  ['T_NGUONKHAC_VTNN', 0],
  ['T_NGUONKHAC_VTTN', 0],
  ['T_NGUONKHAC_CL', 0],
  ['T_NGUONKHAC', 0],
];
const shares = (cost: number): Fields => [
  ['T_BNTT', 0],
  ['T_BNCCT', 0],
  ['T_BHTT', cost],
];

function drugRow(visit: VisitRecord, line: DrugLine, number: number): Fields {
  const { drug, days } = line;
  const cost = costOfDrug(line);
  const unit = drug.unit.toLowerCase();
  return [
    ['MA_LK', visit.visitId],
    ['STT', number],
    ['MA_THUOC', drug.code],
    ...empty('MA_PP_CHEBIEN MA_CSKCB_THUOC'),
    ['MA_NHOM', '4'],
    ['TEN_THUOC', drug.name],
    ['DON_VI_TINH', drug.unit],
    ['HAM_LUONG', drug.strength],
    ['DUONG_DUNG', drug.route],
    ['DANG_BAO_CHE', drug.form],
    ['LIEU_DUNG', `1 ${unit}/lần * ${drug.perDay} lần/ngày * ${days} ngày [${drug.perDay} ${unit}/ngày]`],
    ['CACH_DUNG', drug.usage],
    ...empty('SO_DANG_KY TT_THAU'),
    ['PHAM_VI', '1'],
    ['TYLE_TT_BH', 100],
    ['SO_LUONG', amountOf(line)],
    ['DON_GIA', drug.priceDong],
    ['THANH_TIEN_BV', cost],
    ['THANH_TIEN_BH', cost],
    ...NO_OTHER_SOURCES,
    ['MUC_HUONG', 100],
    ...shares(cost),
    ['MA_KHOA', visit.plan.department],
    ['MA_BAC_SI', staff(visit, 1)],
    ['MA_DICH_VU', ''],
    ['NGAY_YL', visit.services[0]?.resulted ?? visit.start],
    ['NGAY_TH_YL', visit.services[0]?.resulted ?? visit.start],
    ['MA_PTTT', '1'],
    ['NGUON_CTRA', '1'],
    ...empty('VET_THUONG_TP DU_PHONG'),
  ];
}

function serviceRow(visit: VisitRecord, line: ServiceLine, number: number): Fields {
  const { service } = line;
  const quantity = quantityOf(visit, line);
  const cost = service.priceDong * quantity;
  return [
    ['MA_LK', visit.visitId],
    ['STT', number],
    ['MA_DICH_VU', service.code],
    ...empty('MA_PTTT_QT MA_VAT_TU'),
    ['MA_NHOM', service.group],
    ...empty('GOI_VTYT TEN_VAT_TU'),
    ['TEN_DICH_VU', service.name],
    ['MA_XANG_DAU', ''],
    ['DON_VI_TINH', service.unit],
    ['PHAM_VI', '1'],
    ['SO_LUONG', quantity],
    ['DON_GIA_BV', service.priceDong],
    ['DON_GIA_BH', service.priceDong],
    ['TT_THAU', ''],
    ['TYLE_TT_DV', 100],
    ['TYLE_TT_BH', 100],
    ['THANH_TIEN_BV', cost],
    ['THANH_TIEN_BH', cost],
    ['T_TRANTT', ''],
    ['MUC_HUONG', 100],
    ...NO_OTHER_SOURCES,
    ...shares(cost),
    ['MA_KHOA', visit.plan.department],
    ['MA_GIUONG', ''],
    ['MA_BAC_SI', staff(visit, 1)],
    ['NGUOI_THUC_HIEN', staff(visit, service.group === '1' ? 2 : 1)],
    ['MA_BENH', mainCode(visit)],
    ['MA_BENH_YHCT', ''],
    ['NGAY_YL', line.ordered],
    ['NGAY_TH_YL', line.done],
    ['NGAY_KQ', line.resulted],
    ['MA_PTTT', '1'],
    ...empty('VET_THUONG_TP PP_VO_CAM VI_TRI_TH_DVKT'),
    ['MA_MAY', service.machine === undefined ? '' : `${service.machine}.1.${visit.facility}.SN0001`],
    ...empty('MA_HIEU_SP TAI_SU_DUNG DU_PHONG'),
  ];
}

function resultRows(visit: VisitRecord): readonly Fields[] {
  const rows = visit.services.flatMap((line) => [
    ...line.results.map((result) => ({ line, ...result, texts: ['', ''] as const })),
    ...(line.report === undefined ? [] : [{ line, code: '', name: line.service.name, unit: '', value: '', texts: line.report }]),
  ]);
  return rows.map(({ line, code, name, unit, value, texts }, index) => [
    ['MA_LK', visit.visitId],
    ['STT', index + 1],
    ['MA_DICH_VU', line.service.code],
    ['MA_CHI_SO', code],
    ['TEN_CHI_SO', name],
    ['GIA_TRI', value],
    ['DON_VI_DO', unit],
    ['MO_TA', texts[0]],
    ['KET_LUAN', texts[1]],
    ['NGAY_KQ', line.resulted],
    ['MA_BS_DOC_KQ', staff(visit, 2)],
    ['DU_PHONG', ''],
  ]);
}

const courseRows = (visit: VisitRecord): readonly Fields[] =>
  visit.course.map(({ text, at }, index) => [
    ['MA_LK', visit.visitId],
    ['STT', index + 1],
    ['DIEN_BIEN_LS', text],
    ...empty('GIAI_DOAN_BENH HOI_CHAN PHAU_THUAT'),
    ['THOI_DIEM_DBLS', at],
    ['NGUOI_THUC_HIEN', staff(visit, 1)],
    ['DU_PHONG', ''],
  ]);

function birthRow(visit: VisitRecord, { child, name, temporaryCard, weightGrams, order }: Newborn): Fields {
  const { person, registration } = visit;
  const minute = String(Math.floor(child.birthMinute / 60)).padStart(2, '0') + String(child.birthMinute % 60).padStart(2, '0');
  return [
    ['MA_LK', visit.visitId],
    ['MA_BHXH_NND', person.insuranceNumbers[0] ?? ''],
    ['MA_THE_NND', registration.stated.card ?? ''],
    ['HO_TEN_NND', registration.stated.name],
    ['NGAYSINH_NND', compactOf(person.birthDay)],
    ['MA_DANTOC_NND', person.ethnicity],
    ['SO_CCCD_NND', registration.stated.nationalId ?? ''],
    ['NGAYCAP_CCCD_NND', '20210715'],
    ['NOICAP_CCCD_NND', 'Cục Cảnh sát quản lý hành chính về trật tự xã hội'],
    ['NOI_CU_TRU_NND', registration.stated.address],
    ['MA_QUOCTICH', '000'],
    ['MATINH_CU_TRU', SAMPLE_PROVINCE_CODE],
    ['MAHUYEN_CU_TRU', registration.stated.districtCode],
    ['MAXA_CU_TRU', registration.stated.communeCode],
    ['HO_TEN_CHA', child.father?.name ?? ''],
    ['MA_THE_TAM', temporaryCard],
    ['HO_TEN_CON', name],
    ['GIOI_TINH_CON', sexCode(child)],
    ['SO_CON', visit.newborns.length],
    ['LAN_SINH', order],
    ['SO_CON_SONG', order],
    ['CAN_NANG_CON', weightGrams],
    ['NGAY_SINH_CON', `${compactOf(child.birthDay)}${minute}`],
    ['NOI_SINH_CON', 'Trung tâm Y tế Diên Khánh (mẫu), tỉnh Khánh Hòa'],
    ['TINH_TRANG_CON', 'Khỏe mạnh'],
    ['SINHCON_PHAUTHUAT', '0'],
    ['SINHCON_DUOI32TUAN', '0'],
    ['GHI_CHU', ''],
    ['NGUOI_DO_DE', 'Hoàng Thị Minh Họa'],
    ['NGUOI_GHI_PHIEU', 'Hoàng Thị Minh Họa'],
    ['NGAY_CT', compactOf(child.birthDay)],
    ['SO', visit.visitId.slice(-8)],
    ['QUYEN_SO', `${compactOf(child.birthDay).slice(4, 6)}/${compactOf(child.birthDay).slice(0, 4)}`],
    ['MA_TTDV', signer(visit)],
    ['DU_PHONG', ''],
  ];
}

function appointment(visit: VisitRecord): Fields {
  const { stated } = visit.registration;
  return [
    ['MA_LK', visit.visitId],
    ['SO_GIAYHEN_KL', `GHK-${visit.visitId}`],
    ['MA_CSKCB', visit.facility],
    ['HO_TEN', stated.name],
    ['NGAY_SINH', birthText(stated.birth)],
    ['GIOI_TINH', sexCode(stated)],
    ['DIA_CHI', stated.address],
    ['MA_THE_BHYT', stated.card ?? ''],
    ['GT_THE_DEN', stated.card === undefined ? '' : cardValidity(visit)[1]],
    ['NGAY_VAO', visit.start],
    ['NGAY_VAO_NOI_TRU', ''],
    ['NGAY_RA', visit.end],
    ['NGAY_HEN_KL', appointmentDay(visit)],
    ['CHAN_DOAN_RV', diagnosisText(visit)],
    ['MA_BENH_CHINH', mainCode(visit)],
    ['MA_BENH_KT', otherCodes(visit)],
    ['MA_BENH_YHCT', ''],
    ['MA_DOITUONG_KCB', stated.card === undefined ? '9' : '1.1'],
    ['MA_BAC_SI', staff(visit, 1)],
    ['MA_TTDV', signer(visit)],
    ['NGAY_CT', compactOf(visit.day)],
    ['DU_PHONG', ''],
  ];
}
