import { afterEach, describe, expect, test } from '@jest/globals';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { makeBullMqQueue, OFFERED_ROWS, type BullMqQueue, type BullMqQueueDeps } from '../../src/queue/bullmq/bullmq-queue.js';
import { makeBullMqWaker, type BullMqWaker } from '../../src/queue/bullmq/bullmq-waker.js';
import type { JobContract } from '../../src/queue/queue.js';
import { makeLogger } from '../../src/operations/logging.js';
import type { ResourceCodec } from '../../src/store/indexing.js';
import { openMemoryStore } from '../../src/store/memory/memory-store.js';
import type { Store } from '../../src/store/store.js';
import { projectRoot } from '../support/project-root.js';
import { untilReal } from '../support/real-time.js';
import { describeWithRedis, findRedisServer, startRedisServer, type RedisServer } from '../support/redis-server.js';
import { describeSchedules } from '../support/schedule.contract.js';

const LOCK_MS = 500;
/** Longer than any test: no lock runs out, however busy the machine. */
const HELD_LOCK_MS = 120_000;
const SWEEP_MS = 100;
/** Longer than any test: what happens, happens by a wake. */
const NO_SWEEP_MS = 3_600_000;
const TEST_MS = 60_000;

const PARSE: JobContract = {
  kind: 'parse',
  attempts: 3,
  backoffMs: 20,
  backoffMaxMs: 20,
  concurrency: 4,
  isPayload: () => true,
};

const toEnd: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of toEnd.splice(0).reverse()) await each.stop();
}, TEST_MS);

function openStore(): Store {
  return openMemoryStore({ codec: {} as ResourceCodec, now: Date.now });
}

function openQueue(deps: Pick<BullMqQueueDeps, 'redisUrl'> & Partial<BullMqQueueDeps>): BullMqQueue {
  const queue = makeBullMqQueue({
    store: openStore(),
    contracts: [PARSE],
    handlers: { parse: () => Promise.resolve() },
    logger: makeLogger({ level: 'silent' }),
    now: Date.now,
    sweepIntervalMs: SWEEP_MS,
    lockMs: LOCK_MS,
    ...deps,
  });
  toEnd.push({ stop: () => queue.stop(5_000) });
  return queue;
}

function openWaker(redisUrl: string): BullMqWaker {
  const waker = makeBullMqWaker({ redisUrl, logger: makeLogger({ level: 'silent' }) });
  toEnd.push({ stop: () => waker.close() });
  return waker;
}

const offer = async (store: Store, from: number, to: number): Promise<void> => {
  for (let index = from; index < to; index += 1) {
    await store.commit({ opens: [{ id: `row-${String(index)}`, kind: 'parse', payload: { id: String(index) } }] });
  }
};
const openRows = async (store: Store): Promise<number> => (await store.outboxDepth())[0]?.open ?? 0;
const isReady = (part: { ping(): Promise<void> }): Promise<boolean> =>
  part.ping().then(
    () => true,
    () => false,
  );

/** Runs of rows by id; each closes its row, which a second run could not. */
function counting(store: Store) {
  const runs = new Map<string, number>();
  const handler = async ({ id }: { readonly id: string }): Promise<void> => {
    runs.set(id, (runs.get(id) ?? 0) + 1);
    await new Promise((resolve) => void setImmediate(resolve));
    await store.commit({ closes: [id] });
  };
  return { runs, handler, most: () => Math.max(...runs.values()) };
}

