import { describe, expect, test } from '@jest/globals';
import {
  makeSessions,
  SESSION_IDLE_MS,
  SESSION_TOUCH_MS,
  SESSIONS,
  SESSIONS_PER_ACCOUNT_MAX,
  SWEEP_MAX,
} from '../../../src/access/sessions.js';
import { accessParts, aStation } from '../../support/access-parts.js';

const TTL_SECONDS = 8 * 3_600;

async function start(more: { demonstration?: boolean } = {}) {
  const parts = accessParts();
  const persons = new Map<string, string>();
  const sessionsOver = (accounts: typeof parts.accounts) =>
    makeSessions({
      ...parts,
      accounts,
      personOfIdentity: (identityId) => Promise.resolve(persons.get(identityId)),
      isHttps: false,
      ttlSeconds: TTL_SECONDS,
    });
  const account = await parts.accounts.putAccount(aStation(more), 'password');
  const sessions = sessionsOver(parts.accounts);
  const signIn = async (cookie?: string, username = 'tram-22651'): Promise<string> => {
    const { setCookie } = await sessions.signIn(username, 'password', cookie === undefined ? {} : { cookie });
    return setCookie.split(';')[0] ?? '';
  };
  const stored = () => parts.store.scanRecords(SESSIONS, undefined, 1_000);
  return { ...parts, account, sessions, sessionsOver, signIn, stored, persons };
}

