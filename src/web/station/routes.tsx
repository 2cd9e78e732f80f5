import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import express from 'express';
import type { BeyondCatchment } from '../../access/policy.js';
import { withReason } from '../../access/reason.js';
import { requireFormToken } from '../../access/session-middleware.js';
import { PhrError } from '../../errors.js';
import type { AccessPolicy, Caller, ReachView } from '../../fhir/access-policy.js';
import type { PersonReader, PersonSummary } from '../../record/reader/person-reader.js';
import type { RecordPut } from '../../store/record-store.js';
import type { WriteDownLook } from '../http/looking.js';
import { referencesOf } from '../http/looking.js';
import type { PageContext } from '../http/page-context.js';
import { fieldText, queryText } from '../http/page-context.js';
import { sendPage } from '../http/send-page.js';
import type { SessionShelf } from '../http/session-shelf.js';
import type { SignedIn } from '../http/signed-in.js';
import { pathText, signedInOf } from '../http/signed-in.js';
import { TracePage } from '../record/trace-page.js';
import { hrefOf } from '../ui/parts.js';
import { HistoryPage } from './history-page.js';
import type { Search, SearchTyped } from './search-form.js';
import { readSearch } from './search-form.js';
import { ResultsPage, SearchPage } from './search-pages.js';

/** People on a page of results. */
export const RESULTS_PER_PAGE = 20;
/** Events on a page of history. */
export const EVENTS_PER_PAGE = 10;

export interface StationDeps {
  readonly reader: PersonReader;
  readonly policy: AccessPolicy & BeyondCatchment;
  readonly shelf: SessionShelf;
  readonly store: { commit(unit: { readonly records: readonly RecordPut[] }): Promise<unknown> };
  readonly writeDown: WriteDownLook;
  readonly gate: (interaction: string, resourceType: string) => RequestHandler;
  readonly contextOf: (req: Request, res: Response) => PageContext;
}

