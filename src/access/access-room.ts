import type { RequestHandler, Router } from 'express';
import type { AccessPolicy } from '../fhir/access-policy.js';
import type { VirtualType } from '../fhir/virtual-type.js';
import type { Store } from '../store/store.js';
import { makeAccounts } from './accounts.js';
import type { Accounts } from './accounts.js';
import { makeAttempts } from './attempts.js';
import { makeAccessLineId } from './audit/access-line-id.js';
import { makeAuditEventType } from './audit/audit-event-type.js';
import { makeWhoLooked } from './audit/who-looked.js';
import type { WhoLooked } from './audit/who-looked.js';
import { makeBearerAuthentication, makeBearerMiddleware } from './authenticate.js';
import { makeClientSignIn } from './client-sign-in.js';
import { makeHashQueue } from './hash-queue.js';
import { makePortalPasswords } from './portal-passwords.js';
import type { PortalPasswords } from './portal-passwords.js';
import { eitherTokens, makePortalSignIn } from './portal-sign-in.js';
import type { PortalSignIn } from './portal-sign-in.js';
import { makeAccessPolicy } from './policy.js';
import type { BeyondCatchment } from './policy.js';
import { makeSecrets } from './secrets.js';
import type { Secrets } from './secrets.js';
import { makeSameOriginCheck, makeSessionMiddleware } from './session-middleware.js';
import { makeSessions } from './sessions.js';
import type { Sessions } from './sessions.js';
import { makeSmartConfiguration } from './smart-configuration.js';
import { makeTokenEndpoint } from './token-endpoint.js';
import { makeTokens } from './tokens.js';

/** The room's parts, as the composition root mounts and hands them on. */
export interface AccessRoom {
  readonly policy: AccessPolicy & BeyondCatchment;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly whoLooked: WhoLooked;
  /** For the FHIR router. */
  readonly auditEventType: VirtualType;
  /** `POST /oauth/token`; mount at the root, before any body parser. */
  readonly tokenEndpoint: Router;
  /** `GET {FHIR base}/.well-known/smart-configuration`. */
  readonly smartConfiguration: RequestHandler;
  /** For the FHIR base; sets `res.locals.caller`. */
  readonly bearer: RequestHandler;
  /** The same for the intake doors, which also know the access tokens of the insurance portal's sign-in. */
  readonly intakeBearer: RequestHandler;
  /** For the pages: refuses other sites' writes, then reads the cookie and sets `res.locals.session` and `res.locals.caller`. */
  readonly pages: readonly RequestHandler[];
  /** For doors with a login of their own. */
  readonly clientSignIn: ReturnType<typeof makeClientSignIn>;
  /** The insurance portal's sign-in: tokens that open the intake doors only. */
  readonly portalSignIn: PortalSignIn;
}

/**
 * Builds the room; opens nothing.
 *
 * @param deps.baseUrl          without trailing slash
 * @param deps.tokenKey         at least 32 bytes, of its own purpose: `deriveKey(master, 'access-tokens')`
 * @param deps.personOfIdentity current person of a citizen's identity record
 * @param deps.personIds        every id under which lines of a person may stand; by default the current one
 * @param deps.secrets          only tests pass cheaper ones, as of `portalPasswords`
 */
export function makeAccessRoom(deps: {
  readonly store: Store;
  readonly baseUrl: string;
  readonly demonstration: boolean;
  readonly tokenKey: Uint8Array;
  readonly tokenTtlSeconds: number;
  readonly sessionTtlSeconds: number;
  readonly personOfIdentity: (identityId: string) => Promise<string | undefined>;
  readonly personIds?: (personId: string) => Promise<readonly string[]>;
  readonly now: () => Date;
  readonly secrets?: Secrets;
  readonly portalPasswords?: PortalPasswords;
}): AccessRoom {
  const { store, baseUrl, demonstration, now } = deps;
  const isHttps = baseUrl.startsWith('https:');
  const people = deps.personIds === undefined ? {} : { personIds: deps.personIds };
  const queue = makeHashQueue();
  const accounts = makeAccounts({
    store,
    secrets: deps.secrets ?? makeSecrets(undefined, queue),
    portalPasswords: deps.portalPasswords ?? makePortalPasswords({ queue }),
    attempts: makeAttempts({ now }),
    demonstration,
  });
  const tokensFor = (audience: string) =>
    makeTokens({ key: deps.tokenKey, issuer: baseUrl, audience, ttlSeconds: deps.tokenTtlSeconds, demonstration, now });
  const tokens = tokensFor(`${baseUrl}/fhir/R4`);
  const portalSignIn = makePortalSignIn({
    accounts,
    tokens: tokensFor(`${baseUrl}/intake`),
    key: deps.tokenKey,
    issuer: baseUrl,
    now,
  });
  const sessions = makeSessions({
    store,
    accounts,
    personOfIdentity: deps.personOfIdentity,
    isHttps,
    ttlSeconds: deps.sessionTtlSeconds,
    now,
  });
  return {
    policy: makeAccessPolicy({ demonstration, now, lineId: makeAccessLineId() }),
    accounts,
    sessions,
    whoLooked: makeWhoLooked({ store, ...people }),
    auditEventType: makeAuditEventType({ store, demonstration, ...people }),
    tokenEndpoint: makeTokenEndpoint({ accounts, tokens }),
    smartConfiguration: makeSmartConfiguration(baseUrl),
    bearer: makeBearerMiddleware(makeBearerAuthentication({ tokens, now })),
    intakeBearer: makeBearerMiddleware(makeBearerAuthentication({ tokens: eitherTokens(tokens, portalSignIn.tokens), now })),
    pages: [makeSameOriginCheck(baseUrl), makeSessionMiddleware({ sessions, isHttps })],
    clientSignIn: makeClientSignIn({ accounts, tokens }),
    portalSignIn,
  };
}
