import { createHash, randomBytes } from 'node:crypto';
import { isPhrError } from '../errors.js';
import type { Caller } from '../fhir/access-policy.js';
import type { RecordReads, StoredRecord } from '../store/record-store.js';
import type { Store } from '../store/store.js';
import type { Account, Accounts, PersonRole } from './accounts.js';
import type { RequestOrigin } from './authenticate.js';
import { formTokenOf, readSessionCookie, sessionCookie } from './session-cookie.js';

export const SESSIONS = 'session';
/** Without a request for so long a session ends. In milliseconds. */
export const SESSION_IDLE_MS = 30 * 60_000;
/** The last use is written down at most this often: not every page is a commit. In milliseconds. */
export const SESSION_TOUCH_MS = 5 * 60_000;
/** Open sessions of one account; a further sign-in ends the oldest. */
export const SESSIONS_PER_ACCOUNT_MAX = 10;
/** Sessions removed by one sweep. */
export const SWEEP_MAX = 200;

/** A person's session, as the pages need it. */
export interface Session {
  readonly account: Account;
  /** Value of the hidden field `FORM_TOKEN_FIELD` of every form. */
  readonly formToken: string;
}

export interface Sessions {
  /**
   * Checks user name and password and opens a new session under a new id; a session that came with the request ends (no fixation).
   * @param request.cookie the request's Cookie header
   * @throws PhrError `unauthenticated` (one message for every cause), `throttled`
   */
  signIn(
    username: string,
    password: string,
    request: { readonly network?: string; readonly cookie?: string },
  ): Promise<{ readonly session: Session; readonly setCookie: string }>;
  /** Ends the session on the server; the answer clears the cookie. */
  signOut(cookie: string | undefined): Promise<{ readonly setCookie: string }>;
  /** The session behind a Cookie header; undefined: none, unknown, expired, or its account is gone. */
  session(cookie: string | undefined): Promise<Session | undefined>;
  /** Who asks. A citizen's person is looked up now: a link may have changed since the sign-in. */
  callerOfSession(session: Session, origin: RequestOrigin): Promise<Caller>;
  /** Removes sessions that ran out, at most SWEEP_MAX. @returns how many */
  sweep(): Promise<number>;
}

interface KeptSession {
  readonly accountId: string;
  /** Epoch milliseconds. */
  readonly seenMs: number;
  readonly endsMs: number;
}

/** v3-ActReason for what a person of this role does by default. */
const PURPOSE: Readonly<Record<PersonRole, string>> = {
  citizen: 'PATRQT',
  station: 'TREAT',
  steward: 'HOPERAT',
  sender: 'HOPERAT',
  operator: 'HOPERAT',
};

/**
 * Cookie sessions of people, kept as records under the hash of their token: who reads the store can't use them.
 *
 * @param deps.ttlSeconds life of a session whatever its use
 * @param deps.personOfIdentity the current person of an identity record; undefined until a source of that person arrived
 */
