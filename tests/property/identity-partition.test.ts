import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Decision, IdentityRecord, Partition } from '../../src/record/identity/identity.js';
import { componentsOf, partition } from '../../src/record/identity/partition.js';
import { comparePair } from '../../src/record/identity/tiers.js';
import { aDemographic, identityOf } from '../support/identity-records.js';

const RUNS = { numRuns: 200, seed: 20252 };

/** Few values for every field, so that tiers, vetoes and chains of them abound. */
const maybe = <T>(...values: readonly T[]): fc.Arbitrary<T | undefined> => fc.constantFrom(undefined, ...values);
const aRecord: fc.Arbitrary<IdentityRecord> = fc
  .record({
    source: fc.constantFrom('56901', '56902', '56903'),
    sourceType: fc.constantFrom('visit' as const, 'check-up' as const, 'rest' as const, 'reference' as const),
    sourcePatientId: maybe('BN01', 'BN02'),
    name: fc.constantFrom(
      'Nguyễn Thị Hòa',
      'Nguyễn Thị Hoa',
      'NGUYEN THI HOA',
      'Nguyễn Hoa',
      'Nguyễn Thị Hoan',
      'Hoa Nguyễn Thị',
      'Nguyễn Văn Tú',
      'CB Nguyễn Thị Hoa',
    ),
    sex: maybe('female' as const, 'male' as const),
    birthDate: maybe('1984-05-02', '1984-02-05', '1984', '1984-05-03', '2025-03-02'),
    nationalId: maybe('056184001239', '56184001239', '056184007777', '056084001239', '225123402'),
    insuranceCards: maybe(['0123498760'], ['DN4560123498761'], ['0123498760', '0123498761']),
    phone: maybe('0905123402'),
    motherNationalId: maybe('056184001239'),
  })
  .map((fields) => identityOf(aDemographic(fields)));
const someRecords = fc.uniqueArray(aRecord, { selector: ({ id }) => id, minLength: 2, maxLength: 14 });
const aWord = fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('same' as const, 'different' as const, 'newborn-of' as const));
const wordsAbout = (
  records: readonly IdentityRecord[],
  drawn: readonly (readonly [number, number, Decision['verdict']])[],
): Decision[] =>
  drawn.flatMap(([i, j, verdict]) => {
    const [a, b] = [records[i % records.length]?.id, records[j % records.length]?.id];
    return a === undefined || b === undefined || a === b ? [] : [{ a, b, verdict }];
  });
const someWords = fc.array(aWord, { maxLength: 4 });

const groupOf = (result: Partition): Map<string, number> =>
  new Map(result.groups.flatMap((group, at) => group.map((id) => [id, at] as const)));
const pairsWithin = (result: Partition, byId: ReadonlyMap<string, IdentityRecord>): [IdentityRecord, IdentityRecord][] =>
  result.groups.flatMap((group) =>
    group.flatMap((a, at) => group.slice(at + 1).map((b) => [byId.get(a), byId.get(b)] as [IdentityRecord, IdentityRecord])),
  );

// merging.md, invariants I3, I4, I7, I8
describe('partition', () => {
  test('does not depend on the order of records or decisions, nor on duplicates', () => {
    fc.assert(
      fc.property(
        someRecords.chain((records) =>
          fc.tuple(
            fc.constant(records),
            fc.shuffledSubarray(records, { minLength: records.length }),
            fc.subarray(records),
            someWords,
          ),
        ),
        ([records, shuffled, again, drawn]) => {
          const decisions = wordsAbout(records, drawn);
          const swapped = decisions.map(({ a, b, verdict }) => ({ a: b, b: a, verdict })).reverse();

          expect(partition([...shuffled, ...again], [...swapped, ...decisions])).toEqual(partition(records, decisions));
        },
      ),
      RUNS,
    );
  });

  test('gives every record one group, and every review two of them, once', () => {
    fc.assert(
      fc.property(someRecords, someWords, (records, drawn) => {
        const result = partition(records, wordsAbout(records, drawn));
        const group = groupOf(result);
        const reviewed = result.reviews.map(({ a, b }) => [group.get(a), group.get(b)].sort().join());

        expect(result.groups.flat().sort()).toEqual(records.map(({ id }) => id).sort());
        expect(new Set(reviewed).size).toBe(reviewed.length);
        for (const { a, b, reasons } of result.reviews) {
          expect(group.get(a)).not.toBe(group.get(b));
          expect(reasons.length).toBeGreaterThan(0);
        }
      }),
      RUNS,
    );
  });

  test('holds no two records that a veto keeps apart, not even through a chain', () => {
    fc.assert(
      fc.property(someRecords, someWords, (records, drawn) => {
        const decisions = wordsAbout(records, drawn).filter(({ verdict }) => verdict !== 'same');
        const result = partition(records, decisions);

        for (const [a, b] of pairsWithin(result, new Map(records.map((record) => [record.id, record])))) {
          expect(comparePair(a, b, decisions).vetoes).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  test('never joins what a steward called different, whatever else was said', () => {
    fc.assert(
      fc.property(someRecords, someWords, (records, drawn) => {
        const decisions = wordsAbout(records, drawn);
        const group = groupOf(partition(records, decisions));

        for (const { a, b, verdict } of decisions) if (verdict !== 'same') expect(group.get(a)).not.toBe(group.get(b));
      }),
      RUNS,
    );
  });

  test('joins what a steward called the same, when nobody said otherwise', () => {
    fc.assert(
      fc.property(someRecords, someWords, (records, drawn) => {
        const decisions = wordsAbout(records, drawn).map((word) => ({ ...word, verdict: 'same' as const }));
        const group = groupOf(partition(records, decisions));

        for (const { a, b } of decisions) expect(group.get(a)).toBe(group.get(b));
      }),
      RUNS,
    );
  });

  test('is the same for the whole and for its components: the blocking keys miss nothing', () => {
    fc.assert(
      fc.property(someRecords, (records) => {
        const whole = partition(records, []);
        const parts = componentsOf(records).map((component) => partition(component, []));

        expect(parts.flatMap(({ groups }) => groups).sort()).toEqual([...whole.groups].sort());
        expect(parts.flatMap(({ reviews }) => reviews.map((review) => JSON.stringify(review))).sort()).toEqual(
          whole.reviews.map((review) => JSON.stringify(review)).sort(),
        );
      }),
      RUNS,
    );
  });

  test('every automatic pair is in one group, or a review stands between its groups', () => {
    fc.assert(
      fc.property(someRecords, (records) => {
        const result = partition(records, []);
        const group = groupOf(result);
        const reviewed = new Set(result.reviews.map(({ a, b }) => [group.get(a), group.get(b)].sort().join()));

        records.forEach((a, at) => {
          for (const b of records.slice(at + 1)) {
            const [left, right] = [group.get(a.id), group.get(b.id)];
            if (comparePair(a, b, []).tier !== 'none' && left !== right) expect(reviewed).toContain([left, right].sort().join());
          }
        });
      }),
      RUNS,
    );
  });
});
