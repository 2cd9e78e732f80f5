/** How a field is written: bhyt-xml.md §5. `time` = yyyymmddHHMM, `date` = yyyymmdd. */
export type FieldType = 'text' | 'number' | 'date' | 'time' | 'dateOrTime';

export interface FieldRule {
  readonly name: string;
  readonly type: FieldType;
  /** Characters; the largest of the decision, the portal and QĐ 3176. Absent = unlimited. */
  readonly max?: number;
  readonly required: boolean;
  /** Values are separated by `;`. */
  readonly several: boolean;
  /** Name of the code list in `catalogues.ts`. */
  readonly codes?: string;
}

export interface TableRule {
  /** LOAIHOSO. */
  readonly table: string;
  readonly root: string;
  /** List and row elements; absent = the root is the single row. */
  readonly list?: string;
  readonly row?: string;
  /** Fields that are checked; empty for the tables that are kept and not shown. */
  readonly fields: readonly FieldRule[];
}

/**
 * The tables of QĐ 130 as amended by 4750 and 3176: bhyt-xml.md §3 and §11 (fields.json), without money and settlement fields, which the
 * record does not use. A field is written `NAME:type:max[*][;][=CODES]`; `*` required, `;` several values, max `0` unlimited.
 */
export const TABLE_RULES: readonly TableRule[] = [
  {
    table: 'XML1',
    root: 'TONG_HOP',
    fields: fields(`
    MA_LK:text:100* STT:number:10 MA_BN:text:100* HO_TEN:text:255* SO_CCCD:text:0
    NGAY_SINH:time:12* GIOI_TINH:text:1*=GIOI_TINH NHOM_MAU:text:10=NHOM_MAU MA_QUOCTICH:text:3* MA_DANTOC:text:2*=MA_DANTOC
    MA_NGHE_NGHIEP:text:5* DIA_CHI:text:1024* MATINH_CU_TRU:text:3* MAHUYEN_CU_TRU:text:3 MAXA_CU_TRU:text:5*
    DIEN_THOAI:text:15 MA_THE_BHYT:text:0; MA_DKBD:text:0; GT_THE_TU:date:0; GT_THE_DEN:date:0;
    NGAY_MIEN_CCT:dateOrTime:12 LY_DO_VV:text:0* LY_DO_VNT:text:0 MA_LY_DO_VNT:text:5 CHAN_DOAN_VAO:text:0*
    CHAN_DOAN_RV:text:0* MA_BENH_CHINH:text:7* MA_BENH_KT:text:100; MA_BENH_YHCT:text:255; MA_PTTT_QT:text:125;
    MA_DOITUONG_KCB:text:5*=MA_DOITUONG_KCB MA_NOI_DI:text:5 MA_NOI_DEN:text:5 MA_TAI_NAN:text:2 NGAY_VAO:time:12*
    NGAY_VAO_NOI_TRU:time:12 NGAY_RA:time:12* GIAY_CHUYEN_TUYEN:text:50 SO_NGAY_DTRI:number:3* PP_DIEU_TRI:text:0
    KET_QUA_DTRI:text:1*=KET_QUA_DTRI MA_LOAI_RV:text:1*=MA_LOAI_RV GHI_CHU:text:0 NGAY_TTOAN:time:12 MA_LOAI_KCB:text:2*=MA_LOAI_KCB
    MA_KHOA:text:50*; MA_CSKCB:text:5* MA_KHUVUC:text:2=MA_KHUVUC CAN_NANG:text:6* CAN_NANG_CON:text:100;
    NAM_NAM_LIEN_TUC:date:8 NGAY_TAI_KHAM:date:50; MA_HSBA:text:100* MA_TTDV:text:255
  `),
  },
  {
    table: 'XML2',
    root: 'CHITIEU_CHITIET_THUOC',
    list: 'DSACH_CHI_TIET_THUOC',
    row: 'CHI_TIET_THUOC',
    fields: fields(`
    MA_LK:text:100* STT:number:10* MA_THUOC:text:255* MA_PP_CHEBIEN:text:255; MA_CSKCB_THUOC:text:10
    MA_NHOM:text:2*=MA_NHOM TEN_THUOC:text:1024* DON_VI_TINH:text:50* HAM_LUONG:text:1024* DUONG_DUNG:text:4*
    DANG_BAO_CHE:text:1024 LIEU_DUNG:text:1024* CACH_DUNG:text:1024 SO_DANG_KY:text:255 SO_LUONG:number:10*
    MA_KHOA:text:50*; MA_BAC_SI:text:255; MA_DICH_VU:text:255 NGAY_YL:time:12* NGAY_TH_YL:time:12
  `),
  },
  {
    table: 'XML3',
    root: 'CHITIEU_CHITIET_DVKT_VTYT',
    list: 'DSACH_CHI_TIET_DVKT',
    row: 'CHI_TIET_DVKT',
    fields: fields(`
    MA_LK:text:100* STT:number:10* MA_DICH_VU:text:50 MA_PTTT_QT:text:255; MA_VAT_TU:text:255
    MA_NHOM:text:2*=MA_NHOM TEN_VAT_TU:text:1024 TEN_DICH_VU:text:1024 DON_VI_TINH:text:50* SO_LUONG:number:10*
    MA_KHOA:text:50*; MA_GIUONG:text:50 MA_BAC_SI:text:255*; NGUOI_THUC_HIEN:text:255; MA_BENH:text:100*;
    MA_BENH_YHCT:text:255; NGAY_YL:time:12* NGAY_TH_YL:time:12 NGAY_KQ:time:12 PP_VO_CAM:text:1=PP_VO_CAM
    VI_TRI_TH_DVKT:number:3 MA_MAY:text:1024; MA_HIEU_SP:text:255
  `),
  },
  {
    table: 'XML4',
    root: 'CHITIEU_CHITIET_DICHVUCANLAMSANG',
    list: 'DSACH_CHI_TIET_CLS',
    row: 'CHI_TIET_CLS',
    fields: fields(`
    MA_LK:text:100* STT:number:10* MA_DICH_VU:text:50 MA_CHI_SO:text:255 TEN_CHI_SO:text:255*
    GIA_TRI:text:255 DON_VI_DO:text:50 MO_TA:text:0 KET_LUAN:text:0 NGAY_KQ:time:12
    MA_BS_DOC_KQ:text:255;
  `),
  },
  {
    table: 'XML5',
    root: 'CHITIEU_CHITIET_DIENBIENLAMSANG',
    list: 'DSACH_CHI_TIET_DIEN_BIEN_BENH',
    row: 'CHI_TIET_DIEN_BIEN_BENH',
    fields: fields(`
    MA_LK:text:100* STT:number:10* DIEN_BIEN_LS:text:0* GIAI_DOAN_BENH:text:0 HOI_CHAN:text:0
    PHAU_THUAT:text:0 THOI_DIEM_DBLS:time:12* NGUOI_THUC_HIEN:text:255*;
  `),
  },
  {
    table: 'XML6',
    root: 'CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS',
    list: 'DSACH_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS',
    row: 'HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS',
    fields: [],
  },
  { table: 'XML7', root: 'CHI_TIEU_DU_LIEU_GIAY_RA_VIEN', fields: [] },
  { table: 'XML8', root: 'CHI_TIEU_DU_LIEU_TOM_TAT_HO_SO_BENH_AN', fields: [] },
  {
    table: 'XML9',
    root: 'CHI_TIEU_DU_LIEU_GIAY_CHUNG_SINH',
    list: 'DSACH_GIAYCHUNGSINH',
    row: 'DU_LIEU_GIAY_CHUNG_SINH',
    fields: fields(`
    MA_LK:text:100* MA_BHXH_NND:text:10 MA_THE_NND:text:15 HO_TEN_NND:text:255* NGAYSINH_NND:date:8*
    MA_DANTOC_NND:text:2*=MA_DANTOC SO_CCCD_NND:text:15* NGAYCAP_CCCD_NND:date:8* NOICAP_CCCD_NND:text:1024* NOI_CU_TRU_NND:text:1024*
    MA_QUOCTICH:text:3* MATINH_CU_TRU:text:3* MAHUYEN_CU_TRU:text:3 MAXA_CU_TRU:text:5* HO_TEN_CHA:text:255
    MA_THE_TAM:text:15* HO_TEN_CON:text:255 GIOI_TINH_CON:text:1*=GIOI_TINH SO_CON:number:2* LAN_SINH:number:2*
    SO_CON_SONG:number:2* CAN_NANG_CON:number:10* NGAY_SINH_CON:time:12* NOI_SINH_CON:text:1024* TINH_TRANG_CON:text:0*
    SINHCON_PHAUTHUAT:text:1*=SINHCON_PHAUTHUAT SINHCON_DUOI32TUAN:text:1*=SINHCON_DUOI32TUAN GHI_CHU:text:0 NGUOI_DO_DE:text:255* NGUOI_GHI_PHIEU:text:255*
    NGAY_CT:date:8* SO:text:200* QUYEN_SO:text:200* MA_TTDV:text:255*
  `),
  },
  { table: 'XML10', root: 'CHI_TIEU_DU_LIEU_GIAY_NGHI_DUONG_THAI', fields: [] },
  { table: 'XML11', root: 'CHI_TIEU_DU_LIEU_GIAY_CHUNG_NHAN_NGHI_VIEC_HUONG_BAO_HIEM_XA_HOI', fields: [] },
  { table: 'XML13', root: 'CHI_TIEU_GIAYCHUYENTUYEN', fields: [] },
  { table: 'XML14', root: 'CHI_TIEU_GIAYHEN_KHAMLAI', fields: [] },
  {
    table: 'XML15',
    root: 'CHI_TIEU_DIEUTRI_BENHLAO',
    list: 'DSACH_CHITIET_DIEUTRI_BENHLAO',
    row: 'CHITIET_DIEUTRI_BENHLAO',
    fields: [],
  },
];

