import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { SignIns } from '../../../src/access/sign-ins.js';
import { projectRoot } from '../../support/project-root.js';
import { cpuSecondsOf } from './cpu-seconds.js';
import type { CpuSeconds } from './cpu-seconds.js';
import { freePort } from '../../support/free-port.js';
import type { Pair } from './pair.js';
import { residentMiBOf } from './resident.js';
import type { ResidentMiB } from './resident.js';

/** The service as anybody starts it: processes of its own, an empty data folder, production code path. */
export interface ServiceProcess {
  readonly port: number;
  readonly baseUrl: string;
  readonly dataDir: string;
  readonly signIns: SignIns;
  /** Of the process that takes requests. */
  residentMiB(): ResidentMiB;
  /** Of the largest worker; undefined without one. */
  workerMiB(): ResidentMiB | undefined;
  /** Processor seconds used so far: of all threads of all its processes, and of the thread that takes requests. */
  cpuSeconds(): CpuSeconds;
  tokenOf(role: 'facility' | 'integrator', facilityCode?: string): Promise<string>;
  /** Prometheus texts of all processes: name with labels -> sum of the values. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  readonly pair: Pair;
  /** 0 = one process that answers and works (ROLE=all); else that many workers beside one that answers (ROLE=api). */
  readonly workers?: number;
  /** A folder that was filled before; removed by who made it. */
  readonly dataDir?: string;
  /** Folder for V8 profiles of all threads. */
  readonly profileTo?: string;
}

interface RunningProcess {
  readonly pid: number;
  readonly baseUrl: string;
  readonly port: number;
  stop(): Promise<void>;
}

const START_MS = 120_000;
const POLL_MS = 50;

export const newDataDir = (): string => mkdtempSync(join(tmpdir(), 'so-suc-khoe-bench-'));

export async function startService({ pair, workers = 0, dataDir, profileTo }: ServiceOptions): Promise<ServiceProcess> {
  const folder = dataDir ?? newDataDir();
  const env = { DATA_DIR: folder, SAMPLE_COMMUNE: '0', TOKEN_TTL_SECONDS: '86400', ...pair.environment(folder) };
  const options = [...NODE_OPTIONS, ...(profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`])];
  const api = await startProcess(options, { ...env, ROLE: workers === 0 ? 'all' : 'api' }, folder);
  const others: RunningProcess[] = [];
  for (let count = 0; count < workers; count += 1) others.push(await startProcess(options, { ...env, ROLE: 'worker' }, folder));
  const processes = [api, ...others];
  const signIns = JSON.parse(readFileSync(join(folder, 'sign-ins.json'), 'utf8')) as SignIns;
  const { port, baseUrl } = api;
  return {
    port,
    baseUrl,
    dataDir: folder,
    signIns,
    residentMiB: () => residentMiBOf(api.pid),
    workerMiB: () => others.map(({ pid }) => residentMiBOf(pid)).sort((a, b) => b.peak - a.peak)[0],
    cpuSeconds: () => ({
      all: processes.reduce((sum, { pid }) => sum + cpuSecondsOf(pid).all, 0),
      main: cpuSecondsOf(api.pid).main,
    }),
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
      const sums = new Map<string, number>();
      for (const process of processes) {
        for (const line of (await (await fetch(`${process.baseUrl}/metrics`)).text()).split('\n')) {
          const cut = line.lastIndexOf(' ');
          if (line.startsWith('#') || cut === -1) continue;
          const name = line.slice(0, cut);
          sums.set(name, (sums.get(name) ?? 0) + Number(line.slice(cut + 1)));
        }
      }
      return sums;
    },
    async stop() {
      for (const process of processes) await process.stop();
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startProcess(
  options: readonly string[],
  env: Readonly<Record<string, string>>,
  folder: string,
): Promise<RunningProcess> {
  const port = await freePort();
  const baseUrl = `http://localhost:${String(port)}`;
  const log = openSync(join(folder, 'service.log'), 'a');
  const child = spawn(process.execPath, [...options, join(projectRoot, 'dist', 'src', 'main.js')], {
    env: environmentOf({ ...env, PORT: String(port) }),
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  await ready(child, baseUrl, folder);
  return {
    pid: child.pid ?? 0,
    port,
    baseUrl,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** What is measured is started as anybody starts it. */
const { NODE_OPTIONS, environmentOf } = (await import(pathToFileURL(join(projectRoot, 'scripts', 'launch.mjs')).href)) as {
  readonly NODE_OPTIONS: readonly string[];
  readonly environmentOf: (env: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
};

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
