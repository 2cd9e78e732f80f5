import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { describeWithMongod } from '../support/mongod.js';
import { describeWithRedis } from '../support/redis-server.js';
import {
  freePort,
  killServices,
  runCommand,
  signInsOf,
  spawnService,
  startScript,
  startService,
  takeToken,
  until,
  untilReady,
  type ServiceOptions,
} from '../support/service-process.js';
import { makeServiceClient, visitFile, visitNumbers } from '../support/service-visits.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = temporaryFolder();
afterAll(killServices);
// Processes start here, on machines that may have much else to do.
jest.setTimeout(300_000);

const keyFile = join(root, 'pair.key');
writeFileSync(keyFile, `${'0123456789abcdef'.repeat(4)}\n`, { mode: 0o600 });
let folders = 0;

/** What `/readyz` answers. */
const readiness = async (port: number) => {
  const answer = await fetch(`http://localhost:${String(port)}/readyz`);
  const { parts } = (await answer.json()) as { readonly parts: Readonly<Record<string, string>> };
  return { status: answer.status, parts };
};

describeWithRedis('the roles of the pair', (redis) => {
  describeWithMongod('over one database', (replicaSet) => {
    /** A process with a data folder of its own, as on a machine of its own; the key is the same everywhere. */
    const aProcess = async (
      database: string,
      ROLE: 'all' | 'api' | 'worker',
      env: Readonly<Record<string, string>> = {},
    ): Promise<ServiceOptions> => {
      folders += 1;
      const dataDir = join(root, String(folders));
      mkdirSync(dataDir);
      const addresses = { STORE: replicaSet().uri(database), QUEUE: redis().url(0) };
      return { dataDir, port: await freePort(), env: { ...addresses, ROLE, MASTER_KEY_FILE: keyFile, ...env } };
    };

    test('two API processes that start at once make the same sign-ins, good at both', async () => {
      const one = await aProcess('sign-ins', 'api');
      const other = await aProcess('sign-ins', 'api', { BASE_URL: `http://localhost:${String(one.port)}` });
      const services = await Promise.all([one, other].map(startService));

      expect(signInsOf(other.dataDir)).toEqual(signInsOf(one.dataDir));
      const token = await takeToken(one.dataDir, 'facility-56901', services[1]?.baseUrl);
      const answer = await fetch(`${services[0]?.baseUrl ?? ''}/intake/receipts`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.status).toBe(200);
      for (const service of services) expect(await service.stop()).toEqual({ code: 0, signal: null });
    });

    test('a worker answers for its health and nothing else, and does what an API process took', async () => {
      const api = await aProcess('work', 'api');
      const worker = await aProcess('work', 'worker');
      const [door, hands] = [await startService(api), await startService(worker)];

      for (const path of ['/', '/sign-in', '/fhir/R4/metadata', '/intake/receipts']) {
        expect((await fetch(`${hands.baseUrl}${path}`)).status).toBe(404);
      }
      for (const path of ['/healthz', '/readyz', '/metrics']) expect((await fetch(`${hands.baseUrl}${path}`)).status).toBe(200);
      expect((await readiness(api.port)).parts).toEqual({ store: 'ready', queue: 'ready' });
      expect((await readiness(worker.port)).parts).toEqual({ store: 'ready', queue: 'ready' });
      const client = makeServiceClient(door.baseUrl, await takeToken(api.dataDir, 'facility-56901'));
      const { id } = (await (await client.send(visitFile(visitNumbers(0)))).json()) as { readonly id: string };
      expect((await client.done(id)).state).toBe('completed');
      expect((await runCommand('rebuild', [], api)).code).toBe(0);
      expect(await runCommand('jobs', ['list'], api)).toMatchObject({ code: 0 });
      const printed = await runCommand('sign-ins', ['--json'], api);
      expect(printed.code).toBe(0);
      expect(JSON.parse(printed.output)).toMatchObject({ baseUrl: door.baseUrl });
      for (const service of [hands, door]) expect(await service.stop()).toEqual({ code: 0, signal: null });
    });

    test('without Redis a process of role all takes files and says that the queue is away; then it does them', async () => {
      const options = await aProcess('all', 'all');
      const service = await startService(options);
      const client = makeServiceClient(service.baseUrl, await takeToken(options.dataDir, 'facility-56901'));
      await redis().kill();

      const answer = await client.send(visitFile(visitNumbers(0)));

      expect(answer.status).toBe(202);
      await until(async () => (await readiness(options.port)).parts['queue'] === 'not-ready', 'the queue is named');
      expect(await readiness(options.port)).toMatchObject({ status: 200, parts: { store: 'ready', jobs: 'ready' } });
      await redis().start();
      expect((await client.done(((await answer.json()) as { readonly id: string }).id)).state).toBe('completed');
      await until(async () => (await readiness(options.port)).parts['queue'] === 'ready', 'everything is ready again');
      expect(await service.stop()).toEqual({ code: 0, signal: null });
    });

    describe('in production', () => {
      test.each(['api', 'worker'] as const)(
        'role %s refuses a database that was not prepared, in words, and starts after npm run migrate',
        async (role) => {
          const options = await aProcess(`production-${role}`, role, { NODE_ENV: 'production' });
          const refused = spawnService(options);
          expect(await refused.exited).toEqual({ code: 1, signal: null });
          expect(refused.output()).toContain('npm run migrate');
          expect(refused.output()).not.toMatch(/^ {4}at /m);
          expect(refused.output()).not.toContain('mongodb://');

          const migrate = startScript(join('cli', 'migrate.js'), [], { DATA_DIR: options.dataDir, ...options.env });
          expect(await new Promise((resolve) => migrate.once('close', resolve))).toBe(0);

          const service = spawnService(options);
          await untilReady(service);
          expect(await service.stop()).toEqual({ code: 0, signal: null });
        },
      );
    });
  });
});
