import { once } from 'node:events';
import type { Logger } from 'pino';
import { COMMAND_TIMEOUT_MS, connectRedis, pingRedis, wakeChannel } from './redis.js';

/** The queue seen from a process or thread that opens rows and runs none. */
export interface BullMqWaker {
  /** Says that rows of these kinds were opened. Never throws, never waits; what is lost is found by a worker's sweeper. */
  wake(kinds: readonly string[]): void;
  /** Resolves when Redis is reached. @throws Error when it is not within `COMMAND_TIMEOUT_MS` */
  reached(): Promise<void>;
  /** Everything said before has arrived when it resolves. @throws Error when Redis does not answer; for readiness */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Tells the workers of other processes over Redis that there is work. */
export function makeBullMqWaker(deps: {
  readonly redisUrl: string;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
}): BullMqWaker {
  const redis = connectRedis(deps.redisUrl, deps.logger, { waits: false });
  const channel = wakeChannel(deps.redisUrl);
  const said = new Set<string>();
  const say = (): void => {
    const kinds = [...said].join(',');
    said.clear();
    if (redis.status === 'ready') redis.publish(channel, kinds).catch(() => undefined);
  };
  return {
    wake(kinds) {
      // Many requests share a commit: what one turn of the event loop opens is said once.
      if (said.size === 0 && kinds.length > 0) setImmediate(say);
      for (const kind of kinds) said.add(kind);
    },
    async reached() {
      if (redis.status !== 'ready') await once(redis, 'ready', { signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS) });
    },
    ping: () => pingRedis(redis),
    close() {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}
