import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { Redis } from 'ioredis';
import { findRedisServer } from './find-servers.js';
import { freePort } from './free-port.js';

export { findRedisServer };

const HOST = '127.0.0.1';
/** Every test may have a database of its own. */
const DATABASES = 512;
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

export interface RedisServer {
  readonly port: number;
  /** Connection string for a database of this number; without one, for one that nobody else was given. */
  url(database?: number): string;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again: on its log when it keeps one, else empty. Nothing when it runs. */
  start(): Promise<void>;
  /** It keeps its connections and answers nothing, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** FLUSHALL. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A real server on a free port, with its files in a temporary folder, under `noeviction` as the docs demand.
 *
 * @param options.appendOnly every write is on disk before its answer; else it keeps nothing over a kill
 * @param options.started    false: `start` starts it, e.g. after those that need it
 */
export async function startRedisServer(
  redisServer: string,
  { appendOnly = false, started = true }: { readonly appendOnly?: boolean; readonly started?: boolean } = {},
): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'so-suc-khoe-redis-'));
  const port = await freePort();
  const persistence = appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const settings = ['--port', String(port), '--bind', HOST, '--dir', folder, '--databases', String(DATABASES)];
  let server: ChildProcess | undefined;
  let nextDatabase = 1;

  const isRunning = (): boolean => server !== undefined && server.exitCode === null && server.signalCode === null;
  const kill = async (): Promise<void> => {
    const running = server;
    if (running === undefined || !isRunning()) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await ended;
  };
  const start = async (): Promise<void> => {
    if (isRunning()) return;
    server = spawn(redisServer, [...settings, '--save', '', '--maxmemory-policy', 'noeviction', ...persistence], {
      stdio: 'ignore',
    });
    await withClient(port, async (client) => client.ping(), isRunning);
  };
  if (started) await start();
  return {
    port,
    url(database) {
      const number = database ?? nextDatabase++;
      if (number >= DATABASES) throw new Error('more databases than the server has');
      return `redis://${HOST}:${String(port)}/${String(number)}`;
    },
    kill,
    start,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    flush: async () => void (await withClient(port, async (client) => client.flushall(), isRunning)),
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * `describe` with a server. Without a redis-server the tests are skipped with one plain line, except with CI=true, where that is a
 * failure.
 */
export function describeWithRedis(
  name: string,
  body: (server: () => RedisServer) => void,
  options: { readonly appendOnly?: boolean } = {},
): void {
  const redisServer = findRedisServer();
  if (redisServer === undefined) {
    if (process.env['CI'] === 'true') throw new Error('no redis-server: install the package redis-server');
    process.stderr.write(`${name}: skipped, there is no redis-server (the package redis-server has it)\n`);
    describe.skip(name, () => {
      body(() => {
        throw new Error('skipped');
      });
    });
    return;
  }
  describe(name, () => {
    let started: RedisServer | undefined;
    beforeAll(async () => {
      started = await startRedisServer(redisServer, options);
    }, START_TIMEOUT_MS);
    afterAll(async () => {
      await started?.stop();
    }, START_TIMEOUT_MS);
    body(() => {
      if (started === undefined) throw new Error('the server runs only inside tests');
      return started;
    });
  });
}

/** Repeats until the server answers. */
async function withClient<T>(port: number, work: (client: Redis) => Promise<T>, isRunning: () => boolean): Promise<T> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const client = new Redis(port, HOST, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await work(client);
    } catch (error) {
      if (Date.now() > deadline || !isRunning()) throw error;
    } finally {
      client.disconnect();
    }
    await delay(POLL_MS);
  }
}
