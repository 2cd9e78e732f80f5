import { describe, expect, test } from '@jest/globals';
import { makeRandom } from '../../../src/sample-commune/random.js';

describe('a seeded stream', () => {
  test('is the same for the same seed, and another for each fork', () => {
    const draw = (seed: string) => Array.from({ length: 5 }, makeRandom(seed).next);

    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
    expect(makeRandom('a').fork('x').next()).not.toBe(makeRandom('a').fork('y').next());
  });

  test('a fork moves nothing in its parent', () => {
    const plain = makeRandom('a');
    const forked = makeRandom('a');
    forked.fork('x').next();

    expect(forked.next()).toBe(plain.next());
  });

  test('fills [0, 1) evenly', () => {
    const random = makeRandom('even');
    const buckets = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 20_000; draw += 1) {
      const bucket = Math.floor(random.next() * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }

    for (const count of buckets) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  });

  test('between reaches both ends, weighted follows its weights', () => {
    const random = makeRandom('ends');
    const drawn = Array.from({ length: 500 }, () => random.between(1, 3));
    const weighted = Array.from({ length: 2_000 }, () =>
      random.weighted([
        ['a', 3],
        ['b', 1],
        ['never', 0],
      ] as const),
    );

    expect(new Set(drawn)).toEqual(new Set([1, 2, 3]));
    expect(weighted.filter((value) => value === 'a').length / 2_000).toBeCloseTo(0.75, 1);
    expect(weighted).not.toContain('never');
  });

  test('nothing can be picked from nothing', () => {
    expect(() => makeRandom('a').pick([])).toThrow(RangeError);
    expect(() => makeRandom('a').weighted([])).toThrow(RangeError);
  });
});
