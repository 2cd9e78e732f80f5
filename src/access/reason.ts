import { PhrError } from '../errors.js';
import type { Caller } from '../fhir/access-policy.js';
import { LINE_REASON_LENGTH_MAX } from './audit/lines.js';

/** Shortest reason for a look beyond the catchment, in characters: long enough for "cấp cứu". */
export const REASON_LENGTH_MIN = 5;
export const REASON_LENGTH_MAX = LINE_REASON_LENGTH_MAX;

/** The reason as typed in a form, ready for the line that the citizen reads. @throws PhrError `invalid` when too short or too long */
export function readReason(typed: unknown): string {
  // Control characters would break the line in which the citizen reads it.
  const reason =
    typeof typed === 'string'
      ? typed
          .normalize('NFC')
          .replace(/[\p{Cc}\s]+/gu, ' ')
          .trim()
      : '';
  const length = [...reason].length;
  if (length < REASON_LENGTH_MIN) throw new PhrError('invalid', `Hãy ghi lý do, ít nhất ${REASON_LENGTH_MIN} ký tự`);
  if (reason.length > REASON_LENGTH_MAX) throw new PhrError('invalid', `Lý do dài quá ${REASON_LENGTH_MAX} ký tự`);
  return reason;
}

/** The caller on the way beyond its catchment: the reason goes onto every line, the purpose becomes "break the glass". @throws PhrError `invalid` */
export const withReason = (caller: Caller, typed: unknown): Caller =>
  Object.freeze({ ...caller, reason: readReason(typed), purpose: 'BTG' });
