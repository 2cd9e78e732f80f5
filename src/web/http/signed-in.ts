import type { Request, RequestHandler, Response } from 'express';
import type { SessionLocals } from '../../access/session-middleware.js';
import type { Session } from '../../access/sessions.js';
import { PhrError } from '../../errors.js';
import type { AccessPolicy, Caller } from '../../fhir/access-policy.js';
import { hrefOf } from '../ui/parts.js';

/** Who asks for a page that needs a sign-in. */
export interface SignedIn {
  readonly caller: Caller;
  readonly session: Session;
}

/**
 * Names the page for request log and access line, and lets only its role in. Who is not signed in goes to the sign-in form and comes back;
 * addresses hold nothing personal, so the way back may stand in one.
 */
export function makePageGate(deps: { readonly policy: Pick<AccessPolicy, 'authorize'> }) {
  return (interaction: string, resourceType: string): RequestHandler =>
    (req, res, next) => {
      res.locals['interaction'] = interaction;
      const { caller } = res.locals as SessionLocals;
      if (caller === undefined) {
        res.setHeader('Cache-Control', 'no-store');
        res.redirect(303, hrefOf('/sign-in', { return: req.method === 'GET' ? req.path : undefined }));
        return;
      }
      deps.policy.authorize(caller, interaction, resourceType);
      next();
    };
}

/** @throws PhrError `unauthenticated`; behind the gate it never does */
export function signedInOf(res: Response): SignedIn {
  const { caller, session } = res.locals as SessionLocals;
  if (caller === undefined || session === undefined) throw new PhrError('unauthenticated', 'Hãy đăng nhập');
  return { caller, session };
}

/** A parameter of the path. */
export function pathText(req: Request, name: string): string {
  const value = req.params[name];
  return typeof value === 'string' ? value : '';
}
