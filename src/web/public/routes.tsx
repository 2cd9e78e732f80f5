import type { Request, Response } from 'express';
import express from 'express';
import type { Sessions } from '../../access/sessions.js';
import { requireFormToken } from '../../access/session-middleware.js';
import type { SessionLocals } from '../../access/session-middleware.js';
import { isPhrError } from '../../errors.js';
import type { PageContext } from '../http/page-context.js';
import { fieldText, queryText } from '../http/page-context.js';
import { sendPage } from '../http/send-page.js';
import { pathAfterSignIn, RETURN_PATH_LENGTH_MAX } from '../http/start-pages.js';
import { HomePage } from './home-page.js';
import { SignInPage } from './sign-in-page.js';

/** Pages without a sign-in, and the way in and out. */
export function makePublicRouter(deps: {
  readonly sessions: Pick<Sessions, 'signIn' | 'signOut'>;
  readonly contextOf: (req: Request, res: Response) => PageContext;
}): express.Router {
  const { sessions, contextOf } = deps;
  const router = express.Router();

  router.get('/', (req, res) => {
    res.locals['interaction'] = 'home';
    sendPage(res, <HomePage page={contextOf(req, res)} />);
  });

  router.get('/sign-in', (req, res) => {
    res.locals['interaction'] = 'sign-in';
    const returnPath = queryText(req, 'return', RETURN_PATH_LENGTH_MAX);
    sendPage(res, <SignInPage page={contextOf(req, res)} returnPath={returnPath} />);
  });

  router.post('/sign-in', async (req, res) => {
    res.locals['interaction'] = 'sign-in';
    const page = contextOf(req, res);
    const { t } = page;
    const username = fieldText(req, 'username');
    const typed: unknown = (req.body as Readonly<Record<string, unknown>> | undefined)?.['password'];
    const password = typeof typed === 'string' ? typed : '';
    const asked = fieldText(req, 'return');
    const returnPath = asked === '' || asked.length > RETURN_PATH_LENGTH_MAX ? undefined : asked;
    const again = (errors: Readonly<Record<string, string>>, status: number): void => {
      sendPage(res, <SignInPage page={page} returnPath={returnPath} username={username} errors={errors} />, status);
    };
    if (username === '' || password === '') {
      const errors = {
        ...(username === '' ? { username: t.signIn.usernameMissing } : {}),
        ...(password === '' ? { password: t.signIn.passwordMissing } : {}),
      };
      again(errors, 422);
      return;
    }
    const cookie = req.get('cookie');
    try {
      const { session, setCookie } = await sessions.signIn(username, password, {
        ...(req.ip === undefined ? {} : { network: req.ip }),
        ...(cookie === undefined ? {} : { cookie }),
      });
      res.append('Set-Cookie', setCookie).setHeader('Cache-Control', 'no-store');
      res.redirect(303, pathAfterSignIn(session.account.role, returnPath));
    } catch (error) {
      if (isPhrError(error, 'unauthenticated')) again({ username: t.signIn.failed }, 401);
      else if (isPhrError(error, 'throttled')) again({ username: t.signIn.throttled }, 429);
      else throw error;
    }
  });

  // Without a session there is nothing left to end: an old page's button must not lead to an error.
  router.post('/sign-out', (_req, res, next) => {
    res.locals['interaction'] = 'sign-out';
    if ((res.locals as SessionLocals).session === undefined) res.redirect(303, '/');
    else next();
  });
  router.post('/sign-out', requireFormToken, async (req, res) => {
    const { setCookie } = await sessions.signOut(req.get('cookie'));
    res.append('Set-Cookie', setCookie).setHeader('Cache-Control', 'no-store');
    res.redirect(303, '/');
  });

  return router;
}
