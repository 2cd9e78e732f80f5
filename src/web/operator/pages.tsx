import type { ComponentChildren } from 'preact';
import type { QueueDepth } from '../../store/dead-letters.js';
import type { OutboxRow } from '../../store/store.js';
import type { PageContext } from '../http/page-context.js';
import type { Messages } from '../messages/vi.js';
import { FormToken } from '../ui/form.js';
import { Frame } from '../ui/frame.js';
import { Callout, Hidden, SummaryList, Table, Tag } from '../ui/parts.js';
import { dateTimeText } from '../words/dates.js';

/** What a form of this page led to. */
export const OUTCOMES = ['requeued', 'discarded', 'gone'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Queues by kind of work, and the dead letters with what may be done about them. Ids, counts and codes only: nothing about people. */
export const WorkPage = ({
  page,
  queues,
  letters,
  hasMore,
  outcome,
}: {
  readonly page: PageContext;
  readonly queues: readonly QueueDepth[];
  readonly letters: readonly OutboxRow[];
  readonly hasMore: boolean;
  readonly outcome: Outcome | undefined;
}) => {
  const t = page.t.operator;
  return (
    <Frame page={page} title={t.title} wide>
      <h1>{t.title}</h1>
      <p>{t.lead}</p>
      {outcome === undefined ? null : (
        <div role="status">
          <Callout tone={outcome === 'gone' ? 'warn' : 'info'}>
            <p>{t[outcome]}</p>
          </Callout>
        </div>
      )}
      <section class="work" aria-labelledby="queues">
        <h2 id="queues">{t.queues}</h2>
        <Table
          caption={t.queues}
          hideCaption
          columns={[
            { label: t.kind },
            { label: t.open, numeric: true },
            { label: t.oldest, numeric: true },
            { label: t.dead, numeric: true },
          ]}
          rows={queues.map(({ kind, open, oldest, dead }) => [
            <Kind t={page.t} kind={kind} />,
            String(open),
            oldest === undefined ? t.nothingWaits : t.age(secondsSince(oldest, page.now)),
            dead === 0 ? '0' : <Tag tone="bad">{String(dead)}</Tag>,
          ])}
        />
      </section>
      <section class="work" aria-labelledby="dead-letters">
        <h2 id="dead-letters">{t.letters}</h2>
        {letters.length === 0 ? <p class="quiet">{t.none}</p> : <p>{t.lettersLead}</p>}
        {letters.length === 0 ? null : <Letters page={page} letters={letters} />}
        {hasMore ? <p class="quiet">{t.more(letters.length)}</p> : null}
      </section>
    </Frame>
  );
};

const Letters = ({ page, letters }: { readonly page: PageContext; readonly letters: readonly OutboxRow[] }) => {
  const t = page.t.operator;
  return (
    <Table
      caption={t.letters}
      hideCaption
      columns={[
        { label: t.id },
        { label: t.kind },
        { label: t.attempts, numeric: true },
        { label: t.since },
        { label: t.failure },
        { label: t.receipt },
        { label: t.actions },
      ]}
      rows={letters.map((letter) => [
        <code>{letter.id}</code>,
        <Kind t={page.t} kind={letter.kind} />,
        String(letter.attempts),
        dateTimeText(letter.openedAt),
        <code>{letter.dead}</code>,
        receiptOf(letter),
        <form class="row-actions" method="post" action={pathOf(letter.id, 'requeue')}>
          <FormToken session={page.session} />
          <button class="button button-small" type="submit">
            {t.requeue}
            <Hidden> {t.requeueOf(letter.id)}</Hidden>
          </button>{' '}
          <a href={pathOf(letter.id, 'discard')}>
            {t.discard}
            <Hidden> {t.requeueOf(letter.id)}</Hidden>
          </a>
        </form>,
      ])}
    />
  );
};

/** Asks before a dead letter is dropped: it can't be undone. */
export const DiscardPage = ({ page, letter }: { readonly page: PageContext; readonly letter: OutboxRow }) => {
  const t = page.t.operator;
  return (
    <Frame page={page} title={t.confirmTitle}>
      <h1>{t.confirmTitle}</h1>
      <Callout tone="warn">
        <p>{t.confirmText}</p>
      </Callout>
      <SummaryList
        rows={[
          { label: t.id, value: <code>{letter.id}</code> },
          { label: t.kind, value: <Kind t={page.t} kind={letter.kind} /> },
          { label: t.attempts, value: String(letter.attempts) },
          { label: t.since, value: dateTimeText(letter.openedAt) },
          { label: t.failure, value: <code>{letter.dead}</code> },
          ...(letter.kind === PARSE_KIND ? [{ label: t.receipt, value: receiptOf(letter) }] : []),
        ]}
      />
      <form class="work" method="post" action={pathOf(letter.id, 'discard')}>
        <FormToken session={page.session} />
        <p>
          <button class="button" type="submit">
            {t.confirm}
          </button>{' '}
          <a href="/operator">{t.cancel}</a>
        </p>
      </form>
    </Frame>
  );
};

/** The kind whose rows belong to a receipt. */
const PARSE_KIND = 'parse-submission';

const receiptOf = ({ kind, payload }: OutboxRow): ComponentChildren =>
  kind === PARSE_KIND && payload['submissionId'] !== undefined ? <code>{payload['submissionId']}</code> : '';

const pathOf = (id: string, action: 'requeue' | 'discard'): string => `/operator/work/${encodeURIComponent(id)}/${action}`;

const secondsSince = (instant: string, now: Date): number =>
  Math.max(0, Math.round((now.getTime() - Date.parse(instant)) / 1_000));

/** In words, with the name that logs, metrics and commands use. */
const Kind = ({ t, kind }: { readonly t: Messages; readonly kind: string }) => {
  const words = t.operator.kinds[kind];
  return words === undefined ? (
    <code>{kind}</code>
  ) : (
    <>
      {words} <code class="quiet">{kind}</code>
    </>
  );
};