describeWithRedis('the queue on Redis: work shared out', (server) => {
  test(
    'two queues share the rows, and no row runs twice',
    async () => {
      const store = openStore();
      const redisUrl = server().url();
      const [first, second] = [counting(store), counting(store)];
      const queues = [first, second].map(({ handler }) => openQueue({ redisUrl, store, handlers: { parse: handler } }));
      await Promise.all(queues.map(async (queue) => queue.start()));

      await offer(store, 0, 300);
      for (const queue of queues) queue.wake(['parse']);
      await untilReal('all are closed', async () => (await openRows(store)) === 0);

      expect(first.runs.size + second.runs.size).toBe(300);
      expect([first.most(), second.most()]).toEqual([1, 1]);
    },
    TEST_MS,
  );

  test(
    'more rows than are offered at a time are worked off without a sweep',
    async () => {
      const store = openStore();
      const { handler } = counting(store);
      const queue = openQueue({ redisUrl: server().url(), store, handlers: { parse: handler }, sweepIntervalMs: NO_SWEEP_MS });
      await offer(store, 0, 4 * OFFERED_ROWS + 1);

      await queue.start();

      await untilReal('all are closed', async () => (await openRows(store)) === 0);
    },
    TEST_MS,
  );

  test(
    'a killed process: the job in its hands is done by another one',
    async () => {
      const redisUrl = server().url();
      const holder = fork(join(projectRoot, 'dist', 'tests', 'support', 'hold-a-job.js'), [redisUrl, String(LOCK_MS)]);
      toEnd.push({ stop: () => Promise.resolve(void holder.kill('SIGKILL')) });
      await new Promise((resolve) => holder.once('message', resolve));
      const store = openStore();
      const { runs, handler } = counting(store);
      await store.commit({ opens: [{ id: 'a', kind: 'parse', payload: { id: 'a' } }] });
      const queue = openQueue({ redisUrl, store, handlers: { parse: handler } });
      await queue.start();
      // As long as it lives it renews its lock, and nobody else gets the row, however often it is offered.
      await offer(store, 0, 50);
      await untilReal('the others are done', async () => (await openRows(store)) === 1);
      expect(runs.has('a')).toBe(false);

      const died = new Promise((resolve) => holder.once('exit', resolve));
      holder.kill('SIGKILL');
      await died;

      await untilReal('its job is done', async () => (await openRows(store)) === 0);
      expect(runs.get('a')).toBe(1);
    },
    TEST_MS,
  );

  test(
    'Redis learns ids and kinds, nothing of a payload',
    async () => {
      const redisUrl = server().url();
      const store = openStore();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const handlers = {
        parse: ({ id }: { readonly id: string }) => held.then(async () => void (await store.commit({ closes: [id] }))),
      };
      const queue = openQueue({ redisUrl, store, handlers });
      for (const id of ['a', 'b:c', '7', 'd', 'e', 'f']) {
        await store.commit({ opens: [{ id, kind: 'parse', payload: { submissionId: 'planted-1' } }] });
      }
      await queue.start();
      const client = new Redis(redisUrl);
      toEnd.push({ stop: () => Promise.resolve(client.disconnect()) });
      const jobs = async (): Promise<Record<string, string>[]> => {
        const keys = (await client.keys('so-suc-khoe:parse:row-*')).filter((key) => !key.endsWith(':lock'));
        return Promise.all(keys.map(async (key) => client.hgetall(key)));
      };
      await untilReal('all are offered', async () => (await jobs()).length === 6);

      const kept = await jobs();
      const everything: string[] = [];
      for (const key of await client.keys('*')) everything.push(key, (await client.dumpBuffer(key))?.toString('latin1') ?? '');
      release();
      await untilReal('all are closed', async () => (await openRows(store)) === 0);

      expect(kept.map(({ name }) => name)).toEqual(Array.from({ length: 6 }, () => 'parse'));
      expect(new Set(kept.map(({ data }) => data))).toEqual(
        new Set(['a', 'b:c', '7', 'd', 'e', 'f'].map((outboxId) => JSON.stringify({ outboxId }))),
      );
      expect(everything.join()).not.toContain('planted');
      await untilReal('no job is left in Redis', async () => (await jobs()).length === 0);
    },
    TEST_MS,
  );
});