/**
 * The check-in table, sent alone (bhyt-xml.md §2, §11; fields.json XML0): the person, the card, the first order. Its sizes are those of the portal
 * where they are larger.
 */
export const CHECK_IN_TABLE: TableRule & { readonly row: string } = {
  table: 'XML0',
  root: 'CHI_TIEU_TRANG_THAI_KCB',
  list: 'DSACH_TRANG_THAI_KCB',
  row: 'TRANG_THAI_KCB',
  fields: fields(`
    MA_LK:text:100* STT:number:10* MA_BN:text:100* HO_TEN:text:255* SO_CCCD:text:15
    NGAY_SINH:time:12* GIOI_TINH:text:1*=GIOI_TINH MA_THE_BHYT:text:15 MA_DKBD:text:5 GT_THE_TU:date:8 GT_THE_DEN:date:8
    MA_DOITUONG_KCB:text:5*=MA_DOITUONG_KCB NGAY_VAO:time:12* NGAY_VAO_NOI_TRU:time:12 LY_DO_VNT:text:0 MA_LY_DO_VNT:text:10
    MA_LOAI_KCB:text:2*=MA_LOAI_KCB MA_CSKCB:text:5* MA_DICH_VU:text:50 TEN_DICH_VU:text:1024 MA_THUOC:text:255
    TEN_THUOC:text:2000 MA_VAT_TU:text:255 TEN_VAT_TU:text:2000 NGAY_YL:time:12*
  `),
};

