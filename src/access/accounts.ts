import { createHash, randomUUID } from 'node:crypto';
import { isPhrError, PhrError } from '../errors.js';
import type { Role } from '../fhir/access-policy.js';
import type { RecordReads } from '../store/record-store.js';
import type { Store } from '../store/store.js';
import type { Attempts } from './attempts.js';
import type { PortalPasswords } from './portal-passwords.js';
import { parseScope } from './scopes.js';
import type { Secrets } from './secrets.js';

export type SoftwareRole = Extract<Role, 'facility' | 'integrator'>;
export type PersonRole = Extract<Role, 'citizen' | 'station' | 'steward' | 'sender' | 'operator'>;

/** Collections of keyed records. */
export const CLIENTS = 'client';
export const ACCOUNTS = 'account';

/** Longest client id or user name, in characters. */
export const NAME_LENGTH_MAX = 100;

/** Software that takes tokens. */
export interface Client {
  readonly clientId: string;
  readonly role: SoftwareRole;
  /** Required of a facility; an integrator has none. */
  readonly facilityCode?: string;
  /** What a citizen reads in "Ai đã xem". */
  readonly display: string;
  readonly scopes: readonly string[];
  /** Exists for demonstrations only: neither created nor accepted in production. */
  readonly demonstration: boolean;
}

/** A person who signs in. `id` is random: it stands on access lines, so it must say nothing about the person. */
export interface Account {
  readonly id: string;
  readonly username: string;
  readonly role: PersonRole;
  readonly display: string;
  /** A station's catchment; for the others the commune of the page head only. */
  readonly communeCode?: string;
  readonly facilityCode?: string;
  /** A citizen's identity record (source `portal`); the person behind it is looked up anew with every request. */
  readonly identityId?: string;
  readonly demonstration: boolean;
}

/** What a record keeps of its secret; never shown. */
interface KeptSecret {
  readonly secretHash: string;
  /** Of demonstration sign-ins only: `digestOf` their random secret, so that a start need not hash them all again. */
  readonly secretDigest?: string;
  /** Of a client: what the insurance portal's doors check. A client without it can't use them. */
  readonly portalHash?: string;
}

type Kept<T> = T & KeptSecret;

export interface Accounts {
  /** Creates the client, or gives an existing one a new secret and these rights. @throws PhrError `invalid`, `forbidden` (demonstration in production) */
  putClient(client: Client, secret: string): Promise<void>;
  /** As `putClient`; the id of an existing account stays. */
  putAccount(account: Omit<Account, 'id'>, password: string): Promise<Account>;
  client(clientId: string): Promise<Client | undefined>;
  account(id: string): Promise<Account | undefined>;
  accountNamed(username: string): Promise<Account | undefined>;
  /**
   * The client whose id and secret these are; used by the token endpoint and by doors with a login of their own.
   * @throws PhrError `unauthenticated` (one message for every cause), `throttled`
   */
  verifyClient(clientId: string, secret: string, network?: string): Promise<Client>;
  /**
   * The client whose id this is, by the MD5 of its secret, as the insurance portal's clients send it: for the intake scope only. Failures
   * count together with those of `verifyClient`.
   * @throws PhrError `unauthenticated`, `throttled`
   */
  verifyPortalClient(clientId: string, sentDigest: string, network?: string): Promise<Client>;
  /** @throws PhrError `unauthenticated`, `throttled` */
  verifyAccount(username: string, password: string, network?: string): Promise<Account>;
  /**
   * Whether a demonstration sign-in has this secret, told without the slow hash: those secrets are random, nobody can guess them
   * from a digest. False for any other sign-in, and for a client kept before it had a hash for the portal's doors. Lets nobody in.
   */
  hasDemonstrationSecret(kind: 'client' | 'account', name: string, secret: string): Promise<boolean>;
}

/**
 * Accounts as keyed records.
 *
 * @param deps.demonstration false in production: records flagged `demonstration` do not exist then
 */
