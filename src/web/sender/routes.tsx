import type { Request, RequestHandler, Response } from 'express';
import express from 'express';
import { PhrError } from '../../errors.js';
import type { ReceiptState, Submissions } from '../../record/sources/receipt.js';
import type { WriteDownLook } from '../http/looking.js';
import type { PageContext } from '../http/page-context.js';
import { queryText } from '../http/page-context.js';
import { sendPage } from '../http/send-page.js';
import { pathText, signedInOf } from '../http/signed-in.js';
import type { Messages } from '../messages/vi.js';
import { hrefOf } from '../ui/parts.js';
import type { ReceiptFilters } from './pages.js';
import { ReceiptPage, ReceiptsPage } from './pages.js';

/** Receipts on a page. */
export const RECEIPTS_PER_PAGE = 20;

const STATES: ReadonlySet<string> = new Set<ReceiptState>(['received', 'working', 'completed', 'refused']);
const isState = (text: string): text is ReceiptState => STATES.has(text);

/** Pages of a sender: its own receipts only. */
export function makeSenderRouter(deps: {
  readonly submissions: Submissions;
  readonly writeDown: WriteDownLook;
  readonly gate: (interaction: string, resourceType: string) => RequestHandler;
  readonly contextOf: (req: Request, res: Response) => PageContext;
}): express.Router {
  const { submissions, writeDown, gate, contextOf } = deps;
  const router = express.Router();

  /** The code whose receipts are shown. @throws PhrError `forbidden`: an account without one must not see everybody's */
  const facilityOf = (res: Response): string => {
    const { facilityCode } = signedInOf(res).caller;
    if (facilityCode === undefined || facilityCode === '') throw new PhrError('forbidden', 'The account has no facility');
    return facilityCode;
  };

  router.get('/sender', gate('sender-receipts', 'Receipt'), async (req, res) => {
    const { caller } = signedInOf(res);
    const sender = facilityOf(res);
    const page = contextOf(req, res);
    const filters: ReceiptFilters = {
      state: queryText(req, 'state', 20) ?? '',
      from: queryText(req, 'from', 10) ?? '',
      to: queryText(req, 'to', 10) ?? '',
      key: (queryText(req, 'key', 100) ?? '').trim(),
    };
    const { dates, errors } = readDates(filters, page.t);
    const after = queryText(req, 'page');
    const hasErrors = Object.keys(errors).length > 0;
    const { items, next } = hasErrors
      ? { items: [], next: undefined }
      : await submissions.receipts({
          sender,
          limit: RECEIPTS_PER_PAGE,
          ...dates,
          ...(isState(filters.state) ? { state: filters.state } : {}),
          ...(filters.key === '' ? {} : { key: filters.key }),
          ...(after === undefined ? {} : { after }),
        });
    await writeDown(caller, { interaction: 'sender-receipts', action: 'E', patients: [], what: ['receipts'] });
    const given = Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, value === '' ? undefined : value]));
    sendPage(
      res,
      <ReceiptsPage
        page={page}
        receipts={items}
        filters={filters}
        errors={errors}
        first={after === undefined ? undefined : hrefOf('/sender', given)}
        next={next === undefined ? undefined : hrefOf('/sender', { ...given, page: next })}
      />,
      hasErrors ? 422 : 200,
    );
  });

  router.get('/sender/receipts/:id', gate('sender-receipts', 'Receipt'), async (req, res) => {
    const { caller } = signedInOf(res);
    const receipt = await submissions.receipt(pathText(req, 'id'), facilityOf(res));
    if (receipt === undefined) throw new PhrError('not-found', 'Not known, or beyond reach');
    await writeDown(caller, { interaction: 'sender-receipts', patients: [], what: [`receipt ${receipt.id}`] });
    sendPage(res, <ReceiptPage page={contextOf(req, res)} receipt={receipt} />);
  });

  return router;
}

/** Days as typed to instants of Vietnam's midnights; the last day counts whole. */
function readDates(
  { from, to }: ReceiptFilters,
  t: Messages,
): { readonly dates: { readonly from?: string; readonly to?: string }; readonly errors: Readonly<Record<string, string>> } {
  const midnight = (day: string): number => (/^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00+07:00`) : Number.NaN);
  const [start, end] = [midnight(from), midnight(to)];
  const errors = {
    ...(from !== '' && Number.isNaN(start) ? { from: t.sender.dateWrong } : {}),
    ...(to !== '' && Number.isNaN(end) ? { to: t.sender.dateWrong } : {}),
  };
  const dates = {
    ...(Number.isNaN(start) ? {} : { from: new Date(start).toISOString() }),
    ...(Number.isNaN(end) ? {} : { to: new Date(end + 24 * 3_600_000).toISOString() }),
  };
  return { dates, errors };
}
