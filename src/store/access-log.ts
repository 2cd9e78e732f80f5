/** Who looked or wrote. `id` is an account or client id, never a name or a personal number. */
export interface AccessAgent {
  readonly kind: 'person' | 'software' | 'system';
  readonly id: string;
  readonly role: string;
  /** What the citizen reads in "Ai đã xem": the station's or facility's name, not the clerk's. */
  readonly display: string;
  readonly facilityCode?: string;
  readonly communeCode?: string;
}

/**
 * One access as one compact append-only line: who, for whom, purpose, what, from where, the commit shown.
 * AuditEvent is rendered from it. Durable before the answer leaves (design.md idea 5).
 */
export interface AccessLine {
  /** Time-ordered unique id: `accessLineId()` of `src/access/audit`. */
  readonly id: string;
  /** ISO instant with milliseconds. */
  readonly at: string;
  readonly agent: AccessAgent;
  /** AuditEvent.action: create, read, update, delete, execute. */
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
  /** FHIR interaction or page: `read`, `search-type`, `create`, `patient-everything`, `station-history`, `citizen-summary` … */
  readonly interaction: string;
  /** v3-ActReason code: TREAT, PATRQT, HOPERAT, PUBHLTH, BTG … */
  readonly purpose: string;
  /** The reason that the reader typed, shown to the citizen. */
  readonly reason?: string;
  /** Person ids whose data were shown or written; at most MAX_LINE_PATIENTS, more make several lines. */
  readonly patients: readonly string[];
  /** `Type/id` of what was shown or written, at most MAX_LINE_REFERENCES; `Type` alone for a search without hits. */
  readonly what: readonly string[];
  /** AuditEvent.outcome: 0 success, 4 minor failure (refused), 8 serious failure. */
  readonly outcome: '0' | '4' | '8';
  readonly requestId: string;
  /** Source address. */
  readonly network?: string;
}

export const MAX_LINE_PATIENTS = 50;
export const MAX_LINE_REFERENCES = 200;

/** All conditions hold; newest first, by (at, id). */
export interface AccessQuery {
  readonly patient?: string;
  readonly agentId?: string;
  /** `Type/id` in `what`. */
  readonly reference?: string;
  readonly interaction?: string;
  readonly action?: AccessLine['action'];
  /** ISO instants, `[from, to)`. */
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  /** Lines older than the line of this id, by (at, id). @throws PhrError `invalid` when the line is not known */
  readonly before?: string;
}

export interface AccessReads {
  accessLine(id: string): Promise<AccessLine | undefined>;
  accessLines(query: AccessQuery): Promise<readonly AccessLine[]>;
}
