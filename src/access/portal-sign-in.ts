import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { errors, jwtVerify, SignJWT } from 'jose';
import { PhrError } from '../errors.js';
import type { Accounts, Client } from './accounts.js';
import { callerOf, originOf } from './authenticate.js';
import { readPortalDigest } from './portal-passwords.js';
import { parseScope, permits } from './scopes.js';
import { TOKEN_LENGTH_MAX, type TokenClaims, type Tokens } from './tokens.js';

/** What `/api/token/take` hands out. */
export interface PortalSession {
  readonly accessToken: string;
  readonly idToken: string;
  readonly clientId: string;
  readonly expiresAt: Date;
}

/** The sign-in of the insurance portal's interface: bhyt-xml.md §7. */
export interface PortalSignIn {
  /**
   * @param password MD5 of the client secret in hexadecimal digits
   * @throws PhrError `unauthenticated`, `throttled`, `forbidden` (a client that may not send)
   */
  take(username: string, password: string, network: string | undefined): Promise<PortalSession>;
  /**
   * Reads the headers `accessToken`, `tokenId` and, where it is sent, `passwordHash`; sets `res.locals.caller`, or passes on
   * PhrError `unauthenticated` with a message for the clerk.
   */
  readonly session: RequestHandler;
  /** Access tokens of this door: of an audience of their own, so that the FHIR base knows nothing of them. */
  readonly tokens: Pick<Tokens, 'verify'>;
}

/** What a token of the portal's door may do at most: send files, read the receipts of the sender. */
const INTAKE_PERMISSIONS = ['c', 'r'] as const;

const AGAIN = 'hãy lấy lại phiên làm việc ở /api/token/take';
const EXPIRED = `Phiên làm việc đã hết hạn: ${AGAIN}`;
const NOT_VALID = `Phiên làm việc không đúng: ${AGAIN} và gửi accessToken, tokenId trong đầu mục (header)`;
const WRONG_HASH = 'passwordHash không phải MD5 mật khẩu của tài khoản';

/**
 * @param deps.tokens of the audience of the intake doors
 * @param deps.key    the key of the tokens: at least 32 bytes
 */
export function makePortalSignIn(deps: {
  readonly accounts: Pick<Accounts, 'verifyPortalClient'>;
  readonly tokens: Tokens;
  readonly key: Uint8Array;
  readonly issuer: string;
  readonly now: () => Date;
}): PortalSignIn {
  const { tokens, key, issuer, now } = deps;

  /** Bound to the access token as in OpenID Connect Core §3.1.3.6, so that two halves of two sessions are none. */
  const idTokenFor = (client: Client, accessToken: string, digest: string, expiresAt: number): Promise<string> =>
    new SignJWT({ at_hash: hashOfToken(accessToken), password_mac: keyedHash(key, client.clientId, digest) })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience(client.clientId)
      .setSubject(client.clientId)
      .setExpirationTime(expiresAt)
      .sign(key);

  const sessionOf = async (req: Request): Promise<TokenClaims> => {
    const accessToken = headerOf(req, 'accesstoken');
    const claims = await tokens.verify(accessToken).catch((error: unknown) => {
      throw inWordsOfThePortal(error);
    });
    const { clientId } = claims.client;
    const idToken = await readIdToken(headerOf(req, 'tokenid'), clientId);
    if (idToken['at_hash'] !== hashOfToken(accessToken)) throw new PhrError('unauthenticated', NOT_VALID);
    const sentHash = req.get('passwordhash');
    if (sentHash !== undefined) {
      const digest = readPortalDigest(sentHash) ?? '';
      if (!isEqual(String(idToken['password_mac']), keyedHash(key, clientId, digest))) {
        throw new PhrError('unauthenticated', WRONG_HASH);
      }
    }
    return claims;
  };

  const readIdToken = async (token: string, clientId: string): Promise<Readonly<Record<string, unknown>>> => {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      typ: 'JWT',
      issuer,
      audience: clientId,
      requiredClaims: ['exp', 'at_hash', 'password_mac'],
      currentDate: now(),
    }).catch((error: unknown) => {
      if (!(error instanceof errors.JOSEError)) throw error;
      throw new PhrError('unauthenticated', error instanceof errors.JWTExpired ? EXPIRED : NOT_VALID, [], { cause: error });
    });
    return payload;
  };

  return {
    tokens,
    async take(username, password, network) {
      const client = await deps.accounts.verifyPortalClient(username, password, network);
      const accessToken = await tokens.issue(client, intakeScopes(client));
      const { expiresAt } = await tokens.verify(accessToken);
      const idToken = await idTokenFor(client, accessToken, readPortalDigest(password) ?? '', expiresAt);
      return { accessToken, idToken, clientId: client.clientId, expiresAt: new Date(expiresAt * 1_000) };
    },
    async session(req, res, next) {
      delete res.locals['caller'];
      const { requestId, network } = originOf(req, res);
      res.locals['caller'] = Object.freeze({
        ...callerOf(await sessionOf(req)),
        requestId,
        ...(network === undefined ? {} : { network }),
      });
      next();
    },
  };
}

/** Tokens of the first kind that knows them. @throws PhrError `unauthenticated` (that of the first kind, for its words) */
export const eitherTokens = (first: Pick<Tokens, 'verify'>, second: Pick<Tokens, 'verify'>): Pick<Tokens, 'verify'> => ({
  verify: (token) =>
    first.verify(token).catch((error: unknown) => second.verify(token).catch(() => Promise.reject(error as Error))),
});

/** Sending and reading receipts, as far as the client may do it at all. */
function intakeScopes(client: Client): readonly string[] {
  const granted = client.scopes.flatMap((scope) => parseScope(scope) ?? []);
  const permissions = INTAKE_PERMISSIONS.filter((permission) => permits(granted, permission, '*'));
  if (permissions.length === 0) throw new PhrError('forbidden', 'Tài khoản này không có quyền gửi dữ liệu');
  return [`system/*.${permissions.join('')}`];
}

function inWordsOfThePortal(error: unknown): unknown {
  if (!(error instanceof PhrError)) return error;
  const isExpired = error.cause instanceof errors.JWTExpired;
  return new PhrError('unauthenticated', isExpired ? EXPIRED : NOT_VALID, [], { cause: error });
}

/** A header of the session. @throws PhrError `unauthenticated` when it is missing or longer than any token of ours */
function headerOf(req: Request, name: string): string {
  const value = req.get(name)?.trim() ?? '';
  if (value === '' || value.length > TOKEN_LENGTH_MAX) throw new PhrError('unauthenticated', NOT_VALID);
  return value;
}

const hashOfToken = (token: string): string => createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');

/** Tells whether a digest is that of the sign-in, and nothing to whoever does not hold the key. */
const keyedHash = (key: Uint8Array, clientId: string, digest: string): string =>
  createHmac('sha256', key).update(`portal-password\n${clientId}\n${digest}`).digest('base64url');

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
