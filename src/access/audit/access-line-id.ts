import { randomUUID } from 'node:crypto';

/** Ids that one process gives within one millisecond before it borrows from the next one. */
export const LINE_IDS_PER_MS = 4_096;

/**
 * Makes the ids of access lines: UUIDv7 (RFC 9562 §5.7), compared as text in the order in which one process made them, even when the
 * clock stands still or goes back: "older than this line" is a comparison of ids.
 *
 * @example const accessLineId = makeAccessLineId(); accessLineId(new Date())
 */
export function makeAccessLineId(): (now: Date) => string {
  let lastMs = 0;
  let counter = 0;
  return (now) => {
    const ms = now.getTime();
    if (ms > lastMs) {
      lastMs = ms;
      counter = 0;
    } else {
      counter += 1;
      if (counter === LINE_IDS_PER_MS) {
        lastMs += 1;
        counter = 0;
      }
    }
    const time = lastMs.toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${randomUUID().slice(19)}`;
  };
}
