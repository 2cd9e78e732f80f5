import { readConfig, type Config } from '../config.js';
import { flushLogs, makeLogger } from '../operations/logging.js';
import { JOB_CONTRACTS } from '../queue/jobs/contracts.js';
import { makeDeadLetters } from '../store/dead-letters.js';
import { composeRecord } from '../worker-composition.js';
import { runJobsCommand } from './jobs-command.js';

/** `npm run jobs -- list|requeue|discard …` */
const config = readConfig();
const words = process.argv.slice(2);
const parts = await composeRecord(config);
const waker = words[0] === 'requeue' ? await openWaker(config) : undefined;
try {
  const letters = makeDeadLetters({
    store: parts.store,
    kinds: JOB_CONTRACTS.map(({ kind }) => kind),
    wake: (kinds) => waker?.wake(kinds),
  });
  const out = (line: string): void => {
    console.log(line);
  };
  process.exitCode = await runJobsCommand(letters, words, out, Date.now());
} finally {
  await waker?.close();
  await parts.close();
}

/**
 * Tells the workers over Redis; without Redis, or embedded, the sweeper of a running service finds requeued rows within seconds.
 */
async function openWaker({ queue, log }: Config) {
  if (queue.engine !== 'redis') return undefined;
  const { makeBullMqWaker } = await import('../queue/bullmq/bullmq-waker.js');
  const logger = makeLogger({ level: log.level });
  const redis = makeBullMqWaker({ redisUrl: queue.url, logger });
  await redis.reached().catch(() => undefined);
  return {
    wake: redis.wake,
    async close() {
      await redis.ping().catch(() => undefined);
      await redis.close();
      await flushLogs(logger);
    },
  };
}
