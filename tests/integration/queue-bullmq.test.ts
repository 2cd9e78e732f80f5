import { afterAll } from '@jest/globals';
import { Redis } from 'ioredis';
import { makeBullMqQueue } from '../../src/queue/bullmq/bullmq-queue.js';
import type { FakeClock } from '../support/fake-clock.js';
import { describeQueue } from '../support/queue.contract.js';
import { untilReal } from '../support/real-time.js';
import { describeWithRedis } from '../support/redis-server.js';

/** A job whose process died is given to another one soon. */
const LOCK_MS = 400;
/** Round trips in which a queue on this machine has long done what it could do at once. */
const SETTLED_ROUND_TRIPS = 60;

describeWithRedis('the queue on a real Redis', (server) => {
  /** Every test has one clock; so each has a database of its own, which its queues share. */
  const urls = new Map<FakeClock, string>();
  let observer: Redis | undefined;
  afterAll(() => {
    observer?.disconnect();
  });

  describeQueue(
    'bullmq',
    ({ clock, jobEnded, ...setting }) => {
      const redisUrl = urls.get(clock) ?? server().url();
      urls.set(clock, redisUrl);
      return makeBullMqQueue({
        ...setting,
        redisUrl,
        lockMs: LOCK_MS,
        now: clock.now,
        after: clock.after,
        observer: { jobEnded },
      });
    },
    {
      until: untilReal,
      settled: async () => {
        observer ??= new Redis(server().url(0));
        for (let trip = 0; trip < SETTLED_ROUND_TRIPS; trip += 1) await observer.ping();
      },
      sharesRows: true,
    },
  );
});
