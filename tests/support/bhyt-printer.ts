/**
 * Prints insurance files, apart from the reader: written from the templates of the format, knows nothing of `src/intake`.
 * Element names are literals here on purpose.
 */

/** Fields of a row in the order they are printed; undefined leaves the element out. */
export type PrintedRow = Readonly<Record<string, string | undefined>>;

export interface PrintedTable {
  readonly type: string;
  readonly rows: readonly PrintedRow[];
}

export type PrintedVisit = readonly PrintedTable[];

export interface PrintStyle {
  /** How NOIDUNGFILE holds the inner document. */
  readonly content?: 'base64' | 'wrapped-base64' | 'cdata' | 'elements';
  readonly innerByteOrderMark?: boolean;
  readonly outerByteOrderMark?: boolean;
  /** FILEHOSO without HOSO around them. */
  readonly loose?: boolean;
  /** Values in CDATA sections instead of escaped. */
  readonly cdataValues?: boolean;
  /** Detail tables beginning at their list. */
  readonly listRoot?: boolean;
  readonly unit?: string;
  readonly date?: string;
  readonly count?: string;
  readonly signature?: string;
}

const SHAPES: Readonly<Record<string, readonly [root: string, list?: string, row?: string]>> = {
  XML1: ['TONG_HOP'],
  XML2: ['CHITIEU_CHITIET_THUOC', 'DSACH_CHI_TIET_THUOC', 'CHI_TIET_THUOC'],
  XML3: ['CHITIEU_CHITIET_DVKT_VTYT', 'DSACH_CHI_TIET_DVKT', 'CHI_TIET_DVKT'],
  XML4: ['CHITIEU_CHITIET_DICHVUCANLAMSANG', 'DSACH_CHI_TIET_CLS', 'CHI_TIET_CLS'],
  XML5: ['CHITIEU_CHITIET_DIENBIENLAMSANG', 'DSACH_CHI_TIET_DIEN_BIEN_BENH', 'CHI_TIET_DIEN_BIEN_BENH'],
  XML6: [
    'CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS',
    'DSACH_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS',
    'HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS',
  ],
  XML7: ['CHI_TIEU_DU_LIEU_GIAY_RA_VIEN'],
  XML9: ['CHI_TIEU_DU_LIEU_GIAY_CHUNG_SINH', 'DSACH_GIAYCHUNGSINH', 'DU_LIEU_GIAY_CHUNG_SINH'],
  XML14: ['CHI_TIEU_GIAYHEN_KHAMLAI'],
};

export const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const cdata = (text: string): string => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;

/** The decoded content of one FILEHOSO. */
export function printTable({ type, rows }: PrintedTable, style: PrintStyle = {}): string {
  const [root = 'KHONG_RO', list, row] = SHAPES[type.toUpperCase()] ?? [];
  const value = (text: string): string => (style.cdataValues === true ? cdata(text) : escapeXml(text));
  const fields = (printed: PrintedRow): string =>
    Object.entries(printed)
      .flatMap(([name, text]) => (text === undefined ? [] : [text === '' ? `<${name}/>` : `<${name}>${value(text)}</${name}>`]))
      .join('\n  ');
  const declaration = '<?xml version="1.0" encoding="utf-8"?>\n';
  if (list === undefined || row === undefined) return `${declaration}<${root}>${rows.map(fields).join('')}</${root}>`;
  const inner = `<${list}>${rows.map((printed) => `<${row}>${fields(printed)}</${row}>`).join('\n')}</${list}>`;
  return declaration + (style.listRoot === true ? inner : `<${root}>${inner}</${root}>`);
}

/** One FILEHOSO. `inner`: content to use instead of the printed table. */
export function printFile(table: PrintedTable, style: PrintStyle = {}, inner = printTable(table, style)): string {
  const bytes = Buffer.from(`${style.innerByteOrderMark === true ? '\ufeff' : ''}${inner}`, 'utf8');
  const content = ((): string => {
    switch (style.content ?? 'base64') {
      case 'base64':
        return bytes.toString('base64');
      case 'wrapped-base64':
        return bytes.toString('base64').replace(/(.{76})/g, '$1\r\n ');
      case 'cdata':
        return cdata(inner);
      case 'elements':
        return inner.replace(/^<\?xml[^>]*\?>\n/, '');
    }
  })();
  return `<FILEHOSO><LOAIHOSO>${table.type}</LOAIHOSO><NOIDUNGFILE>${content}</NOIDUNGFILE></FILEHOSO>`;
}