describe('a session', () => {
  test('opens with user name and password and names its account', async () => {
    const { sessions, signIn, account } = await start();

    const session = await sessions.session(await signIn());

    expect(session?.account).toEqual(account);
    expect(session?.formToken).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('is not opened by a wrong password or name', async () => {
    const { sessions, stored } = await start();

    await expect(sessions.signIn('tram-22651', 'x', {})).rejects.toMatchObject({ category: 'unauthenticated' });
    await expect(sessions.signIn('nobody', 'password', {})).rejects.toMatchObject({ category: 'unauthenticated' });
    expect(await stored()).toEqual([]);
  });

  test('is kept under a hash: what is stored opens nothing', async () => {
    const { sessions, signIn, stored } = await start();
    const cookie = await signIn();

    const [kept] = await stored();

    expect(JSON.stringify(kept)).not.toContain(cookie.split('=')[1]);
    expect(await sessions.session(`so-suc-khoe=${kept?.id}`)).toBeUndefined();
  });

  test.each([[undefined], [''], ['so-suc-khoe='], [`so-suc-khoe=${'A'.repeat(43)}`]])(
    'is not found by the cookie %j',
    async (cookie) => {
      const { sessions, signIn } = await start();
      await signIn();

      expect(await sessions.session(cookie)).toBeUndefined();
    },
  );

  test('is not found by a tampered cookie', async () => {
    const { sessions, signIn } = await start();
    const cookie = await signIn();
    const at = cookie.length - 5;
    const tampered = cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1);

    expect(await sessions.session(tampered)).toBeUndefined();
    expect(await sessions.session(cookie)).toBeDefined();
  });

  test('gets a new id at sign-in, and the one that was there before ends (fixation)', async () => {
    const { sessions, signIn } = await start();
    const planted = `so-suc-khoe=${'A'.repeat(43)}`;
    const first = await signIn(planted);
    const second = await signIn(first);

    expect(first).not.toBe(planted);
    expect(second).not.toBe(first);
    expect(await sessions.session(planted)).toBeUndefined();
    expect(await sessions.session(first)).toBeUndefined();
    expect(await sessions.session(second)).toBeDefined();
  });

  test('ends at sign-out, on the server too', async () => {
    const { sessions, signIn, stored } = await start();
    const cookie = await signIn();

    expect((await sessions.signOut(cookie)).setCookie).toContain('Max-Age=0');
    expect(await sessions.session(cookie)).toBeUndefined();
    expect(await stored()).toEqual([]);
    await expect(sessions.signOut(cookie)).resolves.toBeDefined();
    await expect(sessions.signOut(undefined)).resolves.toBeDefined();
  });

  test('ends when nobody used it for the idle time', async () => {
    const { sessions, signIn, clock } = await start();
    const cookie = await signIn();

    clock.ms += SESSION_IDLE_MS;
    expect(await sessions.session(cookie)).toBeUndefined();
  });

  test('lives on while it is used, and no longer than its whole life', async () => {
    const { sessions, signIn, clock } = await start();
    const cookie = await signIn();
    const endMs = clock.ms + TTL_SECONDS * 1_000;

    while (clock.ms + SESSION_IDLE_MS - 1 < endMs) {
      clock.ms += SESSION_IDLE_MS - 1;
      expect(await sessions.session(cookie)).toBeDefined();
    }
    clock.ms = endMs - 1;
    expect(await sessions.session(cookie)).toBeDefined();
    clock.ms = endMs;
    expect(await sessions.session(cookie)).toBeUndefined();
  });

  test('writes its last use down only now and then', async () => {
    const { sessions, signIn, clock, stored } = await start();
    const cookie = await signIn();

    clock.ms += SESSION_TOUCH_MS - 1;
    await sessions.session(cookie);
    expect((await stored())[0]?.version).toBe(1);
    clock.ms += 1;
    const uses = await Promise.all([sessions.session(cookie), sessions.session(cookie)]);
    expect(uses).not.toContain(undefined);
    expect((await stored())[0]?.version).toBe(2);
  });

  test('ends with its account: one that production does not accept opens nothing', async () => {
    const { store, sessionsOver, signIn, sessions } = await start({ demonstration: true });
    const cookie = await signIn();

    expect(await sessions.session(cookie)).toBeDefined();
    expect(await sessionsOver(accessParts({ demonstration: false, store }).accounts).session(cookie)).toBeUndefined();
  });

  test('an account has as many as it may; one more ends the oldest', async () => {
    const { sessions, signIn, clock, stored } = await start();
    const cookies: string[] = [];
    for (let count = 0; count < SESSIONS_PER_ACCOUNT_MAX; count += 1) {
      cookies.push(await signIn());
      clock.ms += 1_000;
    }
    const [oldest = '', second = ''] = cookies;

    expect(await sessions.session(oldest)).toBeDefined();
    const newest = await signIn();
    expect(await sessions.session(oldest)).toBeUndefined();
    expect(await sessions.session(second)).toBeDefined();
    expect(await sessions.session(newest)).toBeDefined();
    expect(await stored()).toHaveLength(SESSIONS_PER_ACCOUNT_MAX);
  });

  test('a sweep removes what ran out, a bounded number at a time, and nothing else', async () => {
    const { sessions, accounts, signIn, clock, stored } = await start();
    const names = Array.from({ length: SWEEP_MAX + 1 }, (_, index) => `tram-${index}`);
    for (const username of names) {
      await accounts.putAccount(aStation({ username }), 'password');
      await signIn(undefined, username);
    }
    clock.ms += SESSION_IDLE_MS;
    const open = await signIn();

    expect(await sessions.sweep()).toBe(SWEEP_MAX);
    expect(await sessions.sweep()).toBe(1);
    expect(await sessions.sweep()).toBe(0);
    expect(await stored()).toHaveLength(1);
    expect(await sessions.session(open)).toBeDefined();
  });
});

describe('the caller of a session', () => {
  const origin = { requestId: 'r1', network: '10.0.0.1' };

  test('a station', async () => {
    const { sessions, account } = await start();

    expect(await sessions.callerOfSession({ account, formToken: '' }, origin)).toEqual({
      agent: { kind: 'person', id: account.id, role: 'station', display: 'Trạm Y tế 22651', communeCode: '22651' },
      role: 'station',
      scopes: [],
      communeCode: '22651',
      purpose: 'TREAT',
      requestId: 'r1',
      network: '10.0.0.1',
    });
  });

  test('a citizen has a person only once a source of that person arrived, and always the current one', async () => {
    const { sessions, accounts, persons } = await start();
    const account = await accounts.putAccount(
      { username: 'dan', role: 'citizen', display: 'Người dân', identityId: 'i1', demonstration: false },
      'password',
    );
    const personNow = async () => (await sessions.callerOfSession({ account, formToken: '' }, origin)).personId;

    expect(await personNow()).toBeUndefined();
    persons.set('i1', 'p1');
    expect(await personNow()).toBe('p1');
    persons.set('i1', 'p2');
    expect(await personNow()).toBe('p2');
  });
});
