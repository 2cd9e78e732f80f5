import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readSignIns, type SignIns } from '../../src/access/sign-ins.js';
export { freePort } from './free-port.js';
import { projectRoot } from './project-root.js';

/** Longest wait for anything that a test waits for, in milliseconds: far above what it takes, also on a machine busy with other things. */
export const DEADLINE_MS = 180_000;
const POLL_MS = 10;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The service as an operator has it: a process, an address, what it writes. */
export interface ServiceProcess {
  readonly baseUrl: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** Standard output and error so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and what became of it. */
  stop(): Promise<Exit>;
}

export interface ServiceOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();

/** Ends what a failed test left; call in `afterAll`. */
export function killServices(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** The built script as a process with no environment but the one given. */
export const startScript = (script: string, words: readonly string[], env: Readonly<Record<string, string>>): ChildProcess =>
  startNode([join(projectRoot, 'dist', 'src', script), ...words], env);

function startNode(words: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, words, {
    cwd: projectRoot,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

const environmentOf = ({ dataDir, port, env }: ServiceOptions): Readonly<Record<string, string>> => ({
  DATA_DIR: dataDir,
  PORT: String(port),
  ...(env?.['NODE_ENV'] === 'production' ? {} : { SAMPLE_COMMUNE: '0' }),
  ...env,
});

/** Starts the process and does not wait. */
export const spawnService = (options: ServiceOptions): ServiceProcess =>
  observed(startScript('main.js', [], environmentOf(options)), options.port);

/** Node with these words in the project's folder, with no environment but the one given; `PORT` is among it. */
export const startCommand = (words: readonly string[], env: Readonly<Record<string, string>>): ServiceProcess =>
  observed(startNode(words, env), Number(env['PORT']));

function observed(child: ChildProcess, port: number): ServiceProcess {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
  return {
    baseUrl: `http://localhost:${port}`,
    port,
    pid: child.pid ?? 0,
    exited,
    output: () => Buffer.concat(chunks).toString('utf8'),
    kill,
    stop() {
      kill('SIGTERM');
      return exited;
    },
  };
}

/** Starts the process; resolves when `/readyz` answers 200. */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const service = spawnService(options);
  await untilReady(service);
  return service;
}

export async function untilReady(service: ServiceProcess): Promise<void> {
  let ended: Exit | undefined;
  void service.exited.then((exit) => {
    ended = exit;
  });
  await until(async () => {
    if (ended !== undefined) throw new Error(`the service ended with ${JSON.stringify(ended)}: ${service.output()}`);
    return isReady(service.baseUrl);
  }, 'the service is ready');
}

export async function isReady(baseUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${baseUrl}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** Runs one of the commands of `src/cli` to its end. */
export async function runCommand(
  name: 'jobs' | 'rebuild' | 'sign-ins' | 'submit',
  words: readonly string[],
  options: ServiceOptions,
): Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }> {
  const child = startScript(join('cli', `${name}.js`), words, environmentOf(options));
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output: Buffer.concat(output).toString('utf8'), errors: Buffer.concat(errors).toString('utf8') };
}

/** Asks again and again until it is so. @throws Error past the deadline, naming what did not come */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  deadlineMs: number = DEADLINE_MS,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await delay(POLL_MS);
  }
}

/** The sign-ins that the service wrote into its data folder. */
export function signInsOf(dataDir: string): SignIns {
  const signIns = readSignIns(JSON.parse(readFileSync(join(dataDir, 'sign-ins.json'), 'utf8')));
  if (signIns === undefined) throw new Error('no sign-ins');
  return signIns;
}

/** An access token of a client of the demonstration. */
export async function takeToken(dataDir: string, clientId: string, baseUrl?: string): Promise<string> {
  const signIns = signInsOf(dataDir);
  const client = signIns.software.find((one) => one.clientId === clientId);
  const answer = await fetch(baseUrl === undefined ? signIns.tokenEndpoint : `${baseUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: client?.clientSecret ?? '',
    }),
  });
  const { access_token: token } = (await answer.json()) as { readonly access_token?: string };
  if (token === undefined) throw new Error(`no token: ${answer.status}`);
  return token;
}
