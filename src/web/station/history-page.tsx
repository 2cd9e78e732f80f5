import type { HistoryPage as History, PersonSummary } from '../../record/reader/person-reader.js';
import type { PageContext } from '../http/page-context.js';
import { EventList } from '../record/events.js';
import { PersonHead, personLine } from '../record/person-head.js';
import type { RecordView } from '../record/record-view.js';
import { Allergies, LatestMeasures, OtherStanding, Problems, RecentMedicines, StandingPart } from '../record/standing.js';
import { Frame } from '../ui/frame.js';
import { Callout, hrefOf, Pagination } from '../ui/parts.js';
import { dateText, vietnamDay } from '../words/dates.js';
import { patientName } from '../words/fhir-text.js';

/** One page of history: who, what to know at once, what holds, then the events. */
export const HistoryPage = ({
  page,
  history,
  isFirst,
  reason,
}: {
  readonly page: PageContext;
  readonly history: History;
  readonly isFirst: boolean;
  /** The reason with which a person beyond the catchment is looked at. */
  readonly reason: string | undefined;
}) => {
  const { t } = page;
  const { personId, patient, summary, events } = history;
  const path = `/station/person/${personId}`;
  const view: RecordView = { page, tracePath: `${path}/trace` };
  return (
    <Frame page={page} title={t.history.title} wide>
      <a class="back" href="/station">
        {t.search.again}
      </a>
      {reason === undefined ? null : (
        <Callout tone="warn" title={t.person.beyond}>
          <p>
            {t.person.beyondText} “{reason}”
          </p>
        </Callout>
      )}
      {history.updating ? (
        <div role="status">
          <Callout tone="info" title={t.person.updating}>
            <p>{t.person.updatingText}</p>
          </Callout>
        </div>
      ) : null}
      <PersonHead view={view} patient={patient} />
      <div class="glance">
        <Allergies view={view} allergies={summary.allergies} unknownText={t.history.allergiesUnknownText} />
        <Problems view={view} conditions={summary.conditions} />
        <RecentMedicines view={view} requests={summary.medicines} />
      </div>
      <LatestMeasures view={view} latest={summary.latest} />
      <OtherStanding view={view} summary={summary}>
        {summary.children.length === 0 ? null : (
          <StandingPart title={t.history.children}>
            <ul class="facts">
              {summary.children.map((child) => (
                <li>
                  <Child page={page} child={child} />
                </li>
              ))}
            </ul>
          </StandingPart>
        )}
      </OtherStanding>
      <section class="course" aria-labelledby="course">
        <h2 id="course">{t.history.events}</h2>
        {events.length === 0 ? <p class="quiet">{t.history.eventsNone}</p> : <EventList view={view} events={events} />}
      </section>
      <Pagination
        page={page}
        first={isFirst ? undefined : path}
        next={history.next === undefined ? undefined : hrefOf(path, { page: history.next })}
      />
      <p class="printed">
        {t.history.printed} {dateText(vietnamDay(page.now))}
      </p>
    </Frame>
  );
};

const Child = ({ page, child }: { readonly page: PageContext; readonly child: PersonSummary }) => (
  <>
    <a href={`/station/person/${child.personId}`}>{patientName(child.patient, page.t)}</a>
    <span class="aside">{personLine(child.patient, page.now, page.t)}</span>
  </>
);
