import type { Request, RequestHandler, Response } from 'express';
import express from 'express';
import { requireFormToken } from '../../access/session-middleware.js';
import { isPhrError, PhrError } from '../../errors.js';
import type { AccessPolicy } from '../../fhir/access-policy.js';
import type { AccessLine } from '../../store/access-log.js';
import type { DeadLetters } from '../../store/dead-letters.js';
import type { WriteDownLook } from '../http/looking.js';
import type { PageContext } from '../http/page-context.js';
import { queryText } from '../http/page-context.js';
import { sendPage } from '../http/send-page.js';
import { pathText, signedInOf } from '../http/signed-in.js';
import { DiscardPage, OUTCOMES, WorkPage } from './pages.js';
import type { Outcome } from './pages.js';

/** Dead letters on the page, the oldest ones; `npm run jobs -- list` prints more. */
export const LETTERS_ON_PAGE = 100;

/** Pages of an operator: queues and dead letters. */
export function makeOperatorRouter(deps: {
  readonly deadLetters: DeadLetters;
  readonly policy: Pick<AccessPolicy, 'lines'>;
  readonly writeDown: WriteDownLook;
  readonly gate: (interaction: string, resourceType: string) => RequestHandler;
  readonly contextOf: (req: Request, res: Response) => PageContext;
}): express.Router {
  const { deadLetters, policy, writeDown, gate, contextOf } = deps;
  const router = express.Router();

  router.get('/operator', gate('operator-work', 'Task'), async (req, res) => {
    const { caller } = signedInOf(res);
    const [queues, letters] = await Promise.all([deadLetters.queues(), deadLetters.list(LETTERS_ON_PAGE + 1)]);
    await writeDown(caller, { interaction: 'operator-work', action: 'E', patients: [], what: ['outbox'] });
    const done = queryText(req, 'done', 20);
    sendPage(
      res,
      <WorkPage
        page={contextOf(req, res)}
        queues={queues}
        letters={letters.slice(0, LETTERS_ON_PAGE)}
        hasMore={letters.length > LETTERS_ON_PAGE}
        outcome={OUTCOMES.find((outcome) => outcome === done)}
      />,
    );
  });

  router.get('/operator/work/:id/discard', gate('operator-discard', 'Task'), async (req, res) => {
    const { caller } = signedInOf(res);
    const letter = await deadLetters.find(pathText(req, 'id'));
    if (letter === undefined) {
      goBack(res, 'gone');
      return;
    }
    await writeDown(caller, { interaction: 'operator-discard', patients: [], what: [`outbox ${letter.id}`] });
    sendPage(res, <DiscardPage page={contextOf(req, res)} letter={letter} />);
  });

  /** What an operator does is written down in the commit that does it. */
  const change =
    (apply: DeadLetters['requeue'], interaction: string, action: AccessLine['action'], outcome: Outcome): RequestHandler =>
    async (req, res) => {
      const { caller } = signedInOf(res);
      const id = pathText(req, 'id');
      const line = { action, interaction, outcome: '0', patients: [], what: [`outbox ${id}`] } as const;
      goBack(res, (await durable(apply(id, policy.lines(caller, line)))) ? outcome : 'gone');
    };
  router.post(
    '/operator/work/:id/requeue',
    gate('operator-requeue', 'Task'),
    requireFormToken,
    change(deadLetters.requeue, 'operator-requeue', 'U', 'requeued'),
  );
  router.post(
    '/operator/work/:id/discard',
    gate('operator-discard', 'Task'),
    requireFormToken,
    change(deadLetters.discard, 'operator-discard', 'D', 'discarded'),
  );

  return router;
}

/** @throws PhrError `unavailable` when neither change nor line could be made durable */
async function durable(change: Promise<boolean>): Promise<boolean> {
  try {
    return await change;
  } catch (error) {
    if (isPhrError(error)) throw error;
    throw new PhrError('unavailable', 'The change could not be kept', [], { cause: error });
  }
}

/** To the list, so that a reload repeats nothing. */
function goBack(res: Response, outcome: Outcome): void {
  res.setHeader('Cache-Control', 'no-store');
  res.redirect(303, `/operator?done=${outcome}`);
}
