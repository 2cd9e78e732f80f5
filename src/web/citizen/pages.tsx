import type { Look } from '../../access/audit/who-looked.js';
import type { HistoryPage as History } from '../../record/reader/person-reader.js';
import type { PageContext } from '../http/page-context.js';
import { labelOf } from '../messages/language.js';
import { EventList } from '../record/events.js';
import { personLine, personRows } from '../record/person-head.js';
import type { RecordView } from '../record/record-view.js';
import { Conflicts, SourceLink } from '../record/record-view.js';
import { Allergies, LatestMeasures, OtherStanding, Problems, RecentMedicines } from '../record/standing.js';
import { Frame } from '../ui/frame.js';
import { Callout, hrefOf, Pagination, SummaryList, Tag } from '../ui/parts.js';
import { dateText, dateTimeText, dayOf, timeText, vietnamDay } from '../words/dates.js';
import { conflictsOf, patientName } from '../words/fhir-text.js';

export const TRACE_PATH = '/citizen/trace';

/** Nothing has arrived yet: said in a friendly way, on every page of the citizen. */
export const NothingYetPage = ({ page, title }: { readonly page: PageContext; readonly title: string }) => {
  const { t } = page;
  return (
    <Frame page={page} title={title}>
      <h1>{t.citizen.nothing}</h1>
      <p class="lead">{t.citizen.nothingText}</p>
    </Frame>
  );
};

const Updating = ({ page: { t } }: { readonly page: PageContext }) => (
  <div role="status">
    <Callout tone="info" title={t.person.updating}>
      <p>{t.person.updatingText}</p>
    </Callout>
  </div>
);

/** What holds, in plain words, with the newest event. */
export const SummaryPage = ({ page, history }: { readonly page: PageContext; readonly history: History }) => {
  const { t } = page;
  const { patient, summary, events } = history;
  const view: RecordView = { page, tracePath: TRACE_PATH };
  return (
    <Frame page={page} title={t.citizen.summary} wide>
      {history.updating ? <Updating page={page} /> : null}
      <header class="person">
        <h1>{t.citizen.hello(patientName(patient, t))}</h1>
        <p class="person-line">
          {personLine(patient, page.now, t)} <SourceLink view={view} of={patient} what={t.citizen.myDetails} />
        </p>
        <p>{t.citizen.lead}</p>
        {conflictsOf(patient).length === 0 ? null : (
          <Callout tone="warn" title={t.person.conflict}>
            <Conflicts page={page} of={patient} />
          </Callout>
        )}
      </header>
      <div class="glance">
        <Allergies view={view} allergies={summary.allergies} unknownText={t.citizen.allergiesUnknownText} />
        <Problems view={view} conditions={summary.conditions} note={t.citizen.problemsText} />
        <RecentMedicines view={view} requests={summary.medicines} note={t.citizen.medicinesText} />
      </div>
      <LatestMeasures view={view} latest={summary.latest} />
      <OtherStanding view={view} summary={summary} />
      <section class="course" aria-labelledby="last">
        <h2 id="last">{t.citizen.lastVisit}</h2>
        {events.length === 0 ? (
          <p class="quiet">{t.history.eventsNone}</p>
        ) : (
          <>
            <EventList view={view} events={events} />
            <p>
              <a href="/citizen/timeline">{t.citizen.allEvents}</a>
            </p>
          </>
        )}
      </section>
      <section class="course" aria-labelledby="details">
        <h2 id="details">{t.citizen.myDetails}</h2>
        <div class="part">
          <SummaryList compact rows={personRows(patient, t)} />
        </div>
      </section>
      <p class="printed">
        {t.history.printed} {dateText(vietnamDay(page.now))}
      </p>
    </Frame>
  );
};

export const TimelinePage = ({
  page,
  history,
  isFirst,
}: {
  readonly page: PageContext;
  readonly history: History;
  readonly isFirst: boolean;
}) => {
  const { t } = page;
  const path = '/citizen/timeline';
  return (
    <Frame page={page} title={t.citizen.timeline} wide>
      {history.updating ? <Updating page={page} /> : null}
      <h1>{t.citizen.timeline}</h1>
      {history.events.length === 0 ? (
        <p class="quiet">{t.history.eventsNone}</p>
      ) : (
        <EventList view={{ page, tracePath: TRACE_PATH }} events={history.events} />
      )}
      <Pagination
        page={page}
        first={isFirst ? undefined : path}
        next={history.next === undefined ? undefined : hrefOf(path, { page: history.next })}
      />
    </Frame>
  );
};

/** Who opened the record, when and why; the own looks are marked. */
export const WhoLookedPage = ({
  page,
  looks,
  isFirst,
  next,
}: {
  readonly page: PageContext;
  readonly looks: readonly Look[];
  readonly isFirst: boolean;
  readonly next: string | undefined;
}) => {
  const { t } = page;
  const path = '/citizen/who-looked';
  return (
    <Frame page={page} title={t.whoLooked.title}>
      <h1>{t.whoLooked.title}</h1>
      <p>{t.whoLooked.lead}</p>
      {looks.length === 0 ? (
        <p class="quiet">{t.whoLooked.none}</p>
      ) : (
        <ol class="looks">
          {looks.map((look) => (
            <li class={look.isOwn ? 'look look-own' : look.reason === undefined ? 'look' : 'look look-reason'}>
              <LookEntry page={page} look={look} />
            </li>
          ))}
        </ol>
      )}
      <Pagination
        page={page}
        first={isFirst ? undefined : path}
        next={next === undefined ? undefined : hrefOf(path, { before: next })}
      />
    </Frame>
  );
};

const LookEntry = ({ page, look }: { readonly page: PageContext; readonly look: Look }) => {
  const { t } = page;
  const kinds = look.kinds.map(({ code }) => (code === 'list' ? t.whoLooked.list : labelOf(t.type, code)));
  return (
    <>
      <h2>
        {look.isOwn ? t.whoLooked.you : look.who} {look.isOwn ? <Tag tone="good">{t.whoLooked.own}</Tag> : null}
        {look.isRefused ? <Tag tone="bad">{t.whoLooked.refused}</Tag> : null}
        {look.action.code === 'write' ? <Tag tone="info">{t.whoLooked.wrote}</Tag> : null}
      </h2>
      <p class="quiet">
        {look.isOwn ? null : <>{labelOf(t.role, look.role.code)} · </>}
        <time dateTime={look.to}>{periodText(look)}</time>
        {look.times > 1 ? ` · ${t.whoLooked.times(look.times)}` : ''}
      </p>
      <SummaryList
        rows={[
          { label: t.whoLooked.purpose, value: labelOf(t.purpose, look.purpose.code) },
          ...(look.reason === undefined ? [] : [{ label: t.whoLooked.reason, value: <strong>“{look.reason}”</strong> }]),
          { label: t.whoLooked.what, value: [...new Set(kinds)].join(', ') },
        ]}
      />
    </>
  );
};

/** `15:00 25/11/2026`, or `15:00–15:04 25/11/2026` when it was a while. */
function periodText({ from, to }: Look): string {
  const isSameDay = dayOf(from) === dayOf(to);
  if (!isSameDay) return `${dateTimeText(from)} – ${dateTimeText(to)}`;
  const [start, end] = [timeText(from), timeText(to)];
  return start === end ? dateTimeText(to) : `${start ?? ''}–${end ?? ''} ${dateText(to)}`;
}
