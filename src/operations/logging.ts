import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';

/** The logger that every room is given. Call it with fields and a fixed lower-case message: `logger.warn({ kind }, 'job failed')`. */
export type { Logger } from 'pino';

/** Longest chain of stack frames that a line keeps. */
export const MAX_LOGGED_FRAMES = 12;

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const kebab = (value: unknown): boolean => typeof value === 'string' && /^\$?[a-z][a-z-]{0,59}$/.test(value);
/** Counts, milliseconds, ports; below the smallest number that a phone, card or citizen number can be (nine digits). */
const amount = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) < 100_000_000;
const flag = (value: unknown): boolean => typeof value === 'boolean';

/**
 * Made by us, not by a person: letters, digits, `._:-`, and (a UUID or hexadecimal hash aside) no run of six digits,
 * since a citizen, card or phone number has nine and more.
 */
function technicalId(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  if (UUID.test(value)) return true;
  if (!/^[A-Za-z0-9._:-]{1,128}$/.test(value)) return false;
  return value.split(/[.:]/).every((part) => UUID.test(part) || /^[0-9a-f]{32,64}$/.test(part) || !/\d{6}/.test(part));
}

/**
 * The only fields a log line can have, each with what its value must look like. Anything else is dropped and counted in `dropped`.
 * A new field is added here, after asking: can its value ever say something about a person?
 */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  time: (value) => typeof value === 'string' && /^[\dTZ:.-]{20,30}$/.test(value),
  requestId: technicalId,
  interaction: kebab,
  resourceType: (value) => typeof value === 'string' && /^[A-Z][A-Za-z]{1,39}$/.test(value),
  method: (value) => typeof value === 'string' && /^[A-Z]{3,8}$/.test(value),
  /** A pattern with `:name` parts, never the path that was asked for. */
  route: (value) => typeof value === 'string' && /^\/[A-Za-z0-9/:{}$*._-]{0,119}$/.test(value) && !/\d{3}/.test(value),
  status: amount,
  durationMs: amount,
  aborted: flag,
  /** Rooms, parts of readiness, worker threads, job kinds, steps of the start. */
  part: kebab,
  kind: kebab,
  state: kebab,
  code: (value) => typeof value === 'string' && /^[A-Za-z][A-Za-z_-]{0,59}$/.test(value),
  signal: (value) => typeof value === 'string' && /^SIG[A-Z0-9]{2,10}$/.test(value),
  door: kebab,
  /** Ids of outbox rows, receipts and jobs. */
  outboxId: technicalId,
  receiptId: technicalId,
  attempt: amount,
  count: amount,
  total: amount,
  delayMs: amount,
  port: amount,
  commit: amount,
  version: (value) => typeof value === 'string' && /^\d{1,3}(?:\.\d{1,4}){2}$/.test(value),
};

/** Fields whose values are few words of the program. */
const WORD_FIELDS: ReadonlySet<string> = new Set([
  'interaction',
  'resourceType',
  'method',
  'route',
  'part',
  'kind',
  'state',
  'code',
  'door',
]);

/** Lines leave together when there are so many bytes of them, or after this time: a system call a line costs a small request a tenth. */
export const LOG_BUFFER_BYTES = 4_096;
export const LOG_DELAY_MS = 100;

/** A message is fixed text of the program: lower-case words. What was put together from data does not look like this. */
const FIXED_MESSAGE = /^[a-z][a-z ,:;()-]{0,99}$/;
const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'error' };

/**
 * What may leave of an error: class, code, category and where it was thrown. Never its message, issues or other properties: the message
 * of a parser or of the database quotes what it was given.
 */
function safeError(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, code, category, stack } = value as Record<string, unknown>;
  const word = (text: unknown): text is string => typeof text === 'string' && /^[A-Za-z][A-Za-z_-]{0,59}$/.test(text);
  const frames = typeof stack === 'string' ? stack.split('\n').flatMap(frameOf).slice(0, MAX_LOGGED_FRAMES) : [];
  return {
    type: word(type) ? type : 'Error',
    ...(word(code) ? { code } : {}),
    ...(word(category) ? { category } : {}),
    frames,
  };
}

