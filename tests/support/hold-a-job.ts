import { makeBullMqQueue } from '../../src/queue/bullmq/bullmq-queue.js';
import { makeLogger } from '../../src/operations/logging.js';
import type { ResourceCodec } from '../../src/store/indexing.js';
import { openMemoryStore } from '../../src/store/memory/memory-store.js';

/** A worker process that takes the job of row `a`, says so, and never ends it: argv = Redis' URL, lock in milliseconds. */
const [, , redisUrl = '', lockMs = ''] = process.argv;
const store = openMemoryStore({ codec: {} as ResourceCodec, now: Date.now });
await store.commit({ opens: [{ id: 'a', kind: 'parse', payload: { id: 'a' } }] });
const queue = makeBullMqQueue({
  redisUrl,
  store,
  contracts: [{ kind: 'parse', attempts: 3, backoffMs: 10, backoffMaxMs: 10, concurrency: 1, isPayload: () => true }],
  handlers: {
    parse: () => {
      process.send?.('taken');
      return new Promise(() => undefined);
    },
  },
  logger: makeLogger({ level: 'silent' }),
  now: Date.now,
  lockMs: Number(lockMs),
});
await queue.start();
