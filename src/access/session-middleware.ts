import type { RequestHandler } from 'express';
import { PhrError } from '../errors.js';
import { originOf } from './authenticate.js';
import { isFormToken, isSameOrigin, sessionCookie, sessionCookieName } from './session-cookie.js';
import type { Session, Sessions } from './sessions.js';

/** Hidden field of every form that changes something. */
export const FORM_TOKEN_FIELD = 'form_token';

/** What `sessionMiddleware` leaves in `res.locals`. Both are absent for who is not signed in. */
export interface SessionLocals {
  session?: Session;
  caller?: Awaited<ReturnType<Sessions['callerOfSession']>>;
}

/**
 * Reads the session cookie and sets `res.locals.session` and `res.locals.caller`; clears a cookie that no longer stands for anything.
 * For pages only: never mounted at the FHIR base, where a cookie means nothing.
 */
export function makeSessionMiddleware(deps: { readonly sessions: Sessions; readonly isHttps: boolean }): RequestHandler {
  return async (req, res, next) => {
    const cookie = req.get('cookie');
    const session = await deps.sessions.session(cookie);
    if (session !== undefined) {
      const locals = res.locals as SessionLocals;
      locals.session = session;
      locals.caller = await deps.sessions.callerOfSession(session, originOf(req, res));
    } else if (cookie?.includes(`${sessionCookieName(deps.isHttps)}=`) === true) {
      res.append('Set-Cookie', sessionCookie(undefined, deps.isHttps));
    }
    next();
  };
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses a writing request that another site caused: sign-in form included. @throws PhrError `forbidden` */
export function makeSameOriginCheck(baseUrl: string): RequestHandler {
  return (req, _res, next) => {
    const headers = { origin: req.get('origin'), host: req.get('host'), secFetchSite: req.get('sec-fetch-site') };
    if (!SAFE_METHODS.has(req.method) && !isSameOrigin(headers, baseUrl)) {
      throw new PhrError('forbidden', 'Yêu cầu không đến từ trang này');
    }
    next();
  };
}

/**
 * Refuses a form of a signed-in person without the session's token. After the body parser and `sessionMiddleware`.
 * @throws PhrError `unauthenticated` (no session), `forbidden` (no or another token)
 */
export const requireFormToken: RequestHandler = (req, res, next) => {
  if (!SAFE_METHODS.has(req.method)) {
    const { session } = res.locals as SessionLocals;
    if (session === undefined) throw new PhrError('unauthenticated', 'Hãy đăng nhập');
    const body = req.body as Readonly<Record<string, unknown>> | undefined;
    if (!isFormToken(body?.[FORM_TOKEN_FIELD], session.formToken)) {
      throw new PhrError('forbidden', 'Biểu mẫu đã hết hạn, hãy mở lại trang');
    }
  }
  next();
};
