import { Redis } from 'ioredis';
import type { Logger } from 'pino';

/** Every key and channel of the house in Redis begins so. */
export const PREFIX = 'so-suc-khoe';
/** Tells the workers of which kinds rows were opened: kinds, joined by a comma. */
export const WAKE_CHANNEL = `${PREFIX}:wake`;
/** Longest pause between two tries to reach Redis again. */
export const RECONNECT_MAX_MS = 2_000;

/**
 * A connection that goes on trying for ever and says once that Redis is gone, once that it is back.
 *
 * @param waits true: a command waits until Redis is back (a worker that blocks on its queue); false: it fails at once
 */
export function connectRedis(url: string, logger: Pick<Logger, 'warn' | 'info'>, { waits }: { readonly waits: boolean }): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: waits ? null : 0,
    enableOfflineQueue: waits,
    retryStrategy: (times) => Math.min(RECONNECT_MAX_MS, 50 * times),
  });
  let isGone = false;
  redis.on('error', (err: Error) => {
    if (!isGone) logger.warn({ err, part: 'queue' }, 'redis is not reachable, jobs wait in the store');
    isGone = true;
  });
  redis.on('ready', () => {
    if (isGone) logger.info({ part: 'queue' }, 'redis is reachable again');
    isGone = false;
  });
  return redis;
}

/** @throws Error when Redis does not answer */
export async function pingRedis(redis: Redis): Promise<void> {
  if (redis.status !== 'ready') throw new Error('redis is not connected');
  await redis.ping();
}
