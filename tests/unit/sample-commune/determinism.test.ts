import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { generateCommune } from '../../../src/sample-commune/commune.js';

/** SHA-256 over paths and bytes in order. */
function hashOf(households: number, seed: string): string {
  const hash = createHash('sha256');
  for (const { path, bytes, truth } of generateCommune({ households, seed })) {
    hash.update(path).update(bytes).update(JSON.stringify(truth));
  }
  return hash.digest('hex');
}

describe('the generator', () => {
  test('gives the same bytes for the same seed, and others for another', () => {
    const first = hashOf(8, 'a');

    expect(hashOf(8, 'a')).toBe(first);
    expect(hashOf(8, 'b')).not.toBe(first);
  });

  test('gives the same bytes as ever: a change of them is a new version of the parameters', () => {
    expect(hashOf(3, 'pinned')).toBe('878c699f62df76a1bd8ea7c1394d27b122face52e842ec0ebe6ebd4ab3e1b508');
  });

  test('makes a household the same in a commune of any size', () => {
    const filesOfFirst = (households: number) =>
      [...generateCommune({ households, seed: 'a' })]
        .filter(({ truth }) => truth.some(({ truth: person }) => person.startsWith('h00001-')))
        .map(({ path, bytes }) => [path, Buffer.from(bytes).toString('base64')]);

    expect(filesOfFirst(30)).toEqual(filesOfFirst(1));
  });

  test('gives every file a path of its own, below its door and facility', () => {
    const files = [...generateCommune({ households: 60, seed: 'a' })];

    expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
    for (const { path, door, facilityCode } of files) expect(path.startsWith(`${door}/${facilityCode}/`)).toBe(true);
  });

  test('stops behind the household that completes the persons asked for', () => {
    const last = [...generateCommune({ persons: 100, seed: 'a' })].at(-1);

    expect(last?.personsSoFar).toBeGreaterThanOrEqual(100);
    expect(last?.personsSoFar).toBeLessThan(110);
  });
});
