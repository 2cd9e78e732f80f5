import { randomBytes } from 'node:crypto';
import { makeAccounts } from '../../src/access/accounts.js';
import type { Account, Client } from '../../src/access/accounts.js';
import { makeAttempts } from '../../src/access/attempts.js';
import { makePortalPasswords } from '../../src/access/portal-passwords.js';
import { makePortalSignIn } from '../../src/access/portal-sign-in.js';
import { makeSecrets } from '../../src/access/secrets.js';
import { makeTokens } from '../../src/access/tokens.js';
import { openMemoryStore } from '../../src/store/memory/memory-store.js';
import type { Store } from '../../src/store/store.js';
import { storeCodec } from './store-codec.js';

/** Access over a memory store, a hand-moved clock and cheap hashes. Parts that share `store` share the accounts. */
export function accessParts(options: { readonly demonstration?: boolean; readonly store?: Store } = {}) {
  const clock = { ms: Date.parse('2026-11-25T08:00:00Z') };
  const now = (): Date => new Date(clock.ms);
  const demonstration = options.demonstration ?? true;
  const store = options.store ?? openMemoryStore({ codec: storeCodec, now: () => clock.ms });
  const secrets = makeSecrets({ N: 16, r: 1, p: 1 });
  const portalPasswords = makePortalPasswords({ cost: { memoryKiB: 8, passes: 1, lanes: 1 } });
  const accounts = makeAccounts({ store, secrets, portalPasswords, attempts: makeAttempts({ now }), demonstration });
  const key = randomBytes(32);
  const issuer = 'http://localhost:8080';
  const tokensFor = (audience: string) => makeTokens({ key, issuer, audience, ttlSeconds: 900, demonstration, now });
  const tokens = tokensFor(`${issuer}/fhir/R4`);
  const portal = makePortalSignIn({ accounts, tokens: tokensFor(`${issuer}/intake`), key, issuer, now });
  return { clock, now, store, secrets, accounts, tokens, portal };
}

export const aFacility = (more: Partial<Client> = {}): Client => ({
  clientId: 'bv-56901',
  role: 'facility',
  facilityCode: '56901',
  display: 'Bệnh viện 56901',
  scopes: ['system/*.cruds'],
  demonstration: false,
  ...more,
});

export const aStation = (more: Partial<Omit<Account, 'id'>> = {}): Omit<Account, 'id'> => ({
  username: 'tram-22651',
  role: 'station',
  display: 'Trạm Y tế 22651',
  communeCode: '22651',
  demonstration: false,
  ...more,
});
