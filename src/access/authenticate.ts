import type { RequestHandler } from 'express';
import { randomUUID } from 'node:crypto';
import { isPhrError, PhrError } from '../errors.js';
import type { Caller } from '../fhir/access-policy.js';
import type { TokenClaims, Tokens } from './tokens.js';

/** Verified tokens kept, so that a request does not pay for the signature again; the oldest leave first. */
export const VERIFIED_TOKENS_MAX = 10_000;
/** Paths below the FHIR base that answer without a sign-in (interfaces.md §2). */
export const OPEN_FHIR_PATHS: ReadonlySet<string> = new Set(['/metadata', '/.well-known/smart-configuration']);

const SCHEME = 'Bearer ';

/** What a request adds to what the token says. */
export interface RequestOrigin {
  readonly requestId: string;
  readonly network?: string;
}

/** Resolves the caller behind an `Authorization` header. @throws PhrError `unauthenticated` */
export type BearerAuthentication = (authorization: string | undefined, origin: RequestOrigin) => Promise<Caller>;

type CallerTemplate = Omit<Caller, 'requestId' | 'network'>;

/** The caller behind a token; a request adds its id and address. */
export const callerOf = ({ client, scopes }: TokenClaims): CallerTemplate => ({
  agent: Object.freeze({
    kind: 'software',
    id: client.clientId,
    role: client.role,
    display: client.display,
    ...(client.facilityCode === undefined ? {} : { facilityCode: client.facilityCode }),
  }),
  role: client.role,
  scopes,
  // A facility reads to treat; the integrator runs the demonstration.
  purpose: client.role === 'facility' ? 'TREAT' : 'HOPERAT',
  ...(client.facilityCode === undefined ? {} : { facilityCode: client.facilityCode }),
});

/** RFC 6750: bearer tokens in the header only (never in a form or URL, which end up in logs). */
export function makeBearerAuthentication(deps: {
  readonly tokens: Pick<Tokens, 'verify'>;
  readonly now: () => Date;
}): BearerAuthentication {
  const verified = new Map<string, { readonly template: CallerTemplate; readonly expiresAtMs: number }>();
  return async (authorization, origin) => {
    // Kept by the whole header as it is usually spelled, so that a known one is never taken apart again.
    let header = authorization ?? '';
    let known = verified.get(header);
    if (known === undefined) {
      const token = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header)?.[1];
      if (token === undefined) throw new PhrError('unauthenticated', 'An access token is needed: Authorization: Bearer …');
      header = `${SCHEME}${token}`;
      known = verified.get(header);
    }
    if (known !== undefined && known.expiresAtMs <= deps.now().getTime()) {
      verified.delete(header);
      throw new PhrError('unauthenticated', 'The access token has expired');
    }
    if (known === undefined) {
      const claims = await deps.tokens.verify(header.slice(SCHEME.length));
      known = { expiresAtMs: claims.expiresAt * 1_000, template: callerOf(claims) };
      verified.set(header, known);
      if (verified.size > VERIFIED_TOKENS_MAX) {
        const [oldest] = verified.keys();
        if (oldest !== undefined) verified.delete(oldest);
      }
    }
    return Object.freeze({
      ...known.template,
      requestId: origin.requestId,
      ...(origin.network === undefined ? {} : { network: origin.network }),
    });
  };
}

/**
 * Sets `res.locals.caller` from the bearer token, or passes on the refusal with the challenge of RFC 6750 §3.
 * Mounted at the FHIR base: `OPEN_FHIR_PATHS` pass without a caller. A cookie is never looked at here.
 */
export function makeBearerMiddleware(authenticate: BearerAuthentication): RequestHandler {
  return async (req, res, next) => {
    // Whoever was set before (a cookie session) does not count here.
    delete res.locals['caller'];
    if (req.headers.authorization === undefined && OPEN_FHIR_PATHS.has(req.path)) {
      next();
      return;
    }
    try {
      res.locals['caller'] = await authenticate(req.headers.authorization, originOf(req, res));
    } catch (error) {
      if (isPhrError(error, 'unauthenticated')) {
        const given = req.get('authorization') !== undefined;
        res.setHeader('WWW-Authenticate', `Bearer realm="so-suc-khoe"${given ? ', error="invalid_token"' : ''}`);
      }
      throw error;
    }
    next();
  };
}

/** Request id (set by the request log) and source address of a request. */
export function originOf(
  req: {
    readonly ip?: string | undefined;
    readonly headers?: Readonly<Record<string, unknown>>;
    readonly socket?: { readonly remoteAddress?: string | undefined };
  },
  res: { readonly locals: Readonly<Record<string, unknown>> },
): RequestOrigin {
  const requestId = res.locals['requestId'];
  // Without a proxy's header there is nothing to weigh: `req.ip` would answer the same after taking the request apart.
  const { headers, socket } = req;
  const isDirect = socket?.remoteAddress !== undefined && headers !== undefined && headers['x-forwarded-for'] === undefined;
  const network = isDirect ? socket.remoteAddress : req.ip;
  return {
    requestId: typeof requestId === 'string' ? requestId : randomUUID(),
    ...(network === undefined ? {} : { network }),
  };
}
