import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import request from 'supertest';
import { compose } from '../../src/composition.js';
import type { Service } from '../../src/service.js';
import { readConfig } from '../../src/config.js';
import { freePort } from '../support/free-port.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder({ inMemory: true });
const lines: string[] = [];
let service: Service;

/** Commits of the request thread that went through so far. */
async function committed(): Promise<number> {
  const { text } = await request(service.app).get('/metrics');
  return Number(/^phr_commit_duration_seconds_count\{outcome="committed"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

beforeAll(async () => {
  service = await compose(
    readConfig({ DATA_DIR: folder, SAMPLE_COMMUNE: '0', NODE_ENV: 'test', LOG_LEVEL: 'error', PORT: String(await freePort()) }),
    {
      logger: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
      onFailure: (error) => {
        throw error;
      },
    },
  );
});
afterAll(() => service.close());

// Here the routers meet: each of them must be complete with its own errors.
describe('the composed service', () => {
  test.each(['/sign-in', '/station', '/sign-out'])('refuses a form that another site sends to %s with a page', async (path) => {
    const answer = await request(service.app)
      .post(path)
      .set('Origin', 'http://evil.example')
      .type('form')
      .send({ username: 'a' });

    expect(answer.status).toBe(403);
    expect(answer.type).toBe('text/html');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.text).toContain(answer.headers['x-request-id'] as string);
    expect(answer.text).not.toMatch(/\.js:\d+|PhrError|node_modules/);
  });

  test.each([
    '/%ZZ',
    '/station/person/%ZZ',
    '/intake/receipts/%ZZ',
    '/fhir/R4/%ZZ',
    '/fhir/R4/Patient/%ZZ',
    '/api/%ZZ',
    '/oauth/%ZZ',
  ])('an address that cannot be decoded, %s, is no bug and shows no stack', async (path) => {
    const answer = await request(service.app).get(path);

    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toMatch(/\.js:\d+|node_modules|URIError/);
    expect(lines).toEqual([]);
  });

  test('every answer carries the id of its request', async () => {
    for (const path of [
      '/',
      '/nothing',
      '/healthz',
      '/metrics',
      '/oauth/token',
      '/intake/receipts',
      '/fhir/R4/metadata',
      '/fhir/R4/Patient',
    ]) {
      const answer = await request(service.app).get(path);
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('is not ready while its jobs do not run, and says which part', async () => {
    const answer = await request(service.app).get('/readyz');

    expect(answer.status).toBe(503);
    expect(answer.body).toEqual({ status: 'not-ready', parts: { store: 'ready', jobs: 'not-ready' } });
  });

  test('once started is ready, and counts what its commits take', async () => {
    await service.start();
    const client = service.demonstration?.signIns.software.find(({ role }) => role === 'integrator');
    const token = await request(service.app)
      .post('/oauth/token')
      .type('form')
      .send({ grant_type: 'client_credentials', client_id: client?.clientId, client_secret: client?.clientSecret });
    const before = await committed();

    await request(service.app)
      .get('/fhir/R4/Patient/x')
      .set('Authorization', `Bearer ${(token.body as { access_token: string }).access_token}`)
      .expect(404);

    expect(await committed()).toBe(before + 1);
    await request(service.app).get('/readyz').expect(200);
    const { text } = await request(service.app).get('/metrics');
    for (const name of DOCUMENTED) expect(text).toContain(`# TYPE ${name} `);
  });
});

/** docs/operations.md, "Metrics". */
const DOCUMENTED = [
  'phr_http_request_duration_seconds',
  'phr_outbox_open_rows',
  'phr_outbox_oldest_open_seconds',
  'phr_outbox_dead_rows',
  'phr_job_duration_seconds',
  'phr_job_failures_total',
  'phr_commit_duration_seconds',
];
