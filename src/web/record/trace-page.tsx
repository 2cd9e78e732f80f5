import type { FhirResource } from 'fhir/r4.js';
import type { FactTrace, TracedMember } from '../../record/reader/person-reader.js';
import type { PageContext } from '../http/page-context.js';
import { labelOf } from '../messages/language.js';
import { Frame } from '../ui/frame.js';
import { Callout, SummaryList, Table } from '../ui/parts.js';
import { dateText, dateTimeText } from '../words/dates.js';
import { conceptText, patientName, valueText } from '../words/fhir-text.js';
import { doseText, medicineName } from './medicines.js';
import { Confidence, Conflicts } from './record-view.js';

/** Where one fact comes from: every file that states it, every field as sent. */
export const TracePage = ({
  page,
  trace,
  backHref,
}: {
  readonly page: PageContext;
  readonly trace: FactTrace;
  readonly backHref: string;
}) => {
  const { t } = page;
  return (
    <Frame page={page} title={t.trace.title} wide>
      <a class="back" href={backHref}>
        {t.trace.back}
      </a>
      <h1>{t.trace.title}</h1>
      <div class="trace-shown">
        <p class="trace-label">{t.trace.shown}</p>
        <p class="trace-value">
          {shownText(trace.resource, page)} <Confidence page={page} of={trace.resource} />
        </p>
        <Conflicts page={page} of={trace.resource} />
      </div>
      {trace.members.length === 0 ? (
        <Callout>
          <p>{t.trace.direct}</p>
        </Callout>
      ) : (
        <p>{t.trace.lead}</p>
      )}
      {trace.members.map((member, index) => (
        <Member page={page} member={member} title={t.trace.member(index + 1, trace.members.length)} />
      ))}
    </Frame>
  );
};

const Member = ({
  page,
  member,
  title,
}: {
  readonly page: PageContext;
  readonly member: TracedMember;
  readonly title: string;
}) => {
  const { t } = page;
  const { file } = member;
  return (
    <section class="member">
      <h2>
        {title}: {t.history.facility(member.sender)}
        {member.date === undefined ? '' : `, ${dateText(member.date)}`}
      </h2>
      {member.erased ? (
        <Callout tone="warn">
          <p>{t.trace.erased}</p>
        </Callout>
      ) : member.fields.length === 0 ? (
        <p class="quiet">{t.trace.noFields}</p>
      ) : (
        <Table
          caption={t.trace.fields}
          columns={[
            { label: t.trace.field },
            { label: t.trace.sent },
            { label: t.trace.table },
            { label: t.trace.row, numeric: true },
          ]}
          rows={member.fields.map(({ field, sent, table, row }) => [
            <code>{field}</code>,
            <span class="sent">{sent}</span>,
            <code>{table}</code>,
            String(row),
          ])}
        />
      )}
      <SummaryList
        compact
        rows={[
          { label: t.trace.from, value: t.history.facility(member.sender) },
          ...(member.date === undefined ? [] : [{ label: t.trace.eventDate, value: dateTimeText(member.date) }]),
          { label: t.trace.received, value: dateTimeText(file.receivedAt) },
          { label: t.trace.door, value: labelOf(t.door, file.door) },
          { label: t.trace.receipt, value: <code>{file.receiptId}</code> },
          { label: t.trace.position, value: String(file.position) },
          { label: t.trace.sha256, value: <code class="hash">{file.sha256}</code> },
        ]}
      />
    </section>
  );
};

/** A fact in a line: what it is and what it says. */
function shownText(resource: FhirResource, page: PageContext): string {
  const { t } = page;
  const type = labelOf(t.type, resource.resourceType);
  switch (resource.resourceType) {
    case 'Patient': {
      const { birthDate } = resource;
      return [patientName(resource, t), birthDate === undefined ? '' : dateText(birthDate)].filter(Boolean).join(', ');
    }
    case 'Observation':
      return `${conceptText(resource.code, t)}: ${valueText(resource, page)}`;
    case 'Condition': {
      const code = resource.code?.coding?.[0]?.code;
      const text = resource.code?.text ?? t.history.noText;
      return code === undefined ? `${type}: ${text}` : `${type}: ${text} (${code})`;
    }
    case 'MedicationRequest':
      return [medicineName(resource), doseText(resource)].filter(Boolean).join(': ');
    case 'Procedure':
    case 'AllergyIntolerance':
      return `${type}: ${conceptText(resource.code)}`;
    case 'DiagnosticReport':
      return `${conceptText(resource.code)}${resource.conclusion === undefined ? '' : `: ${resource.conclusion}`}`;
    case 'Immunization':
      return `${type}: ${conceptText(resource.vaccineCode)}`;
    case 'Encounter':
      return conceptText(resource.type?.[0]) || type;
    case 'Coverage':
      return `${type}: ${resource.identifier?.[0]?.value ?? ''}`;
    default:
      return type;
  }
}
