import type { Condition, DiagnosticReport, Encounter, FhirResource, Observation, Procedure } from 'fhir/r4.js';
import type { ComponentChildren } from 'preact';
import type { HistoryEvent } from '../../record/reader/person-reader.js';
import { EXTENSIONS } from '../../fhir/systems.js';
import { labelOf } from '../messages/language.js';
import { Callout, Table, Tag } from '../ui/parts.js';
import { dateText, dateTimeText, dayOf, timeText } from '../words/dates.js';
import { conceptText, quantityText, remarksOf, valueText } from '../words/fhir-text.js';
import type { ReportWithResults } from './event-parts.js';
import { eventParts, roleOf } from './event-parts.js';
import { doseText, medicineName } from './medicines.js';
import { conditionCode } from './problems.js';
import type { RecordView } from './record-view.js';
import { Confidence, Conflicts, DiseaseName, SourceLink } from './record-view.js';
import { ImmunizationText } from './standing.js';

/** Events of a person, newest first. */
export const EventList = ({ view, events }: { readonly view: RecordView; readonly events: readonly HistoryEvent[] }) => (
  <ol class="events">
    {events.map((event) => (
      <li>
        <EventArticle view={view} event={event} />
      </li>
    ))}
  </ol>
);

const Part = ({ title, children }: { readonly title: string; readonly children: ComponentChildren }) => (
  <section class="event-part">
    <h4>{title}</h4>
    {children}
  </section>
);

const EventArticle = ({ view, event }: { readonly view: RecordView; readonly event: HistoryEvent }) => {
  const { page } = view;
  const { t } = page;
  const parts = eventParts(event.resources);
  const { encounter } = parts;
  const title = conceptText(encounter?.type?.[0]) || t.event[event.kind];
  const id = `event-${event.id}`;
  return (
    <article class={`event event-${event.kind}`} aria-labelledby={id}>
      <header>
        <p class="event-when">
          {event.date === undefined ? null : <time dateTime={event.date}>{dateText(event.date)}</time>}{' '}
          <Tag tone={event.kind === 'visit' ? 'info' : event.kind === 'entry' ? 'plain' : 'good'}>{t.event[event.kind]}</Tag>
        </p>
        <h3 id={id}>{title}</h3>
        <p class="event-from">
          {event.kind === 'entry' ? event.sender : t.history.facility(event.sender)}
          <EncounterLine encounter={encounter} view={view} />
        </p>
      </header>
      {event.isCut === true ? (
        <Callout tone="warn">
          <p>{t.history.eventCut(event.resources.length)}</p>
        </Callout>
      ) : null}
      {parts.conditions.length === 0 ? null : (
        <Part title={t.history.diagnoses}>
          <ul class="facts">
            {parts.conditions.map((condition) => (
              <li>
                <Diagnosis condition={condition} view={view} />
              </li>
            ))}
          </ul>
        </Part>
      )}
      {parts.vitals.length === 0 ? null : (
        <Part title={t.history.vitals}>
          <ul class="chips">
            {parts.vitals.map((observation) => (
              <li>
                <Measure observation={observation} view={view} eventDate={event.date} />
              </li>
            ))}
          </ul>
        </Part>
      )}
      {parts.medicines.length === 0 ? null : (
        <Part title={t.history.drugs}>
          <Table
            caption={t.history.drugs}
            hideCaption
            columns={[{ label: t.history.drug }, { label: t.history.dose }, { label: t.history.quantity }]}
            rows={parts.medicines.map((request) => [
              <>
                {medicineName(request)} <Confidence page={page} of={request} />{' '}
                <SourceLink view={view} of={request} what={medicineName(request)} />
                <Conflicts page={page} of={request} />
              </>,
              doseText(request),
              quantityText(request.dispenseRequest?.quantity, page.language),
            ])}
          />
        </Part>
      )}
      <Results view={view} reports={parts.reports} loose={parts.looseResults} eventDate={event.date} />
      {parts.procedures.length === 0 ? null : (
        <Part title={t.history.services}>
          <ul class="facts facts-tight">
            {parts.procedures.map((procedure) => (
              <li>
                <Service procedure={procedure} view={view} eventDate={event.date} />
              </li>
            ))}
          </ul>
        </Part>
      )}
      {parts.findings.length === 0 ? null : (
        <Part title={t.history.findings}>
          <dl class="findings">
            {parts.findings.map((observation) => (
              <div>
                <dt>{conceptText(observation.code, t)}</dt>
                <dd>
                  {valueText(observation, page)} <Confidence page={page} of={observation} />{' '}
                  <SourceLink view={view} of={observation} what={conceptText(observation.code, t)} />
                  <Conflicts page={page} of={observation} />
                </dd>
              </div>
            ))}
          </dl>
        </Part>
      )}
      {parts.others.length === 0 ? null : (
        <Part title={t.history.otherItems}>
          <ul class="facts facts-tight">
            {parts.others.map((resource) => (
              <li>
                <OtherItem resource={resource} view={view} />
              </li>
            ))}
          </ul>
        </Part>
      )}
    </article>
  );
};

