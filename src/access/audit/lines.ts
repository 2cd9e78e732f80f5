import type { AccessPolicy, Caller } from '../../fhir/access-policy.js';
import { MAX_LINE_PATIENTS, MAX_LINE_REFERENCES } from '../../store/access-log.js';
import type { AccessLine } from '../../store/access-log.js';

/** Longest reason kept on a line, in characters; `readReason` of `../reason.js` refuses a longer one where it is typed. */
export const LINE_REASON_LENGTH_MAX = 500;

/** What was shown or written, as the interaction knows it. */
export type ShownAccess = Parameters<AccessPolicy['lines']>[1];

/**
 * Builds access lines (design.md idea 5). Equal entries count once; what does not fit one line goes on in further lines of the same
 * request, at least one line in every case.
 */
export function makeLines(deps: {
  readonly now: () => Date;
  readonly lineId: (now: Date) => string;
}): (caller: Caller, access: ShownAccess) => readonly AccessLine[] {
  return (caller, access) => {
    const now = deps.now();
    const patients = chunks(access.patients, MAX_LINE_PATIENTS);
    const what = chunks(access.what, MAX_LINE_REFERENCES);
    const lines: AccessLine[] = [];
    for (let part = 0; part < Math.max(patients.length, what.length, 1); part += 1) {
      lines.push({
        id: deps.lineId(now),
        at: now.toISOString(),
        agent: caller.agent,
        action: access.action,
        interaction: access.interaction,
        purpose: caller.purpose,
        ...(caller.reason === undefined ? {} : { reason: caller.reason.slice(0, LINE_REASON_LENGTH_MAX) }),
        patients: patients[part] ?? [],
        what: what[part] ?? [],
        outcome: access.outcome,
        requestId: caller.requestId,
        ...(caller.network === undefined ? {} : { network: caller.network }),
      });
    }
    return lines;
  };
}

function chunks(values: readonly string[], size: number): readonly (readonly string[])[] {
  if (values.length <= 1) return [values];
  const distinct = [...new Set(values)];
  const parts: string[][] = [];
  for (let start = 0; start < distinct.length; start += size) parts.push(distinct.slice(start, start + size));
  return parts;
}
