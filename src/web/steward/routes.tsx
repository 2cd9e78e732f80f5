import type { Request, RequestHandler, Response } from 'express';
import express from 'express';
import type { PersonReader } from '../../record/reader/person-reader.js';
import type { WriteDownLook } from '../http/looking.js';
import type { PageContext } from '../http/page-context.js';
import { queryText } from '../http/page-context.js';
import { sendPage } from '../http/send-page.js';
import { signedInOf } from '../http/signed-in.js';
import { ReviewsPage } from './reviews-page.js';

/** Tasks on a page. */
export const REVIEWS_PER_PAGE = 10;

/** Pages of a data steward. */
export function makeStewardRouter(deps: {
  readonly reader: Pick<PersonReader, 'reviewTasks'>;
  readonly writeDown: WriteDownLook;
  readonly gate: (interaction: string, resourceType: string) => RequestHandler;
  readonly contextOf: (req: Request, res: Response) => PageContext;
}): express.Router {
  const { reader, writeDown, gate, contextOf } = deps;
  const router = express.Router();

  router.get('/steward', gate('steward-reviews', 'Patient'), async (req, res) => {
    const { caller } = signedInOf(res);
    const cursor = queryText(req, 'page');
    const { items, next } = await reader.reviewTasks({
      count: REVIEWS_PER_PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const shown = [...new Set(items.flatMap(({ patients: { a, b } }) => [a, b].flatMap((side) => side?.personId ?? [])))];
    await writeDown(caller, {
      interaction: 'steward-reviews',
      patients: shown,
      what: shown.length === 0 ? ['Patient'] : shown.map((id) => `Patient/${id}`),
    });
    sendPage(res, <ReviewsPage page={contextOf(req, res)} tasks={items} isFirst={cursor === undefined} next={next} />);
  });

  return router;
}
