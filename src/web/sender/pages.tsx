import type { IntakeProblem } from '../../intake/parsed-visit.js';
import type { Receipt, ReceiptState, ReceiptVisit, VisitState } from '../../record/sources/receipt.js';
import type { PageContext } from '../http/page-context.js';
import { labelOf } from '../messages/language.js';
import type { FieldErrors } from '../ui/form.js';
import { ErrorSummary, TextField } from '../ui/form.js';
import { Frame } from '../ui/frame.js';
import type { Tone } from '../ui/parts.js';
import { Pagination, SummaryList, Table, Tag } from '../ui/parts.js';
import { dateTimeText } from '../words/dates.js';

/** Visits, and problems of one visit, shown on the page of a receipt. */
export const VISITS_SHOWN_MAX = 200;
export const PROBLEMS_SHOWN_MAX = 50;

/** Filters as typed. */
export interface ReceiptFilters {
  readonly state: string;
  readonly from: string;
  readonly to: string;
  readonly key: string;
}

const STATES: readonly ReceiptState[] = ['received', 'working', 'completed', 'refused'];
const STATE_TONE: Readonly<Record<ReceiptState, Tone>> = {
  received: 'plain',
  working: 'info',
  completed: 'good',
  refused: 'bad',
};
const VISIT_TONE: Readonly<Record<VisitState, Tone>> = {
  accepted: 'good',
  'accepted-with-warnings': 'warn',
  refused: 'bad',
  superseded: 'plain',
  duplicate: 'plain',
  withdrawn: 'plain',
};
const SEVERITY_TONE: Readonly<Record<IntakeProblem['severity'], Tone>> = { error: 'bad', warning: 'warn', information: 'info' };

const problemCount = ({ problems, visits }: Receipt): number =>
  problems.length + visits.reduce((sum, visit) => sum + visit.problems.length, 0);

/** What a sender sent, newest first. */
export const ReceiptsPage = ({
  page,
  receipts,
  filters,
  errors,
  first,
  next,
}: {
  readonly page: PageContext;
  readonly receipts: readonly Receipt[];
  readonly filters: ReceiptFilters;
  readonly errors: FieldErrors;
  readonly first: string | undefined;
  readonly next: string | undefined;
}) => {
  const { t } = page;
  return (
    <Frame page={page} title={t.sender.title} wide hasErrors={Object.keys(errors).length > 0}>
      <ErrorSummary t={t} errors={errors} />
      <h1>{t.sender.title}</h1>
      <form class="card filters" method="get" action="/sender" novalidate>
        <div class="field">
          <label for="state">{t.sender.state}</label>
          <select id="state" name="state">
            <option value="">{t.sender.anyState}</option>
            {STATES.map((state) => (
              <option value={state} selected={filters.state === state}>
                {t.receiptState[state]}
              </option>
            ))}
          </select>
        </div>
        <TextField t={t} name="from" label={t.sender.from} type="date" value={filters.from} errors={errors} />
        <TextField t={t} name="to" label={t.sender.to} type="date" value={filters.to} errors={errors} />
        <TextField t={t} name="key" label={t.sender.key} value={filters.key} errors={errors} maxLength={100} />
        <div class="filter-buttons">
          <button class="button" type="submit">
            {t.sender.apply}
          </button>
          <a href="/sender">{t.sender.clear}</a>
        </div>
      </form>
      {receipts.length === 0 ? (
        <p>{t.sender.none}</p>
      ) : (
        <div class="part">
          <Table
            caption={t.sender.title}
            hideCaption
            columns={[
              { label: t.sender.receivedAt },
              { label: t.sender.state },
              { label: t.sender.door },
              { label: t.sender.visits, numeric: true },
              { label: t.sender.problems, numeric: true },
              { label: t.sender.receipt },
            ]}
            rows={receipts.map((receipt) => [
              <a href={`/sender/receipts/${receipt.id}`}>{dateTimeText(receipt.receivedAt)}</a>,
              <Tag tone={STATE_TONE[receipt.state]}>{t.receiptState[receipt.state]}</Tag>,
              labelOf(t.door, receipt.door),
              String(receipt.visits.length),
              String(problemCount(receipt)),
              <code>{receipt.id}</code>,
            ])}
          />
        </div>
      )}
      <Pagination page={page} first={first} next={next} />
    </Frame>
  );
};

const Problems = ({ page, problems }: { readonly page: PageContext; readonly problems: readonly IntakeProblem[] }) => {
  const { t } = page;
  const shown = problems.slice(0, PROBLEMS_SHOWN_MAX);
  return (
    <>
      <Table
        caption={t.sender.problems}
        hideCaption
        columns={[
          { label: t.sender.message },
          { label: t.sender.severity },
          { label: t.sender.table },
          { label: t.sender.row, numeric: true },
          { label: t.sender.field },
        ]}
        rows={shown.map(({ severity, message, table, row, field }) => [
          message,
          <Tag tone={SEVERITY_TONE[severity]}>{t.severity[severity]}</Tag>,
          table === undefined ? '' : <code>{table}</code>,
          row === undefined ? '' : String(row),
          field === undefined ? '' : <code>{field}</code>,
        ])}
      />
      {shown.length < problems.length ? <p class="quiet">{t.sender.shownOnly(shown.length)}</p> : null}
    </>
  );
};

const Visit = ({ page, visit }: { readonly page: PageContext; readonly visit: ReceiptVisit }) => {
  const { t } = page;
  return (
    <section class="member">
      <h3>
        {t.sender.visitKey} <code>{visit.key}</code> <Tag tone={VISIT_TONE[visit.state]}>{t.visitState[visit.state]}</Tag>
      </h3>
      <p class="quiet">
        {visit.links.length === 0 ? '' : `${t.sender.made(visit.links.length)}. `}
        {visit.problems.length === 0 ? t.sender.noProblems : ''}
      </p>
      {visit.problems.length === 0 ? null : <Problems page={page} problems={visit.problems} />}
    </section>
  );
};

/** What became of one file: every visit, every problem with table, row, field and reason. */
export const ReceiptPage = ({ page, receipt }: { readonly page: PageContext; readonly receipt: Receipt }) => {
  const { t } = page;
  const shown = receipt.visits.slice(0, VISITS_SHOWN_MAX);
  return (
    <Frame page={page} title={t.sender.receipt} wide>
      <a class="back" href="/sender">
        {t.sender.back}
      </a>
      <h1>{t.sender.receipt}</h1>
      <div class="part">
        <SummaryList
          rows={[
            { label: t.sender.receipt, value: <code>{receipt.id}</code> },
            { label: t.sender.state, value: <Tag tone={STATE_TONE[receipt.state]}>{t.receiptState[receipt.state]}</Tag> },
            { label: t.sender.receivedAt, value: dateTimeText(receipt.receivedAt) },
            { label: t.sender.door, value: labelOf(t.door, receipt.door) },
            { label: t.sender.sha256, value: <code class="hash">{receipt.sha256}</code> },
          ]}
        />
      </div>
      {receipt.problems.length === 0 ? null : (
        <section class="member">
          <h2>{t.sender.fileProblems}</h2>
          <Problems page={page} problems={receipt.problems} />
        </section>
      )}
      <section class="course">
        <h2>{t.sender.visitProblems}</h2>
        {shown.length === 0 ? <p>{t.sender.noVisits}</p> : shown.map((visit) => <Visit page={page} visit={visit} />)}
        {shown.length < receipt.visits.length ? <p class="quiet">{t.sender.shownOnly(shown.length)}</p> : null}
      </section>
    </Frame>
  );
};
