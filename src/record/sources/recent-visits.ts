import type { ParsedVisit } from '../../intake/parsed-visit.js';

/** Visits that wait in memory for their rebuild; the oldest leave first and are parsed again. */
export const RECENT_VISITS_MAX = 128;

/**
 * Visits just parsed by this process, each given away once: its rebuild nearly always follows at once, and parsing is the dearest step
 * of a visit's way. Only a short cut: what is not here is parsed from its sealed bytes.
 */
export interface RecentVisits {
  put(blobId: string, visit: ParsedVisit): void;
  take(blobId: string): ParsedVisit | undefined;
}

export function makeRecentVisits(max = RECENT_VISITS_MAX): RecentVisits {
  const visits = new Map<string, ParsedVisit>();
  return {
    put(blobId, visit) {
      visits.set(blobId, visit);
      if (visits.size <= max) return;
      const [oldest] = visits.keys();
      if (oldest !== undefined) visits.delete(oldest);
    },
    take(blobId) {
      const visit = visits.get(blobId);
      visits.delete(blobId);
      return visit;
    },
  };
}