describeWithRedis('the queue on Redis: waking from another process', (server) => {
  test(
    'what a waker says reaches the workers of its database, and no others',
    async () => {
      const [here, elsewhere] = [server().url(), server().url()];
      const stores = [openStore(), openStore()] as const;
      const queues = [here, elsewhere].map((redisUrl, index) => {
        const store = stores[index as 0 | 1];
        return openQueue({ redisUrl, store, handlers: { parse: counting(store).handler }, sweepIntervalMs: NO_SWEEP_MS });
      });
      for (const queue of queues) await queue.start();
      const waker = openWaker(here);
      for (const part of [...queues, waker]) await untilReal('it is ready', () => isReady(part));
      const client = new Redis(here);
      toEnd.push({ stop: () => Promise.resolve(client.disconnect()) });
      await untilReal('both listen', async () => (await client.pubsub('CHANNELS')).length >= 2);
      for (const store of stores) await offer(store, 0, 3);

      waker.wake(['parse']);
      await untilReal('the rows here are closed', async () => (await openRows(stores[0])) === 0);

      expect(await openRows(stores[1])).toBe(3);
    },
    TEST_MS,
  );
});

const redisServer = findRedisServer();
(redisServer === undefined ? describe.skip : describe)('the queue on Redis: faults', () => {
  const startServer = async (options: Parameters<typeof startRedisServer>[1] = {}): Promise<RedisServer> => {
    const server = await startRedisServer(redisServer ?? '', options);
    toEnd.push({ stop: () => server.stop() });
    return server;
  };
  /** Two workers on 300 rows; `fault` strikes when a third is done. */
  const runThrough = async (server: RedisServer, fault: () => Promise<void>): Promise<void> => {
    const store = openStore();
    const { runs, handler } = counting(store);
    const queues = [0, 1].map(() => openQueue({ redisUrl: server.url(3), store, handlers: { parse: handler } }));
    await Promise.all(queues.map(async (queue) => queue.start()));
    await offer(store, 0, 200);
    for (const queue of queues) queue.wake(['parse']);
    await untilReal('a third is done', () => runs.size >= 100);

    await fault();
    await offer(store, 200, 300);
    for (const queue of queues) queue.wake(['parse']);
    await untilReal('all are closed', async () => (await openRows(store)) === 0);

    expect(runs.size).toBe(300);
    expect(await store.deadOutbox(9)).toEqual([]);
    for (const queue of queues) await untilReal('it is ready', () => isReady(queue));
  };

  test(
    'FLUSHALL in mid-run loses no row',
    async () => {
      const server = await startServer();
      await runThrough(server, () => server.flush());
    },
    TEST_MS,
  );

  test(
    'FLUSHALL while a job runs: its worker claims the row again, and no other one gets it',
    async () => {
      const server = await startServer();
      const redisUrl = server.url(4);
      const store = openStore();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      let taken = 0;
      const parse = async ({ id }: { readonly id: string }): Promise<void> => {
        if (id === 'row-0') {
          taken += 1;
          await held;
        }
        await store.commit({ closes: [id] });
      };
      const owner = openQueue({ redisUrl, store, handlers: { parse }, lockMs: HELD_LOCK_MS, sweepIntervalMs: NO_SWEEP_MS });
      const client = new Redis(redisUrl);
      toEnd.push({ stop: () => Promise.resolve(client.disconnect()) });
      const locks = async (): Promise<number> => (await client.keys('so-suc-khoe:parse:row-*:lock')).length;
      await offer(store, 0, 1);
      await owner.start();
      await untilReal('it runs', () => taken === 1);

      await server.flush();
      owner.wake(['parse']);
      await untilReal('it is claimed again', async () => (await locks()) === 1);
      const { runs, handler } = counting(store);
      const other = openQueue({ redisUrl, store, handlers: { parse: handler }, lockMs: HELD_LOCK_MS });
      await other.start();
      await offer(store, 1, 50);
      await untilReal('the others are done', async () => (await openRows(store)) === 1);
      release();
      await untilReal('all are closed', async () => (await openRows(store)) === 0);

      expect([taken, runs.has('row-0')]).toEqual([1, false]);
      await untilReal('Redis knows that it is over', async () => (await locks()) === 0);
    },
    TEST_MS,
  );

  for (const appendOnly of [false, true]) {
    test(
      `kill -9 of the server in mid-run, ${appendOnly ? 'back with its log' : 'back empty'}, loses no row`,
      async () => {
        const server = await startServer({ appendOnly });
        await runThrough(server, async () => {
          await server.kill();
          await server.start();
        });
      },
      TEST_MS,
    );
  }

  test(
    'Redis down at the start: queue and waker come up not ready, what is opened meanwhile is done when it comes',
    async () => {
      const server = await startServer({ started: false });
      const store = openStore();
      const { handler } = counting(store);
      const queue = openQueue({ redisUrl: server.url(1), store, handlers: { parse: handler } });
      const waker = openWaker(server.url(1));
      await queue.start();
      await offer(store, 0, 10);
      waker.wake(['parse']);
      queue.wake(['parse']);
      expect([await isReady(queue), await isReady(waker), await openRows(store)]).toEqual([false, false, 10]);

      await server.start();

      await untilReal('all are closed', async () => (await openRows(store)) === 0);
      for (const part of [queue, waker]) await untilReal('it is ready', () => isReady(part));
    },
    TEST_MS,
  );

  test(
    'a server that hangs: the ping fails, a wake neither waits nor throws',
    async () => {
      const server = await startServer();
      const waker = openWaker(server.url(1));
      await untilReal('it is ready', () => isReady(waker));

      server.freeze();
      waker.wake(['parse']);
      expect(await isReady(waker)).toBe(false);
      server.thaw();

      await untilReal('it is ready again', () => isReady(waker));
    },
    TEST_MS,
  );

  test(
    'a stop does not hang on a server that is gone, and keeps what a job has done',
    async () => {
      const server = await startServer();
      const store = openStore();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      let taken = false;
      const parse = async ({ id }: { readonly id: string }): Promise<void> => {
        taken = true;
        await held;
        await store.commit({ closes: [id] });
      };
      const queue = openQueue({ redisUrl: server.url(1), store, handlers: { parse } });
      await offer(store, 0, 1);
      await queue.start();
      await untilReal('it runs', () => taken);
      await server.kill();

      const stopped = queue.stop(30_000);
      release();
      await stopped;

      expect(await openRows(store)).toBe(0);
    },
    TEST_MS,
  );
});

describeWithRedis('the queue on Redis: scheduled jobs', (server) => {
  describeSchedules(
    'bullmq',
    50,
    async (setting) => {
      const queue = openQueue({ redisUrl: server().url(), contracts: [], handlers: {}, ...setting });
      await queue.start();
      return queue;
    },
    (what, condition) => untilReal(what, condition),
  );

  test(
    'each time is run by one of two workers, also when both start at once, and after FLUSHALL they come back',
    async () => {
      const redisUrl = server().url();
      const times: number[] = [];
      const everyMs = 300;
      const schedules = [{ name: 'count', everyMs, run: () => Promise.resolve(void times.push(Date.now())) }];
      const queues = [0, 1].map(() => openQueue({ redisUrl, contracts: [], handlers: {}, schedules, sweepIntervalMs: 20 }));
      const startedMs = Date.now();
      await Promise.all(queues.map(async (queue) => queue.start()));

      await untilReal('it ran five times', () => times.length >= 5);
      const passed = (Date.now() - startedMs) / everyMs;
      expect(times.length).toBeLessThanOrEqual(Math.ceil(passed));

      await server().flush();
      const before = times.length;
      await untilReal('it runs again', () => times.length >= before + 2);
    },
    TEST_MS,
  );
});