/** When it began and ended, why the person came, how it ended. */
const EncounterLine = ({ encounter, view }: { readonly encounter: Encounter | undefined; readonly view: RecordView }) => {
  if (encounter === undefined) return null;
  const { t } = view.page;
  const { start, end } = encounter.period ?? {};
  const isOneDay = start !== undefined && end !== undefined && dayOf(start) === dayOf(end);
  const period =
    start === undefined || end === undefined
      ? undefined
      : isOneDay
        ? `${timeText(start) ?? ''}–${timeText(end) ?? ''}`
        : `${dateTimeText(start)} ${t.history.to} ${dateTimeText(end)}`;
  const reason = (encounter.reasonCode ?? []).map((concept) => conceptText(concept)).join('; ');
  const outcome = encounter.extension?.find(({ url }) => url === EXTENSIONS.treatmentOutcome)?.valueCodeableConcept;
  const discharge = encounter.hospitalization?.dischargeDisposition;
  const ending = [conceptText(outcome), conceptText(discharge)].filter(Boolean).join(', ');
  return (
    <>
      {period === undefined || period === '–' ? '' : ` · ${period}`}{' '}
      <SourceLink view={view} of={encounter} what={labelOf(t.type, 'Encounter')} />
      {reason === '' ? null : (
        <span class="event-line">
          {t.history.reasonOfVisit}: {reason}
        </span>
      )}
      {ending === '' ? null : (
        <span class="event-line">
          {t.history.outcome}: {ending}
        </span>
      )}
    </>
  );
};

const Diagnosis = ({ condition, view }: { readonly condition: Condition; readonly view: RecordView }) => {
  const { t } = view.page;
  const text = condition.code?.text ?? '';
  const code = conditionCode(condition);
  const isMain = roleOf(condition) === 'main';
  return (
    <>
      <DiseaseName page={view.page} text={text} code={code} strong={isMain} /> {isMain ? <Tag>{t.history.main}</Tag> : null}{' '}
      <Confidence page={view.page} of={condition} />{' '}
      <SourceLink view={view} of={condition} what={text === '' ? (code ?? '') : text} />
      <Conflicts page={view.page} of={condition} />
    </>
  );
};

/** The time alone on the day of the event, else with the day. */
function whenText(at: string | undefined, eventDate: string | undefined): string | undefined {
  if (at === undefined) return undefined;
  return eventDate !== undefined && dayOf(at) === dayOf(eventDate) ? timeText(at) : dateTimeText(at);
}

const Measure = ({
  observation,
  view,
  eventDate,
}: {
  readonly observation: Observation;
  readonly view: RecordView;
  readonly eventDate: string | undefined;
}) => {
  const { page } = view;
  const label = conceptText(observation.code, page.t);
  const when = whenText(observation.effectiveDateTime, eventDate);
  return (
    <>
      <span class="chip-label">{label}</span> <strong>{valueText(observation, page)}</strong>{' '}
      {when === undefined ? null : <span class="chip-time">{when} </span>}
      <Confidence page={page} of={observation} />
      <SourceLink view={view} of={observation} what={label} />
      <Conflicts page={page} of={observation} />
    </>
  );
};

const rangeText = ({ referenceRange = [] }: Observation, view: RecordView): string =>
  referenceRange
    .map(({ text, low, high }) => {
      if (text !== undefined) return text;
      const [from, to] = [quantityText(low, view.page.language), quantityText(high, view.page.language)];
      return from === '' ? (to === '' ? '' : `≤ ${to}`) : to === '' ? `≥ ${from}` : `${from} – ${to}`;
    })
    .join('; ');

