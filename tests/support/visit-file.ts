import { sampleFile } from './bhyt-samples.js';

export const SAMPLE_CARD = 'HT3565690000117';
export const SAMPLE_NUMBER = '056158000117';

/** Sample visit 01 under another key and other demographics. Absent number or card = not sent. */
export interface VisitChange {
  readonly maLk: string;
  readonly number?: string;
  readonly card?: string;
  /** MA_BN; its own for each visit by default, so that only numbers can join. */
  readonly patientId?: string;
  readonly name?: string;
  readonly weight?: string;
  /** NGAYLAP. */
  readonly issued?: string;
  readonly commune?: string;
  readonly admitted?: string;
  readonly withdraw?: boolean;
}

/** The HOSO of a changed sample visit. */
export function hosoOf(change: VisitChange): string {
  const {
    maLk,
    number = '',
    card = '',
    patientId = maLk,
    name = 'Nguyễn Thị Thử Nghiệm',
    weight = '58.50',
    withdraw = false,
  } = change;
  const tables = ['XML1', 'XML2', 'XML4', 'XML5'].map((table) => {
    const xml = sampleFile('hypertension', `${table}.xml`)
      .toString('utf8')
      .replaceAll('56901.2603.000117', maLk)
      .replace(`<SO_CCCD>${SAMPLE_NUMBER}<`, `<SO_CCCD>${number}<`)
      .replace(`<MA_THE_BHYT>${SAMPLE_CARD}<`, `<MA_THE_BHYT>${card}<`)
      .replace('<MA_BN>TYT0000117<', `<MA_BN>${patientId}<`)
      .replace('<DIEN_THOAI>0900000117<', '<DIEN_THOAI><')
      .replace('Nguyễn Thị Thử Nghiệm', name)
      .replace('<CAN_NANG>58.50<', `<CAN_NANG>${weight}<`)
      .replace('<MAXA_CU_TRU>22651<', `<MAXA_CU_TRU>${change.commune ?? '22651'}<`)
      .replace('<NGAY_VAO>202603160735<', `<NGAY_VAO>${change.admitted ?? '202603160735'}<`)
      .replace('<MA_DOITUONG_KCB>1.1<', withdraw ? '<MA_DOITUONG_KCB>8<' : '<MA_DOITUONG_KCB>1.1<');
    return `<FILEHOSO><LOAIHOSO>${table}</LOAIHOSO><NOIDUNGFILE>${Buffer.from(xml).toString('base64')}</NOIDUNGFILE></FILEHOSO>`;
  });
  return `<HOSO>${tables.join('')}</HOSO>`;
}

/** An envelope around one or several visits of facility 56901. */
export function visitFileOf(...changes: readonly VisitChange[]): Buffer {
  const issued = changes[0]?.issued ?? '20260316';
  return Buffer.from(
    `<?xml version="1.0"?><GIAMDINHHS><THONGTINDONVI><MACSKCB>56901</MACSKCB></THONGTINDONVI><THONGTINHOSO><NGAYLAP>${issued}</NGAYLAP>` +
      `<SOLUONGHOSO>${String(changes.length)}</SOLUONGHOSO><DANHSACHHOSO>${changes.map(hosoOf).join('')}</DANHSACHHOSO>` +
      `</THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>`,
  );
}
