import { describe, expect, test } from '@jest/globals';
import { partition } from '../../src/record/identity/partition.js';
import { seededRandom } from '../support/identity-population.js';
import { identityOf } from '../support/identity-records.js';
import { ONE_PERSON, PACKS, type Sighting } from '../support/identity-scenarios.js';

const CASES = 200;

/** Truths of each group; two sightings that fall on one identity record count as joined. */
function truthsOf(sightings: readonly Sighting[]): string[][] {
  const truths = new Map<string, Set<string>>();
  const records = sightings.map(({ truth, input, businessKey }) => {
    const record = identityOf(input, businessKey);
    truths.set(record.id, (truths.get(record.id) ?? new Set()).add(truth));
    return record;
  });
  return partition(records, []).groups.map((group) => [...new Set(group.flatMap((id) => [...(truths.get(id) ?? [])]))].sort());
}

// merging.md §5.5: a release needs zero wrong automatic merges in every pack
describe('scenario packs: nobody is merged with another', () => {
  test.each(Object.entries(PACKS))('%s', (_name, pack) => {
    const mixed: { seed: number; truths: string[] }[] = [];
    for (let seed = 1; seed <= CASES; seed++) {
      for (const truths of truthsOf(pack(seededRandom(seed)))) if (truths.length > 1) mixed.push({ seed, truths });
    }
    expect(mixed).toEqual([]);
  });
});

describe('scenario packs: one person stays one', () => {
  test.each(Object.entries(ONE_PERSON))('%s', (_name, pack) => {
    const split: number[] = [];
    for (let seed = 1; seed <= CASES; seed++) if (truthsOf(pack(seededRandom(seed))).length > 1) split.push(seed);
    expect(split).toEqual([]);
  });
});