export function makeAccounts(deps: {
  readonly store: RecordReads & Pick<Store, 'commit' | 'claimOwner'>;
  readonly secrets: Secrets;
  readonly portalPasswords: PortalPasswords;
  readonly attempts: Attempts;
  readonly demonstration: boolean;
}): Accounts {
  const { store, secrets, portalPasswords, attempts } = deps;
  const acceptable = <T extends { readonly demonstration: boolean }>(record: T | undefined): T | undefined =>
    record === undefined || (record.demonstration && !deps.demonstration) ? undefined : record;
  const keptClient = async (clientId: string): Promise<Kept<Client> | undefined> =>
    acceptable((await store.record<Kept<Client>>(CLIENTS, clientId))?.value);
  const keptAccountNamed = async (username: string): Promise<Kept<Account> | undefined> => {
    const [found] = await store.find<Kept<Account>>({
      collection: ACCOUNTS,
      index: 'username',
      value: foldUsername(username),
      limit: 1,
    });
    return acceptable(found?.value);
  };

  /** One path for both kinds: throttle, find, hash in every case, count. */
  const verify = async <T extends KeptSecret>(
    kind: string,
    name: string,
    network: string | undefined,
    find: (name: string) => Promise<T | undefined>,
    isRight: (found: T | undefined) => Promise<boolean>,
  ): Promise<Omit<T, keyof KeptSecret>> => {
    const isName = name.length > 0 && name.length <= NAME_LENGTH_MAX;
    const counted = `${kind} ${isName ? name : ''}`;
    attempts.check(counted, network);
    // Counted before the slow work, so that racing guesses can't pass the bound; taken back on success.
    attempts.failed(counted, network);
    const found = isName ? await find(name) : undefined;
    if (!(await isRight(found)) || found === undefined) {
      throw new PhrError('unauthenticated', 'Sai tên đăng nhập hoặc mật khẩu');
    }
    attempts.succeeded(counted, network);
    return withoutSecret(found);
  };

  const refuseDemonstration = (record: { readonly demonstration: boolean; readonly role: Role }): void => {
    if (deps.demonstration) return;
    if (record.demonstration || record.role === 'integrator') {
      throw new PhrError('forbidden', 'Demonstration sign-ins are not created in production');
    }
  };

  return {
    async putClient(client, secret) {
      refuseDemonstration(client);
      refuseClient(client);
      const [secretHash, portalHash] = await Promise.all([secrets.hash(secret), portalPasswords.hash(secret)]);
      await store.commit({
        records: [
          {
            collection: CLIENTS,
            id: client.clientId,
            expected: 'any',
            value: { ...client, ...keptSecret(client, secretHash, secret), portalHash },
          },
        ],
      });
    },

    async putAccount(account, password) {
      refuseDemonstration(account);
      refuseAccount(account);
      const username = foldUsername(account.username);
      const secretHash = await secrets.hash(password);
      const claim = `${ACCOUNTS}/username/${username}`;
      for (;;) {
        const id = (await store.claimOwner(claim)) ?? randomUUID();
        try {
          const made: Account = { ...account, username, id };
          await store.commit({
            claims: [{ key: claim, owner: id }],
            records: [
              {
                collection: ACCOUNTS,
                id,
                expected: 'any',
                value: { ...made, ...keptSecret(made, secretHash, password) },
                keys: [{ index: 'username', value: username }],
              },
            ],
          });
          return made;
        } catch (error) {
          // Somebody else took the name in between: the claim now names its owner.
          if (!isPhrError(error, 'precondition-failed')) throw error;
        }
      }
    },

    async client(clientId) {
      const found = await keptClient(clientId);
      return found === undefined ? undefined : withoutSecret(found);
    },
    async account(id) {
      const found = acceptable((await store.record<Kept<Account>>(ACCOUNTS, id))?.value);
      return found === undefined ? undefined : withoutSecret(found);
    },
    async accountNamed(username) {
      const found = await keptAccountNamed(username);
      return found === undefined ? undefined : withoutSecret(found);
    },
    verifyClient: (clientId, secret, network) =>
      verify('client', clientId, network, keptClient, (found) => secrets.verify(secret, found?.secretHash)),
    verifyPortalClient: (clientId, sentDigest, network) =>
      verify('client', clientId, network, keptClient, (found) => portalPasswords.verify(sentDigest, found?.portalHash)),
    verifyAccount: (username, password, network) =>
      verify('account', foldUsername(username), network, keptAccountNamed, (found) =>
        secrets.verify(password, found?.secretHash),
      ),

    async hasDemonstrationSecret(kind, name, secret) {
      const found: Kept<object> | undefined = await (kind === 'client' ? keptClient(name) : keptAccountNamed(name));
      if (kind === 'client' && found?.portalHash === undefined) return false;
      return found?.secretDigest !== undefined && found.secretDigest === digestOf(found.secretHash, secret);
    },
  };
}

/** User names differ neither by case nor by the way in which a keyboard composes marks. */
export const foldUsername = (typed: string): string => typed.normalize('NFC').trim().toLowerCase();

const keptSecret = (
  { demonstration }: { readonly demonstration: boolean },
  secretHash: string,
  secret: string,
): { readonly secretHash: string; readonly secretDigest?: string } =>
  demonstration ? { secretHash, secretDigest: digestOf(secretHash, secret) } : { secretHash };

/** Bound to the hash, so that it tells nothing once another secret was set. */
const digestOf = (secretHash: string, secret: string): string =>
  createHash('sha256').update(`${secretHash}\n${secret}`).digest('base64url');

function withoutSecret<T extends KeptSecret>({
  secretHash: _hash,
  secretDigest: _digest,
  portalHash: _portalHash,
  ...shown
}: T): Omit<T, keyof KeptSecret> {
  return shown;
}

function refuseClient(client: Client): void {
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(client.clientId))
    throw new PhrError('invalid', 'A client id has 1 to 100 letters, digits, . _ -');
  if (client.role === 'facility' && !/^[0-9A-Za-z]{1,20}$/.test(client.facilityCode ?? '')) {
    throw new PhrError('invalid', 'A facility client needs a facility code');
  }
  if (client.role === 'integrator' && client.facilityCode !== undefined) {
    throw new PhrError('invalid', 'An integrator has no facility code');
  }
  if (client.scopes.length === 0 || client.scopes.some((scope) => parseScope(scope) === undefined)) {
    throw new PhrError('invalid', 'A client needs scopes of the form system/*.cruds');
  }
}

function refuseAccount(account: Omit<Account, 'id'>): void {
  const username = foldUsername(account.username);
  if (username === '' || username.length > NAME_LENGTH_MAX) {
    throw new PhrError('invalid', `A user name has 1 to ${NAME_LENGTH_MAX} characters`);
  }
  const missing =
    (account.role === 'station' && account.communeCode === undefined && 'commune code') ||
    (account.role === 'sender' && account.facilityCode === undefined && 'facility code') ||
    (account.role === 'citizen' && account.identityId === undefined && 'identity record');
  if (missing) throw new PhrError('invalid', `An account of role ${account.role} needs a ${missing}`);
}
