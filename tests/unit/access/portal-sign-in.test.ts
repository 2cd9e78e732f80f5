import { describe, expect, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { CLIENTS } from '../../../src/access/accounts.js';
import { FAILURES_PER_PAIR_MAX } from '../../../src/access/attempts.js';
import { makeBearerAuthentication } from '../../../src/access/authenticate.js';
import { portalDigest } from '../../../src/access/portal-passwords.js';
import { eitherTokens } from '../../../src/access/portal-sign-in.js';
import { isPhrError } from '../../../src/errors.js';
import { accessParts, aFacility } from '../../support/access-parts.js';

const ORIGIN = { requestId: 'r' };

async function start(client = aFacility()) {
  const parts = accessParts();
  await parts.accounts.putClient(client, 's');
  const app = express();
  app.get('/', parts.portal.session, (_req, res) => void res.json(res.locals['caller']));
  app.use(((error: unknown, _req, res, _next) => {
    res.status(401).json(isPhrError(error) ? { category: error.category, message: error.message } : { message: String(error) });
  }) as express.ErrorRequestHandler);
  const ask = (headers: Readonly<Record<string, string>>) => request(app).get('/').set(headers);
  const take = () => parts.portal.take('bv-56901', portalDigest('s'), undefined);
  return { ...parts, ask, take };
}

describe('the portal session', () => {
  test('is a caller of the facility that may send and read, and nothing else', async () => {
    const { take, ask } = await start();
    const { accessToken, idToken, clientId, expiresAt } = await take();

    const answer = await ask({ accessToken, tokenId: idToken, passwordHash: portalDigest('s').toUpperCase() });

    expect([clientId, expiresAt.toISOString()]).toEqual(['bv-56901', '2026-11-25T08:15:00.000Z']);
    expect(answer.body).toMatchObject({
      role: 'facility',
      facilityCode: '56901',
      scopes: ['system/*.cr'],
      agent: { id: 'bv-56901' },
    });
  });

  test('gives no more than the client has', async () => {
    const reader = await start(aFacility({ scopes: ['system/*.rs'] }));
    const narrow = await start(aFacility({ scopes: ['system/Observation.cruds'] }));

    const { accessToken, idToken } = await reader.take();

    expect((await reader.ask({ accessToken, tokenId: idToken })).body).toMatchObject({ scopes: ['system/*.r'] });
    await expect(narrow.take()).rejects.toMatchObject({ category: 'forbidden' });
  });

  test('does not open the FHIR base, and opens the intake doors beside the tokens of OAuth', async () => {
    const { take, tokens, portal, accounts, now } = await start();
    const { accessToken, idToken } = await take();
    const client = await accounts.client('bv-56901');
    const oauth = await tokens.issue(client ?? aFacility(), ['system/*.cruds']);
    const atFhir = makeBearerAuthentication({ tokens, now });
    const atIntake = makeBearerAuthentication({ tokens: eitherTokens(tokens, portal.tokens), now });

    await expect(atFhir(`Bearer ${accessToken}`, ORIGIN)).rejects.toMatchObject({ category: 'unauthenticated' });
    await expect(atFhir(`Bearer ${idToken}`, ORIGIN)).rejects.toMatchObject({ category: 'unauthenticated' });
    await expect(atIntake(`Bearer ${idToken}`, ORIGIN)).rejects.toMatchObject({ category: 'unauthenticated' });
    expect(await atIntake(`Bearer ${accessToken}`, ORIGIN)).toMatchObject({ scopes: ['system/*.cr'] });
    expect(await atIntake(`Bearer ${oauth}`, ORIGIN)).toMatchObject({ scopes: ['system/*.cruds'] });
  });

  test('is refused without its parts, with parts of two sessions, with a token of OAuth, with another password', async () => {
    const { take, ask, tokens, clock } = await start();
    const first = await take();
    clock.ms += 1_000;
    const second = await take();
    const oauth = await tokens.issue(aFacility(), ['system/*.cruds']);

    for (const headers of [
      {},
      { accessToken: first.accessToken },
      { tokenId: first.idToken },
      { accessToken: first.accessToken, tokenId: second.idToken },
      { accessToken: first.idToken, tokenId: first.idToken },
      { accessToken: first.accessToken, tokenId: first.accessToken },
      { accessToken: oauth, tokenId: first.idToken },
      { accessToken: `${first.accessToken}x`, tokenId: first.idToken },
      { accessToken: first.accessToken, tokenId: first.idToken, passwordHash: portalDigest('other') },
      { accessToken: first.accessToken, tokenId: first.idToken, passwordHash: 'none' },
    ]) {
      const answer = await ask(headers);
      expect([answer.status, answer.body.category]).toEqual([401, 'unauthenticated']);
      expect(answer.body.message).toMatch(/Phiên làm việc không đúng|passwordHash không phải/);
    }
  });

  test('ends, and says that it ended', async () => {
    const { take, ask, clock } = await start();
    const { accessToken, idToken } = await take();
    const headers = { accessToken, tokenId: idToken };

    clock.ms += 899_000;
    expect((await ask(headers)).status).toBe(200);
    clock.ms += 2_000;
    const late = await ask(headers);

    expect(late.body).toMatchObject({ category: 'unauthenticated', message: expect.stringContaining('đã hết hạn') });
  });
});

describe('the portal sign-in', () => {
  test('refuses the secret itself, another MD5 and an unknown account alike; failures count with those of OAuth', async () => {
    const { portal, accounts } = await start();

    for (const [name, password] of [
      ['bv-56901', 's'],
      ['bv-56901', portalDigest('t')],
      ['nobody', portalDigest('s')],
    ] as const) {
      await expect(portal.take(name, password, undefined)).rejects.toMatchObject({
        category: 'unauthenticated',
        message: 'Sai tên đăng nhập hoặc mật khẩu',
      });
    }
    for (let time = 2; time < FAILURES_PER_PAIR_MAX; time += 1) {
      await expect(accounts.verifyClient('bv-56901', 'x')).rejects.toMatchObject({ category: 'unauthenticated' });
    }
    await expect(portal.take('bv-56901', portalDigest('s'), undefined)).rejects.toMatchObject({ category: 'throttled' });
  });

  test('an MD5 does not pass where the secret is asked for', async () => {
    const { accounts } = await start();

    await expect(accounts.verifyClient('bv-56901', portalDigest('s'))).rejects.toMatchObject({ category: 'unauthenticated' });
  });

  test('a client kept before it had a hash for this door can not use it, and a demonstration gives it one', async () => {
    const { store, accounts, portal } = await start(aFacility({ demonstration: true }));
    const kept = await store.record<{ readonly portalHash?: string }>(CLIENTS, 'bv-56901');
    const { portalHash, ...older } = kept?.value ?? {};
    expect(portalHash).toMatch(/^\$argon2id\$/);
    expect(await accounts.hasDemonstrationSecret('client', 'bv-56901', 's')).toBe(true);

    await store.commit({ records: [{ collection: CLIENTS, id: 'bv-56901', expected: 'any', value: older }] });

    await expect(portal.take('bv-56901', portalDigest('s'), undefined)).rejects.toMatchObject({ category: 'unauthenticated' });
    expect(await accounts.hasDemonstrationSecret('client', 'bv-56901', 's')).toBe(false);
  });

  test('no client that is shown holds a hash', async () => {
    const { accounts } = await start();

    const shown = [await accounts.client('bv-56901'), await accounts.verifyClient('bv-56901', 's')];

    expect(shown).toEqual([aFacility(), aFacility()]);
  });
});
