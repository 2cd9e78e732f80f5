import type { Logger } from 'pino';
import { connectRedis, pingRedis, WAKE_CHANNEL } from './redis.js';

/** The queue seen from a process or thread that opens rows and runs none. */
export interface BullMqWaker {
  /** Says that rows of these kinds were opened. Never throws, never waits; what is lost is found by a worker's sweeper. */
  wake(kinds: readonly string[]): void;
  /** @throws Error when Redis does not answer; for readiness */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Tells the workers of other processes over Redis that there is work. */
export function makeBullMqWaker(deps: {
  readonly redisUrl: string;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
}): BullMqWaker {
  const redis = connectRedis(deps.redisUrl, deps.logger, { waits: false });
  return {
    wake(kinds) {
      if (redis.status !== 'ready' || kinds.length === 0) return;
      redis.publish(WAKE_CHANNEL, kinds.join(',')).catch(() => undefined);
    },
    ping: () => pingRedis(redis),
    close() {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}
