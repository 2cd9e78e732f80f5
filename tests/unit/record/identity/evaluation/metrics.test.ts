import { describe, expect, test } from '@jest/globals';
import { clusterMetrics, matchingMetrics } from '../../../../../src/record/identity/evaluation/metrics.js';
import type { GroupedRecords } from '../../../../../src/record/identity/evaluation/group-records.js';

// merging.md §5.1
describe('clusterMetrics', () => {
  test('of groups that are the persons are all 1, whatever the labels', () => {
    const metrics = clusterMetrics([7, 7, 3, 3, 3, 9], [0, 0, 1, 1, 1, 2]);

    expect(metrics).toMatchObject({
      precision: 1,
      recall: 1,
      falsePairs: 0,
      bCubedPrecision: 1,
      bCubedRecall: 1,
      exactRate: 1,
      splitRate: 0,
      mergedRate: 0,
      variationOfInformation: 0,
    });
  });

  test('of one person split and two merged are as counted by hand', () => {
    // Groups {1 2} {3} {4 5 6}; persons {1 2 3} {4 5} {6}.
    const metrics = clusterMetrics([0, 0, 1, 2, 2, 2], [0, 0, 0, 1, 1, 2]);

    expect(metrics).toMatchObject({
      records: 6,
      groups: 3,
      persons: 3,
      groupPairs: 4,
      truePairs: 4,
      rightPairs: 2,
      falsePairs: 2,
    });
    expect([metrics.precision, metrics.recall]).toEqual([1 / 2, 1 / 2]);
    expect(metrics.bCubedPrecision).toBeCloseTo((1 + 1 + 1 + 2 / 3 + 2 / 3 + 1 / 3) / 6, 12);
    expect(metrics.bCubedRecall).toBeCloseTo((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6, 12);
    expect([metrics.exactRate, metrics.splitRate, metrics.mergedRate, metrics.mergedGroups]).toEqual([0, 1 / 3, 1 / 3, 1]);
    // Each side is a half of H(2/3, 1/3).
    const entropy = -(2 / 3) * Math.log2(2 / 3) - (1 / 3) * Math.log2(1 / 3);
    expect(metrics.variationOfInformation).toBeCloseTo(entropy, 12);
  });

  test('leave out records whose person is not known', () => {
    const metrics = clusterMetrics([0, 0, 0], [5, 5, undefined]);

    expect(metrics).toMatchObject({ records: 2, groupPairs: 1, precision: 1, exactRate: 1 });
  });

  test('are undefined, not 1, where nothing can be wrong', () => {
    expect(clusterMetrics([], [])).toMatchObject({
      precision: undefined,
      recall: undefined,
      bCubedRecall: undefined,
      exactRate: undefined,
    });
    expect(clusterMetrics([0, 1], [0, 1])).toMatchObject({ precision: undefined, recall: undefined, exactRate: 1 });
  });
});

describe('matchingMetrics', () => {
  const grouped: GroupedRecords = {
    records: ['1', '2', '3', '4'].map((sourceId) => ({ source: 's', sourceId })),
    groupOf: [0, 1, 2, 3],
    personIds: ['a', 'b', 'c', 'd'],
    componentOf: [0, 0, 0, 1],
    reviews: [
      { a: 0, b: 1, reasons: ['likeness'] },
      { a: 1, b: 2, reasons: ['T4'] },
    ],
    work: { identityRecords: 4, repeatedKeys: 0, comparisons: 3, largestComponent: 3, componentsAboveCap: 0 },
  };

  test('say what reviews would bring and what blocking loses', () => {
    // Person 0 = {1 2 4}, person 1 = {3}: three true pairs, one in one component, and one true review.
    expect(matchingMetrics(grouped, [0, 0, 1, 0])).toMatchObject({
      recall: 0,
      recallAfterReview: 1 / 3,
      trueReviewShare: 1 / 2,
      pairCompleteness: 1 / 3,
    });
  });

  test('judge no review of a record without truth', () => {
    expect(matchingMetrics(grouped, [0, undefined, 0, 0]).trueReviewShare).toBeUndefined();
  });
});
