import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findMongod, findRedisServer } from '../../support/find-servers.js';
import { cpuSecondsOf } from './cpu-seconds.js';
import { residentMiBOf } from './resident.js';
import { REPLICA_SET, startMongod, startRedis } from './servers.js';
import type { Server } from './servers.js';

export const PAIR_NAMES = ['embedded', 'mongodb'] as const;
export type PairName = (typeof PAIR_NAMES)[number];

/** A pair of store and queue, with the servers that it needs. */
export interface Pair {
  readonly name: PairName;
  readonly servers: readonly Server[];
  /** What names this pair in the environment of a process; the same data folder has the same database. */
  environment(dataDir: string): Readonly<Record<string, string>>;
  /** Processor seconds of each server so far; empty when there is none. */
  serverSeconds(): Readonly<Record<string, number>>;
  /** Commands that the database was sent so far: round trips, with the few that keep connections alive; 0 without a server. */
  questions(): Promise<number>;
  /** Resident memory of each server, in MiB. */
  serverMiB(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/**
 * @param options.folder where the servers keep their data, from an earlier run or for a later one; absent = a temporary one
 * @returns the pair, or in words what is missing for it
 */
export async function startPair(name: PairName, { folder }: { readonly folder?: string } = {}): Promise<Pair | string> {
  if (name === 'embedded') return pairOf(name, [], () => ({}), undefined);
  const [mongod, redisServer] = [findMongod(), findRedisServer()];
  if (mongod === undefined) return 'there is no mongod (scripts/fetch-mongod fetches one)';
  if (redisServer === undefined) return 'there is no redis-server (the package redis-server has it)';
  const own = folder === undefined ? mkdtempSync(join(tmpdir(), 'so-suc-khoe-bench-servers-')) : undefined;
  const at = folder ?? own ?? '';
  const database = await startMongod(mongod, join(at, 'mongod'));
  const redis = await startRedis(redisServer, join(at, 'redis'));
  // Of one run; data of an earlier one have no jobs left.
  const numbers = new Map<string, number>();
  return pairOf(
    name,
    [database, redis],
    (dataDir) => {
      const number = numbers.get(dataDir) ?? numbers.size;
      numbers.set(dataDir, number);
      return {
        STORE: `mongodb://127.0.0.1:${String(database.port)}/${basename(dataDir)}?replicaSet=${REPLICA_SET}`,
        QUEUE: `redis://127.0.0.1:${String(redis.port)}/${String(number)}`,
      };
    },
    own,
  );
}

function pairOf(name: PairName, servers: readonly Server[], environment: Pair['environment'], own: string | undefined): Pair {
  const each = (value: (pid: number) => number): Readonly<Record<string, number>> =>
    Object.fromEntries(servers.map((server) => [server.name, value(server.pid)]));
  return {
    name,
    servers,
    environment,
    serverSeconds: () => each((pid) => cpuSecondsOf(pid).all),
    serverMiB: () => each((pid) => residentMiBOf(pid).now),
    questions: async () =>
      (await Promise.all(servers.map((server) => server.questions()))).reduce<number>((sum, one) => sum + (one ?? 0), 0),
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
      if (own !== undefined) rmSync(own, { recursive: true, force: true });
    },
  };
}

/** Name of a bench's result: that of the bench alone for the embedded pair. */
export const nameOf = (bench: string, { name }: Pair, varied?: string): string =>
  [bench, ...(name === 'embedded' ? [] : [name]), ...(varied === undefined ? [] : [varied])].join(', ');

/** Profiles of each pair in a folder of its own. */
export const profileOf = (context: { readonly profileTo?: string }, { name }: Pair): { readonly profileTo?: string } =>
  context.profileTo === undefined ? {} : { profileTo: join(context.profileTo, name) };
