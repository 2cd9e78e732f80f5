import { describe, expect, test } from '@jest/globals';
import { HASHES_AT_ONCE_MAX, HASHES_WAITING_MAX, makeHashQueue } from '../../../src/access/hash-queue.js';
import { PORTAL_HASH_COST, makePortalPasswords, portalDigest } from '../../../src/access/portal-passwords.js';
import { makeSecrets } from '../../../src/access/secrets.js';

const CHEAP = { memoryKiB: 8, passes: 1, lanes: 1 };
const passwords = makePortalPasswords({ cost: CHEAP });

// bhyt-xml.md §7: the password is sent as MD5, hexadecimal
describe('passwords of the insurance portal', () => {
  test('the MD5 of the secret passes in either case, nothing else does', async () => {
    const stored = await passwords.hash('abc');

    expect(portalDigest('abc')).toBe('900150983cd24fb0d6963f7d28e17f72'); // RFC 1321 §A.5
    expect(await passwords.verify('900150983cd24fb0d6963f7d28e17f72', stored)).toBe(true);
    expect(await passwords.verify('900150983CD24FB0D6963F7D28E17F72', stored)).toBe(true);
    for (const wrong of ['abc', '', portalDigest('abd'), stored, `${portalDigest('abc')}0`]) {
      expect(await passwords.verify(wrong, stored)).toBe(false);
    }
  });

  test('nothing passes for a record without a hash', async () => {
    expect(await passwords.verify(portalDigest(''), undefined)).toBe(false);
  });

  test('the record keeps argon2id with the parameters of OWASP, salted, never the MD5', async () => {
    const [one, two] = await Promise.all([makePortalPasswords().hash('abc'), makePortalPasswords().hash('abc')]);

    expect(PORTAL_HASH_COST).toEqual({ memoryKiB: 19_456, passes: 2, lanes: 1 });
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toContain(portalDigest('abc'));
    expect(one).not.toBe(two);
  });

  test('they wait in one line with the other hashes: as many as may wait are answered, one more is throttled', async () => {
    const queue = makeHashQueue();
    const [portal, secrets] = [makePortalPasswords({ cost: CHEAP, queue }), makeSecrets({ N: 16, r: 1, p: 1 }, queue)];
    const room = HASHES_AT_ONCE_MAX + HASHES_WAITING_MAX;

    const results = await Promise.allSettled([
      ...Array.from({ length: room }, (_, index) => (index % 2 === 0 ? portal.verify('x', undefined) : secrets.hash('x'))),
      portal.hash('x'),
    ]);

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(room);
    expect(results.at(-1)).toMatchObject({ status: 'rejected', reason: { category: 'throttled' } });
    expect(await portal.verify('x', undefined)).toBe(false);
  });
});
