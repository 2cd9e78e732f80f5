import type { JobContract } from '../queue.js';

export interface LinkPersonJob {
  readonly identityId: string;
}

/** Identity record -> person; recomputes the whole connected component, so a second run finds nothing to change. merging.md §3.4 */
export const LINK_PERSON = {
  kind: 'link-person',
  attempts: 8,
  backoffMs: 500,
  backoffMaxMs: 60_000,
  concurrency: 1,
  isPayload: (payload: unknown): payload is LinkPersonJob => typeof (payload as LinkPersonJob | null)?.identityId === 'string',
} as const satisfies JobContract;
