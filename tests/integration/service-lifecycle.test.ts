import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import type { Encounter } from 'fhir/r4.js';
import { readConfig } from '../../src/config.js';
import { composeRecord } from '../../src/worker-composition.js';
import { openRaw } from '../support/raw-connection.js';
import {
  freePort,
  killServices,
  runCommand,
  signInsOf,
  spawnService,
  startService,
  takeToken,
  until,
  type ServiceOptions,
} from '../support/service-process.js';
import { makeServiceClient, visitFile, visitNumbers } from '../support/service-visits.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = temporaryFolder();
let folders = 0;
afterAll(killServices);
// Processes start here, on machines that may have much else to do.
jest.setTimeout(600_000);

/** An empty data folder and a free port. */
async function anInstallation(env: Readonly<Record<string, string>> = {}): Promise<ServiceOptions> {
  folders += 1;
  return { dataDir: join(root, String(folders)), port: await freePort(), env };
}

const clientOf = async (options: ServiceOptions, clientId = 'facility-56901') =>
  makeServiceClient(`http://localhost:${options.port}`, await takeToken(options.dataDir, clientId));

async function idOf(answer: Response): Promise<string> {
  if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { readonly id: string }).id;
}

/** The head and the first half of a submission; `rest` finishes it. */
function halves(body: string, token: string): readonly [first: string, rest: string] {
  const bytes = Buffer.from(body, 'utf8');
  const head = [
    'POST /intake/bhyt-xml HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/xml',
    `Content-Length: ${bytes.length}`,
    'Connection: close',
  ].join('\r\n');
  const half = Math.floor(body.length / 2);
  return [`${head}\r\n\r\n${body.slice(0, half)}`, body.slice(half)];
}

describe('npm run rebuild', () => {
  test('prints one hash beside the service and without it, and 1 exactly once after a fact was tampered with', async () => {
    const options = await anInstallation();
    const service = await startService(options);
    const client = await clientOf(options);
    for (const index of [0, 1, 2]) await client.done(await idOf(await client.send(visitFile(visitNumbers(index, index % 2)))));

    const beside = await runCommand('rebuild', [], options);
    expect(beside).toMatchObject({ code: 0, output: expect.stringMatching(/^stored hash (\w{64})\nrecord hash \1\n$/) });
    expect(await client.json('/fhir/R4/Encounter?_count=5')).toMatchObject({ entry: [{}, {}, {}] });
    await service.stop();
    expect(await runCommand('rebuild', [], options)).toEqual(beside);
    expect(await runCommand('rebuild', ['--persons'], options)).toMatchObject({ code: 2, output: '' });

    const parts = await composeRecord(readConfig({ DATA_DIR: options.dataDir }));
    const [fact] = await parts.store.scanResources({ resourceType: 'Condition', id: '' }, 1, 'fact');
    await parts.store.commit({
      resources: [{ resourceType: 'Condition', id: fact?.id ?? '', origin: 'fact', expected: 'any', labels: [] }],
    });
    await parts.close();

    const hash = beside.output.slice(-65);
    const repaired = await runCommand('rebuild', [], options);
    expect(repaired.code).toBe(1);
    expect(repaired.output).toMatch(
      /^stored hash \w{64}\nthe stored facts were not what the sources say: recomputed\nrecord hash \w{64}\n$/,
    );
    expect(repaired.output.slice(-65)).toBe(hash);
    expect(repaired.output).not.toContain(`stored hash ${hash}`);
    expect(await runCommand('rebuild', [], options)).toEqual(beside);
  });
});

