import express from 'express';
import type { Request, RequestHandler, Response, Router } from 'express';
import { isPhrError } from '../errors.js';
import type { Accounts } from './accounts.js';
import { FAILURE_WINDOW_MS } from './attempts.js';
import { covers, parseScope, SCOPE_LENGTH_MAX } from './scopes.js';
import type { Tokens } from './tokens.js';

/** Largest body of a token request, in bytes. */
export const TOKEN_REQUEST_BYTES_MAX = 8_192;

type OAuthErrorCode =
  'invalid_request' | 'invalid_client' | 'invalid_scope' | 'unsupported_grant_type' | 'temporarily_unavailable';

/** An error answer of RFC 6749 §5.2. The texts name rules, never what was sent. */
class OAuthError extends Error {
  constructor(
    readonly status: number,
    readonly code: OAuthErrorCode,
    description: string,
  ) {
    super(description);
  }
}

/**
 * `POST /oauth/token`: OAuth 2.0 client credentials, https://www.rfc-editor.org/rfc/rfc6749#section-4.4 (interfaces.md §1).
 * Parses its own body; mount it before other body parsers.
 */
export function makeTokenEndpoint(deps: { readonly accounts: Accounts; readonly tokens: Tokens }): Router {
  const answer: RequestHandler = async (req, res) => {
    const form = readForm(req);
    const grantType = form.get('grant_type');
    if (grantType === undefined) throw new OAuthError(400, 'invalid_request', 'grant_type is missing');
    if (grantType !== 'client_credentials') {
      throw new OAuthError(400, 'unsupported_grant_type', 'only client_credentials is supported');
    }
    const { clientId, clientSecret } = readCredentials(req.get('authorization'), form);
    const client = await deps.accounts.verifyClient(clientId, clientSecret, req.ip);
    const scopes = grantedScopes(client.scopes, form.get('scope'));
    const token = await deps.tokens.issue(client, scopes);
    res.status(200).json({
      access_token: token,
      token_type: 'Bearer',
      expires_in: deps.tokens.ttlSeconds,
      scope: scopes.join(' '),
    });
  };

  const router = express.Router();
  router.use('/oauth/token', (_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('Pragma', 'no-cache');
    next();
  });
  router.post(
    '/oauth/token',
    express.text({ type: 'application/x-www-form-urlencoded', limit: TOKEN_REQUEST_BYTES_MAX }),
    answer,
  );
  router.all('/oauth/token', (_req, res) => {
    res.setHeader('Allow', 'POST');
    res.status(405).json({ error: 'invalid_request', error_description: 'the token endpoint takes POST' });
  });
  router.use('/oauth/token', (error: unknown, _req: Request, res: Response, next: (error: unknown) => void) => {
    const known = oauthErrorOf(error);
    if (known === undefined || res.headersSent) {
      next(error);
      return;
    }
    if (known.status === 401) res.setHeader('WWW-Authenticate', 'Basic realm="so-suc-khoe", charset="UTF-8"');
    if (known.status === 429) res.setHeader('Retry-After', String(FAILURE_WINDOW_MS / 1_000));
    res.status(known.status).json({ error: known.code, error_description: known.message });
  });
  return router;
}

function oauthErrorOf(error: unknown): OAuthError | undefined {
  if (error instanceof OAuthError) return error;
  if (isPhrError(error, 'unauthenticated')) return new OAuthError(401, 'invalid_client', 'client id or secret is wrong');
  if (isPhrError(error, 'throttled')) return new OAuthError(429, 'temporarily_unavailable', 'too many failures, try again later');
  // Errors of the body parser carry a 4xx status of their own.
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 413) return new OAuthError(413, 'invalid_request', 'the request is too long');
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new OAuthError(400, 'invalid_request', 'the request can not be read');
  }
  return undefined;
}

/** RFC 6749 §3.2: parameters must not be repeated; one without a value counts as left out. */
function readForm(req: Request): ReadonlyMap<string, string> {
  if (typeof req.body !== 'string') {
    throw new OAuthError(400, 'invalid_request', 'the request must be application/x-www-form-urlencoded');
  }
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(req.body)) {
    if (value === '') continue;
    if (form.has(name)) throw new OAuthError(400, 'invalid_request', 'a parameter is repeated');
    form.set(name, value);
  }
  return form;
}

/** RFC 6749 §2.3.1: HTTP Basic (each part form-encoded) or form parameters, never both. */
function readCredentials(
  authorization: string | undefined,
  form: ReadonlyMap<string, string>,
): { readonly clientId: string; readonly clientSecret: string } {
  if (authorization !== undefined) {
    if (form.has('client_secret')) throw new OAuthError(400, 'invalid_request', 'credentials are given twice');
    const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
    if (encoded === undefined) throw new OAuthError(401, 'invalid_client', 'HTTP Basic credentials are needed');
    const decoded = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    const clientId = colon < 0 ? undefined : formDecoded(decoded.slice(0, colon));
    const clientSecret = formDecoded(decoded.slice(colon + 1));
    if (clientId === undefined || clientSecret === undefined) {
      throw new OAuthError(401, 'invalid_client', 'HTTP Basic credentials can not be read');
    }
    if (form.has('client_id') && form.get('client_id') !== clientId) {
      throw new OAuthError(400, 'invalid_request', 'two client ids are given');
    }
    return { clientId, clientSecret };
  }
  const clientId = form.get('client_id');
  const clientSecret = form.get('client_secret');
  if (clientId === undefined || clientSecret === undefined) {
    throw new OAuthError(401, 'invalid_client', 'client id and secret are needed');
  }
  return { clientId, clientSecret };
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** All of the client's scopes, or the subset asked for in the words in which it was asked. */
function grantedScopes(own: readonly string[], asked: string | undefined): readonly string[] {
  if (asked === undefined) return own;
  if (asked.length > SCOPE_LENGTH_MAX) throw new OAuthError(400, 'invalid_scope', 'the scope is too long');
  const granted = own.flatMap((scope) => parseScope(scope) ?? []);
  const wanted = [...new Set(asked.split(' ').filter((scope) => scope !== ''))];
  for (const text of wanted) {
    const scope = parseScope(text);
    if (scope === undefined || !covers(granted, scope)) {
      throw new OAuthError(400, 'invalid_scope', 'a scope is unknown or not granted to this client');
    }
  }
  if (wanted.length === 0) throw new OAuthError(400, 'invalid_scope', 'the scope is empty');
  return wanted;
}
