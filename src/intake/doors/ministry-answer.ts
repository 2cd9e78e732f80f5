import type { PushEnvelope } from './ministry-envelope.js';

/** Codes of the Ministry's interface that the door answers with: vn-core.md §e, PL02. */
export type ResponseCode =
  'CM_SUCCESS' | 'CM_INVALID_REQUEST' | 'CM_SYSTEM_ERROR' | 'CM_AUTH_ACCOUNT_FAIL' | 'PS_DS_VERIFY_FAIL' | 'PS_DS_SAVE_FAIL';

/** Version of the interface that the printed examples carry. */
const INTERFACE_VERSION = '1.0.6';
/** Two characters before the sender in txn_id; PL02 names their place, not their values. */
const SERVICE_CODE = '10';

/**
 * The answer to a push that was kept. Made of the request and the receipt alone, so that the same message sent again is answered with
 * the same bytes.
 *
 * @param receivedAt ISO instant of the first acceptance
 */
export function acceptedAnswer(push: PushEnvelope, receiptId: string, receivedAt: string): object {
  const at = Date.parse(receivedAt);
  const transaction = `${push.senderId}-${dayOf(receivedAt)}${receiptId.replaceAll('-', '')}`;
  return {
    header: {
      ...header('CM_SUCCESS', 'Đã tiếp nhận', at, push.messageId),
      receiver_id: push.senderId,
      txn_id: `${SERVICE_CODE}-${transaction}`,
      msg_id: transaction,
    },
    data: {
      data_state: '0',
      data_state_msg: 'Data is received',
      message_check_ca: push.signed ? 'Chữ ký số của gói tin chưa được kiểm tra' : 'Gói tin không có chữ ký số: vẫn tiếp nhận',
      message_notify: `Biên nhận: /intake/receipts/${receiptId}`,
    },
    signature: '',
  };
}

/** The answer to a push that was not kept. `data_state` 1: PL02 gives only 0 = received. */
export function refusedAnswer(code: ResponseCode, message: string, at: number, messageId: string | undefined): object {
  return {
    header: { ...header(code, message, at, messageId ?? ''), txn_id: '' },
    data: { data_state: '1', data_state_msg: message, message_check_ca: '', message_notify: '' },
    signature: '',
  };
}

/** The answer to a login; the token stands in `data` (PL02) and at the top (implementers read it there). */
export function loginAnswer(token: { readonly accessToken: string; readonly expiresInSeconds: number }, at: number): object {
  const data = { token: token.accessToken, duration: token.expiresInSeconds, role: 'facility' };
  return { ...data, header: loginHeader('CM_SUCCESS', 'Đăng nhập thành công', at), data };
}

export function refusedLogin(code: ResponseCode, message: string, at: number): object {
  return { header: loginHeader(code, message, at), data: null };
}

const loginHeader = (code: ResponseCode, message: string, at: number): object => ({
  version: INTERFACE_VERSION,
  success: code === 'CM_SUCCESS',
  send_datetime: at,
  res_datetime: at,
  res_code: code,
  res_msg: message,
});

const header = (code: ResponseCode, message: string, at: number, messageId: string): object => ({
  version: INTERFACE_VERSION,
  sender_id: 'TDLBYT',
  txn_type: 'sync_checkup',
  res_code: code,
  res_msg: message,
  msg_type: '102',
  send_datetime: at,
  ref_msg_id: messageId,
  res_datetime: at,
});

/** `YYMMDD` in Việt Nam. */
function dayOf(instant: string): string {
  const local = new Date(Date.parse(instant) + 7 * 3_600_000).toISOString();
  return `${local.slice(2, 4)}${local.slice(5, 7)}${local.slice(8, 10)}`;
}
