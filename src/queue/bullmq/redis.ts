import { Redis } from 'ioredis';
import type { Logger } from 'pino';

/** Every key and channel of the house in Redis begins so. */
export const PREFIX = 'so-suc-khoe';
/** A command that must not wait fails when Redis has not answered in this time. */
export const COMMAND_TIMEOUT_MS = 2_000;
/** Longest pause between two tries to reach Redis again. */
export const RECONNECT_MAX_MS = 2_000;

/**
 * Channel that tells the workers of which kinds rows were opened: kinds, joined by a comma. Channels know no databases, so the number that
 * keeps installations on one server apart is part of the name.
 */
export function wakeChannel(url: string): string {
  const database = /^\/(\d+)$/.exec(new URL(url).pathname)?.[1] ?? '0';
  return `${PREFIX}:wake:${String(Number(database))}`;
}

/**
 * A connection that goes on trying for ever and says once that Redis is gone, once that it is back.
 *
 * @param waits true: a command waits until Redis is back (a worker that blocks on its queue); false: it fails at once
 */
export function connectRedis(url: string, logger: Pick<Logger, 'warn' | 'info'>, { waits }: { readonly waits: boolean }): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: waits ? null : 0,
    enableOfflineQueue: waits,
    ...(waits ? {} : { commandTimeout: COMMAND_TIMEOUT_MS }),
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
