import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import express from 'express';
import request from 'supertest';
import { makeAccessRoom } from '../../src/access/access-room.js';
import { makeSecrets } from '../../src/access/secrets.js';
import type { SessionLocals } from '../../src/access/session-middleware.js';
import { createDemonstrationSignIns } from '../../src/access/sign-ins.js';
import type { SignIns } from '../../src/access/sign-ins.js';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { storeCodec } from '../support/store-codec.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const termKey = randomBytes(32);
const tokenKey = randomBytes(32);
const BASE_URL = 'http://localhost:8080';

/** The room over the SQLite file of the folder, as one start of the service. */
async function start(demonstration: boolean) {
  const store = await openSqliteStore({ path: join(folder, 'store.db'), codec: storeCodec, termKey, now: Date.now });
  const access = makeAccessRoom({
    store,
    baseUrl: BASE_URL,
    demonstration,
    tokenKey,
    tokenTtlSeconds: 900,
    sessionTtlSeconds: 28_800,
    personOfIdentity: (identityId) => Promise.resolve(identityId === 'identity-1' ? 'p1' : undefined),
    now: () => new Date(),
    secrets: makeSecrets({ N: 16, r: 1, p: 1 }),
  });
  const app = express();
  app.use(access.tokenEndpoint);
  app.get('/fhir/R4/whoami', access.bearer, (_req, res) => {
    res.json((res.locals as SessionLocals).caller);
  });
  app.use(...access.pages);
  app.post('/sign-in', express.urlencoded({ extended: false }), async (req, res) => {
    const { username, password } = req.body as { username: string; password: string };
    const { setCookie } = await access.sessions.signIn(username, password, {});
    res.append('Set-Cookie', setCookie).json({});
  });
  app.get('/whoami', (_req, res) => {
    res.json((res.locals as SessionLocals).caller ?? {});
  });
  app.use(((error: { category?: string }, _req, res, _next) => {
    res.status(error.category === 'unauthenticated' ? 401 : 500).json({});
  }) as express.ErrorRequestHandler);
  const create = (existing?: SignIns) =>
    createDemonstrationSignIns(
      { accounts: access.accounts, demonstration, registerPortalIdentity: () => Promise.resolve('identity-1') },
      {
        baseUrl: BASE_URL,
        facilities: [{ code: '56901', display: 'Bệnh viện 56901' }],
        stations: [{ communeCode: '22651', display: 'Trạm Y tế 22651' }],
        citizens: [{ name: 'Nguyễn Thị Nga', birthDate: '1984-05-02', nationalId: '056184000001', communeCode: '22651' }],
        startPages: { citizen: '/c', station: '/s', steward: '/r', sender: '/g', operator: '/o' },
      },
      existing,
    );
  const take = (client: SignIns['software'][number] | undefined) =>
    request(app)
      .post('/oauth/token')
      .type('form')
      .send({ grant_type: 'client_credentials', client_id: client?.clientId, client_secret: client?.clientSecret });
  const signIn = async (person: SignIns['people'][number] | undefined) => {
    const agent = request.agent(app);
    const answer = await agent.post('/sign-in').type('form').send({ username: person?.username, password: person?.password });
    return { agent, answer };
  };
  return { store, app, create, take, signIn };
}

describe('access over a data folder', () => {
  test('a demonstration’s folder opens nothing in production: no client, no token, no account, no session', async () => {
    const demonstration = await start(true);
    const signIns = await demonstration.create();
    const token = ((await demonstration.take(signIns.software[0])).body as { access_token: string }).access_token;
    const { agent, answer } = await demonstration.signIn(signIns.people[0]);
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';

    const caller = await request(demonstration.app).get('/fhir/R4/whoami').set('Authorization', `Bearer ${token}`);
    expect(caller.body).toMatchObject({ role: 'facility', facilityCode: '56901' });
    expect((await agent.get('/whoami')).body).toMatchObject({ role: 'citizen', personId: 'p1', purpose: 'PATRQT' });
    await demonstration.store.close();

    const production = await start(false);
    for (const client of signIns.software) expect((await production.take(client)).status).toBe(401);
    for (const person of signIns.people) expect((await production.signIn(person)).answer.status).toBe(401);
    expect((await request(production.app).get('/fhir/R4/whoami').set('Authorization', `Bearer ${token}`)).status).toBe(401);
    expect((await request(production.app).get('/whoami').set('Cookie', cookie)).body).toEqual({});
    await expect(production.create(signIns)).rejects.toMatchObject({ category: 'forbidden' });
    await production.store.close();
  });

  test('a second start keeps sign-ins and sessions; no secret, session id or name stands in the files', async () => {
    const first = await start(true);
    const signIns = await first.create();
    const { answer } = await first.signIn(signIns.people[1]);
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    await first.store.close();

    const second = await start(true);
    expect(await second.create(signIns)).toEqual(signIns);
    expect((await request(second.app).get('/whoami').set('Cookie', cookie)).body).toMatchObject({
      role: 'station',
      communeCode: '22651',
    });
    await second.store.close();

    const bytes = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name)))).toString('latin1');
    const planted = [
      ...signIns.software.map(({ clientSecret }) => clientSecret),
      ...signIns.people.map(({ password }) => password),
      cookie.split('=')[1] ?? '',
      '056184000001',
    ];
    expect(planted.filter((secret) => secret === '' || bytes.includes(secret))).toEqual([]);
    expect(bytes).toContain('facility-56901');
  });
});
