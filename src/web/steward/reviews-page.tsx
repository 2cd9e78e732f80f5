import type { Patient } from 'fhir/r4.js';
import type { PersonSummary, ReviewTask } from '../../record/reader/person-reader.js';
import type { PageContext } from '../http/page-context.js';
import { labelOf } from '../messages/language.js';
import { sexText } from '../record/person-head.js';
import { Frame } from '../ui/frame.js';
import { Callout, hrefOf, Pagination, Table, Tag } from '../ui/parts.js';
import { dateText, dateTimeText } from '../words/dates.js';
import { numbersOf, patientName } from '../words/fhir-text.js';

/** Pairs that wait for a decision, both sides beside each other. Read only for now. */
export const ReviewsPage = ({
  page,
  tasks,
  isFirst,
  next,
}: {
  readonly page: PageContext;
  readonly tasks: readonly ReviewTask[];
  readonly isFirst: boolean;
  readonly next: string | undefined;
}) => {
  const { t } = page;
  return (
    <Frame page={page} title={t.steward.title} wide>
      <h1>{t.steward.title}</h1>
      <p>{t.steward.lead}</p>
      {tasks.length === 0 ? <p class="quiet">{t.steward.none}</p> : null}
      {tasks.map((task, index) => (
        <Task page={page} task={task} number={index + 1} />
      ))}
      <Pagination
        page={page}
        first={isFirst ? undefined : '/steward'}
        next={next === undefined ? undefined : hrefOf('/steward', { page: next })}
      />
    </Frame>
  );
};

const Task = ({ page, task, number }: { readonly page: PageContext; readonly task: ReviewTask; readonly number: number }) => {
  const { t } = page;
  const { a, b } = task.patients;
  const isOne = a !== undefined && a.personId === b?.personId;
  return (
    <section class="member">
      <h2>{t.steward.task(number)}</h2>
      <p>
        <span class="quiet">{t.steward.reasons}: </span>
        {task.reasons.map((reason) => (
          <>
            <Tag tone={reason === 'newborn-of' ? 'info' : 'warn'}>{labelOf(t.reviewReason, reason)}</Tag>{' '}
          </>
        ))}
        <span class="quiet">
          · {t.steward.created} {dateTimeText(task.createdAt)}
        </span>
      </p>
      {isOne ? (
        <Callout>
          <p>{t.steward.samePerson}</p>
        </Callout>
      ) : null}
      <Table
        caption={t.steward.task(number)}
        hideCaption
        columns={[{ label: t.steward.field }, { label: t.steward.left }, { label: t.steward.right }]}
        rows={sidesOf(page, a, b)}
      />
    </section>
  );
};

/** Rows of the comparison; what differs is marked in words. */
function sidesOf(page: PageContext, a: PersonSummary | undefined, b: PersonSummary | undefined) {
  const { t } = page;
  const fields: readonly (readonly [label: string, read: (patient: Patient) => string])[] = [
    [t.steward.name, (patient) => patientName(patient, t)],
    [t.steward.born, ({ birthDate }) => (birthDate === undefined ? '' : dateText(birthDate))],
    [t.steward.sex, (patient) => sexText(patient, t)],
    [
      t.steward.numbers,
      (patient) =>
        numbersOf(patient, t)
          .filter(({ isRecordNumber }) => !isRecordNumber)
          .map(({ label, value }) => `${label} ${value}`)
          .join('; '),
    ],
    [t.steward.phone, ({ telecom = [] }) => telecom.flatMap(({ value }) => value ?? []).join(', ')],
    [t.steward.address, ({ address = [] }) => address.flatMap(({ text }) => text ?? []).join('; ')],
  ];
  return fields.map(([label, read]) => {
    const [left, right] = [a, b].map((side) => (side === undefined ? t.steward.gone : read(side.patient)));
    const differs = a !== undefined && b !== undefined && left !== right && left !== '' && right !== '';
    return [
      <>
        {label} {differs ? <Tag tone="warn">{t.steward.differs}</Tag> : null}
      </>,
      left,
      right,
    ];
  });
}