export function makeSessions(deps: {
  readonly store: RecordReads & Pick<Store, 'commit'>;
  readonly accounts: Pick<Accounts, 'verifyAccount' | 'account'>;
  readonly personOfIdentity: (identityId: string) => Promise<string | undefined>;
  readonly isHttps: boolean;
  readonly ttlSeconds: number;
  readonly now: () => Date;
}): Sessions {
  const { store, isHttps } = deps;
  const nowMs = (): number => deps.now().getTime();

  const put = (id: string, kept: KeptSession, expected: 'absent' | number) => ({
    collection: SESSIONS,
    id,
    expected,
    value: kept,
    keys: [
      { index: 'account', value: kept.accountId, sort: instant(kept.endsMs) },
      { index: 'expiry', value: 'all', sort: instant(Math.min(kept.endsMs, kept.seenMs + SESSION_IDLE_MS)) },
    ],
  });
  const open = async (token: string): Promise<StoredRecord<KeptSession> | undefined> => {
    const stored = await store.record<KeptSession>(SESSIONS, idOf(token));
    if (stored === undefined) return undefined;
    const { endsMs, seenMs } = stored.value;
    return nowMs() < endsMs && nowMs() < seenMs + SESSION_IDLE_MS ? stored : undefined;
  };

  return {
    async signIn(username, password, request) {
      const account = await deps.accounts.verifyAccount(username, password, request.network);
      const token = randomBytes(32).toString('base64url');
      const earlier = readSessionCookie(request.cookie, isHttps);
      const ofAccount = await store.find<KeptSession>({
        collection: SESSIONS,
        index: 'account',
        value: account.id,
        limit: 2 * SESSIONS_PER_ACCOUNT_MAX,
      });
      const surplus = ofAccount.slice(0, Math.max(0, ofAccount.length - SESSIONS_PER_ACCOUNT_MAX + 1)).map(({ id }) => id);
      const ending = new Set([...surplus, ...(earlier === undefined ? [] : [idOf(earlier)])]);
      const kept: KeptSession = { accountId: account.id, seenMs: nowMs(), endsMs: nowMs() + deps.ttlSeconds * 1_000 };
      await store.commit({ records: [...[...ending].map(removal), put(idOf(token), kept, 'absent')] });
      return { session: { account, formToken: formTokenOf(token) }, setCookie: sessionCookie(token, isHttps) };
    },

    async signOut(cookie) {
      const token = readSessionCookie(cookie, isHttps);
      if (token !== undefined && (await store.record(SESSIONS, idOf(token))) !== undefined) {
        await store.commit({ records: [removal(idOf(token))] });
      }
      return { setCookie: sessionCookie(undefined, isHttps) };
    },

    async session(cookie) {
      const token = readSessionCookie(cookie, isHttps);
      const stored = token === undefined ? undefined : await open(token);
      if (token === undefined || stored === undefined) return undefined;
      const account = await deps.accounts.account(stored.value.accountId);
      if (account === undefined) return undefined;
      if (nowMs() - stored.value.seenMs >= SESSION_TOUCH_MS) {
        try {
          await store.commit({ records: [put(stored.id, { ...stored.value, seenMs: nowMs() }, stored.version)] });
        } catch (error) {
          // Another request of this session wrote it, or it was signed out: either way there is nothing to add.
          if (!isPhrError(error, 'precondition-failed')) throw error;
        }
      }
      return { account, formToken: formTokenOf(token) };
    },

    async callerOfSession({ account }, origin) {
      const personId = account.identityId === undefined ? undefined : await deps.personOfIdentity(account.identityId);
      const place = {
        ...(account.facilityCode === undefined ? {} : { facilityCode: account.facilityCode }),
        ...(account.communeCode === undefined ? {} : { communeCode: account.communeCode }),
      };
      return Object.freeze({
        agent: Object.freeze({ kind: 'person', id: account.id, role: account.role, display: account.display, ...place }),
        role: account.role,
        scopes: [],
        ...place,
        ...(personId === undefined ? {} : { personId }),
        requestId: origin.requestId,
        ...(origin.network === undefined ? {} : { network: origin.network }),
        purpose: PURPOSE[account.role],
      });
    },

    sweep: () => sweepSessions(store, nowMs()),
  };
}

const removal = (id: string) => ({ collection: SESSIONS, id, expected: 'any', value: undefined }) as const;

/** Removes sessions that are over, at most SWEEP_MAX. @returns how many */
export async function sweepSessions(store: Pick<Store, 'find' | 'commit'>, nowMs: number): Promise<number> {
  const oldest = await store.find<KeptSession>({ collection: SESSIONS, index: 'expiry', value: 'all', limit: SWEEP_MAX });
  const now = instant(nowMs);
  const over = oldest.filter(({ sort }) => sort <= now);
  if (over.length > 0) await store.commit({ records: over.map(({ id }) => removal(id)) });
  return over.length;
}

const idOf = (token: string): string => createHash('sha256').update(token).digest('hex');
const instant = (ms: number): string => new Date(ms).toISOString();
