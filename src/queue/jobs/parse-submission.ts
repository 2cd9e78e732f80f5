import type { JobContract } from '../queue.js';

export interface ParseSubmissionJob {
  readonly submissionId: string;
}

/** Format -> source resources, per visit; opened by the door in the commit that keeps the submission. */
export const PARSE_SUBMISSION = {
  kind: 'parse-submission',
  attempts: 5,
  backoffMs: 2_000,
  backoffMaxMs: 60_000,
  /** Waits for the disk overlap; jobs of one person or submission compare and set, and the one that lost does it again. */
  concurrency: 4,
  isPayload: (payload: unknown): payload is ParseSubmissionJob =>
    typeof (payload as ParseSubmissionJob | null)?.submissionId === 'string',
} as const satisfies JobContract;