/** Conclusions first, then every measured value of the event in one table. */
const Results = ({
  view,
  reports,
  loose,
  eventDate,
}: {
  readonly view: RecordView;
  readonly reports: readonly ReportWithResults[];
  readonly loose: readonly Observation[];
  readonly eventDate: string | undefined;
}) => {
  const { t } = view.page;
  if (reports.length === 0 && loose.length === 0) return null;
  const concluded = reports.filter(({ report, results }) => report.conclusion !== undefined || results.length === 0);
  const measured: readonly ResultRow[] = [
    ...reports.flatMap(({ report, results }) => results.map((result, index) => ({ result, ...(index === 0 ? { report } : {}) }))),
    ...loose.map((result) => ({ result })),
  ];
  return (
    <Part title={t.history.results}>
      {concluded.map(({ report }) => {
        const name = conceptText(report.code);
        return (
          <div class="report">
            <p class="report-name">
              {name} <Confidence page={view.page} of={report} /> <SourceLink view={view} of={report} what={name} />
            </p>
            {report.conclusion === undefined ? null : <p class="conclusion">{report.conclusion}</p>}
            <Conflicts page={view.page} of={report} />
          </div>
        );
      })}
      {measured.length === 0 ? null : <ResultTable view={view} rows={measured} eventDate={eventDate} />}
    </Part>
  );
};

/** A measured value; `report` stands with the first value of its report. */
interface ResultRow {
  readonly result: Observation;
  readonly report?: DiagnosticReport;
}

const ResultTable = ({
  view,
  rows,
  eventDate,
}: {
  readonly view: RecordView;
  readonly rows: readonly ResultRow[];
  readonly eventDate: string | undefined;
}) => {
  const { page } = view;
  const { t } = page;
  return (
    <Table
      caption={t.history.results}
      hideCaption
      columns={[{ label: t.history.index }, { label: t.history.value }, { label: t.history.range }, { label: t.history.time }]}
      rows={rows.map(({ result, report }) => {
        const name = conceptText(result.code, t);
        const flag = result.interpretation?.map((concept) => conceptText(concept)).join(', ');
        return [
          <>
            {name} <SourceLink view={view} of={result} what={name} />
            {report === undefined ? null : (
              <span class="aside">
                {conceptText(report.code)} <SourceLink view={view} of={report} what={conceptText(report.code)} />
              </span>
            )}
          </>,
          <>
            <strong>{valueText(result, page)}</strong> {flag === undefined ? null : <Tag tone="warn">{flag}</Tag>}{' '}
            {remarksOf(result, page)} <Confidence page={page} of={result} />
            <Conflicts page={page} of={result} />
          </>,
          rangeText(result, view),
          whenText(result.effectiveDateTime, eventDate) ?? '',
        ];
      })}
    />
  );
};

const Service = ({
  procedure,
  view,
  eventDate,
}: {
  readonly procedure: Procedure;
  readonly view: RecordView;
  readonly eventDate: string | undefined;
}) => {
  const name = conceptText(procedure.code);
  const at = whenText(procedure.performedPeriod?.start ?? procedure.performedDateTime, eventDate);
  return (
    <>
      {name} {at === undefined ? null : <span class="chip-time">{at} </span>}
      <Confidence page={view.page} of={procedure} />
      <SourceLink view={view} of={procedure} what={name} />
      <Conflicts page={view.page} of={procedure} />
    </>
  );
};

/** A type without a place of its own: what it is, in a word. */
const OtherItem = ({ resource, view }: { readonly resource: FhirResource; readonly view: RecordView }) => {
  const { t } = view.page;
  if (resource.resourceType === 'Immunization') return <ImmunizationText immunization={resource} view={view} />;
  const type = labelOf(t.type, resource.resourceType);
  const text =
    resource.resourceType === 'AllergyIntolerance'
      ? conceptText(resource.code)
      : resource.resourceType === 'RelatedPerson'
        ? [conceptText(resource.relationship?.[0]), resource.name?.[0]?.text ?? ''].filter(Boolean).join(': ')
        : '';
  return (
    <>
      {type}
      {text === '' ? '' : `: ${text}`} <SourceLink view={view} of={resource} what={type} />
    </>
  );
};