describe('a graceful stop', () => {
  test('answers what is in flight, says that it stops, ends with 0 and loses nothing', async () => {
    const options = await anInstallation();
    const service = await startService(options);
    const token = await takeToken(options.dataDir, 'facility-56901');
    const client = makeServiceClient(service.baseUrl, token);
    const [firstHalf, secondHalf] = halves(visitFile(visitNumbers(999)), token);
    const slow = await openRaw(service.port);
    slow.write(firstHalf);
    const probe = await openRaw(service.port);
    probe.write('GET /readyz HTTP/1.1\r\nHost: localhost\r\n');

    const acknowledged = new Map<number, string>();
    const unanswered: number[] = [];
    let signals = 0;
    const wrong: number[] = [];
    const load = async (start: number): Promise<void> => {
      for (let index = start; index < start + 20; index += 1) {
        try {
          const answer = await client.send(visitFile(visitNumbers(index)));
          if (answer.status === 202) acknowledged.set(index, await idOf(answer));
          else wrong.push(answer.status);
        } catch {
          // Refused, or the connection was closed before the request was read.
          unanswered.push(index);
        }
        if (acknowledged.size >= 10 && signals === 0) {
          signals += 1;
          service.kill('SIGTERM');
        }
      }
    };
    await Promise.all([0, 100, 200].map(load));
    expect(wrong).toEqual([]);
    expect(unanswered.length).toBeGreaterThan(0);
    // A second signal of either kind changes nothing.
    service.kill('SIGTERM');
    service.kill('SIGINT');
    probe.write('Connection: close\r\n\r\n');
    const said = await probe.closed;
    expect(said).toMatch(/^HTTP\/1\.1 503 /);
    expect(said).toContain('"status":"stopping"');
    slow.write(secondHalf);
    const answered = await slow.closed;
    expect(answered).toMatch(/^HTTP\/1\.1 202 /);
    acknowledged.set(999, /"id":"([^"]+)"/.exec(answered)?.[1] ?? '');
    expect(await service.exited).toEqual({ code: 0, signal: null });

    const again = await startService(options);
    for (const index of unanswered) acknowledged.set(index, await idOf(await client.send(visitFile(visitNumbers(index)))));
    for (const id of acknowledged.values()) expect((await client.done(id)).state).toBe('completed');
    const encounters = await client.all<Encounter>('Encounter?_count=100');
    expect(encounters.map(({ identifier }) => identifier?.[0]?.value).sort()).toEqual(
      [...acknowledged.keys()].map((index) => visitNumbers(index).visitId).sort(),
    );
    expect(await client.outbox()).toEqual({ open: 0, dead: 0 });
    await again.stop();
  });

  test('waits for a client that does not finish only as long as it is told', async () => {
    const options = await anInstallation({ SHUTDOWN_TIMEOUT_MS: '100' });
    const service = await startService(options);
    const [firstHalf] = halves(visitFile(visitNumbers(0)), await takeToken(options.dataDir, 'facility-56901'));
    const stuck = await openRaw(service.port);
    stuck.write(firstHalf);
    const idle = await openRaw(service.port);

    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(await stuck.closed).not.toContain(' 202 ');
    await idle.closed;
  });
});

describe('the start', () => {
  const ended = async (options: ServiceOptions) => {
    const service = spawnService(options);
    const exit = await service.exited;
    return { ...exit, output: service.output() };
  };

  test('lists every problem of the configuration at once, without their values', async () => {
    const env = {
      PORT: '0',
      LOG_LEVEL: 'PLANTED-loud',
      STORE: 'mongodb://PLANTED:word@host/db',
      TOKEN_TTL_SECONDS: 'PLANTED',
      ROLE: 'worker',
    };
    const { code, output } = await ended(await anInstallation(env));

    expect(code).toBe(1);
    for (const name of Object.keys(env)) expect(output).toContain(`\n  ${name} `);
    expect(output).not.toContain('PLANTED');
  });

  test('in production without a master key file is refused, and makes nothing', async () => {
    const { code, output } = await ended(await anInstallation({ NODE_ENV: 'production' }));

    expect(code).toBe(1);
    expect(output).toContain('MASTER_KEY_FILE is required in production');
  });

  test.each([
    ['is missing', undefined, 0o600],
    ['does not hold', 'not a key', 0o600],
    ['can be read by others', '0'.repeat(64), 0o644],
  ])('with a master key file that %s ends with 1 and a reason, without a stack', async (reason, content, mode) => {
    const options = await anInstallation();
    mkdirSync(options.dataDir, { recursive: true });
    const file = join(options.dataDir, 'the.key');
    if (content !== undefined) writeFileSync(file, content, { mode });

    const { code, output } = await ended({ ...options, env: { NODE_ENV: 'production', MASTER_KEY_FILE: file } });

    expect(code).toBe(1);
    expect(output).toContain(reason);
    expect(output).not.toMatch(/^ {4}at /m);
  });

  test('on a port that is taken ends with 1 and says so', async () => {
    const options = await anInstallation();
    const first = await startService(options);
    const { dataDir } = await anInstallation();

    const { code, output } = await ended({ ...options, dataDir });

    expect(code).toBe(1);
    expect(output).toContain(`${options.port} is in use`);
    expect(output).not.toMatch(/^ {4}at /m);
    await first.stop();
  });

  test('with the key of another folder is refused: nothing sealed here could be read', async () => {
    const options = await anInstallation();
    const first = await startService(options);
    const client = await clientOf(options);
    await client.done(await idOf(await client.send(visitFile(visitNumbers(0)))));
    await first.stop();
    const file = join(options.dataDir, 'other.key');
    writeFileSync(file, 'a'.repeat(64), { mode: 0o600 });

    const { code, output } = await ended({ ...options, env: { MASTER_KEY_FILE: file } });

    expect(code).toBe(1);
    expect(output).toContain('master key');
    expect(output).not.toMatch(/^ {4}at /m);
    const again = await startService(options);
    await again.stop();
  });
});

