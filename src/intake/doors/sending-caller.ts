import type { Response } from 'express';
import { PhrError, isPhrError } from '../../errors.js';
import type { AccessPolicy, Caller } from '../../fhir/access-policy.js';
import type { SenderContext } from '../parsed-visit.js';

/** Software of a facility, and the demonstration client; people send through the pages, with an account of their own. */
const SENDING_ROLES: readonly Caller['role'][] = ['facility', 'integrator'];

/**
 * Who sends. Authentication stands before the doors and leaves `res.locals.caller`.
 *
 * @param interaction `create` to send, `read` to read receipts: a file holds every type, so the scope must be one of every type
 * @throws PhrError `unauthenticated` | `forbidden`
 */
export function sendingCaller(res: Response, policy: Pick<AccessPolicy, 'authorize'>, interaction: 'create' | 'read'): Caller {
  const caller = (res.locals as { readonly caller?: Caller }).caller;
  if (caller === undefined) throw new PhrError('unauthenticated', 'Cần đăng nhập: gửi kèm mã truy cập (Authorization: Bearer …)');
  if (!SENDING_ROLES.includes(caller.role)) {
    throw new PhrError('forbidden', 'Tài khoản này không được gửi dữ liệu: chỉ phần mềm của cơ sở khám chữa bệnh');
  }
  try {
    policy.authorize(caller, interaction, '*');
  } catch (cause) {
    if (!isPhrError(cause, 'forbidden')) throw cause;
    const what = interaction === 'create' ? 'gửi dữ liệu (system/*.c)' : 'đọc biên nhận (system/*.r)';
    throw new PhrError('forbidden', `Mã truy cập không có quyền ${what}`, [], { cause });
  }
  return caller;
}

/** What the formats know of the sender. */
export const senderOf = (caller: Caller): SenderContext => ({
  clientId: caller.agent.id,
  ...(caller.facilityCode === undefined ? {} : { facilityCode: caller.facilityCode }),
});

/** Whose receipts: `ReceiptQuery.sender`. */
export const senderKey = (sender: SenderContext): string => sender.facilityCode ?? sender.clientId;
