import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { describeWithMongod } from '../support/mongod.js';
import { projectRoot } from '../support/project-root.js';
import { describeWithRedis } from '../support/redis-server.js';
import { freePort, killServices, startCommand, until, untilReady } from '../support/service-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** As far as the tests look at it. */
interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly deploy?: { readonly replicas?: number };
  readonly stop_grace_period?: string;
}
interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const compose = parse(readFileSync(join(projectRoot, 'docker-compose.yml'), 'utf8'), { merge: true }) as ComposeFile;
const dockerfile = readFileSync(join(projectRoot, 'Dockerfile'), 'utf8');
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image === 'so-suc-khoe');

afterAll(killServices);

describe('docker-compose.yml', () => {
  test('is what the Compose Specification says', () => {
    const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true }));
    const schema = JSON.parse(readFileSync(join(projectRoot, 'tests/fixtures/compose/compose-spec.json'), 'utf8')) as {
      readonly $schema: string;
    };
    const { $schema: _draft, ...rules } = schema;
    const validate = ajv.compile(rules);

    expect(validate(compose) ? [] : validate.errors).toEqual([]);
    expect(validate({ ...compose, services: { x: { image: 7 } } })).toBe(false);
  });

  test('has two of each role, a one-shot migration, a replica set, Redis and a proxy', () => {
    expect(Object.keys(compose.services)).toEqual([
      'mongo-1',
      'mongo-2',
      'mongo-3',
      'mongo-setup',
      'redis',
      'migrate',
      'api',
      'worker',
      'proxy',
    ]);
    expect([compose.services['api']?.deploy, compose.services['worker']?.deploy]).toEqual([{ replicas: 2 }, { replicas: 2 }]);
  });

  test('our containers cannot write to themselves and have no rights of the system', () => {
    for (const [, service] of ours) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    }
    expect(dockerfile).toMatch(/^USER node$/m);
  });

  test('only the proxy is reached from outside, and it is the only one beside the APIs outside of the inner network', () => {
    expect(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual(['proxy']);
    expect(services.filter(([, { networks }]) => networks.includes('front')).map(([name]) => name)).toEqual(['api', 'proxy']);
  });

  test('every secret that a service uses is a file that deploy/make-secrets makes, and no password stands in the file', () => {
    const folder = join(temporary, 'made');
    const made = spawnSync('bash', [join(projectRoot, 'deploy', 'make-secrets'), folder], { encoding: 'utf8' });
    expect(made.status).toBe(0);

    const files = Object.values(compose.secrets).map(({ file }) => file.replace('./secrets/', ''));
    expect(readdirSync(folder).sort()).toEqual([...files].sort());
    for (const file of files) expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
    for (const [, { secrets = [] }] of services) for (const secret of secrets) expect(compose.secrets).toHaveProperty(secret);
    expect(readFileSync(join(folder, 'store_address'), 'utf8')).toContain(
      readFileSync(join(folder, 'mongo_service_password'), 'utf8'),
    );
    const named = services
      .flatMap(([, { environment = {} }]) => Object.keys(environment))
      .filter((name) => /PASSWORD|SECRET|KEY/.test(name));
    expect(named.filter((name) => !name.endsWith('_FILE'))).toEqual([]);
  });

  test('what is mounted from here is here', () => {
    const mounted = services.flatMap(([, { volumes = [] }]) => volumes).filter((volume) => volume.startsWith('./'));
    for (const volume of mounted) expect(() => statSync(join(projectRoot, volume.split(':')[0] ?? ''))).not.toThrow();
    expect(mounted.length).toBeGreaterThan(2);
  });

  test('the image starts what npm start starts', async () => {
    const { NODE_OPTIONS, ENVIRONMENT } = (await import(join(projectRoot, 'scripts', 'launch.mjs'))) as {
      readonly NODE_OPTIONS: readonly string[];
      readonly ENVIRONMENT: Readonly<Record<string, string>>;
    };
    expect(dockerfile).toContain(
      `CMD ${JSON.stringify(['node', ...NODE_OPTIONS, 'dist/src/main.js']).replaceAll('","', '", "')}`,
    );
    for (const [name, value] of Object.entries(ENVIRONMENT)) expect(dockerfile).toContain(`${name}=${value}`);
  });
});

const temporary = temporaryFolder();

/** Health as the image asks for it. */
const HEALTH = JSON.parse(/^HEALTHCHECK [^[]*(\[[^\n]*\])$/m.exec(dockerfile)?.[1] ?? '[]') as readonly string[];

describeWithRedis('the commands of docker-compose.yml as plain processes', (redis) => {
  describeWithMongod('with MongoDB and Redis', (replicaSet) => {
    test('migrate, then api and worker become healthy, and stop when they are told', async () => {
      const secrets = join(temporary, 'secrets');
      mkdirSync(secrets);
      const put = (name: string, value: string): void => {
        writeFileSync(join(secrets, name), value, { mode: 0o600 });
      };
      put('master_key', '5'.repeat(64));
      put('store_address', replicaSet().uri('compose'));
      put('queue_address', redis().url());
      const environmentOf = async (name: string): Promise<Record<string, string>> => ({
        ...Object.fromEntries(
          Object.entries(compose.services[name]?.environment ?? {}).map(([variable, value]) => [
            variable,
            value.replace('/run/secrets/', `${secrets}/`).replace(/^\$\{\w+:-(.*)\}$/, '$1'),
          ]),
        ),
        DATA_DIR: join(temporary, name),
        PORT: String(await freePort()),
      });
      const commandOf = (name: string): readonly string[] => {
        const [program, ...words] = compose.services[name]?.command ?? [];
        expect(program).toBe('node');
        return words;
      };

      const unprepared = startCommand(commandOf('api'), await environmentOf('api'));
      expect((await unprepared.exited).code).toBe(1);
      expect(unprepared.output()).toContain('npm run migrate');

      const migrated = startCommand(commandOf('migrate'), await environmentOf('migrate'));
      expect(await migrated.exited).toEqual({ code: 0, signal: null });

      const running = await Promise.all(
        ['api', 'worker'].map(async (name) => {
          const env = await environmentOf(name);
          return { name, env, process: startCommand(commandOf(name), env) };
        }),
      );
      for (const { name, env, process } of running) {
        await untilReady(process);
        const [program, ...words] = HEALTH;
        expect(program).toBe('node');
        await until(
          () => spawnSync(globalThis.process.execPath, words, { env: { PORT: env['PORT'] ?? '' } }).status === 0,
          `${name} is healthy`,
        );
      }
      for (const { process } of running) expect(await process.stop()).toEqual({ code: 0, signal: null });
    }, 120_000);
  });
});
