import { describe, expect, test } from '@jest/globals';
import { PhrError } from '../../../src/errors.js';
import { HASHES_AT_ONCE_MAX, HASHES_WAITING_MAX } from '../../../src/access/hash-queue.js';
import { HASH_COST, makeSecrets, randomSecret, SECRET_BYTES_MAX } from '../../../src/access/secrets.js';

const secrets = makeSecrets({ N: 16, r: 1, p: 1 });

describe('secrets', () => {
  test('the right secret passes, another one does not, and the hash does not hold the secret', async () => {
    const stored = await secrets.hash('mật khẩu');

    expect(await secrets.verify('mật khẩu', stored)).toBe(true);
    expect(await secrets.verify('mật khẩU', stored)).toBe(false);
    expect(stored).not.toContain('mật khẩu');
    expect(await secrets.hash('mật khẩu')).not.toBe(stored);
  });

  test('composed and decomposed marks are one secret', async () => {
    expect(await secrets.verify('mật khẩu'.normalize('NFD'), await secrets.hash('mật khẩu'))).toBe(true);
  });

  test('nothing passes for an unknown account', async () => {
    expect(await secrets.verify('', undefined)).toBe(false);
    expect(await secrets.verify('anything', undefined)).toBe(false);
  });

  test('the cost stands in the hash, so that an older record stays valid when the cost grows', async () => {
    const stored = await secrets.hash('s');

    expect(stored.startsWith('scrypt$16$1$1$')).toBe(true);
    expect(await makeSecrets({ N: 32, r: 1, p: 1 }).verify('s', stored)).toBe(true);
    expect(HASH_COST).toEqual({ N: 16_384, r: 8, p: 5 });
  });

  test('a secret of the longest length passes, a longer one is refused', async () => {
    const longest = 'x'.repeat(SECRET_BYTES_MAX);

    expect(await secrets.verify(longest, await secrets.hash(longest))).toBe(true);
    await expect(secrets.hash(`${longest}x`)).rejects.toThrow(PhrError);
    expect(await secrets.verify(`${longest}x`, await secrets.hash(longest))).toBe(false);
  });

  test('as many wait as may wait; one more is throttled, and all of them are answered', async () => {
    const stored = await secrets.hash('s');
    const room = HASHES_AT_ONCE_MAX + HASHES_WAITING_MAX;

    const results = await Promise.allSettled(Array.from({ length: room + 1 }, () => secrets.verify('s', stored)));

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(room);
    expect(results.at(-1)).toMatchObject({ status: 'rejected', reason: { category: 'throttled' } });
    expect(await secrets.verify('s', stored)).toBe(true);
  });

  test('random secrets differ and need no escaping', () => {
    expect(randomSecret()).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(randomSecret()).not.toBe(randomSecret());
  });
});
