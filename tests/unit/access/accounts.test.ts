import { describe, expect, test } from '@jest/globals';
import { NAME_LENGTH_MAX } from '../../../src/access/accounts.js';
import { FAILURES_PER_PAIR_MAX } from '../../../src/access/attempts.js';
import { accessParts, aFacility, aStation } from '../../support/access-parts.js';

const unauthenticated = { category: 'unauthenticated', message: 'Sai tên đăng nhập hoặc mật khẩu' };

describe('accounts', () => {
  test('a client is verified by id and secret, and its hash stays inside', async () => {
    const { accounts } = accessParts();
    await accounts.putClient(aFacility(), 'secret-1');

    expect(await accounts.verifyClient('bv-56901', 'secret-1')).toEqual(aFacility());
    expect(await accounts.client('bv-56901')).toEqual(aFacility());
    await expect(accounts.verifyClient('bv-56901', 'secret-2')).rejects.toMatchObject(unauthenticated);
    await expect(accounts.verifyClient('unknown', 'secret-1')).rejects.toMatchObject(unauthenticated);
    await expect(accounts.verifyClient('', '')).rejects.toMatchObject(unauthenticated);
  });

  test('a new secret replaces the old one', async () => {
    const { accounts } = accessParts();
    await accounts.putClient(aFacility(), 'old');
    await accounts.putClient(aFacility({ display: 'Tên mới' }), 'new');

    await expect(accounts.verifyClient('bv-56901', 'old')).rejects.toMatchObject(unauthenticated);
    expect(await accounts.verifyClient('bv-56901', 'new')).toMatchObject({ display: 'Tên mới' });
  });

  test('user names know no case; a changed account keeps its id, which does not hold the name', async () => {
    const { accounts } = accessParts();
    const first = await accounts.putAccount(aStation({ username: 'Trạm-A' }), 'p1');
    const second = await accounts.putAccount(aStation({ username: 'trạm-a'.normalize('NFD') }), 'p2');

    expect(second.id).toBe(first.id);
    expect(first.id).not.toContain('trạm');
    expect(await accounts.verifyAccount(' TRẠM-A ', 'p2')).toEqual(second);
    expect(await accounts.accountNamed('trạm-a')).toEqual(second);
    await expect(accounts.verifyAccount('trạm-a', 'p1')).rejects.toMatchObject(unauthenticated);
  });

  test('two that take one name at the same time become one account', async () => {
    const { accounts } = accessParts();

    const made = await Promise.all([accounts.putAccount(aStation(), 'a'), accounts.putAccount(aStation(), 'b')]);

    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  });

  test('neither secret nor password is stored or told', async () => {
    const { accounts, store } = accessParts();
    await accounts.putClient(aFacility(), 'PLANTED-secret');
    await accounts.putAccount(aStation(), 'PLANTED-password');

    const stored = [
      ...(await store.scanRecords('client', undefined, 10)),
      ...(await store.scanRecords('account', undefined, 10)),
    ];
    expect(stored).toHaveLength(2);
    expect(JSON.stringify(stored)).not.toContain('PLANTED');
    const error = await accounts.verifyClient('bv-56901', 'PLANTED-wrong').catch((caught: unknown) => caught);
    expect(String(error) + JSON.stringify(error)).not.toContain('PLANTED');
  });

  test('after too many failures the right secret must wait too; elsewhere it need not', async () => {
    const { accounts } = accessParts();
    await accounts.putClient(aFacility(), 's');
    for (let time = 1; time < FAILURES_PER_PAIR_MAX; time += 1) {
      await expect(accounts.verifyClient('bv-56901', 'x', 'n1')).rejects.toMatchObject(unauthenticated);
    }
    await expect(accounts.verifyClient('bv-56901', 's', 'n1')).resolves.toBeDefined();
    for (let time = 0; time < FAILURES_PER_PAIR_MAX; time += 1) {
      await expect(accounts.verifyClient('bv-56901', 'x', 'n1')).rejects.toMatchObject(unauthenticated);
    }

    await expect(accounts.verifyClient('bv-56901', 's', 'n1')).rejects.toMatchObject({ category: 'throttled' });
    await expect(accounts.verifyClient('bv-56901', 's', 'n2')).resolves.toBeDefined();
  });

  test('racing guesses do not pass the bound', async () => {
    const { accounts } = accessParts();
    await accounts.putClient(aFacility(), 's');

    const results = await Promise.allSettled(
      Array.from({ length: 3 * FAILURES_PER_PAIR_MAX }, (_, index) => accounts.verifyClient('bv-56901', `guess-${index}`, 'n1')),
    );

    const categories = results.map((result) =>
      result.status === 'rejected' ? (result.reason as { category: string }).category : 'passed',
    );
    expect(categories.filter((category) => category === 'unauthenticated')).toHaveLength(FAILURES_PER_PAIR_MAX);
    expect(categories.filter((category) => category === 'throttled')).toHaveLength(2 * FAILURES_PER_PAIR_MAX);
  });
});

