import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFIG_BOUNDS, CONFIG_VARIABLES, describeConfigProblems, readConfig } from '../../src/config.js';
import { isPhrError, type PhrError } from '../../src/errors.js';
import { projectRoot } from '../support/project-root.js';

type Environment = Record<string, string>;

function refusalOf(env: Environment): PhrError {
  try {
    readConfig(env);
  } catch (error) {
    if (isPhrError(error, 'invalid')) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
const wrongVariables = (env: Environment): (string | undefined)[] => refusalOf(env).issues.map(({ expression }) => expression);

describe('readConfig', () => {
  test('needs nothing: the defaults are a local demonstration instance', () => {
    expect(readConfig({})).toEqual({
      environment: { name: 'development', demonstration: true },
      role: 'all',
      http: {
        port: 8080,
        bind: '127.0.0.1',
        baseUrl: 'http://localhost:8080',
        trustProxy: 'loopback',
        fhirBodyMaxBytes: 8 * 1024 * 1024,
        shutdownTimeoutMs: 10_000,
      },
      store: { engine: 'sqlite', path: 'data/so-suc-khoe.sqlite', dataDir: './data' },
      queue: { engine: 'embedded' },
      secrets: { masterKeyFile: 'data/master.key', createMasterKey: true },
      access: { tokenTtlSeconds: 900, sessionTtlSeconds: 28_800 },
      intake: { maxBytes: 64 * 1024 * 1024, maxVisits: 20_000 },
      sample: { households: 60 },
      log: { level: 'info', isDefault: true },
    });
  });

  test('derives store, key file and base URL from folder and port', () => {
    const config = readConfig({ DATA_DIR: '/srv/phr', PORT: '9000' });

    expect(config.store).toMatchObject({ path: '/srv/phr/so-suc-khoe.sqlite' });
    expect(config.secrets.masterKeyFile).toBe('/srv/phr/master.key');
    expect(config.http.baseUrl).toBe('http://localhost:9000');
  });

  test('takes a store path outside the data folder, and a base URL without its trailing slash', () => {
    const config = readConfig({ STORE: 'sqlite:/mnt/fast/record.db', BASE_URL: 'https://sosuckhoe.example/' });

    expect(config.store).toMatchObject({ path: '/mnt/fast/record.db' });
    expect(config.http.baseUrl).toBe('https://sosuckhoe.example');
  });

  test('is frozen in every part', () => {
    const config = readConfig({});

    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.values(config).filter((part) => !Object.isFrozen(part))).toEqual([]);
  });

  test('an empty variable counts as absent', () => {
    expect(readConfig({ PORT: '', STORE: '', SAMPLE_COMMUNE: '' })).toEqual(readConfig({}));
  });

  test('lists every problem at once, also those between variables', () => {
    const wrong = {
      PORT: 'http',
      LOG_LEVEL: 'loud',
      TOKEN_TTL_SECONDS: '0',
      ROLE: 'api',
      NODE_ENV: 'production',
      SAMPLE_COMMUNE: '5',
    };

    expect(wrongVariables(wrong)).toEqual([
      'PORT',
      'LOG_LEVEL',
      'TOKEN_TTL_SECONDS',
      'ROLE',
      'MASTER_KEY_FILE',
      'SAMPLE_COMMUNE',
    ]);
  });

  test('never repeats a value, which may hold a password', () => {
    const error = refusalOf({
      STORE: 'mongo://clerk:hunter2@db/phr',
      QUEUE: 'redis:hunter2',
      BASE_URL: 'https://me:hunter2@host',
    });

    expect(error.issues).toHaveLength(3);
    expect(describeConfigProblems(error)).not.toContain('hunter2');
    expect(describeConfigProblems(error)).toContain('STORE must be');
  });

  for (const [name, [min, max]] of Object.entries(CONFIG_BOUNDS)) {
    test(`${name} takes ${min} and ${max}, and nothing beyond`, () => {
      for (const inside of [min, max]) expect(() => readConfig({ [name]: String(inside) })).not.toThrow();
      for (const outside of [min - 1, max + 1, 1.5]) expect(wrongVariables({ [name]: String(outside) })).toEqual([name]);
    });
  }

  for (const [given, isTaken] of [
    ['loopback,uniquelocal', true],
    ['10.0.0.0/8,fd00::/8,127.0.0.1', true],
    ['everybody', false],
    ['10.0.0.0/8,', false],
    ['true', false],
  ] as const) {
    test(`TRUST_PROXY ${isTaken ? 'takes' : 'refuses'} ${given}`, () => {
      if (isTaken) expect(readConfig({ TRUST_PROXY: given }).http.trustProxy).toBe(given);
      else expect(wrongVariables({ TRUST_PROXY: given })).toEqual(['TRUST_PROXY']);
    });
  }

  for (const url of [
    'localhost:8080',
    'ftp://host',
    'https://host/phr',
    'https://host?x=1',
    'https://user@host',
    'https://host#a',
  ]) {
    test(`BASE_URL refuses ${url}`, () => {
      expect(wrongVariables({ BASE_URL: url })).toEqual(['BASE_URL']);
    });
  }
});

describe('pairs of store and queue', () => {
  for (const ROLE of ['all', 'api', 'worker']) {
    test(`takes mongodb with redis as ${ROLE}`, () => {
      const config = readConfig({ STORE: 'mongodb://a,b:27018/phr?replicaSet=rs', QUEUE: 'redis://queue:6379/2', ROLE });

      expect(config.store).toEqual({ engine: 'mongodb', uri: 'mongodb://a,b:27018/phr?replicaSet=rs', dataDir: './data' });
      expect(config.queue).toEqual({ engine: 'redis', url: 'redis://queue:6379/2' });
      expect(config.role).toBe(ROLE);
    });
  }

  for (const STORE of ['mongodb://db', 'mongodb://db/', 'mongodb://db/?replicaSet=rs', 'mongodb:///phr']) {
    test(`refuses ${STORE}, which names no host or no database`, () => {
      expect(wrongVariables({ STORE, QUEUE: 'redis://queue' })).toEqual(['STORE']);
    });
  }

  test('an address with a password is read from its file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'so-suc-khoe-config-'));
    writeFileSync(join(folder, 'store'), 'mongodb://phr:hunter2@db/phr\n');
    writeFileSync(join(folder, 'queue'), 'redis://:hunter2@queue\n');

    const config = readConfig({ STORE_FILE: join(folder, 'store'), QUEUE_FILE: join(folder, 'queue') });
    const both = refusalOf({ STORE: 'mongodb://db/phr', STORE_FILE: join(folder, 'store'), QUEUE: 'redis://queue' });
    const missing = refusalOf({ QUEUE_FILE: join(folder, 'missing'), STORE: 'sqlite:x' });
    rmSync(folder, { recursive: true });

    expect(config.store).toMatchObject({ uri: 'mongodb://phr:hunter2@db/phr' });
    expect(config.queue).toMatchObject({ url: 'redis://:hunter2@queue' });
    expect(both.issues.map(({ expression }) => expression)).toEqual(['STORE_FILE']);
    expect(missing.issues.map(({ expression }) => expression)).toEqual(['QUEUE_FILE']);
    expect(describeConfigProblems(both)).not.toContain('hunter2');
  });

  test('a variable that the process sets itself outweighs the environment', () => {
    expect(readConfig({ ROLE: 'all', STORE: 'mongodb://db/phr', QUEUE: 'redis://queue' }, { ROLE: 'worker' }).role).toBe(
      'worker',
    );
  });

  for (const [STORE, QUEUE] of [
    ['mongodb://db/phr', 'embedded'],
    ['sqlite:./x.db', 'redis://queue'],
    ['', 'redis://queue'],
  ] as const) {
    test(`refuses ${STORE || 'the default store'} with ${QUEUE}`, () => {
      expect(refusalOf({ STORE, QUEUE }).issues.map(({ text }) => text)).toEqual([expect.stringContaining('must be a pair')]);
    });
  }

  for (const ROLE of ['api', 'worker']) {
    test(`embedded refuses ROLE=${ROLE}`, () => {
      expect(wrongVariables({ ROLE })).toEqual(['ROLE']);
    });
  }
});

