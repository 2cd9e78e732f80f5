import type { AccessLine } from '../../store/access-log.js';
import type { IntakeProblem, SenderContext } from '../../intake/parsed-visit.js';

export type ReceiptState = 'received' | 'working' | 'completed' | 'refused';
export type VisitState = 'accepted' | 'accepted-with-warnings' | 'refused' | 'superseded' | 'duplicate' | 'withdrawn';

/** What became of a submission: interfaces.md §3, field names as written there. */
export interface Receipt {
  readonly id: string;
  readonly door: string;
  readonly sha256: string;
  readonly receivedAt: string;
  readonly state: ReceiptState;
  readonly visits: readonly ReceiptVisit[];
  readonly problems: readonly IntakeProblem[];
}

export interface ReceiptVisit {
  readonly key: string;
  readonly state: VisitState;
  readonly links: readonly string[];
  readonly problems: readonly IntakeProblem[];
}

export interface ReceiptQuery {
  /** Only receipts of this sender (`SenderContext.facilityCode ?? clientId`); absent = all. */
  readonly sender?: string;
  readonly state?: ReceiptState;
  /** ISO instants or dates, `[from, to)`. */
  readonly from?: string;
  readonly to?: string;
  /** Business key of a visit in it. */
  readonly key?: string;
  readonly limit: number;
  readonly after?: string;
}

/** What the doors need of the record room: keep first, then work (design.md idea 2). */
export interface Submissions {
  /**
   * Keeps the bytes, sealed, with the job, the claim on (sender, door, SHA-256) and the access line in one commit.
   * The same bytes again from the same sender through the same door give the same receipt id, and no job.
   * @throws PhrError `unavailable`
   */
  accept(submission: {
    readonly door: string;
    readonly bytes: Uint8Array;
    readonly sender: SenderContext;
    /** A sender's own transaction id (msg_id of the Ministry's envelope), kept with the submission. */
    readonly messageId?: string;
    readonly access: (what: readonly string[]) => readonly AccessLine[];
  }): Promise<{ readonly receiptId: string; readonly repeated: boolean; readonly receivedAt: string }>;
  /** undefined = unknown, or another sender's. */
  receipt(id: string, sender?: string): Promise<Receipt | undefined>;
  /** Newest first, bounded; `next` continues. */
  receipts(query: ReceiptQuery): Promise<{ readonly items: readonly Receipt[]; readonly next?: string }>;
}
