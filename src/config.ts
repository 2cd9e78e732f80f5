import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PhrError } from './errors.js';

/** Every bound of a number of the configuration, smallest and largest accepted value; docs/configuration.md repeats them. */
export const CONFIG_BOUNDS = {
  PORT: [1, 65_535],
  TOKEN_TTL_SECONDS: [1, 86_400],
  SESSION_TTL_SECONDS: [60, 604_800],
  INTAKE_MAX_BYTES: [1_024, 1_073_741_824],
  INTAKE_MAX_VISITS: [1, 1_000_000],
  FHIR_BODY_MAX_BYTES: [1_024, 67_108_864],
  SHUTDOWN_TIMEOUT_MS: [0, 600_000],
  SAMPLE_COMMUNE: [0, 10_000],
} as const;

type BoundedName = keyof typeof CONFIG_BOUNDS;

/** A whole number within its bounds. The message names the rule, never the value: a value may hold a secret. */
function wholeNumber(name: BoundedName, byDefault: number) {
  const [min, max] = CONFIG_BOUNDS[name];
  const rule = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,12}$/, rule)
    .transform(Number)
    .refine((value) => value >= min && value <= max, rule)
    .default(byDefault)
    .meta({ default: String(byDefault) });
}

const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

/**
 * Every variable of the environment that the service reads. `meta.default` is the default as docs/configuration.md prints it;
 * a default that hangs on another variable is filled in by `readConfig`.
 */
export const CONFIG_VARIABLES = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'], 'must be development, test or production')
    .default('development')
    .meta({ default: 'development' }),
  PORT: wholeNumber('PORT', 8080),
  BIND: z
    .string()
    .regex(/^[0-9A-Za-z.:-]{1,255}$/, 'must be an address or host name to listen on')
    .default('127.0.0.1')
    .meta({ default: '127.0.0.1' }),
  BASE_URL: z
    .string()
    .refine(isBaseUrl, 'must be http:// or https:// with host and optional port, without path, query, user or password')
    .transform((url) => url.replace(/\/$/, ''))
    .optional()
    .meta({ default: 'http://localhost:PORT' }),
  TRUST_PROXY: z
    .string()
    .regex(
      /^(?:loopback|linklocal|uniquelocal|[0-9A-Fa-f.:]+(?:\/\d{1,3})?)(?:,(?:loopback|linklocal|uniquelocal|[0-9A-Fa-f.:]+(?:\/\d{1,3})?))*$/,
      'must be loopback, linklocal, uniquelocal, addresses or subnets, joined by commas',
    )
    .default('loopback')
    .meta({ default: 'loopback' }),
  DATA_DIR: z.string().default('./data').meta({ default: './data' }),
  STORE: z
    .string()
    .regex(
      /^(sqlite:.+|mongodb(\+srv)?:\/\/[^/?]+\/[A-Za-z0-9_-]{1,63}(\?.*)?)$/,
      'must be sqlite:<path> or mongodb://<hosts>/<database>',
    )
    .optional()
    .meta({ default: 'sqlite:DATA_DIR/so-suc-khoe.sqlite' }),
  STORE_FILE: z.string().optional().meta({ default: '' }),
  QUEUE_FILE: z.string().optional().meta({ default: '' }),
  QUEUE: z
    .string()
    .regex(/^(embedded|rediss?:\/\/[^/?]+.*)$/, 'must be embedded or redis://…')
    .default('embedded')
    .meta({ default: 'embedded' }),
  ROLE: z.enum(['all', 'api', 'worker'], 'must be all, api or worker').default('all').meta({ default: 'all' }),
  MASTER_KEY_FILE: z.string().optional().meta({ default: 'DATA_DIR/master.key' }),
  LOG_LEVEL: z
    .enum(LOG_LEVELS, `must be ${LOG_LEVELS.join(', ')}`)
    .default('info')
    .meta({ default: 'info' }),
  TOKEN_TTL_SECONDS: wholeNumber('TOKEN_TTL_SECONDS', 900),
  SESSION_TTL_SECONDS: wholeNumber('SESSION_TTL_SECONDS', 28_800),
  INTAKE_MAX_BYTES: wholeNumber('INTAKE_MAX_BYTES', 67_108_864),
  INTAKE_MAX_VISITS: wholeNumber('INTAKE_MAX_VISITS', 20_000),
  FHIR_BODY_MAX_BYTES: wholeNumber('FHIR_BODY_MAX_BYTES', 8_388_608),
  SHUTDOWN_TIMEOUT_MS: wholeNumber('SHUTDOWN_TIMEOUT_MS', 10_000),
  SAMPLE_COMMUNE: wholeNumber('SAMPLE_COMMUNE', 60),
});

