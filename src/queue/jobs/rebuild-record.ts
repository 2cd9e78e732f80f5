import type { JobContract } from '../queue.js';

export interface RebuildRecordJob {
  readonly identityId: string;
}

/** The visits of an identity record that changed -> the facts of its person, index and memberships, in one commit a batch. */
export const REBUILD_RECORD = {
  kind: 'rebuild-record',
  attempts: 8,
  backoffMs: 500,
  backoffMaxMs: 60_000,
  /** Waits for the disk overlap; jobs of one person or submission compare and set, and the one that lost does it again. */
  concurrency: 4,
  isPayload: (payload: unknown): payload is RebuildRecordJob =>
    typeof (payload as RebuildRecordJob | null)?.identityId === 'string',
} as const satisfies JobContract;
