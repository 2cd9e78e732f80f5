import type { GroupedRecords } from './group-records.js';
import type { MatchingMetrics } from './metrics.js';

/** Seconds of each part of a run. */
export interface RunTimes {
  /** Reading the lines and making normal forms. */
  readonly reading: number;
  readonly matching: number;
}

/** What a run prints: counts, time and speed, and the metrics when a truth was given. Lines without their ends; no personal data. */
export function reportLines(grouped: GroupedRecords, times: RunTimes, metrics: MatchingMetrics | undefined): string[] {
  const { records, personIds, reviews, work } = grouped;
  const seconds = times.reading + times.matching;
  const whole = (value: number): string => String(value);
  const rows: (readonly [name: string, value: string])[] = [
    ['records', whole(records.length)],
    ['repeated keys, left out', whole(work.repeatedKeys)],
    ['identity records', whole(work.identityRecords)],
    ['groups', whole(personIds.length)],
    ['reviews', whole(reviews.length)],
    ['reviews per 1,000 records', share(per(1_000 * reviews.length, records.length), 2)],
    ['comparisons per record', share(per(work.comparisons, records.length), 2)],
    ['largest component', whole(work.largestComponent)],
    ['components above the cap', whole(work.componentsAboveCap)],
    ['seconds reading', times.reading.toFixed(2)],
    ['seconds matching', times.matching.toFixed(2)],
    ['seconds', seconds.toFixed(2)],
    ['records/s', share(per(records.length, seconds), 0)],
  ];
  if (metrics !== undefined) {
    rows.push(
      ['records with truth', whole(metrics.records)],
      ['true persons', whole(metrics.persons)],
      ['true pairs', whole(metrics.truePairs)],
      ['pairwise precision', share(metrics.precision)],
      ['pairwise recall', share(metrics.recall)],
      ['false pairs', whole(metrics.falsePairs)],
      ['missed pairs', whole(metrics.truePairs - metrics.rightPairs)],
      ['recall after review', share(metrics.recallAfterReview)],
      ['true share of reviews', share(metrics.trueReviewShare)],
      ['B-cubed precision', share(metrics.bCubedPrecision)],
      ['B-cubed recall', share(metrics.bCubedRecall)],
      ['exact-cluster rate', share(metrics.exactRate)],
      ['split rate', share(metrics.splitRate)],
      ['merged rate', share(metrics.mergedRate)],
      ['mixed groups', whole(metrics.mergedGroups)],
      ['variation of information (bits)', share(metrics.variationOfInformation)],
      ['blocking pair completeness', share(metrics.pairCompleteness)],
    );
  }
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => name.padEnd(width) + value);
}

const per = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

/** Cut, not rounded: 0.99999996 must not read as 1. */
function share(value: number | undefined, digits = 7): string {
  if (value === undefined) return 'n/a';
  const scale = 10 ** digits;
  return (Math.floor(value * scale) / scale).toFixed(digits);
}
