import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { groupRecords } from '../../src/record/identity/evaluation/group-records.js';
import { readOutsideRecord, type OutsideRecord } from '../../src/record/identity/evaluation/outside-record.js';
import { outsidePopulation } from '../support/outside-population.js';

const records = outsidePopulation(25, 11).flatMap(({ record }): OutsideRecord[] => {
  const read = readOutsideRecord(JSON.stringify(record));
  return typeof read === 'string' ? [] : [read];
});
// Two lines with the key of another one, which the format forbids.
const repeated = records.slice(0, 2).map((record, at) => ({ ...record, identity: records[at + 9]?.identity ?? record.identity }));
const all = [...records, ...repeated];

/** Component numbers follow the input, and nothing written shows them. */
const written = ({ componentOf: _, groupOf, personIds, ...rest }: ReturnType<typeof groupRecords>): unknown => ({
  ...rest,
  persons: groupOf.map((group) => personIds[group]),
});

// interfaces: "The output does not depend on the order of the input lines."
test('groups, person ids and reviews do not depend on the order of the records', () => {
  const expected = written(groupRecords(all));

  expect(groupRecords(all).work.repeatedKeys).toBe(2);
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
      expect(written(groupRecords(shuffled))).toEqual(expected);
    }),
    { numRuns: 100, seed: 20261 },
  );
});

test('no record is lost, and every group has an id of its own', () => {
  const grouped = groupRecords(all);

  expect(grouped.records).toHaveLength(records.length);
  expect(new Set(grouped.personIds).size).toBe(grouped.personIds.length);
  expect(grouped.groupOf.every((group) => grouped.personIds[group] !== undefined)).toBe(true);
});