describe('production', () => {
  const production = { NODE_ENV: 'production', MASTER_KEY_FILE: '/run/secrets/master.key' };

  test('is no demonstration, loads no sample and makes no key', () => {
    const config = readConfig(production);

    expect(config.environment.demonstration).toBe(false);
    expect(config.sample.households).toBe(0);
    expect(config.secrets).toEqual({ masterKeyFile: '/run/secrets/master.key', createMasterKey: false });
  });

  test('requires the key file', () => {
    expect(wrongVariables({ NODE_ENV: 'production' })).toEqual(['MASTER_KEY_FILE']);
  });

  for (const SAMPLE_COMMUNE of ['0', '60']) {
    test(`refuses SAMPLE_COMMUNE=${SAMPLE_COMMUNE}`, () => {
      expect(wrongVariables({ ...production, SAMPLE_COMMUNE })).toEqual(['SAMPLE_COMMUNE']);
    });
  }

  test('a key file that is named is never made, in demonstration neither', () => {
    expect(readConfig({ MASTER_KEY_FILE: '/run/secrets/master.key' }).secrets.createMasterKey).toBe(false);
  });
});

describe('docs/configuration.md', () => {
  const rows = readFileSync(join(projectRoot, 'docs/configuration.md'), 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => /^`[A-Z_]+`$/.test(cells[1] ?? ''))
    .map((cells) => ({ name: cells[1]?.replaceAll('`', ''), byDefault: cells[2]?.replaceAll('`', ''), accepts: cells[3] ?? '' }));

  test('names exactly the variables of the schema, with their defaults', () => {
    const schema = Object.entries(CONFIG_VARIABLES.shape).map(([name, variable]) => [name, variable.meta()?.['default']]);

    expect(rows.map(({ name, byDefault }) => [name, byDefault])).toEqual(schema);
  });

  test('names the bounds of every number', () => {
    const bounds = rows.filter(({ name }) => (name ?? '') in CONFIG_BOUNDS).map(({ name, accepts }) => [name, accepts]);

    expect(Object.fromEntries(bounds)).toEqual(
      Object.fromEntries(Object.entries(CONFIG_BOUNDS).map(([name, [min, max]]) => [name, `${min}–${max}`])),
    );
  });

  test('a printed default is what an empty environment gives', () => {
    const printed = Object.fromEntries(rows.map(({ name, byDefault }) => [name, byDefault])) as Environment;
    const literal = Object.fromEntries(Object.entries(printed).filter(([, value]) => !/DATA_DIR|:PORT/.test(value)));

    // Printed or chosen: `isDefault` tells that apart, and nothing else may differ.
    expect(readConfig(literal)).toEqual({ ...readConfig({}), log: { level: 'info', isDefault: false } });
  });
});
