import { expect, test } from '@jest/globals';
import { PhrError } from '../../../src/errors.js';
import { readReason, REASON_LENGTH_MAX, REASON_LENGTH_MIN } from '../../../src/access/reason.js';

test('takes a reason of the shortest and of the longest length, in one line', () => {
  expect(readReason('x'.repeat(REASON_LENGTH_MIN))).toHaveLength(REASON_LENGTH_MIN);
  expect(readReason('x'.repeat(REASON_LENGTH_MAX))).toHaveLength(REASON_LENGTH_MAX);
  expect(readReason('  cấp\u0000 cứu\r\nngoại viện ')).toBe('cấp cứu ngoại viện');
});

test.each([['x'.repeat(REASON_LENGTH_MIN - 1)], ['x'.repeat(REASON_LENGTH_MAX + 1)], ['         '], [undefined], [['cấp cứu']]])(
  'refuses %j',
  (typed) => {
    expect(() => readReason(typed)).toThrow(PhrError);
  },
);