/** Pages of a commune health station. */
export function makeStationRouter(deps: StationDeps): express.Router {
  const { reader, policy, shelf, writeDown, gate, contextOf } = deps;
  const router = express.Router();

  router.get('/station', gate('station-search', 'Patient'), (req, res) => {
    const { caller } = signedInOf(res);
    sendPage(res, <SearchPage page={contextOf(req, res)} communeCode={caller.communeCode} />);
  });

  // The search goes onto the session's shelf and its page gets an address of its own: no address holds a name or number, and "back" works.
  router.post('/station', gate('station-search', 'Patient'), requireFormToken, async (req, res) => {
    const { caller, session } = signedInOf(res);
    const page = contextOf(req, res);
    const typed: SearchTyped = {
      number: fieldText(req, 'number'),
      name: fieldText(req, 'name'),
      birthYear: fieldText(req, 'birthYear'),
      reason: fieldText(req, 'reason'),
    };
    const askedForReason = Object.hasOwn((req.body as object | undefined) ?? {}, 'reason');
    const read = readSearch(typed, askedForReason, page.now, page.t);
    if ('errors' in read) {
      const isAboutReason = Object.hasOwn(read.errors, 'reason');
      const search: Search = { kind: 'number', number: typed.number };
      sendPage(
        res,
        isAboutReason ? (
          <ResultsPage page={page} search={search} items={[]} reasonTyped={typed.reason} errors={read.errors} />
        ) : (
          <SearchPage page={page} communeCode={caller.communeCode} typed={typed} errors={read.errors} />
        ),
        422,
      );
      return;
    }
    const id = randomBytes(16).toString('base64url');
    await deps.store.commit({ records: await shelf.put(session, `search/${id}`, read.search) });
    res.setHeader('Cache-Control', 'no-store');
    res.redirect(303, `/station/search/${id}`);
  });

  router.get('/station/search/:id', gate('station-search', 'Patient'), async (req, res) => {
    const { caller, session } = signedInOf(res);
    const page = contextOf(req, res);
    const kept = await shelf.get<Search>(session, `search/${pathText(req, 'id')}`);
    if (kept === undefined) {
      sendPage(res, <SearchPage page={page} communeCode={caller.communeCode} notice={page.t.search.expired} />);
      return;
    }
    const search = kept.value;
    const cursor = queryText(req, 'page');
    const { items, next } = await find(caller, search, cursor);
    const looking = search.kind === 'number-beyond' ? withReason(caller, search.reason) : caller;
    const records: RecordPut[] = [];
    if (search.kind === 'number-beyond') {
      for (const { personId } of items) {
        const puts = await shelf.put(session, reasonKey(personId), search.reason, kept.endsMs);
        records.push(...puts.filter(({ id }) => !records.some((put) => put.id === id)));
      }
    }
    const found = items.map(({ personId }) => personId);
    await writeDown(looking, {
      interaction: 'station-search',
      action: 'E',
      patients: found,
      what: found.length === 0 ? ['Patient'] : found.map((id) => `Patient/${id}`),
      records,
    });
    const path = req.path;
    sendPage(
      res,
      <ResultsPage
        page={page}
        search={search}
        items={items}
        first={cursor === undefined ? undefined : path}
        next={next === undefined ? undefined : hrefOf(path, { page: next })}
      />,
    );
  });

  async function find(
    caller: Caller,
    search: Search,
    cursor: string | undefined,
  ): Promise<{ readonly items: readonly PersonSummary[]; readonly next?: string }> {
    switch (search.kind) {
      case 'number':
        return { items: await reader.findByNumber(search.number, policy.reach(caller)) };
      case 'name': {
        const { kind: _, ...asked } = search;
        const query = { ...asked, count: RESULTS_PER_PAGE, ...(cursor === undefined ? {} : { cursor }) };
        return reader.findByName(query, policy.reach(caller));
      }
      case 'number-beyond': {
        const looking = withReason(caller, search.reason);
        const items: PersonSummary[] = [];
        for (const personId of await reader.personsWithNumber(search.number)) {
          const view = policy.reachBeyondCatchment(looking, personId);
          const found = await reader.findByNumber(search.number, view);
          items.push(...found.filter((person) => person.personId === personId));
        }
        return { items };
      }
    }
  }

  /** How this station may look at a person: as one of its catchment, else with a reason typed in this session, else not at all. */
  async function waysToLook(
    { caller, session }: SignedIn,
    personId: string,
  ): Promise<readonly { readonly looking: Caller; readonly view: ReachView; readonly reason?: string }[]> {
    const own = { looking: caller, view: policy.reach(caller) };
    const reason = (await shelf.get<string>(session, reasonKey(personId)))?.value;
    if (reason === undefined) return [own];
    const looking = withReason(caller, reason);
    return [own, { looking, view: policy.reachBeyondCatchment(looking, personId), reason }];
  }

  router.get('/station/person/:id', gate('station-history', 'Patient'), async (req, res) => {
    const signedIn = signedInOf(res);
    const asked = pathText(req, 'id');
    const cursor = queryText(req, 'page');
    for (const { looking, view, reason } of await waysToLook(signedIn, asked)) {
      const history = await reader.history(asked, view, {
        count: EVENTS_PER_PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (history === undefined) continue;
      if (history.personId !== asked) {
        res.setHeader('Cache-Control', 'no-store');
        res.redirect(302, `/station/person/${history.personId}`);
        return;
      }
      const { patient, summary, events } = history;
      const { children, ...standing } = summary;
      const shown = [patient, ...Object.values(standing).flat(), ...events.flatMap(({ resources }) => resources)];
      await writeDown(looking, { interaction: 'station-history', patients: [asked], what: referencesOf(shown) });
      if (children.length > 0) {
        const ids = children.map(({ personId }) => personId);
        await writeDown(looking, { interaction: 'station-history', patients: ids, what: ids.map((id) => `Patient/${id}`) });
      }
      sendPage(res, <HistoryPage page={contextOf(req, res)} history={history} isFirst={cursor === undefined} reason={reason} />);
      return;
    }
    throw new PhrError('not-found', 'Not known, or beyond reach');
  });

  router.get('/station/person/:id/trace/:type/:fact', gate('station-trace', 'Provenance'), async (req, res) => {
    const signedIn = signedInOf(res);
    const personId = pathText(req, 'id');
    const reference = `${pathText(req, 'type')}/${pathText(req, 'fact')}`;
    for (const { looking, view } of await waysToLook(signedIn, personId)) {
      const trace = await reader.trace(personId, reference, view);
      if (trace === undefined) continue;
      await writeDown(looking, { interaction: 'station-trace', patients: [personId], what: [reference] });
      sendPage(res, <TracePage page={contextOf(req, res)} trace={trace} backHref={`/station/person/${personId}`} />);
      return;
    }
    throw new PhrError('not-found', 'Not known, or beyond reach');
  });

  return router;
}

const reasonKey = (personId: string): string => `reason/${personId}`;
