import { describe, expect, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import {
  FORM_TOKEN_FIELD,
  makeSameOriginCheck,
  makeSessionMiddleware,
  requireFormToken,
} from '../../src/access/session-middleware.js';
import type { SessionLocals } from '../../src/access/session-middleware.js';
import { makeSessions } from '../../src/access/sessions.js';
import { accessParts, aStation } from '../support/access-parts.js';

async function start() {
  const parts = accessParts();
  await parts.accounts.putAccount(aStation(), 'password');
  const sessions = makeSessions({
    ...parts,
    personOfIdentity: () => Promise.resolve(undefined),
    isHttps: false,
    ttlSeconds: 3_600,
  });
  const app = express();
  app.use(makeSameOriginCheck('http://localhost:8080'), makeSessionMiddleware({ sessions, isHttps: false }));
  app.use(express.urlencoded({ extended: false }));
  app.post('/sign-in', async (req, res) => {
    const { username, password } = req.body as { username: string; password: string };
    const cookie = req.get('cookie');
    const { setCookie } = await sessions.signIn(username, password, cookie === undefined ? {} : { cookie });
    res.append('Set-Cookie', setCookie).json({});
  });
  app.get('/page', (_req, res) => {
    const { caller, session } = res.locals as SessionLocals;
    res.json({ role: caller?.role, formToken: session?.formToken });
  });
  app.post('/page', requireFormToken, (_req, res) => {
    res.json({ done: true });
  });
  app.use(((error: { category?: string }, _req, res, _next) => {
    res.status(error.category === 'forbidden' ? 403 : error.category === 'unauthenticated' ? 401 : 500).json({});
  }) as express.ErrorRequestHandler);
  const signedIn = request.agent(app);
  const signIn = () => signedIn.post('/sign-in').type('form').send({ username: 'tram-22651', password: 'password' });
  return { ...parts, app, signedIn, signIn };
}

describe('pages of a signed-in person', () => {
  test('know who asks, and take a form with the token of the session', async () => {
    const { signedIn, signIn } = await start();
    await signIn();

    const page = await signedIn.get('/page');
    const { role, formToken } = page.body as { role: string; formToken: string };
    const done = await signedIn
      .post('/page')
      .type('form')
      .set('Origin', 'http://localhost:8080')
      .send({ [FORM_TOKEN_FIELD]: formToken });

    expect(role).toBe('station');
    expect(done.body).toEqual({ done: true });
  });

  test('refuse a form without token, with the token of another session, and of somebody not signed in', async () => {
    const one = await start();
    const other = await start();
    await one.signIn();
    await other.signIn();
    const { formToken } = (await other.signedIn.get('/page')).body as { formToken: string };

    expect((await one.signedIn.post('/page').type('form').send({})).status).toBe(403);
    expect(
      (
        await one.signedIn
          .post('/page')
          .type('form')
          .send({ [FORM_TOKEN_FIELD]: formToken })
      ).status,
    ).toBe(403);
    expect((await one.signedIn.post('/page')).status).toBe(403);
    expect(
      (
        await request(one.app)
          .post('/page')
          .type('form')
          .send({ [FORM_TOKEN_FIELD]: formToken })
      ).status,
    ).toBe(401);
  });

  test('refuse what another site sends, sign-in included', async () => {
    const { signedIn, signIn } = await start();

    expect((await signIn().set('Origin', 'http://evil.example')).status).toBe(403);
    expect((await signIn().set('Sec-Fetch-Site', 'cross-site')).status).toBe(403);
    expect((await signedIn.get('/page').set('Origin', 'http://evil.example')).status).toBe(200);
  });

  test('an ended session is nobody, and its cookie is cleared; other cookies are left alone', async () => {
    const { signedIn, signIn, clock, app } = await start();
    await signIn();
    clock.ms += 3_600_000;

    const page = await signedIn.get('/page');

    expect(page.body).toEqual({});
    expect(page.headers['set-cookie']).toEqual([expect.stringContaining('Max-Age=0')]);
    expect((await request(app).get('/page').set('Cookie', 'theme=dark')).headers['set-cookie']).toBeUndefined();
  });
});