function frameOf(line: string): readonly string[] {
  const frame =
    /^ {4}at (?:(?:async )?(?:new )?([\w$.<>#]{1,80}) (?:\[as [^\]]*\] )?)?\(?(?:file:\/\/)?(\S+?):(\d{1,6}):\d{1,6}\)?$/.exec(
      line,
    );
  if (frame === null) return [];
  const [, name = '', path = '', row = ''] = frame;
  const below = /(?:dist|node_modules|src|workers|tests|node:)\/?[\w@./-]+$/.exec(path)?.[0] ?? path.split('/').at(-1) ?? '';
  return [`${name === '' ? '' : `${name} `}${below}:${row}`];
}

/** How the line of a request begins. */
const REQUEST_LINE_LEVEL = '{"level":30';
/**
 * The line of a request when all its values look as the table says: it can leave as it is, without being taken apart and written again.
 * Every request writes one; this is a twentieth of a read by id.
 */
const REQUEST_LINE = new RegExp(
  [
    `^\\{"level":30,"time":"[\\dTZ:.-]{20,30}"`,
    `,"requestId":"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}","method":"[A-Z]{3,8}"`,
    `,"interaction":"[a-z][a-z-]{0,59}"(?:,"resourceType":"[A-Z][A-Za-z]{1,39}")?`,
    `,"status":\\d{3},"durationMs":\\d{1,7}(?:\\.\\d)?,"msg":"request"\\}\n$`,
  ].join(''),
);

/**
 * The one exit of every line, of child loggers and their bindings too: takes the line that pino wrote, and writes again only what the
 * table allows. A field that somebody logs without thinking is therefore lost, not leaked.
 */
export function withoutPersonalData(line: string): string {
  if (REQUEST_LINE.test(line)) return `{"level":"info"${line.slice(REQUEST_LINE_LEVEL.length)}`;
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return '{"level":"error","msg":"unreadable log line"}\n';
  }
  let kept = `{"level":"${LEVELS[given['level'] as number] ?? 'info'}"`;
  let dropped = 0;
  for (const name in given) {
    if (OWN_HANDLING.has(name)) continue;
    if (Object.hasOwn(FIELDS, name) && isAllowed(name, given[name])) kept += `,"${name}":${JSON.stringify(given[name])}`;
    else dropped += 1;
  }
  const failure = safeError(given['err'] ?? given['error']);
  if (failure !== undefined) kept += `,"err":${JSON.stringify(failure)}`;
  if (dropped > 0) kept += `,"dropped":${dropped}`;
  const message = given['msg'];
  if (message !== undefined)
    kept += `,"msg":"${typeof message === 'string' && FIXED_MESSAGE.test(message) ? message : 'message withheld'}"`;
  return `${kept}}\n`;
}

const OWN_HANDLING: ReadonlySet<string> = new Set(['level', 'msg', 'err', 'error']);

/** Words that were allowed before: most lines repeat the same few, and every request writes one. Bounded, since it is never emptied. */
const allowedWords = new Set<string>();
const MAX_REMEMBERED_WORDS = 500;

function isAllowed(name: string, value: unknown): boolean {
  if (typeof value !== 'string') return FIELDS[name]?.(value) === true;
  const word = `${name} ${value}`;
  if (allowedWords.has(word)) return true;
  if (FIELDS[name]?.(value) !== true) return false;
  if (WORD_FIELDS.has(name) && allowedWords.size < MAX_REMEMBERED_WORDS) allowedWords.add(word);
  return true;
}

/**
 * Structured log lines (JSON, one a line) without personal data: only the fields of the table above, fixed messages, errors without
 * their message. Levels: `error` somebody must act; `warn` it healed itself or a client misbehaves; `info` a process or job changed state, and
 * one line per request; `debug` off in production.
 *
 * @param options.destination defaults to standard output, written off the request's path; call `flushLogs` before the process ends
 */
export function makeLogger(options: {
  readonly level: 'error' | 'warn' | 'info' | 'debug' | 'silent';
  readonly destination?: DestinationStream;
}): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
      hooks: { streamWrite: withoutPersonalData },
    },
    options.destination ?? pino.destination({ dest: 1, sync: false, minLength: LOG_BUFFER_BYTES, periodicFlush: LOG_DELAY_MS }),
  );
}

/** Resolves when the lines logged so far are written. */
export function flushLogs(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    logger.flush(() => {
      resolve();
    });
  });
}
