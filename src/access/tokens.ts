import { errors, jwtVerify, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { PhrError } from '../errors.js';
import type { Client, SoftwareRole } from './accounts.js';

/** HS256 asks for a key of at least its hash's size (RFC 7518 §3.2). In bytes. */
export const TOKEN_KEY_BYTES_MIN = 32;
/** A longer bearer token is refused unread. In characters. */
export const TOKEN_LENGTH_MAX = 4_096;

/** What a valid token says. */
export interface TokenClaims {
  readonly client: Client;
  /** Granted scopes, frozen; a subset of the client's. */
  readonly scopes: readonly string[];
  /** Epoch seconds. */
  readonly expiresAt: number;
}

export interface Tokens {
  /** A signed JWT (RFC 9068 in its main lines) that lives `ttlSeconds`. */
  issue(client: Client, scopes: readonly string[]): Promise<string>;
  /** @throws PhrError `unauthenticated`: expired, forged, unsigned, of another issuer, key or audience, or of a demonstration client in production */
  verify(token: string): Promise<TokenClaims>;
  readonly ttlSeconds: number;
}

/**
 * Access tokens signed with HS256: issuer and reader are the same service.
 *
 * @param deps.key      at least `TOKEN_KEY_BYTES_MIN` random bytes, kept by the composition root
 * @param deps.issuer   base URL of the service
 * @param deps.audience FHIR base URL
 */
export function makeTokens(deps: {
  readonly key: Uint8Array;
  readonly issuer: string;
  readonly audience: string;
  readonly ttlSeconds: number;
  readonly demonstration: boolean;
  readonly now: () => Date;
}): Tokens {
  if (deps.key.length < TOKEN_KEY_BYTES_MIN) throw new RangeError('the token key is too short');
  return {
    ttlSeconds: deps.ttlSeconds,

    async issue(client, scopes) {
      const now = Math.floor(deps.now().getTime() / 1_000);
      return new SignJWT({
        scope: scopes.join(' '),
        role: client.role,
        display: client.display,
        demonstration: client.demonstration,
        ...(client.facilityCode === undefined ? {} : { facilityCode: client.facilityCode }),
      })
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .setIssuer(deps.issuer)
        .setAudience(deps.audience)
        .setSubject(client.clientId)
        .setIssuedAt(now)
        .setExpirationTime(now + deps.ttlSeconds)
        .setJti(randomUUID())
        .sign(deps.key);
    },

    async verify(token) {
      if (token.length > TOKEN_LENGTH_MAX) throw new PhrError('unauthenticated', 'The access token is not valid');
      const { payload } = await jwtVerify(token, deps.key, {
        algorithms: ['HS256'],
        typ: 'at+jwt',
        issuer: deps.issuer,
        audience: deps.audience,
        requiredClaims: ['sub', 'exp', 'scope', 'role'],
        currentDate: deps.now(),
      }).catch((error: unknown) => {
        if (!(error instanceof errors.JOSEError)) throw error;
        const text = error instanceof errors.JWTExpired ? 'The access token has expired' : 'The access token is not valid';
        throw new PhrError('unauthenticated', text, [], { cause: error });
      });
      const demonstration = payload['demonstration'] === true;
      const role = payload['role'] as SoftwareRole;
      if ((demonstration || role === 'integrator') && !deps.demonstration) {
        throw new PhrError('unauthenticated', 'The access token is not valid');
      }
      // Signed by us, so its shapes are ours.
      const scopes = Object.freeze((payload['scope'] as string).split(' '));
      const facilityCode = payload['facilityCode'] as string | undefined;
      return {
        client: {
          clientId: payload.sub as string,
          role,
          display: payload['display'] as string,
          scopes,
          demonstration,
          ...(facilityCode === undefined ? {} : { facilityCode }),
        },
        scopes,
        expiresAt: payload.exp as number,
      };
    },
  };
}