describe('production', () => {
  test('over the folder of a demonstration accepts none of its sign-ins, tokens and sessions', async () => {
    const options = await anInstallation();
    const demonstration = await startService(options);
    const token = await takeToken(options.dataDir, 'integrator');
    const facility = await takeToken(options.dataDir, 'facility-56901');
    const signIns = signInsOf(options.dataDir);
    const signIn = (username: string, password: string) =>
      fetch(`${signIns.baseUrl}/sign-in`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: signIns.baseUrl },
        body: new URLSearchParams({ username, password }),
      });
    const [{ username, password } = { username: '', password: '' }] = signIns.people.filter(({ role }) => role === 'station');
    const welcome = await signIn(username, password);
    expect(welcome.status).toBe(303);
    const cookie = welcome.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect((await fetch(`${signIns.baseUrl}/station`, { headers: { cookie }, redirect: 'manual' })).status).toBe(200);
    await demonstration.stop();

    const production = { ...options, env: { NODE_ENV: 'production', MASTER_KEY_FILE: join(options.dataDir, 'master.key') } };
    const service = await startService(production);

    expect(service.output()).not.toContain('sign-in');
    for (const { clientSecret } of signIns.software) expect(service.output()).not.toContain(clientSecret);
    for (const { clientId } of signIns.software)
      await expect(takeToken(options.dataDir, clientId)).rejects.toThrow('no token: 401');
    for (const bearer of [token, facility]) {
      const answer = await fetch(`${service.baseUrl}/fhir/R4/Patient`, { headers: { authorization: `Bearer ${bearer}` } });
      expect(answer.status).toBe(401);
    }
    expect((await signIn(username, password)).status).toBe(401);
    const page = await fetch(`${service.baseUrl}/station`, { headers: { cookie }, redirect: 'manual' });
    expect(page.status).not.toBe(200);
    const said = await runCommand('sign-ins', ['--json'], production);
    expect(said).toMatchObject({ code: 1, output: '' });
    await service.stop();
  });

  test('starts on an empty folder with a key of its own, and makes no sign-ins', async () => {
    const options = await anInstallation();
    const file = join(root, 'production.key');
    writeFileSync(file, `${'0123456789abcdef'.repeat(4)}\n`, { mode: 0o600 });

    const service = await startService({ ...options, env: { NODE_ENV: 'production', MASTER_KEY_FILE: file } });

    expect(() => signInsOf(options.dataDir)).toThrow('ENOENT');
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('one data folder', () => {
  test('of two services that share it, each file that either acknowledges is done once', async () => {
    const options = await anInstallation();
    const one = await startService(options);
    const other = await startService({ ...options, port: await freePort(), env: { BASE_URL: one.baseUrl } });
    const token = await takeToken(options.dataDir, 'facility-56901', one.baseUrl);
    const clients = [one, other].map(({ baseUrl }) => makeServiceClient(baseUrl, token));
    const files = Array.from({ length: 24 }, (_, index) => visitFile(visitNumbers(index, index % 6)));

    // Every third file goes to both at the same time.
    const ids = await Promise.all(
      files.flatMap((file, index) =>
        clients.filter((_, place) => index % 3 === 0 || index % 2 === place).map(async (client) => idOf(await client.send(file))),
      ),
    );

    expect(new Set(ids).size).toBe(files.length);
    const [reader] = clients;
    for (const id of new Set(ids)) expect((await reader?.done(id))?.state).toBe('completed');
    await until(async () => (await reader?.outbox())?.open === 0, 'no row of the outbox is open');
    expect(await reader?.outbox()).toEqual({ open: 0, dead: 0 });
    const encounters = await reader?.all<Encounter>('Encounter?_count=100');
    expect(encounters?.map(({ identifier }) => identifier?.[0]?.value).sort()).toEqual(
      files.map((_, index) => visitNumbers(index).visitId).sort(),
    );
    expect((await runCommand('rebuild', [], options)).code).toBe(0);
    await one.stop();
    await other.stop();
  });
});
