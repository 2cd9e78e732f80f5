import type { StoredResource } from '../../store/resource-store.js';
import type { ReachView } from '../access-policy.js';

const denies = (denied: string, label: string): boolean => (denied.endsWith('/') ? label.startsWith(denied) : label === denied);

/**
 * Is one resource, read by its key, inside a caller's reach? The same rule that a search carries in its plan:
 * one of `anyLabel`, none of `noLabel` (`restricted/` denies every value of its kind), `subject`'s compartment.
 */
export function inReach(
  stored: Pick<StoredResource, 'labels' | 'subject'>,
  reach: Pick<ReachView, 'anyLabel' | 'noLabel' | 'subject'>,
): boolean {
  if (reach.subject !== undefined && stored.subject !== reach.subject) return false;
  const { anyLabel } = reach;
  if (anyLabel !== undefined && !stored.labels.some((label) => anyLabel.includes(label))) return false;
  return !reach.noLabel.some((denied) => stored.labels.some((label) => denies(denied, label)));
}
