import { createHmac, timingSafeEqual } from 'node:crypto';

/** Name of the session cookie; with https the prefix makes browsers refuse it from a subdomain or over http (RFC 6265bis §4.1.3). */
export const sessionCookieName = (isHttps: boolean): string => (isHttps ? '__Host-so-suc-khoe' : 'so-suc-khoe');

/** Shape of a session token: 32 random bytes, base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
/** A longer Cookie header is not searched. In characters. */
export const COOKIE_HEADER_LENGTH_MAX = 8_192;

/** The `Set-Cookie` value that starts a session, or ends it when `token` is undefined. Ends with the browser; the server bounds its life. */
export function sessionCookie(token: string | undefined, isHttps: boolean): string {
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isHttps ? '; Secure' : ''}`;
  return `${sessionCookieName(isHttps)}=${token ?? ''}; ${attributes}${token === undefined ? '; Max-Age=0' : ''}`;
}

/** The session token in a Cookie header; undefined when there is none, it is not of our shape, or two different ones are given. */
export function readSessionCookie(header: string | undefined, isHttps: boolean): string | undefined {
  if (header === undefined || header.length > COOKIE_HEADER_LENGTH_MAX) return undefined;
  const prefix = `${sessionCookieName(isHttps)}=`;
  const values = header
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(prefix))
    .map((part) => part.slice(prefix.length));
  const [token] = values;
  return token !== undefined && TOKEN.test(token) && values.every((value) => value === token) ? token : undefined;
}

/** The token that every form of a session carries: derived from the session, so it needs no place of its own. */
export const formTokenOf = (sessionToken: string): string =>
  createHmac('sha256', sessionToken).update('form-token 1').digest('base64url');

/** Constant-time comparison of a form's token. */
export function isFormToken(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Does a writing request come from one of our own pages? Browsers say so themselves; a client that says nothing is no browser and has no
 * cookie that somebody could ride on. The Host is compared too, since a person may open the service under a second name.
 *
 * @param headers the request's headers of these names
 * @param baseUrl origin of the service
 */
export function isSameOrigin(
  headers: {
    readonly origin?: string | undefined;
    readonly host?: string | undefined;
    readonly secFetchSite?: string | undefined;
  },
  baseUrl: string,
): boolean {
  const { origin, host, secFetchSite } = headers;
  if (secFetchSite !== undefined && secFetchSite !== 'same-origin' && secFetchSite !== 'none') return false;
  if (origin === undefined) return true;
  if (origin === new URL(baseUrl).origin) return true;
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}
