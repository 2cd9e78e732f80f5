import { sampleFile } from './bhyt-samples.js';

/** The patient of sample file 01, also met at a check-up and at a screening: three sources of one invented person. */
export const PERSON = { nationalId: '056158000117', card: 'HT3565690000117', name: 'Nguyễn Thị Thử Nghiệm' } as const;

export const visitFile = (): Buffer => sampleFile('hypertension');

/** A check-up file of QĐ 2062, adult form, parts nested. */
export function checkupFile(
  change: { readonly maLk?: string; readonly cccd?: string; readonly weight?: string; readonly issued?: string } = {},
): Buffer {
  const { maLk = 'KSK-2026-0117', cccd = PERSON.nationalId, weight = '59.5', issued = '20260702' } = change;
  const part = (table: string, content: string): string =>
    `<FILEHOSO><LOAIHOSO>${table}</LOAIHOSO><NOIDUNGFILE>${content}</NOIDUNGFILE></FILEHOSO>`;
  return Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?><KHAMSUCKHOE><THONGTINDONVI><MACSKCB>56902</MACSKCB></THONGTINDONVI><THONGTINHOSO>` +
      `<NGAYLAP>${issued}</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO><HOSO>` +
      part(
        'XML1',
        `<THONG_TIN_HANH_CHINH><HO_TEN>NGUYỄN THỊ THỬ NGHIỆM</HO_TEN><GIOI_TINH>2</GIOI_TINH><NGAY_SINH>19580312</NGAY_SINH>` +
          `<MA_DAN_TOC>01</MA_DAN_TOC><SO_CCCD>${cccd}</SO_CCCD><NHOM_MAU>O+</NHOM_MAU><DIA_CHI>Thôn Mẫu 1</DIA_CHI>` +
          `<MATINH_CU_TRU>56</MATINH_CU_TRU><MAXA_CU_TRU>22651</MAXA_CU_TRU><MA_NGHE_NGHIEP>00</MA_NGHE_NGHIEP>` +
          `<TSBT_MAC_BENH>1</TSBT_MAC_BENH><TSBT_MA_BENH>I10</TSBT_MA_BENH></THONG_TIN_HANH_CHINH>`,
      ) +
      part(
        'XML2',
        `<THONG_TIN_CHUNG_VE_LAN_KHAM><MA_LK>${maLk}</MA_LK><MA_CSKCB>56902</MA_CSKCB><TYPE>Adult</TYPE><DOI_TUONG>13</DOI_TUONG>` +
          `<NGUON_CHI_TRA>4</NGUON_CHI_TRA><MA_LOAI_KCB>01</MA_LOAI_KCB><NGAY_VAO>202607010800</NGAY_VAO></THONG_TIN_CHUNG_VE_LAN_KHAM>`,
      ) +
      part(
        'XML10',
        `<KHAM_THE_LUC><CHIEU_CAO>152</CHIEU_CAO><CAN_NANG>${weight}</CAN_NANG><CHI_SO_BMI>25.8</CHI_SO_BMI><MACH>74</MACH>` +
          `<HUYET_AP>136/82</HUYET_AP><KHAM_THE_LUC_PL>2</KHAM_THE_LUC_PL></KHAM_THE_LUC>`,
      ) +
      part('XML12', `<KET_LUAN><PHAN_LOAI_SK>3</PHAN_LOAI_SK><KET_LUAN_BENH>I10</KET_LUAN_BENH></KET_LUAN>`) +
      `</HOSO></DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></KHAMSUCKHOE>`,
  );
}

/** One row of the blood-pressure and glucose sheet. */
export const sheetFile = (change: { readonly cccd?: string } = {}): Buffer =>
  Buffer.from(
    'ma_phieu,ho_ten,ngay_sinh,gioi_tinh,so_cccd,ma_the_bhyt,dien_thoai,ma_xa,ngay_do,ha_tam_thu,ha_tam_truong,mach,duong_huyet,don_vi,thoi_diem\r\n' +
      `P-0001,Nguyễn Thị Thử Nghiệm,12/03/1958,Nữ,${change.cccd ?? PERSON.nationalId},,,22651,20/09/2026,142,86,78,6.1,mmol/L,\r\n`,
  );
