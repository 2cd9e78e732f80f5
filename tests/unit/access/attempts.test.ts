import { describe, expect, test } from '@jest/globals';
import {
  COUNTERS_MAX,
  FAILURES_PER_ACCOUNT_MAX,
  FAILURES_PER_ADDRESS_MAX,
  FAILURES_PER_PAIR_MAX,
  FAILURE_WINDOW_MS,
  makeAttempts,
} from '../../../src/access/attempts.js';

const start = () => {
  const clock = { ms: Date.parse('2026-11-25T08:00:00Z') };
  const attempts = makeAttempts({ now: () => new Date(clock.ms) });
  return {
    clock,
    attempts,
    fail: (times: number, account: (index: number) => string, network: (index: number) => string) => {
      for (let index = 0; index < times; index += 1) attempts.failed(account(index), network(index));
    },
    isThrottled: (account: string, network: string) => {
      try {
        attempts.check(account, network);
        return false;
      } catch (error) {
        expect(error).toMatchObject({ category: 'throttled' });
        return true;
      }
    },
  };
};

describe('failed sign-ins', () => {
  test('the last allowed failure of a pair passes, the next must wait, other addresses need not', () => {
    const { fail, isThrottled } = start();

    fail(
      FAILURES_PER_PAIR_MAX - 1,
      () => 'a',
      () => 'n1',
    );
    expect(isThrottled('a', 'n1')).toBe(false);
    fail(
      1,
      () => 'a',
      () => 'n1',
    );
    expect(isThrottled('a', 'n1')).toBe(true);
    expect(isThrottled('a', 'n2')).toBe(false);
    expect(isThrottled('b', 'n1')).toBe(false);
  });

  test('an account attacked from everywhere is closed at its bound', () => {
    const { fail, isThrottled } = start();

    fail(FAILURES_PER_ACCOUNT_MAX - 1, () => 'a', String);
    expect(isThrottled('a', 'other')).toBe(false);
    fail(
      1,
      () => 'a',
      () => 'last',
    );
    expect(isThrottled('a', 'other')).toBe(true);
  });

  test('an address that tries every account is closed at its bound', () => {
    const { fail, isThrottled } = start();

    fail(FAILURES_PER_ADDRESS_MAX - 1, String, () => 'n1');
    expect(isThrottled('other', 'n1')).toBe(false);
    fail(
      1,
      () => 'last',
      () => 'n1',
    );
    expect(isThrottled('other', 'n1')).toBe(true);
  });

  test('waiting ends with the window', () => {
    const { fail, isThrottled, clock } = start();
    fail(
      FAILURES_PER_PAIR_MAX,
      () => 'a',
      () => 'n1',
    );

    clock.ms += FAILURE_WINDOW_MS - 1;
    expect(isThrottled('a', 'n1')).toBe(true);
    clock.ms += 1;
    expect(isThrottled('a', 'n1')).toBe(false);
  });

  test('success clears the pair and leaves no trace of itself on account and address', () => {
    const { attempts, fail, isThrottled } = start();
    fail(
      FAILURES_PER_PAIR_MAX - 1,
      () => 'a',
      () => 'n1',
    );
    for (let time = 0; time < 2 * FAILURES_PER_ADDRESS_MAX; time += 1) {
      attempts.failed('a', 'n1');
      attempts.succeeded('a', 'n1');
    }

    expect(isThrottled('a', 'n1')).toBe(false);
    fail(
      FAILURES_PER_PAIR_MAX - 1,
      () => 'a',
      () => 'n1',
    );
    expect(isThrottled('a', 'n1')).toBe(false);
  });

  test('counters are bounded: the oldest is forgotten first', () => {
    const { fail, isThrottled } = start();
    fail(
      FAILURES_PER_PAIR_MAX,
      () => 'a',
      () => 'n1',
    );
    // Every failure of a new pair takes three counters.
    const others = Math.floor(COUNTERS_MAX / 3) - 1;
    fail(
      others,
      (index) => `x${index}`,
      (index) => `m${index}`,
    );
    expect(isThrottled('a', 'n1')).toBe(true);
    fail(
      1,
      () => 'last',
      () => 'last',
    );
    expect(isThrottled('a', 'n1')).toBe(false);
  });
});