/** The tables that become part of the record; the others are kept with the source and reported. */
export const READ_TABLES: readonly string[] = ['XML1', 'XML2', 'XML3', 'XML4', 'XML5', 'XML9'];

/** Sent alone, never inside GIAMDINHHS (bhyt-xml.md §2): root → what it is. */
export const ROOTS_SENT_ALONE: ReadonlyMap<string, string> = new Map([
  [CHECK_IN_TABLE.root, 'bảng check-in (XML0)'],
  ['CHI_TIEU_GIAM_DINH_YKHOA', 'bảng giám định y khoa (XML12)'],
]);

/** Names of QĐ 4210 still met: bhyt-xml.md §8. Table → sent name → name of today. */
export const NAMES_OF_4210: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  XML1: {
    MA_THE: 'MA_THE_BHYT',
    MA_BENH: 'MA_BENH_CHINH',
    MA_BENHKHAC: 'MA_BENH_KT',
    TEN_BENH: 'CHAN_DOAN_RV',
    MA_NOI_CHUYEN: 'MA_NOI_DI',
    TINH_TRANG_RV: 'MA_LOAI_RV',
  },
  XML5: { DIEN_BIEN: 'DIEN_BIEN_LS', NGAY_YL: 'THOI_DIEM_DBLS' },
};

export const ruleOfTable = (table: string): TableRule | undefined => BY_TABLE.get(table);

/** The table that an inner document is, by its root, its list or its row element. */
export const tableOfElement = (name: string): TableRule | undefined => BY_ELEMENT.get(name);

const BY_TABLE = new Map(TABLE_RULES.map((rule) => [rule.table, rule]));
const BY_ELEMENT = new Map(
  TABLE_RULES.flatMap((rule) =>
    [rule.root, rule.list, rule.row].flatMap((name) => (name === undefined ? [] : [[name, rule] as const])),
  ),
);

function fields(notation: string): readonly FieldRule[] {
  return notation
    .trim()
    .split(/\s+/)
    .map((field) => {
      const match = /^(\w+):(\w+):(\d+)(\*?)(;?)(?:=(\w+))?$/.exec(field);
      if (match === null) throw new TypeError(`not a field: ${field}`);
      const [, name = '', type = '', max = '0', required, several, codes] = match;
      return {
        name,
        type: type as FieldType,
        ...(max === '0' ? {} : { max: Number(max) }),
        required: required === '*',
        several: several === ';',
        ...(codes === undefined ? {} : { codes }),
      };
    });
}
