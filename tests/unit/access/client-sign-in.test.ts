import { expect, test } from '@jest/globals';
import { FAILURES_PER_PAIR_MAX } from '../../../src/access/attempts.js';
import { makeClientSignIn } from '../../../src/access/client-sign-in.js';
import { accessParts, aFacility } from '../../support/access-parts.js';

test('id and secret give a token of the client; a wrong pair is refused, too many of them throttle', async () => {
  const parts = accessParts();
  await parts.accounts.putClient(aFacility(), 's');
  const signIn = makeClientSignIn(parts);

  const token = await signIn('bv-56901', 's');
  expect(token.expiresInSeconds).toBe(900);
  expect(await parts.tokens.verify(token.accessToken)).toMatchObject({ client: { facilityCode: '56901' } });
  for (let time = 0; time < FAILURES_PER_PAIR_MAX; time += 1) {
    await expect(signIn('bv-56901', 'x')).rejects.toMatchObject({ category: 'unauthenticated' });
  }
  await expect(signIn('bv-56901', 's')).rejects.toMatchObject({ category: 'throttled' });
});
