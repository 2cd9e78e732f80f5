import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import mongoose from 'mongoose';
import { findMongod } from './find-servers.js';
import { freePort } from './free-port.js';

export { findMongod };

const HOST = '127.0.0.1';
const SET = 'tests';
const CACHE_GB = '0.25';
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

export interface Member {
  readonly port: number;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on its own data; nothing when it runs. */
  start(): Promise<void>;
}

export interface ReplicaSet {
  readonly members: readonly Member[];
  /** Connection string for a database of this name. */
  uri(database: string): string;
  /** Port of the present primary. */
  primary(): Promise<Member>;
  /** Makes another member the primary. */
  stepDown(): Promise<void>;
  /** Starts members that were killed, and waits for a primary. */
  startAll(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A replica set of real servers on free ports with data in a temporary folder: in memory, unless `onDisk`.
 * Small caches and short elections: it shares the machine with the rest of the tests.
 */
export async function startReplicaSet(mongod: string, size: 1 | 3 = 1, { onDisk = false } = {}): Promise<ReplicaSet> {
  const parent = !onDisk && existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = mkdtempSync(join(parent, 'so-suc-khoe-mongod-'));
  const members: (Member & { end(): Promise<void> })[] = [];
  try {
    for (let index = 0; index < size; index += 1) {
      members.push(await startMember(mongod, join(folder, String(index))));
    }
    const first = members[0];
    if (first === undefined) throw new Error('a replica set has a member');
    await withAdmin(first.port, (admin) =>
      admin.command({
        replSetInitiate: {
          _id: SET,
          members: members.map(({ port }, index) => ({ _id: index, host: `${HOST}:${String(port)}` })),
          settings: { electionTimeoutMillis: 2_000, heartbeatIntervalMillis: 500 },
        },
      }),
    );
    await primaryOf(members);
  } catch (error) {
    await Promise.all(members.map(async ({ end }) => end()));
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const hosts = members.map(({ port }) => `${HOST}:${String(port)}`).join(',');
  return {
    members,
    uri: (database) => `mongodb://${hosts}/${database}?replicaSet=${SET}`,
    primary: async () => primaryOf(members),
    async stepDown() {
      const { port } = await primaryOf(members);
      await withAdmin(port, async (admin) => admin.command({ replSetStepDown: 20, secondaryCatchUpPeriodSecs: 10 }));
    },
    async startAll() {
      await Promise.all(members.map(async ({ start }) => start()));
      await primaryOf(members);
    },
    async stop() {
      await Promise.all(members.map(async ({ end }) => end()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * `describe` with a replica set of one node, or three. Without a mongod the tests are skipped with one plain line, except with CI=true,
 * where that is a failure.
 */
export function describeWithMongod(
  name: string,
  body: (replicaSet: () => ReplicaSet) => void,
  options: { readonly size?: 1 | 3 } = {},
): void {
  const mongod = mongodOrSkip(name);
  if (mongod === undefined) {
    describe.skip(name, () => {
      body(() => {
        throw new Error('skipped');
      });
    });
    return;
  }
  describe(name, () => {
    body(started(mongod, options.size ?? 1));
  });
}

/**
 * The same for a whole test file, which may then import other test files. Without a mongod: undefined, and one skipped test that bears
 * the name.
 */
export function replicaSetOfFile(name: string): (() => ReplicaSet) | undefined {
  const mongod = mongodOrSkip(name);
  if (mongod !== undefined) return started(mongod, 1);
  test.skip(name, () => undefined);
  return undefined;
}

function mongodOrSkip(name: string): string | undefined {
  const mongod = findMongod();
  if (mongod !== undefined) return mongod;
  if (process.env['CI'] === 'true') throw new Error('no mongod: run scripts/fetch-mongod');
  process.stderr.write(`${name}: skipped, there is no mongod (scripts/fetch-mongod fetches one)\n`);
  return undefined;
}

/** Starts a replica set before the tests around this call and stops it behind them. */
function started(mongod: string, size: 1 | 3): () => ReplicaSet {
  let running: ReplicaSet | undefined;
  beforeAll(async () => {
    running = await startReplicaSet(mongod, size);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await running?.stop();
  }, START_TIMEOUT_MS);
  return () => {
    if (running === undefined) throw new Error('the replica set runs only inside tests');
    return running;
  };
}

async function startMember(mongod: string, dataPath: string): Promise<Member & { end(): Promise<void> }> {
  const port = await freePort();
  mkdirSync(dataPath);
  let server: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = server;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await ended;
  };
  const start = async (): Promise<void> => {
    if (server !== undefined && server.exitCode === null && server.signalCode === null) return;
    const args = ['--port', String(port), '--bind_ip', HOST, '--dbpath', dataPath, '--replSet', SET, '--nounixsocket', '--quiet'];
    // Fail points, for faults that can't be had otherwise.
    const limits = [
      '--wiredTigerCacheSizeGB',
      CACHE_GB,
      '--oplogSize',
      '64',
      '--setParameter',
      'diagnosticDataCollectionEnabled=false',
      // Fail points, for faults that can't be had otherwise.
      '--setParameter',
      'enableTestCommands=1',
    ];
    const running = spawn(mongod, [...args, ...limits], { stdio: 'ignore' });
    server = running;
    await withAdmin(
      port,
      (admin) => admin.ping(),
      () => running.exitCode !== null || running.signalCode !== null,
    );
  };
  await start();
  return { port, start, kill: async () => end('SIGKILL'), end: async () => end('SIGKILL') };
}

/** Repeats until the server answers. */
async function withAdmin<T>(
  port: number,
  work: (admin: mongoose.mongo.Admin) => Promise<T>,
  gaveUp = (): boolean => false,
): Promise<T> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const client = new mongoose.mongo.MongoClient(`mongodb://${HOST}:${String(port)}/?directConnection=true`, {
      serverSelectionTimeoutMS: 1_000,
    });
    try {
      return await work(client.db('admin').admin());
    } catch (error) {
      if (Date.now() > deadline || gaveUp()) throw error;
    } finally {
      await client.close();
    }
    await delay(POLL_MS);
  }
}

async function primaryOf<M extends Member>(members: readonly M[]): Promise<M> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    for (const member of members) {
      const hello = await helloOf(member.port);
      if (hello?.['isWritablePrimary'] === true) return member;
    }
    await delay(POLL_MS);
  }
  throw new Error('no member became primary');
}

async function helloOf(port: number): Promise<mongoose.mongo.Document | undefined> {
  const client = new mongoose.mongo.MongoClient(`mongodb://${HOST}:${String(port)}/?directConnection=true`, {
    serverSelectionTimeoutMS: 500,
  });
  try {
    return await client.db('admin').command({ hello: 1 });
  } catch {
    return undefined;
  } finally {
    await client.close();
  }
}
