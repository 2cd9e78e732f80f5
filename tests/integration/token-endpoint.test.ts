import { beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { FAILURES_PER_PAIR_MAX } from '../../src/access/attempts.js';
import { makeBearerAuthentication, makeBearerMiddleware } from '../../src/access/authenticate.js';
import { SCOPE_LENGTH_MAX } from '../../src/access/scopes.js';
import { makeSmartConfiguration, SMART_CONFIGURATION_PATH } from '../../src/access/smart-configuration.js';
import { makeTokenEndpoint, TOKEN_REQUEST_BYTES_MAX } from '../../src/access/token-endpoint.js';
import { accessParts, aFacility } from '../support/access-parts.js';

const SECRET = 'p%+ :ß secret';

async function start(more: { scopes?: readonly string[] } = {}) {
  const parts = accessParts();
  await parts.accounts.putClient(aFacility(more), SECRET);
  const app = express();
  app.use(makeTokenEndpoint(parts));
  const fhir = express.Router();
  fhir.use((_req, res, next) => {
    // As if a session middleware had run before.
    res.locals['caller'] = { role: 'station' };
    next();
  });
  fhir.use(makeBearerMiddleware(makeBearerAuthentication(parts)));
  fhir.get(SMART_CONFIGURATION_PATH, makeSmartConfiguration('http://localhost:8080'));
  fhir.get('/{*rest}', (_req, res) => {
    res.json({ caller: res.locals['caller'] as unknown });
  });
  app.use('/fhir/R4', fhir);
  app.use(((error: { category?: string }, _req, res, _next) => {
    res.status(error.category === 'unauthenticated' ? 401 : 500).json({ category: error.category ?? 'bug' });
  }) as express.ErrorRequestHandler);
  const take = (form: Record<string, string> | string) => request(app).post('/oauth/token').type('form').send(form);
  return { ...parts, app, take };
}
const credentials = { grant_type: 'client_credentials', client_id: 'bv-56901', client_secret: SECRET };

describe('POST /oauth/token', () => {
  let shared: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    shared = await start();
  });

  test('answers form credentials with a token that the FHIR base takes', async () => {
    const { app, take } = shared;

    const answer = await take(credentials);

    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^ey/) as unknown,
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'system/*.cruds',
    });
    const { access_token: token } = answer.body as { access_token: string };
    const used = await request(app).get('/fhir/R4/Patient').set('Authorization', `Bearer ${token}`);
    expect(used.body).toMatchObject({ caller: { role: 'facility', facilityCode: '56901', scopes: ['system/*.cruds'] } });
  });

  test('takes HTTP Basic, form-encoded as RFC 6749 §2.3.1 says and plain where it makes no difference', async () => {
    const encoded = Buffer.from(`bv-56901:${encodeURIComponent(SECRET)}`).toString('base64');

    const answer = await shared.take({ grant_type: 'client_credentials' }).set('Authorization', `Basic ${encoded}`);

    expect(answer.status).toBe(200);
  });

  test.each([
    ['system/Observation.rs', 'system/Observation.rs'],
    ['system/Observation.read  system/Patient.c system/Patient.c', 'system/Observation.read system/Patient.c'],
  ])('grants the subset "%s"', async (scope, granted) => {
    const answer = await shared.take({ ...credentials, scope });

    expect(answer.body).toMatchObject({ scope: granted });
  });

  test.each<[string, Record<string, string> | string, number, string]>([
    ['no grant type', { client_id: 'bv-56901', client_secret: SECRET }, 400, 'invalid_request'],
    ['an empty grant type', { ...credentials, grant_type: '' }, 400, 'invalid_request'],
    ['another grant type', { ...credentials, grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['a repeated parameter', 'grant_type=client_credentials&client_id=a&client_id=b', 400, 'invalid_request'],
    ['an unknown scope', { ...credentials, scope: 'everything' }, 400, 'invalid_scope'],
    ['a patient scope', { ...credentials, scope: 'patient/*.rs' }, 400, 'invalid_scope'],
    ['letters out of order', { ...credentials, scope: 'system/*.sr' }, 400, 'invalid_scope'],
    ['a blank scope', { ...credentials, scope: ' ' }, 400, 'invalid_scope'],
    ['no credentials', { grant_type: 'client_credentials' }, 401, 'invalid_client'],
    ['no secret', { grant_type: 'client_credentials', client_id: 'bv-56901' }, 401, 'invalid_client'],
    ['an unknown client', { ...credentials, client_id: 'nobody' }, 401, 'invalid_client'],
    ['a wrong secret', { ...credentials, client_secret: 'wrong' }, 401, 'invalid_client'],
  ])('refuses %s', async (_, form, status, error) => {
    const answer = await shared.take(form);

    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['www-authenticate'] === undefined).toBe(status !== 401);
  });

  test.each<[string, string, Record<string, string>, number]>([
    ['credentials twice', `Basic ${Buffer.from('bv-56901:x').toString('base64')}`, { client_secret: 'x' }, 400],
    ['two client ids', `Basic ${Buffer.from('bv-56901:x').toString('base64')}`, { client_id: 'other' }, 400],
    ['Basic without colon', `Basic ${Buffer.from('bv-56901').toString('base64')}`, {}, 401],
    ['Basic with a broken escape', `Basic ${Buffer.from('bv-56901:%zz').toString('base64')}`, {}, 401],
    ['another scheme', 'Bearer abc', {}, 401],
  ])('refuses %s', async (_, authorization, form, status) => {
    const answer = await shared.take({ grant_type: 'client_credentials', ...form }).set('Authorization', authorization);

    expect(answer.status).toBe(status);
  });

  test('refuses a scope beyond the rights of the client', async () => {
    const { take } = await start({ scopes: ['system/Observation.rs'] });

    expect((await take({ ...credentials, scope: 'system/Observation.r' })).status).toBe(200);
    expect((await take({ ...credentials, scope: 'system/*.r' })).body).toMatchObject({ error: 'invalid_scope' });
    expect((await take({ ...credentials, scope: 'system/Observation.cruds' })).body).toMatchObject({ error: 'invalid_scope' });
  });

  test('reads a scope up to its bound', async () => {
    const scopeOf = (length: number): string => 'system/*.r'.padEnd(length, ' system/*.r').slice(0, length);
    // 10 letters and 11 for each further one.
    const longest = scopeOf(10 + 11 * 90);

    expect(longest).toHaveLength(SCOPE_LENGTH_MAX);
    expect((await shared.take({ ...credentials, scope: longest })).status).toBe(200);
    expect((await shared.take({ ...credentials, scope: `${longest} ` })).body).toMatchObject({ error: 'invalid_scope' });
  });

  test('refuses JSON, a body above the bound, and other methods', async () => {
    const { app } = shared;
    const filled = (bytes: number): string => {
      const form = new URLSearchParams(credentials).toString();
      return `${form}&x=${'x'.repeat(bytes - form.length - 3)}`;
    };

    expect((await request(app).post('/oauth/token').send(credentials)).body).toMatchObject({ error: 'invalid_request' });
    expect((await shared.take(filled(TOKEN_REQUEST_BYTES_MAX))).status).toBe(200);
    expect((await shared.take(filled(TOKEN_REQUEST_BYTES_MAX + 1))).status).toBe(413);
    const got = await request(app).get('/oauth/token?grant_type=client_credentials');
    expect([got.status, got.headers['allow']]).toEqual([405, 'POST']);
  });

  test('after too many failures answers 429 with the time to wait', async () => {
    const { take } = await start();
    for (let time = 0; time < FAILURES_PER_PAIR_MAX; time += 1) await take({ ...credentials, client_secret: 'x' });

    const answer = await take(credentials);

    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '900']);
  });

  test('never repeats what was sent', async () => {
    const answers = await Promise.all([
      shared.take({ ...credentials, client_secret: 'PLANTED' }),
      shared.take({ ...credentials, scope: 'PLANTED' }),
      shared.take({ ...credentials, grant_type: 'PLANTED' }),
      shared.take({ grant_type: 'client_credentials', client_id: 'PLANTED', client_secret: 'x' }),
    ]);

    expect(answers.map(({ text, headers }) => text + JSON.stringify(headers)).join()).not.toContain('PLANTED');
  });
});

describe('the FHIR base', () => {
  test('challenges who brings no token or a bad one; a cookie session counts as none', async () => {
    const { app } = await start();

    const without = await request(app).get('/fhir/R4/Patient').set('Cookie', 'so-suc-khoe=x');
    const bad = await request(app).get('/fhir/R4/Patient').set('Authorization', 'Bearer a.b.c');

    expect([without.status, without.headers['www-authenticate']]).toEqual([401, 'Bearer realm="so-suc-khoe"']);
    expect([bad.status, bad.headers['www-authenticate']]).toEqual([401, 'Bearer realm="so-suc-khoe", error="invalid_token"']);
  });

  test('names its token endpoint to everybody, and opens metadata without a caller', async () => {
    const { app } = await start();

    const smart = await request(app).get('/fhir/R4/.well-known/smart-configuration');
    const metadata = await request(app).get('/fhir/R4/metadata');

    expect(smart.body).toMatchObject({
      token_endpoint: 'http://localhost:8080/oauth/token',
      grant_types_supported: ['client_credentials'],
    });
    expect(metadata.body).toEqual({});
  });
});