type Variables = z.infer<typeof CONFIG_VARIABLES>;

/** The configuration, frozen, in parts: a room is given its part, never the whole. */
export interface Config {
  /** `demonstration`: sign-ins that are printed on request, and the sample commune. Never in production. */
  readonly environment: { readonly name: Variables['NODE_ENV']; readonly demonstration: boolean };
  readonly role: Variables['ROLE'];
  /** `baseUrl` without trailing slash. */
  readonly http: {
    readonly port: number;
    readonly bind: string;
    readonly baseUrl: string;
    /** Whose `X-Forwarded-For` is believed, in the words of Express. */
    readonly trustProxy: string;
    readonly fhirBodyMaxBytes: number;
    readonly shutdownTimeoutMs: number;
  };
  /** The two are a pair: `sqlite` with `embedded`, `mongodb` with `redis`. The addresses may hold passwords. */
  readonly store: (
    { readonly engine: 'sqlite'; readonly path: string } | { readonly engine: 'mongodb'; readonly uri: string }
  ) & { readonly dataDir: string };
  readonly queue: { readonly engine: 'embedded' } | { readonly engine: 'redis'; readonly url: string };
  /** `createMasterKey`: the file is made (mode 0600) when it is missing; never in production. */
  readonly secrets: { readonly masterKeyFile: string; readonly createMasterKey: boolean };
  readonly access: { readonly tokenTtlSeconds: number; readonly sessionTtlSeconds: number };
  readonly intake: { readonly maxBytes: number; readonly maxVisits: number };
  /** Households loaded into an empty data folder; 0 in production. */
  readonly sample: { readonly households: number };
  /** `isDefault`: nobody chose the level; on a terminal the service then says only what needs somebody. */
  readonly log: { readonly level: Variables['LOG_LEVEL']; readonly isDefault: boolean };
}

/**
 * Reads the configuration from the environment; the only place that does.
 *
 * @param env variables by name; an empty text counts as absent (compose files pass those)
 * @param fixed variables that this process sets itself, whatever the environment says
 * @throws PhrError `invalid` with one issue for every problem, all at once; `expression` is the variable. No issue repeats a value.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  fixed: Readonly<Record<string, string>> = {},
): Config {
  const problems: { readonly variable: string; readonly text: string }[] = [];
  const env = withFiles({ ...environment, ...fixed }, problems);
  const given = new Set(Object.keys(CONFIG_VARIABLES.shape).filter((name) => (env[name] ?? '') !== ''));
  const values: Partial<Record<keyof Variables, unknown>> = {};
  // Variable by variable, so that the rules between variables are checked even when one of the others is wrong.
  for (const [name, schema] of Object.entries(CONFIG_VARIABLES.shape)) {
    const parsed = schema.safeParse(given.has(name) ? env[name] : undefined);
    if (parsed.success) values[name as keyof Variables] = parsed.data;
    else problems.push({ variable: name, text: parsed.error.issues[0]?.message ?? 'is not valid' });
  }
  problems.push(...problemsBetween(values as Partial<Variables>, given));
  if (problems.length > 0) {
    throw new PhrError(
      'invalid',
      'The configuration is not valid',
      problems.map(({ variable, text }) => ({ code: 'invalid', expression: variable, text: `${variable} ${text}` })),
    );
  }
  return configOf(values as Variables, given);
}

/** One line a problem, for the terminal at start-up. */
export function describeConfigProblems(error: PhrError): string {
  return [`${error.message}:`, ...error.issues.map(({ text }) => `  ${text}`), 'See docs/configuration.md', ''].join('\n');
}

