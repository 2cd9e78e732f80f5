import { PhrError } from '../../errors.js';
import type { AccessPolicy, Caller } from '../../fhir/access-policy.js';
import type { Submissions } from '../../record/sources/receipt.js';
import type { IntakeFormat, IntakeLimits } from '../parsed-visit.js';
import { senderOf } from './sending-caller.js';

/** Keeps one file of one sender; the receipt's id is its acknowledgement. */
export type TakeIn = (
  caller: Caller,
  format: IntakeFormat,
  bytes: Uint8Array,
  messageId?: string,
) => Promise<{ readonly receiptId: string; readonly repeated: boolean; readonly receivedAt: string }>;

/**
 * Accept first, then work (design.md idea 2): a body that is not the format at all is refused now, everything else is kept in one
 * commit and read by a worker.
 *
 * @throws PhrError `malformed` | `too-large` (the format's), `unavailable` (the store's)
 */
export const makeTakeIn =
  (deps: {
    readonly submissions: Pick<Submissions, 'accept'>;
    readonly policy: Pick<AccessPolicy, 'lines'>;
    readonly limits: IntakeLimits;
  }): TakeIn =>
  async (caller, format, bytes, messageId) => {
    if (bytes.length === 0) throw new PhrError('malformed', 'Nội dung gửi lên rỗng');
    if (format.check === undefined) format.cut(bytes, deps.limits);
    else format.check(bytes, deps.limits);
    return deps.submissions.accept({
      door: format.door,
      bytes,
      sender: senderOf(caller),
      ...(messageId === undefined ? {} : { messageId }),
      access: (what) => deps.policy.lines(caller, { action: 'C', interaction: 'intake', outcome: '0', patients: [], what }),
    });
  };