export function printVisit(visit: PrintedVisit, style: PrintStyle = {}): string {
  const files = visit.map((table) => printFile(table, style)).join('\n');
  return style.loose === true ? files : `<HOSO>\n${files}\n</HOSO>`;
}

/** The envelope around visits that are printed already. */
export function printEnvelope(visits: readonly string[], style: PrintStyle = {}): string {
  const { unit = '56901', date = '20260316', count = String(visits.length), signature = '<CHUKYDONVI/>' } = style;
  return `${style.outerByteOrderMark === true ? '\ufeff' : ''}<?xml version="1.0" encoding="utf-8"?>
<GIAMDINHHS xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
${unit === '' ? '' : `<THONGTINDONVI><MACSKCB>${unit}</MACSKCB></THONGTINDONVI>`}
<THONGTINHOSO>${date === '' ? '' : `<NGAYLAP>${date}</NGAYLAP>`}<SOLUONGHOSO>${count}</SOLUONGHOSO>
<DANHSACHHOSO>
${visits.join('\n')}
</DANHSACHHOSO></THONGTINHOSO>${signature}
</GIAMDINHHS>`;
}

/** A complete XML1 without any problem; fields can be replaced or left out. */
export const summaryRow = (changes: PrintedRow = {}): PrintedRow => ({
  MA_LK: 'LK.1',
  STT: '1',
  MA_BN: 'BN01',
  HO_TEN: 'Lê Thị Mẫu',
  SO_CCCD: '056158000117',
  NGAY_SINH: '195803120000',
  GIOI_TINH: '2',
  NHOM_MAU: '',
  MA_QUOCTICH: '000',
  MA_DANTOC: '01',
  MA_NGHE_NGHIEP: '00',
  DIA_CHI: 'Thôn Mẫu 1',
  MATINH_CU_TRU: '56',
  MAHUYEN_CU_TRU: '',
  MAXA_CU_TRU: '22651',
  DIEN_THOAI: '0900000117',
  MA_THE_BHYT: 'HT3565690000117',
  MA_DKBD: '56901',
  GT_THE_TU: '20260101',
  GT_THE_DEN: '20261231',
  LY_DO_VV: 'Nhức đầu',
  CHAN_DOAN_VAO: 'Tăng huyết áp',
  CHAN_DOAN_RV: 'Tăng huyết áp vô căn',
  MA_BENH_CHINH: 'I10',
  MA_BENH_KT: 'E78.4',
  MA_BENH_YHCT: '',
  MA_DOITUONG_KCB: '1.1',
  MA_NOI_DI: '',
  NGAY_VAO: '202603160735',
  NGAY_VAO_NOI_TRU: '',
  NGAY_RA: '202603161020',
  SO_NGAY_DTRI: '0',
  KET_QUA_DTRI: '2',
  MA_LOAI_RV: '1',
  NGAY_TTOAN: '',
  MA_LOAI_KCB: '01',
  MA_KHOA: 'K01',
  MA_CSKCB: '56901',
  CAN_NANG: '58.50',
  CAN_NANG_CON: '',
  MA_HSBA: 'HSBA-1',
  MA_TTDV: '5690000001',
  ...changes,
});

export const drugRow = (changes: PrintedRow = {}): PrintedRow => ({
  MA_LK: 'LK.1',
  STT: '1',
  MA_THUOC: '40.491',
  MA_NHOM: '4',
  TEN_THUOC: 'Amlodipin',
  DON_VI_TINH: 'Viên',
  HAM_LUONG: '5mg',
  DUONG_DUNG: '1.01',
  LIEU_DUNG: '1 viên/lần * 1 lần/ngày',
  CACH_DUNG: '',
  SO_DANG_KY: 'VD-00001-99',
  SO_LUONG: '28',
  MA_KHOA: 'K01',
  MA_BAC_SI: '009101/KH-CCHN',
  NGAY_YL: '202603160945',
  ...changes,
});

