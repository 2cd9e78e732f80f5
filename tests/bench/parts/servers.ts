import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import mongoose from 'mongoose';
import { freePort } from '../../support/free-port.js';

/** A server beneath the service, on its own folder; as an operator has it, unlike the small ones of the tests. */
export interface Server {
  readonly name: 'mongod' | 'redis-server';
  readonly pid: number;
  readonly port: number;
  /** Commands that it was sent so far; undefined when it does not count them. */
  questions(): Promise<number | undefined>;
  /** Ends it properly: what it holds is in its folder. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
export const REPLICA_SET = 'bench';
/** mongod takes half of the memory by default; this leaves room for everything else on one machine. */
const CACHE_GB = '2';
const START_MS = 60_000;
const POLL_MS = 100;
/** Of MongoDB: the set was never initiated. */
const NOT_YET_INITIALIZED = 94;

/** A replica set of one member: journal on, data in `folder`, which may hold those of an earlier run. */
export async function startMongod(binary: string, folder: string): Promise<Server> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const args = [
    '--port',
    String(port),
    '--bind_ip',
    HOST,
    '--dbpath',
    folder,
    '--replSet',
    REPLICA_SET,
    '--nounixsocket',
    '--quiet',
  ];
  const child = spawn(binary, [...args, '--wiredTigerCacheSizeGB', CACHE_GB], { stdio: 'ignore' });
  const client = new mongoose.mongo.MongoClient(`mongodb://${HOST}:${String(port)}/?directConnection=true`);
  try {
    const admin = client.db('admin');
    await becomeMember(admin, `${HOST}:${String(port)}`);
    await until(child, async () => (await admin.command({ hello: 1 }))['isWritablePrimary'] === true);
  } finally {
    await client.close();
  }
  return { name: 'mongod', pid: child.pid ?? 0, port, questions: () => questionsOf(port), stop: async () => end(child) };
}

async function questionsOf(port: number): Promise<number> {
  const client = new mongoose.mongo.MongoClient(`mongodb://${HOST}:${String(port)}/?directConnection=true`);
  try {
    const { opcounters } = (await client.db('admin').command({ serverStatus: 1 })) as unknown as {
      opcounters: Readonly<Record<'insert' | 'query' | 'update' | 'delete' | 'getmore' | 'command', number>>;
    };
    const { insert, query, update, delete: removed, getmore, command } = opcounters;
    return insert + query + update + removed + getmore + command;
  } finally {
    await client.close();
  }
}

/** Initiates the set, or tells one of an earlier run its new address. */
async function becomeMember(admin: mongoose.mongo.Db, host: string): Promise<void> {
  try {
    const { config } = (await admin.command({ replSetGetConfig: 1 })) as unknown as {
      config: { version: number; members: { host: string }[] };
    };
    const [member] = config.members;
    await admin.command({ replSetReconfig: { ...config, members: [{ ...member, host }] }, force: true });
  } catch (error) {
    if ((error as { code?: unknown }).code !== NOT_YET_INITIALIZED) throw error;
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] } });
  }
}

/** With an append-only file flushed every second, as docker-compose.yml has it. */
export async function startRedis(binary: string, folder: string): Promise<Server> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const child = spawn(
    binary,
    [
      '--port',
      String(port),
      '--bind',
      HOST,
      '--dir',
      folder,
      '--save',
      '',
      '--maxmemory-policy',
      'noeviction',
      '--appendonly',
      'yes',
    ],
    { stdio: 'ignore' },
  );
  return {
    name: 'redis-server',
    pid: child.pid ?? 0,
    port,
    questions: () => Promise.resolve(undefined),
    stop: async () => end(child),
  };
}

async function until(child: ChildProcess, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!(await condition())) {
    if (Date.now() > deadline || child.exitCode !== null) throw new Error('mongod did not become ready');
    await delay(POLL_MS);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
