import { describe, expect, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { PhrError } from '../../../src/errors.js';
import { makeLogger, MAX_LOGGED_FRAMES, type Logger } from '../../../src/operations/logging.js';
import { makeRequestLog, MAX_CORRELATION_ID_LENGTH } from '../../../src/operations/request-log.js';

const NAME = 'Nguyễn Thị Hoà';
const CITIZEN_NUMBER = '001184012345';
const CARD_NUMBER = 'DN4797912345678';
const PLANTED = [NAME, 'Nguyễn', 'Hoà', encodeURIComponent(NAME), CITIZEN_NUMBER, CARD_NUMBER, '12345678', '1984-05-02'];

/** A logger and everything it wrote. */
function capture(level: 'info' | 'debug' = 'debug') {
  const written: string[] = [];
  const logger = makeLogger({ level, destination: { write: (line: string) => void written.push(line) } });
  return {
    logger,
    text: () => written.join(''),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
function expectNothingPlanted(text: string): void {
  expect(PLANTED.filter((value) => text.includes(value))).toEqual([]);
}

describe('a log line', () => {
  test('holds level, time, message and the listed fields', () => {
    const { logger, lines } = capture();

    logger.warn({ kind: 'link-person', attempt: 3, outboxId: 'parse.0b0f2e6c-6f0e-4d0b-9a37-123456789012' }, 'job failed');

    expect(lines()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        kind: 'link-person',
        attempt: 3,
        outboxId: 'parse.0b0f2e6c-6f0e-4d0b-9a37-123456789012',
        msg: 'job failed',
      },
    ]);
  });

  test('is not written below the level', () => {
    const { logger, lines } = capture('info');

    logger.debug({}, 'too small');

    expect(lines()).toEqual([]);
  });

  test('loses a field that is not listed, and says how many', () => {
    const { logger, lines } = capture();

    logger.info({ [NAME]: 1, patient: { name: NAME }, query: `identifier=${CITIZEN_NUMBER}`, status: 200 }, 'request');

    expect(lines()).toEqual([{ level: 'info', time: expect.any(String), status: 200, dropped: 3, msg: 'request' }]);
  });

  const ACCIDENTS: Readonly<Record<string, (logger: Logger) => void>> = {
    'a listed field with the wrong content': (logger) => {
      logger.info(
        { requestId: CITIZEN_NUMBER, outboxId: `visit:${CARD_NUMBER}`, interaction: NAME, route: `/people/${CITIZEN_NUMBER}` },
        'x',
      );
    },
    'a message put together from data': (logger) => {
      logger.info([`found ${NAME}`].join());
    },
    'a message with place-holders': (logger) => {
      const format = 'found %s %o';
      logger.info(format, NAME, { number: CITIZEN_NUMBER });
    },
    'bindings of a child logger': (logger) => {
      logger.child({ name: NAME, requestId: CITIZEN_NUMBER }, { msgPrefix: NAME }).info({}, 'hello');
    },
    'bindings set later': (logger) => {
      const child = logger.child({});
      child.setBindings({ number: CARD_NUMBER });
      child.info({}, 'hello');
    },
    'serializers of a child logger': (logger) => {
      logger.child({}, { serializers: { status: () => NAME } }).info({ status: 1 }, 'hello');
    },
    'an error as the only argument': (logger) => {
      logger.error(new Error(`no such person ${NAME}`));
    },
    'an error with issues, cause and properties': (logger) => {
      const cause = Object.assign(new SyntaxError(`Unexpected ${NAME}`), { body: CITIZEN_NUMBER, code: CARD_NUMBER });
      logger.error({ err: new PhrError('invalid', NAME, [{ text: CITIZEN_NUMBER }], { cause }) }, 'request failed');
    },
    'an error under another key': (logger) => {
      logger.error({ error: new Error(NAME), problem: new Error(CITIZEN_NUMBER) }, 'request failed');
    },
    'an error whose message has several lines': (logger) => {
      logger.error({ err: new Error(`first\n    at ${NAME}\n${CITIZEN_NUMBER}`) }, 'request failed');
    },
    'text that is no field at all': (logger) => {
      logger.error(NAME as unknown as object, CITIZEN_NUMBER);
    },
  };
  for (const [accident, log] of Object.entries(ACCIDENTS)) {
    test(`leaks nothing through ${accident}`, () => {
      const { logger, text, lines } = capture();

      log(logger);

      expect(lines()).toHaveLength(1);
      expectNothingPlanted(text());
    });
  }

  test('says of an error its class, code, category and a bounded number of frames', () => {
    const { logger, lines } = capture();
    const deep = (depth: number): never => {
      if (depth === 0)
        throw new PhrError('unavailable', 'the disk is full', [], { cause: Object.assign(new Error(), { code: 'ENOSPC' }) });
      return deep(depth - 1);
    };
    try {
      deep(40);
    } catch (err) {
      logger.error({ err }, 'commit failed');
    }

    const { type, category, frames } = lines()[0]?.['err'] as { type: string; category: string; frames: string[] };
    expect([type, category]).toEqual(['PhrError', 'unavailable']);
    expect(frames[0]).toMatch(/^deep (dist\/)?tests\/unit\/operations\/logging\.test\.[jt]s:\d+$/);
    expect(frames.length).toBeGreaterThan(5);
    expect(frames.length).toBeLessThanOrEqual(MAX_LOGGED_FRAMES);
  });
});

describe('the line of a request', () => {
  function start() {
    const captured = capture();
    const ended: unknown[] = [];
    let clock = 0;
    const app = express();
    app.use(
      makeRequestLog({
        logger: captured.logger,
        nowMs: () => (clock += 12.34),
        newId: () => '11111111-1111-4111-8111-111111111111',
        observer: { requestEnded: (line) => void ended.push(line) },
      }),
    );
    app.use(express.json());
    app.all('/fhir/R4/:resourceType/:id', (_req, res) => {
      Object.assign(res.locals, { interaction: 'read', resourceType: 'Patient' });
      res.json({ name: NAME });
    });
    app.post('/throws', (req) => {
      throw new Error(`could not keep ${JSON.stringify(req.body)} of ${req.url}`);
    });
    app.use((err: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
      captured.logger.error({ err, requestId: res.locals['requestId'] as string }, 'request failed');
      res.status(500).end();
    });
    return { app, ended, ...captured };
  }

  test('has id, interaction, type, status and duration, and the route instead of the URL', async () => {
    const { app, lines, ended } = start();

    await request(app).get(`/fhir/R4/Patient/${CITIZEN_NUMBER}?name=${encodeURIComponent(NAME)}`);

    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        requestId: '11111111-1111-4111-8111-111111111111',
        method: 'GET',
        route: '/fhir/R4/:resourceType/:id',
        interaction: 'read',
        resourceType: 'Patient',
        status: 200,
        durationMs: 12.3,
        msg: 'request',
      },
    ]);
    expect(ended).toEqual([{ interaction: 'read', status: 200, durationMs: 12.3 }]);
  });

  test('planted values in path, query, body, headers and thrown errors never reach the log', async () => {
    const { app, text, lines } = start();
    const send = (path: string) =>
      request(app)
        .post(`${path}?identifier=${CITIZEN_NUMBER}&name=${encodeURIComponent(NAME)}`)
        .set('X-Request-Id', CITIZEN_NUMBER)
        .set('Authorization', `Bearer ${CARD_NUMBER}`)
        .set('Referer', `http://localhost/?card=${CARD_NUMBER}`)
        .set('User-Agent', CARD_NUMBER);

    await send('/throws').send({ name: NAME, card: CARD_NUMBER, birthDate: '1984-05-02' });
    await send('/throws').type('json').send(`{"name": "${NAME}", ${CITIZEN_NUMBER}`);
    await send(`/nowhere/${CITIZEN_NUMBER}`);
    await send(`/fhir/R4/Patient/${CARD_NUMBER}`);

    expect(lines().filter(({ msg }) => msg === 'request')).toHaveLength(4);
    expect(lines().filter(({ msg }) => msg === 'request failed')).toHaveLength(2);
    expectNothingPlanted(text());
  });

  test('takes the client’s id when it is a UUID', async () => {
    const { app, lines } = start();
    const id = '6F9619FF-8B86-4D01-B42D-00CF4FC964FF';

    const res = await request(app).get('/').set('X-Request-Id', id);

    expect(res.headers['x-request-id']).toBe(id.toLowerCase());
    expect(res.headers['x-correlation-id']).toBeUndefined();
    expect(lines()[0]?.['requestId']).toBe(id.toLowerCase());
  });

  for (const [asked, correlation] of [
    ['req-1', 'req-1'],
    ['a'.repeat(MAX_CORRELATION_ID_LENGTH), 'a'.repeat(MAX_CORRELATION_ID_LENGTH)],
    ['a'.repeat(MAX_CORRELATION_ID_LENGTH + 1), undefined],
    ['<script>', undefined],
  ]) {
    test(`answers X-Request-Id "${asked?.slice(0, 10)}" (${asked?.length}) with an id of its own`, async () => {
      const { app } = start();

      const res = await request(app)
        .get('/')
        .set('X-Request-Id', asked ?? '');

      expect(res.headers['x-request-id']).toBe('11111111-1111-4111-8111-111111111111');
      expect(res.headers['x-correlation-id']).toBe(correlation);
    });
  }
});