export const serviceRow = (changes: PrintedRow = {}): PrintedRow => ({
  MA_LK: 'LK.1',
  STT: '1',
  MA_DICH_VU: '23.0075.1494',
  MA_VAT_TU: '',
  MA_NHOM: '1',
  TEN_DICH_VU: 'Định lượng Glucose [Máu]',
  DON_VI_TINH: 'Lần',
  SO_LUONG: '1',
  MA_KHOA: 'K01',
  MA_BAC_SI: '009101/KH-CCHN',
  NGUOI_THUC_HIEN: '009102/KH-CCHN',
  MA_BENH: 'I10',
  NGAY_YL: '202603160750',
  NGAY_TH_YL: '202603160805',
  NGAY_KQ: '202603160905',
  ...changes,
});

export const resultRow = (changes: PrintedRow = {}): PrintedRow => ({
  MA_LK: 'LK.1',
  STT: '1',
  MA_DICH_VU: '23.0075.1494',
  MA_CHI_SO: 'GLU',
  TEN_CHI_SO: 'Glucose',
  GIA_TRI: '5.60',
  DON_VI_DO: 'mmol/L',
  MO_TA: '',
  KET_LUAN: '',
  NGAY_KQ: '202603160905',
  MA_BS_DOC_KQ: '009102/KH-CCHN',
  ...changes,
});

export const courseRow = (changes: PrintedRow = {}): PrintedRow => ({
  MA_LK: 'LK.1',
  STT: '1',
  DIEN_BIEN_LS: 'Tỉnh, tiếp xúc tốt. CSST<M75_T37_HA120/70_NT18_SP98_HL2>',
  THOI_DIEM_DBLS: '202603160800',
  NGUOI_THUC_HIEN: '009101/KH-CCHN',
  ...changes,
});

export const birthRow = (changes: PrintedRow = {}): PrintedRow => ({
  MA_LK: 'LK.1',
  MA_BHXH_NND: '5690000117',
  MA_THE_NND: 'HT3565690000117',
  HO_TEN_NND: 'Lê Thị Mẫu',
  NGAYSINH_NND: '19580312',
  MA_DANTOC_NND: '01',
  SO_CCCD_NND: '056158000117',
  NGAYCAP_CCCD_NND: '20210715',
  NOICAP_CCCD_NND: 'Cục Cảnh sát',
  NOI_CU_TRU_NND: 'Thôn Mẫu 1',
  MA_QUOCTICH: '000',
  MATINH_CU_TRU: '56',
  MAXA_CU_TRU: '22651',
  MA_THE_TAM: 'TE1569900000117',
  HO_TEN_CON: 'Phạm Văn Mẫu',
  GIOI_TINH_CON: '1',
  SO_CON: '1',
  LAN_SINH: '1',
  SO_CON_SONG: '1',
  CAN_NANG_CON: '3150',
  NGAY_SINH_CON: '202603161445',
  NOI_SINH_CON: 'Trạm y tế Mẫu',
  TINH_TRANG_CON: 'Khỏe mạnh',
  SINHCON_PHAUTHUAT: '0',
  SINHCON_DUOI32TUAN: '0',
  NGUOI_DO_DE: 'Hoàng Minh Họa',
  NGUOI_GHI_PHIEU: 'Hoàng Minh Họa',
  NGAY_CT: '20260316',
  SO: '1',
  QUYEN_SO: '1',
  MA_TTDV: '5690000001',
  ...changes,
});

/** One visit in its envelope. */
export const printOne = (visit: PrintedVisit, style: PrintStyle = {}): string => printEnvelope([printVisit(visit, style)], style);

/** A visit of XML1 alone. */
export const printSummary = (changes: PrintedRow = {}, style: PrintStyle = {}): string =>
  printOne([{ type: 'XML1', rows: [summaryRow(changes)] }], style);
