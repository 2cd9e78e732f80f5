import type { Request, RequestHandler, Response } from 'express';
import express from 'express';
import type { WhoLooked } from '../../access/audit/who-looked.js';
import { PhrError } from '../../errors.js';
import type { AccessPolicy, Caller } from '../../fhir/access-policy.js';
import type { HistoryPage, PersonReader } from '../../record/reader/person-reader.js';
import type { WriteDownLook } from '../http/looking.js';
import { referencesOf } from '../http/looking.js';
import type { PageContext } from '../http/page-context.js';
import { queryText } from '../http/page-context.js';
import { sendPage } from '../http/send-page.js';
import { pathText, signedInOf } from '../http/signed-in.js';
import { TracePage } from '../record/trace-page.js';
import { NothingYetPage, SummaryPage, TimelinePage, WhoLookedPage } from './pages.js';

/** Events on a page of the timeline. */
export const TIMELINE_EVENTS_PER_PAGE = 10;
/** Entries on a page of "Ai đã xem". */
export const LOOKS_PER_PAGE = 20;

/** Pages of a citizen: the own record, and who looked at it. */
export function makeCitizenRouter(deps: {
  readonly reader: PersonReader;
  readonly policy: AccessPolicy;
  readonly whoLooked: WhoLooked;
  readonly writeDown: WriteDownLook;
  readonly gate: (interaction: string, resourceType: string) => RequestHandler;
  readonly contextOf: (req: Request, res: Response) => PageContext;
}): express.Router {
  const { reader, policy, whoLooked, writeDown, gate, contextOf } = deps;
  const router = express.Router();

  /** The own history; undefined until a source of the person arrived. */
  async function ownHistory(caller: Caller, count: number, cursor?: string): Promise<HistoryPage | undefined> {
    if (caller.personId === undefined) return undefined;
    return reader.history(caller.personId, policy.reach(caller), { count, ...(cursor === undefined ? {} : { cursor }) });
  }

  router.get('/citizen', gate('citizen-summary', 'Patient'), async (req, res) => {
    const { caller } = signedInOf(res);
    const page = contextOf(req, res);
    const history = await ownHistory(caller, 1);
    if (history === undefined) {
      sendPage(res, <NothingYetPage page={page} title={page.t.citizen.summary} />);
      return;
    }
    const { personId, patient, summary, events } = history;
    const { children: _, ...standing } = summary;
    const shown = [patient, ...Object.values(standing).flat(), ...events.flatMap(({ resources }) => resources)];
    await writeDown(caller, { interaction: 'citizen-summary', patients: [personId], what: referencesOf(shown) });
    sendPage(res, <SummaryPage page={page} history={history} />);
  });

  router.get('/citizen/timeline', gate('citizen-timeline', 'Patient'), async (req, res) => {
    const { caller } = signedInOf(res);
    const page = contextOf(req, res);
    const cursor = queryText(req, 'page');
    const history = await ownHistory(caller, TIMELINE_EVENTS_PER_PAGE, cursor);
    if (history === undefined) {
      sendPage(res, <NothingYetPage page={page} title={page.t.citizen.timeline} />);
      return;
    }
    const shown = history.events.flatMap(({ resources }) => resources);
    await writeDown(caller, { interaction: 'citizen-timeline', patients: [history.personId], what: referencesOf(shown) });
    sendPage(res, <TimelinePage page={page} history={history} isFirst={cursor === undefined} />);
  });

  router.get('/citizen/trace/:type/:fact', gate('citizen-trace', 'Provenance'), async (req, res) => {
    const { caller } = signedInOf(res);
    const { personId } = caller;
    const reference = `${pathText(req, 'type')}/${pathText(req, 'fact')}`;
    const trace = personId === undefined ? undefined : await reader.trace(personId, reference, policy.reach(caller));
    if (personId === undefined || trace === undefined) throw new PhrError('not-found', 'Not known, or beyond reach');
    await writeDown(caller, { interaction: 'citizen-trace', patients: [personId], what: [reference] });
    sendPage(res, <TracePage page={contextOf(req, res)} trace={trace} backHref="/citizen" />);
  });

  router.get('/citizen/who-looked', gate('citizen-who-looked', 'AuditEvent'), async (req, res) => {
    const { caller } = signedInOf(res);
    const { personId } = caller;
    const page = contextOf(req, res);
    if (personId === undefined) {
      sendPage(res, <NothingYetPage page={page} title={page.t.whoLooked.title} />);
      return;
    }
    const before = queryText(req, 'before', 100);
    const viewer = { personId, accountId: caller.agent.id };
    const { looks, next } = await whoLooked.looks(viewer, {
      count: LOOKS_PER_PAGE,
      ...(before === undefined ? {} : { before }),
    });
    await writeDown(caller, { interaction: 'citizen-who-looked', patients: [personId], what: ['AuditEvent'] });
    sendPage(res, <WhoLookedPage page={page} looks={looks} isFirst={before === undefined} next={next} />);
  });

  return router;
}
