import { describe, expect, test } from '@jest/globals';
import type { ParsedVisit } from '../../../../src/intake/parsed-visit.js';
import { makeRecentVisits } from '../../../../src/record/sources/recent-visits.js';

const visit = (position: number): ParsedVisit => ({ position }) as ParsedVisit;

describe('visits just parsed', () => {
  test('are given away once', () => {
    const recent = makeRecentVisits();
    recent.put('a', visit(1));

    expect(recent.take('a')).toEqual(visit(1));
    expect(recent.take('a')).toBeUndefined();
  });

  test('are bounded: the oldest leaves when one too many comes', () => {
    const recent = makeRecentVisits(2);
    for (const [index, id] of ['a', 'b'].entries()) recent.put(id, visit(index));
    recent.put('c', visit(2));

    expect(recent.take('a')).toBeUndefined();
    expect(recent.take('b')).toEqual(visit(1));
    expect(recent.take('c')).toEqual(visit(2));
  });
});
