import { afterEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { makeLogger } from '../../src/operations/logging.js';
import { makeBullMqQueue, type BullMqQueue } from '../../src/queue/bullmq/bullmq-queue.js';
import { KEEP_EVERY_SWEEPS, OVERDUE_MS } from '../../src/queue/bullmq/bullmq-schedules.js';
import type { ResourceCodec } from '../../src/store/indexing.js';
import { openMemoryStore } from '../../src/store/memory/memory-store.js';
import { untilReal } from '../support/real-time.js';
import { describeWithRedis } from '../support/redis-server.js';

const SWEEP_MS = 1_234;
const EVERY_MS = 3_600_000;
/** Round trips in which a queue on this machine has long done what it could do at once. */
const SETTLED_ROUND_TRIPS = 60;
const DELAYED = 'so-suc-khoe:schedules:delayed';
const TEST_MS = 60_000;

describeWithRedis('the queue on Redis: a scheduler that lost its job', (server) => {
  let queue: BullMqQueue | undefined;
  let client: Redis | undefined;
  afterEach(async () => {
    await queue?.stop(5_000);
    client?.disconnect();
  }, TEST_MS);

  test(
    'its job is made again when its time is overdue, not before',
    async () => {
      const redisUrl = server().url();
      const redis = new Redis(redisUrl);
      client = redis;
      const startMs = Date.now();
      let nowMs = startMs;
      let sweep = (): void => undefined;
      queue = makeBullMqQueue({
        redisUrl,
        store: openMemoryStore({ codec: {} as ResourceCodec, now: () => nowMs }),
        contracts: [],
        handlers: {},
        schedules: [{ name: 'rare', everyMs: EVERY_MS, run: () => Promise.resolve() }],
        logger: makeLogger({ level: 'silent' }),
        now: () => nowMs,
        // Sweeps come by hand; the only other use of a timer is the end of the stop.
        after: (ms, run) => {
          if (ms === SWEEP_MS) sweep = run;
          return () => undefined;
        },
        sweepIntervalMs: SWEEP_MS,
      });
      const { ping } = queue;
      const sweepUntilKept = async (): Promise<void> => {
        for (let count = 0; count < KEEP_EVERY_SWEEPS; count += 1) sweep();
        for (let trip = 0; trip < SETTLED_ROUND_TRIPS; trip += 1) await redis.ping();
      };
      const delayed = async (): Promise<number> => redis.zcard(DELAYED);
      await queue.start();
      await untilReal('it is ready', async () =>
        ping().then(
          () => true,
          () => false,
        ),
      );
      await untilReal('its job waits', async () => {
        sweep();
        return (await delayed()) === 1;
      });
      const [, score = ''] = await redis.zrange('so-suc-khoe:schedules:repeat', '0', '-1', 'WITHSCORES');
      const nextMs = Number(score);
      expect(nextMs).toBeGreaterThan(startMs);
      for (const key of await redis.keys('so-suc-khoe:schedules:repeat:rare:*')) await redis.del(key);
      await redis.del(DELAYED);

      nowMs = nextMs + EVERY_MS + OVERDUE_MS;
      await sweepUntilKept();
      expect(await delayed()).toBe(0);

      nowMs += 1;
      await sweepUntilKept();
      await untilReal('its job waits again', async () => (await delayed()) === 1);
    },
    TEST_MS,
  );
});
