import type { AccessLine, AccessQuery, AccessReads } from '../../store/access-log.js';

/** Lines read from the store at one time. */
export const LINES_BATCH = 200;
/** Lines looked through for one page; behind them the page ends and the next one goes on. */
export const LINES_SCANNED_MAX = 5_000;

type Conditions = Omit<AccessQuery, 'limit' | 'before'>;

/**
 * Lines that fulfil one of `alternatives`, newest first, each once; at most LINES_SCANNED_MAX are looked through.
 *
 * @yields the line, and whether the bound was reached with it
 */
export async function* lineStream(
  store: Pick<AccessReads, 'accessLines'>,
  alternatives: readonly Conditions[],
  before: string | undefined,
): AsyncGenerator<{ readonly line: AccessLine; readonly isLastOfScan: boolean }> {
  let scanned = 0;
  let position = before;
  for (;;) {
    const from = position === undefined ? {} : { before: position };
    const found = await Promise.all(
      alternatives.map((conditions) => store.accessLines({ ...conditions, ...from, limit: LINES_BATCH })),
    );
    // Each list is complete down to its last line, so the merged batch is complete for its first LINES_BATCH lines.
    const byId = new Map(found.flat().map((line) => [line.id, line]));
    const batch = [...byId.values()].sort(newestFirst).slice(0, LINES_BATCH);
    for (const line of batch) {
      scanned += 1;
      yield { line, isLastOfScan: scanned === LINES_SCANNED_MAX };
      if (scanned === LINES_SCANNED_MAX) return;
    }
    if (found.every((lines) => lines.length < LINES_BATCH) && byId.size <= LINES_BATCH) return;
    position = batch.at(-1)?.id;
  }
}

const newestFirst = (a: AccessLine, b: AccessLine): number => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1);
