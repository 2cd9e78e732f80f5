import { expect, test } from '@jest/globals';
import { backoffDelayMs, BACKOFF_JITTER } from '../../../src/queue/backoff.js';
import { makeEmbeddedQueue } from '../../../src/queue/embedded/embedded-queue.js';
import { CONFLICT_DELAY_MS, MAX_FREE_CONFLICTS } from '../../../src/queue/run-row.js';
import { PhrError } from '../../../src/errors.js';
import { makeLogger } from '../../../src/operations/logging.js';
import { LINK_PERSON } from '../../../src/queue/jobs/link-person.js';
import type { ResourceCodec } from '../../../src/store/indexing.js';
import { openMemoryStore } from '../../../src/store/memory/memory-store.js';
import { makeFakeClock, until } from '../../support/fake-clock.js';
import { describeQueue } from '../../support/queue.contract.js';
import { describeSchedules } from '../../support/schedule.contract.js';

describeQueue('embedded', ({ clock, jobEnded, ...setting }) =>
  makeEmbeddedQueue({ ...setting, now: clock.now, after: clock.after, observer: { jobEnded } }),
);

test('the delay doubles up to its bound and jitter takes away at most its share', () => {
  const contract = { backoffMs: 500, backoffMaxMs: 60_000 };

  expect([1, 2, 3, 7, 8, 50].map((attempts) => backoffDelayMs(contract, attempts, 0))).toEqual([
    500, 1_000, 2_000, 32_000, 60_000, 60_000,
  ]);
  expect(backoffDelayMs(contract, 50, 0.999)).toBeGreaterThanOrEqual(60_000 * (1 - BACKOFF_JITTER));
});

test('MAX_FREE_CONFLICTS lost tries cost nothing, the next one is an attempt', async () => {
  const clock = makeFakeClock();
  const store = openMemoryStore({ codec: {} as ResourceCodec, now: clock.now });
  await store.commit({ opens: [{ id: 'a', kind: LINK_PERSON.kind, payload: { identityId: 'i' } }] });
  const attempts: number[] = [];
  const queue = makeEmbeddedQueue({
    store,
    contracts: [LINK_PERSON],
    handlers: {
      [LINK_PERSON.kind]: (row) => {
        attempts.push(row.attempts);
        return Promise.reject(new PhrError('precondition-failed', 'lost'));
      },
    },
    logger: makeLogger({ level: 'silent' }),
    now: clock.now,
    after: clock.after,
    random: () => 0,
  });
  await queue.start();

  await until('the next one is counted', async () => {
    clock.advance(CONFLICT_DELAY_MS);
    return (await store.outboxRow('a'))?.attempts === 1;
  });
  await queue.stop(0);

  expect(attempts).toEqual(Array.from({ length: MAX_FREE_CONFLICTS + 1 }, () => 0));
});

test('a contract without handler is refused when the queue is made', () => {
  const clock = makeFakeClock();
  const store = openMemoryStore({ codec: {} as ResourceCodec, now: clock.now });

  expect(() =>
    makeEmbeddedQueue({ store, contracts: [LINK_PERSON], handlers: {}, logger: makeLogger({ level: 'silent' }), now: clock.now }),
  ).toThrow('no handler for link-person');
});

const scheduleClock = makeFakeClock();
describeSchedules(
  'embedded',
  50,
  async ({ schedules, logger }) => {
    const queue = makeEmbeddedQueue({
      store: openMemoryStore({ codec: {} as ResourceCodec, now: scheduleClock.now }),
      contracts: [],
      handlers: {},
      schedules,
      logger,
      now: scheduleClock.now,
      after: scheduleClock.after,
    });
    await queue.start();
    return queue;
  },
  (what, condition) =>
    until(what, () => {
      scheduleClock.advance(10);
      return condition();
    }),
);
