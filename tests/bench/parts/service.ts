import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SignIns } from '../../../src/access/sign-ins.js';
import { projectRoot } from '../../support/project-root.js';
import { cpuSecondsOf } from './cpu-seconds.js';
import type { CpuSeconds } from './cpu-seconds.js';

/** The service as anybody starts it: a process of its own, an empty data folder, production code path. */
export interface ServiceProcess {
  readonly port: number;
  readonly baseUrl: string;
  readonly dataDir: string;
  readonly signIns: SignIns;
  /** Resident memory of the process, in MiB. */
  residentMiB(): { readonly now: number; readonly peak: number };
  /** Processor seconds used so far, all threads. */
  cpuSeconds(): CpuSeconds;
  tokenOf(role: 'facility' | 'integrator', facilityCode?: string): Promise<string>;
  /** Sums of a Prometheus text: name with labels -> value. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** A folder that was filled before; removed by who made it. */
  readonly dataDir?: string;
  /** Folder for V8 profiles of all threads. */
  readonly profileTo?: string;
}

const START_MS = 60_000;
const POLL_MS = 50;

export const newDataDir = (): string => mkdtempSync(join(tmpdir(), 'so-suc-khoe-bench-'));

export async function startService({ dataDir, profileTo }: ServiceOptions = {}): Promise<ServiceProcess> {
  const folder = dataDir ?? newDataDir();
  const port = await freePort();
  const baseUrl = `http://localhost:${String(port)}`;
  const profile = profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`];
  const log = openSync(join(folder, 'service.log'), 'a');
  const child = spawn(process.execPath, [...startOptions(), ...profile, join(projectRoot, 'dist', 'src', 'main.js')], {
    env: { PORT: String(port), DATA_DIR: folder, SAMPLE_COMMUNE: '0', TOKEN_TTL_SECONDS: '86400' },
    stdio: ['ignore', log, log],
  });
  await ready(child, baseUrl, folder);
  const signIns = JSON.parse(readFileSync(join(folder, 'sign-ins.json'), 'utf8')) as SignIns;
  const procFile = (name: string): string => readFileSync(`/proc/${String(child.pid)}/${name}`, 'utf8');
  return {
    port,
    baseUrl,
    dataDir: folder,
    signIns,
    residentMiB() {
      const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(procFile('status'))?.[1] ?? Number.NaN);
      return { now: kib('VmRSS') / 1_024, peak: kib('VmHWM') / 1_024 };
    },
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
    async tokenOf(role, facilityCode) {
      const client = signIns.software.find(
        (software) => software.role === role && (facilityCode === undefined || software.facilityCode === facilityCode),
      );
      if (client === undefined) throw new Error(`no sign-in of a ${role}`);
      const { clientId, clientSecret } = client;
      const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
      const answer = await fetch(`${baseUrl}/oauth/token`, { method: 'POST', body });
      return ((await answer.json()) as { access_token: string }).access_token;
    },
    async metrics() {
      const text = await (await fetch(`${baseUrl}/metrics`)).text();
      return new Map(
        text.split('\n').flatMap((line): [string, number][] => {
          const cut = line.lastIndexOf(' ');
          return line.startsWith('#') || cut === -1 ? [] : [[line.slice(0, cut), Number(line.slice(cut + 1))]];
        }),
      );
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Options of Node in `npm start`: what is measured is started as anybody starts it. */
function startOptions(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { scripts: { start: string } };
  const options = /node ((?:--\S+ )*)dist\/src\/main\.js/.exec(scripts.start)?.[1];
  if (options === undefined) throw new Error('npm start does not start dist/src/main.js');
  return options.split(' ').filter((option) => option !== '');
}

async function ready(child: ChildProcess, baseUrl: string, folder: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const isReady = await fetch(`${baseUrl}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await delay(POLL_MS);
  }
  child.kill('SIGKILL');
  throw new Error(`the service did not start:\n${readFileSync(join(folder, 'service.log'), 'utf8').slice(-2_000)}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
