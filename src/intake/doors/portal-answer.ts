import type { Receipt } from '../../record/sources/receipt.js';

/** maKetQua of the insurance portal: codes.json SUBMIT_RESULT. 200 taken, 205 wrong parameter, 401 account or session, 403 no right, 500 system. */
export type PortalCode = '200' | '205' | '401' | '403' | '500';

/** The portal's answer to a file: bhyt-xml.md §7. */
export interface PortalAnswer {
  readonly maKetQua: PortalCode;
  /** Receipt id; '' when nothing was kept. */
  readonly maGiaoDich: string;
  /** yyyyMMddHHmmss in Việt Nam. */
  readonly thoiGianTiepNhan: string;
  readonly thongDiep: string;
}

/**
 * The answer to a file that was kept. Made of the receipt alone, so that the same bytes sent again are answered with the same bytes.
 *
 * @param receivedAt ISO instant of the first acceptance
 */
export const keptAnswer = (receiptId: string, receivedAt: string): PortalAnswer => ({
  maKetQua: '200',
  maGiaoDich: receiptId,
  thoiGianTiepNhan: portalTime(new Date(receivedAt)),
  thongDiep: `Đã tiếp nhận vào Sổ Sức Khỏe (không phải Cổng giám định BHYT). Kết quả từng hồ sơ: /api/qd130/ketQuaGiaoDich/${receiptId}`,
});

export const refusedPortalAnswer = (maKetQua: PortalCode, thongDiep: string, at: Date): PortalAnswer => ({
  maKetQua,
  maGiaoDich: '',
  thoiGianTiepNhan: portalTime(at),
  thongDiep,
});

/** What became of a file: the portal's fields, and our receipt beside them (the portal shows results on its screens only). */
export const resultAnswer = (receipt: Receipt): PortalAnswer & { readonly bienNhan: Receipt } => ({
  ...keptAnswer(receipt.id, receipt.receivedAt),
  thongDiep: { received: 'Chờ xử lý', working: 'Đang xử lý', completed: 'Đã xử lý', refused: 'Bị từ chối: xem bienNhan' }[
    receipt.state
  ],
  bienNhan: receipt,
});

/** The answer of `/api/token/take`, fields in the portal's order: some clients cut the text instead of parsing it. */
export const tokenAnswer = (session: {
  readonly accessToken: string;
  readonly idToken: string;
  readonly clientId: string;
  readonly expiresAt: Date;
}): object => ({
  maKetQua: '200',
  APIKey: {
    access_token: session.accessToken,
    id_token: session.idToken,
    token_type: 'Bearer',
    username: session.clientId,
    // The end of the session in UTC, as the portal gives it: not a number of seconds.
    expires_in: session.expiresAt.toISOString(),
  },
});

export const refusedTokenAnswer = (maKetQua: PortalCode, thongDiep: string): object => ({ maKetQua, APIKey: null, thongDiep });

/** `yyyyMMddHHmmss`, +07:00. */
export function portalTime(at: Date): string {
  return new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 19).replace(/\D/g, '');
}