function problemsBetween(
  values: Partial<Variables>,
  given: ReadonlySet<string>,
): readonly { readonly variable: string; readonly text: string }[] {
  const problems: { variable: string; text: string }[] = [];
  const store = values.STORE ?? (given.has('STORE') ? undefined : 'sqlite:');
  if (store !== undefined && values.QUEUE !== undefined) {
    const onServer = store.startsWith('mongodb');
    if (onServer !== (values.QUEUE !== 'embedded')) {
      problems.push({ variable: 'STORE', text: 'and QUEUE must be a pair: sqlite with embedded, or mongodb with redis' });
    }
  }
  if (values.QUEUE === 'embedded' && values.ROLE !== undefined && values.ROLE !== 'all') {
    problems.push({ variable: 'ROLE', text: 'must be all with QUEUE embedded: its jobs run in the process' });
  }
  if (values.NODE_ENV === 'production') {
    if (!given.has('MASTER_KEY_FILE')) {
      problems.push({ variable: 'MASTER_KEY_FILE', text: 'is required in production: no key is made there' });
    }
    if (given.has('SAMPLE_COMMUNE')) {
      problems.push({ variable: 'SAMPLE_COMMUNE', text: 'is refused in production: it belongs to a demonstration' });
    }
  }
  return problems;
}

function configOf(values: Variables, given: ReadonlySet<string>): Config {
  const production = values.NODE_ENV === 'production';
  const config: Config = {
    environment: { name: values.NODE_ENV, demonstration: !production },
    role: values.ROLE,
    http: {
      port: values.PORT,
      bind: values.BIND,
      baseUrl: values.BASE_URL ?? `http://localhost:${values.PORT}`,
      trustProxy: values.TRUST_PROXY,
      fhirBodyMaxBytes: values.FHIR_BODY_MAX_BYTES,
      shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_MS,
    },
    store: { ...storeOf(values), dataDir: values.DATA_DIR },
    queue: values.QUEUE === 'embedded' ? { engine: 'embedded' } : { engine: 'redis', url: values.QUEUE },
    secrets: {
      masterKeyFile: values.MASTER_KEY_FILE ?? join(values.DATA_DIR, 'master.key'),
      createMasterKey: !given.has('MASTER_KEY_FILE') && !production,
    },
    access: { tokenTtlSeconds: values.TOKEN_TTL_SECONDS, sessionTtlSeconds: values.SESSION_TTL_SECONDS },
    intake: { maxBytes: values.INTAKE_MAX_BYTES, maxVisits: values.INTAKE_MAX_VISITS },
    sample: { households: production ? 0 : values.SAMPLE_COMMUNE },
    log: { level: values.LOG_LEVEL, isDefault: !given.has('LOG_LEVEL') },
  };
  for (const part of Object.values(config)) Object.freeze(part);
  return Object.freeze(config);
}

function storeOf({ STORE, DATA_DIR }: Variables) {
  if (STORE?.startsWith('mongodb') === true) return { engine: 'mongodb', uri: STORE } as const;
  return { engine: 'sqlite', path: STORE?.slice('sqlite:'.length) ?? join(DATA_DIR, 'so-suc-khoe.sqlite') } as const;
}

/** Addresses that hold a password come from a file: `STORE_FILE` stands for `STORE`, `QUEUE_FILE` for `QUEUE`. */
function withFiles(
  env: Readonly<Record<string, string | undefined>>,
  problems: { readonly variable: string; readonly text: string }[],
): Readonly<Record<string, string | undefined>> {
  const read = { ...env };
  for (const name of ['STORE', 'QUEUE'] as const) {
    const variable = `${name}_FILE`;
    const file = env[variable] ?? '';
    if (file === '') continue;
    if ((env[name] ?? '') !== '') problems.push({ variable, text: `and ${name} must not both be set` });
    try {
      read[name] = readFileSync(file, 'utf8').trim();
    } catch {
      problems.push({ variable, text: 'must name a file that can be read' });
    }
  }
  return read;
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.href === `${url.origin}/`;
}
