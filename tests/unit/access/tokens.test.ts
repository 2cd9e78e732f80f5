import { describe, expect, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import { randomBytes } from 'node:crypto';
import type { Client } from '../../../src/access/accounts.js';
import { makeBearerAuthentication, VERIFIED_TOKENS_MAX } from '../../../src/access/authenticate.js';
import { makeTokens, TOKEN_KEY_BYTES_MIN, TOKEN_LENGTH_MAX } from '../../../src/access/tokens.js';
import type { Tokens } from '../../../src/access/tokens.js';

const key = randomBytes(TOKEN_KEY_BYTES_MIN);
const clock = { ms: Date.parse('2026-11-25T08:00:00Z') };
const tokensOf = (more: Partial<Parameters<typeof makeTokens>[0]> = {}): Tokens =>
  makeTokens({
    key,
    issuer: 'http://localhost:8080',
    audience: 'http://localhost:8080/fhir/R4',
    ttlSeconds: 900,
    demonstration: true,
    now: () => new Date(clock.ms),
    ...more,
  });
const facility: Client = {
  clientId: 'bv-56901',
  role: 'facility',
  facilityCode: '56901',
  display: 'Bệnh viện A',
  scopes: ['system/*.cruds'],
  demonstration: false,
};
const integrator: Client = {
  clientId: 'integrator',
  role: 'integrator',
  display: 'Tích hợp',
  scopes: ['system/*.cruds'],
  demonstration: true,
};
const origin = { requestId: 'r1', network: '10.0.0.1' };
const authenticationOf = (tokens = tokensOf()) => makeBearerAuthentication({ tokens, now: () => new Date(clock.ms) });
const unauthenticated = { category: 'unauthenticated' };

describe('bearer tokens', () => {
  test('a token resolves to its caller, with the request it came with', async () => {
    const token = await tokensOf().issue(facility, ['system/Observation.rs']);

    expect(await authenticationOf()(`Bearer ${token}`, origin)).toEqual({
      agent: { kind: 'software', id: 'bv-56901', role: 'facility', display: 'Bệnh viện A', facilityCode: '56901' },
      role: 'facility',
      scopes: ['system/Observation.rs'],
      facilityCode: '56901',
      purpose: 'TREAT',
      requestId: 'r1',
      network: '10.0.0.1',
    });
  });

  test('is valid until its second of expiry, kept verified or not', async () => {
    const authenticate = authenticationOf();
    const started = clock.ms;
    const token = await tokensOf().issue(facility, facility.scopes);
    await authenticate(`Bearer ${token}`, origin);

    clock.ms = started + 899_000;
    await expect(authenticate(`Bearer ${token}`, origin)).resolves.toMatchObject({ role: 'facility' });
    await expect(authenticationOf()(`Bearer ${token}`, origin)).resolves.toMatchObject({ role: 'facility' });
    clock.ms = started + 900_000;
    await expect(authenticate(`Bearer ${token}`, origin)).rejects.toMatchObject(unauthenticated);
    await expect(authenticate(`Bearer ${token}`, origin)).rejects.toMatchObject(unauthenticated);
    await expect(authenticationOf()(`Bearer ${token}`, origin)).rejects.toMatchObject(unauthenticated);
    clock.ms = started;
  });

  test('two requests of one token do not share what belongs to one request', async () => {
    const authenticate = authenticationOf();
    const token = await tokensOf().issue(facility, facility.scopes);

    const [first, second] = [
      await authenticate(`Bearer ${token}`, origin),
      await authenticate(`bearer ${token}`, { requestId: 'r2' }),
    ];

    expect([first.requestId, second.requestId, second.network]).toEqual(['r1', 'r2', undefined]);
    expect(first.scopes).toBe(second.scopes);
    expect(Object.isFrozen(first)).toBe(true);
  });

  test('the bound of verified tokens forgets, it does not refuse', async () => {
    // Signing that many would take seconds: the reader is what is tested.
    const reader: Tokens = {
      ttlSeconds: 900,
      issue: () => Promise.reject(new Error('not used')),
      verify: (token) => {
        verifications.push(token);
        return Promise.resolve({ client: facility, scopes: facility.scopes, expiresAt: clock.ms / 1_000 + 900 });
      },
    };
    const verifications: string[] = [];
    const authenticate = authenticationOf(reader);
    for (let index = 0; index < VERIFIED_TOKENS_MAX; index += 1) await authenticate(`Bearer t${index}`, origin);

    await authenticate('Bearer t0', origin);
    expect(verifications).toHaveLength(VERIFIED_TOKENS_MAX);
    await authenticate('Bearer one-more', origin);
    await authenticate('Bearer t0', origin);
    expect(verifications.slice(VERIFIED_TOKENS_MAX)).toEqual(['one-more', 't0']);
  });
});

describe('refused tokens', () => {
  const claims = { scope: 'system/*.cruds', role: 'integrator', display: 'x', demonstration: true };
  const handMade = (more: { typ?: string; issuer?: string; audience?: string; key?: Uint8Array; alg?: string }) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: more.alg ?? 'HS256', typ: more.typ ?? 'at+jwt' })
      .setIssuer(more.issuer ?? 'http://localhost:8080')
      .setAudience(more.audience ?? 'http://localhost:8080/fhir/R4')
      .setSubject('integrator')
      .setExpirationTime(clock.ms / 1_000 + 900)
      .sign(more.key ?? key);
  const refusedBy = (token: string) => expect(tokensOf().verify(token)).rejects.toMatchObject(unauthenticated);

  test('the hand-made token of these tests is accepted when nothing is wrong with it', async () => {
    await expect(tokensOf().verify(await handMade({}))).resolves.toMatchObject({ client: { role: 'integrator' } });
  });

  test('of another key, issuer, audience, kind or algorithm', async () => {
    await refusedBy(await handMade({ key: randomBytes(32) }));
    await refusedBy(await handMade({ issuer: 'http://elsewhere' }));
    await refusedBy(await handMade({ audience: 'http://elsewhere' }));
    await refusedBy(await handMade({ typ: 'JWT' }));
    await refusedBy(await handMade({ alg: 'HS512', key: Buffer.concat([key, key]) }));
  });

  test('unsigned (alg none)', async () => {
    await refusedBy(
      new UnsecuredJWT(claims)
        .setIssuer('http://localhost:8080')
        .setAudience('http://localhost:8080/fhir/R4')
        .setSubject('integrator')
        .setExpirationTime(clock.ms / 1_000 + 900)
        .encode(),
    );
  });

  test('with a changed claim or signature', async () => {
    const [header, , signature] = (await tokensOf().issue(facility, ['system/Observation.rs'])).split('.');
    const [, payload] = (await handMade({})).split('.');

    await refusedBy(`${header}.${payload}.${signature}`);
    await refusedBy(`${(await handMade({})).slice(0, -4)}AAAA`);
  });

  test.each([['no token'], ['a.b.c'], ['.'], ['..'], ['ey.ey.ey']])('that are none: %j', async (text) => {
    await refusedBy(text);
  });

  test('longer than the bound, unread', async () => {
    const long = makeTokens({
      key,
      issuer: 'http://localhost:8080',
      audience: 'http://localhost:8080/fhir/R4',
      ttlSeconds: 900,
      demonstration: true,
      now: () => new Date(clock.ms),
    });
    const tokenOf = async (display: string) => long.issue({ ...facility, display }, facility.scopes);
    const base = (await tokenOf('')).length;
    const filling = Math.floor(((TOKEN_LENGTH_MAX - base) * 3) / 4) - 4;

    expect((await tokenOf('x'.repeat(filling))).length).toBeLessThanOrEqual(TOKEN_LENGTH_MAX);
    await expect(long.verify(await tokenOf('x'.repeat(filling)))).resolves.toBeDefined();
    await refusedBy(await tokenOf('x'.repeat(filling + 12)));
  });

  test('of demonstration clients in production, of others not', async () => {
    const production = tokensOf({ demonstration: false });

    await expect(production.verify(await tokensOf().issue(integrator, integrator.scopes))).rejects.toMatchObject(unauthenticated);
    const demonstrated = await tokensOf().issue({ ...facility, demonstration: true }, facility.scopes);
    await expect(production.verify(demonstrated)).rejects.toMatchObject(unauthenticated);
    await expect(production.verify(await tokensOf().issue(facility, facility.scopes))).resolves.toBeDefined();
  });

  test.each([[undefined], [''], ['Basic abc'], ['Bearer'], ['Bearer  '], ['Bearer a b'], ['Token abc'], ['Bearer a,b']])(
    'Authorization %j is no bearer token',
    async (header) => {
      await expect(authenticationOf()(header, origin)).rejects.toMatchObject(unauthenticated);
    },
  );

  test('the refusal does not repeat the token', async () => {
    const error = (await authenticationOf()('Bearer planted-secret-token', origin).catch((caught: unknown) => caught)) as Error;

    expect(error.message).not.toContain('planted');
  });

  test('a key shorter than the hash is a mistake of the composition', () => {
    expect(() => tokensOf({ key: randomBytes(TOKEN_KEY_BYTES_MIN - 1) })).toThrow(RangeError);
  });
});
