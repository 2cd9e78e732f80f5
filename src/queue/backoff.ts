import type { JobContract } from './queue.js';

/** Share of the delay that chance may take away, so that rows which failed together don't come back together. */
export const BACKOFF_JITTER = 0.5;

/**
 * Delay before the next try: doubles with every failed attempt, never above `backoffMaxMs`, less a random share of up to BACKOFF_JITTER.
 *
 * @param attempts tries that failed so far, from 1
 * @param chance   in [0, 1)
 * @returns milliseconds, whole
 */
export function backoffDelayMs(
  contract: Pick<JobContract, 'backoffMs' | 'backoffMaxMs'>,
  attempts: number,
  chance: number,
): number {
  const full = Math.min(contract.backoffMaxMs, contract.backoffMs * 2 ** (attempts - 1));
  return Math.round(full * (1 - BACKOFF_JITTER * chance));
}