describe('demonstration accounts in production', () => {
  test('are not created', async () => {
    const { accounts } = accessParts({ demonstration: false });
    const forbidden = { category: 'forbidden' };

    await expect(accounts.putClient(aFacility({ demonstration: true }), 's')).rejects.toMatchObject(forbidden);
    await expect(accounts.putAccount(aStation({ demonstration: true }), 's')).rejects.toMatchObject(forbidden);
    const integrator = {
      clientId: 'i',
      role: 'integrator',
      display: 'i',
      scopes: ['system/*.cruds'],
      demonstration: false,
    } as const;
    await expect(accounts.putClient(integrator, 's')).rejects.toMatchObject(forbidden);
  });

  test('are not accepted when the data folder brings them along; real ones are', async () => {
    const { accounts, store } = accessParts();
    await accounts.putClient(aFacility({ demonstration: true }), 's');
    await accounts.putClient(aFacility({ clientId: 'real' }), 's');
    const account = await accounts.putAccount(aStation({ demonstration: true }), 's');

    const production = accessParts({ demonstration: false, store }).accounts;
    await expect(production.verifyClient('bv-56901', 's')).rejects.toMatchObject(unauthenticated);
    await expect(production.verifyAccount('tram-22651', 's')).rejects.toMatchObject(unauthenticated);
    expect(await production.client('bv-56901')).toBeUndefined();
    expect(await production.account(account.id)).toBeUndefined();
    expect(await production.accountNamed('tram-22651')).toBeUndefined();
    await expect(production.verifyClient('real', 's')).resolves.toBeDefined();
  });
});

describe('what no account may be', () => {
  test.each([
    [{ clientId: '' }],
    [{ clientId: 'x'.repeat(NAME_LENGTH_MAX + 1) }],
    [{ clientId: 'a b' }],
    [{ facilityCode: '' }],
    [{ facilityCode: '5/6' }],
    [{ role: 'integrator' as const }],
    [{ scopes: [] }],
    [{ scopes: ['everything'] }],
  ])('a client with %j', async (more) => {
    await expect(accessParts().accounts.putClient(aFacility(more), 's')).rejects.toMatchObject({ category: 'invalid' });
  });

  test('the longest names are taken', async () => {
    const { accounts } = accessParts();
    const name = 'x'.repeat(NAME_LENGTH_MAX);
    await accounts.putClient(aFacility({ clientId: name }), 's');
    await accounts.putAccount(aStation({ username: name }), 's');

    await expect(accounts.verifyClient(name, 's')).resolves.toBeDefined();
    await expect(accounts.verifyAccount(name, 's')).resolves.toBeDefined();
    await expect(accounts.verifyAccount(`${name}x`, 's')).rejects.toMatchObject(unauthenticated);
    await expect(accounts.putAccount(aStation({ username: `${name}x` }), 's')).rejects.toMatchObject({ category: 'invalid' });
  });

  test.each([['citizen' as const], ['sender' as const]])('a %s without what it is for', async (role) => {
    await expect(accessParts().accounts.putAccount(aStation({ role }), 's')).rejects.toMatchObject({ category: 'invalid' });
  });
});

describe('the digest of a demonstration secret', () => {
  test('tells the secret that was set last, of demonstration sign-ins only, and lets nobody in', async () => {
    const { accounts } = accessParts();
    await accounts.putClient(aFacility({ demonstration: true }), 'old');
    await accounts.putClient(aFacility({ demonstration: true }), 'new');
    await accounts.putAccount(aStation({ demonstration: true }), 'word');
    await accounts.putClient(aFacility({ clientId: 'real', demonstration: false }), 'new');

    const has = (kind: 'client' | 'account', name: string, secret: string) => accounts.hasDemonstrationSecret(kind, name, secret);
    expect(await has('client', 'bv-56901', 'new')).toBe(true);
    expect(await has('client', 'bv-56901', 'old')).toBe(false);
    expect(await has('account', aStation().username, 'word')).toBe(true);
    expect(await has('client', 'real', 'new')).toBe(false);
    expect(await has('client', 'nobody', 'new')).toBe(false);
    expect(JSON.stringify([await accounts.client('bv-56901'), await accounts.accountNamed(aStation().username)])).not.toMatch(
      /secret(Hash|Digest)/,
    );
  });
});
