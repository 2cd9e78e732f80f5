import type { Request, RequestHandler, Response } from 'express';
import express from 'express';
import { makeSameOriginCheck, makeSessionMiddleware } from '../access/session-middleware.js';
import { PhrError } from '../errors.js';
import { makeCitizenRouter } from './citizen/routes.js';
import { makeErrorPages } from './http/errors.js';
import { makeWriteDownLook } from './http/looking.js';
import { pageContextOf, queryText } from './http/page-context.js';
import type { PageContext } from './http/page-context.js';
import { makeSecurityHeaders } from './http/security-headers.js';
import { makeSessionShelf } from './http/session-shelf.js';
import { makePageGate } from './http/signed-in.js';
import { sendStylesheet, STYLESHEET_PATH } from './http/stylesheet.js';
import type { WebRouterDeps } from './http/web-deps.js';
import { LANGUAGE_COOKIE, languageOf } from './messages/language.js';
import { makeOperatorRouter } from './operator/routes.js';
import { makePublicRouter } from './public/routes.js';
import { makeSenderRouter } from './sender/routes.js';
import { makeStationRouter } from './station/routes.js';
import { makeStewardRouter } from './steward/routes.js';

/** Largest form body, and most fields in it. */
export const FORM_BYTES_MAX = 16 * 1024;
export const FORM_FIELDS_MAX = 20;
/** A chosen language is kept so long. In seconds. */
const LANGUAGE_COOKIE_SECONDS = 365 * 24 * 3_600;

/**
 * The pages, mounted at the root behind every other router: what no page answers to is a 404 page. Rendered on the server, no script.
 */
export function makeWebRouter(deps: WebRouterDeps): express.Router {
  const { policy, store, now, sessions } = deps;
  const isHttps = deps.baseUrl.startsWith('https:');
  const contextOf = (req: Request, res: Response): PageContext => pageContextOf(req, res, deps);
  const gate = makePageGate({ policy });
  const writeDown = makeWriteDownLook({ store, policy });
  const shelf = makeSessionShelf({ store, now });
  const parts = { ...deps, gate, writeDown, contextOf, shelf };

  const router = express.Router();
  router.use(makeSecurityHeaders(isHttps));
  router.get(STYLESHEET_PATH, sendStylesheet);
  router.use(makeSameOriginCheck(deps.baseUrl), makeSessionMiddleware({ sessions, isHttps }), keepLanguage(isHttps));
  router.use(express.urlencoded({ extended: false, limit: FORM_BYTES_MAX, parameterLimit: FORM_FIELDS_MAX }));
  router.use(makePublicRouter(parts));
  router.use(
    makeStationRouter(parts),
    makeCitizenRouter(parts),
    makeSenderRouter(parts),
    makeStewardRouter(parts),
    makeOperatorRouter(parts),
  );
  router.use(() => {
    throw new PhrError('not-found', 'There is no such page');
  });
  router.use(makeErrorPages({ logger: deps.logger, contextOf }));
  return router;
}

/** A language asked for in the address is kept for the pages that follow. */
function keepLanguage(isHttps: boolean): RequestHandler {
  return (req, res, next) => {
    const asked = queryText(req, 'lang', 2);
    if (asked !== undefined && languageOf(asked, undefined) === asked) {
      const attributes = `Path=/; Max-Age=${String(LANGUAGE_COOKIE_SECONDS)}; SameSite=Lax; HttpOnly${isHttps ? '; Secure' : ''}`;
      res.append('Set-Cookie', `${LANGUAGE_COOKIE}=${asked}; ${attributes}`);
    }
    next();
  };
}
