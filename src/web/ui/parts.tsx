import type { ComponentChildren } from 'preact';
import type { PageContext } from '../http/page-context.js';

/** Words for a screen reader only. */
export const Hidden = ({ children }: { readonly children: ComponentChildren }) => <span class="hidden-words">{children}</span>;

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'info';

/** A short state in a coloured box; the colour is never the only sign. */
export const Tag = ({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ComponentChildren }) => (
  <strong class={`tag tag-${tone}`}>{children}</strong>
);

/** A box that stands out. `warn` and `bad` begin with their title. */
export const Callout = ({
  tone = 'info',
  title,
  children,
}: {
  readonly tone?: Tone;
  readonly title?: string;
  readonly children: ComponentChildren;
}) => (
  <div class={`callout callout-${tone}`}>
    {title === undefined ? null : <p class="callout-title">{title}</p>}
    {children}
  </div>
);

export interface SummaryRow {
  readonly label: string;
  readonly value: ComponentChildren;
}

/** Pairs of label and value. */
export const SummaryList = ({ rows, compact = false }: { readonly rows: readonly SummaryRow[]; readonly compact?: boolean }) => (
  <dl class={compact ? 'summary summary-compact' : 'summary'}>
    {rows.map(({ label, value }) => (
      <div class="summary-row">
        <dt>{label}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

export interface Column {
  readonly label: string;
  readonly numeric?: boolean;
}

/**
 * A table that becomes cards where it has no room; every cell repeats its label there. The first column names the row. A further column
 * in which every cell is empty is left out.
 */
export const Table = ({
  caption,
  hideCaption = false,
  columns,
  rows,
}: {
  readonly caption: string;
  readonly hideCaption?: boolean;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly ComponentChildren[])[];
}) => {
  const kept = columns.map((_, index) => index === 0 || rows.some((cells) => cells[index] !== '' && cells[index] !== null));
  return (
    <table class="table" role="table">
      <caption class={hideCaption ? 'hidden-words' : ''}>{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ label, numeric = false }, index) =>
            kept[index] === true ? (
              <th role="columnheader" scope="col" class={numeric ? 'numeric' : ''}>
                {label}
              </th>
            ) : null,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((cells) => (
          <tr role="row">
            {cells.map((cell, index) =>
              kept[index] === true ? <Cell column={columns[index]} index={index} cell={cell} /> : null,
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
};

const Cell = ({
  column,
  index,
  cell,
}: {
  readonly column: Column | undefined;
  readonly index: number;
  readonly cell: ComponentChildren;
}) => {
  const inner = (
    <>
      <span class="cell-label" aria-hidden="true">
        {column?.label}
      </span>
      <span class="cell-value">{cell}</span>
    </>
  );
  return index === 0 ? (
    <th role="rowheader" scope="row">
      {inner}
    </th>
  ) : (
    <td role="cell" class={column?.numeric === true ? 'numeric' : ''}>
      {inner}
    </td>
  );
};

/** To the first page and on; nothing when there is one page. Addresses hold an opaque place only. */
export const Pagination = ({
  page,
  first,
  next,
}: {
  readonly page: PageContext;
  readonly first: string | undefined;
  readonly next: string | undefined;
}) =>
  first === undefined && next === undefined ? null : (
    <nav class="pagination" aria-label={page.t.pages.label}>
      {first === undefined ? null : (
        <a href={first} rel="first">
          <span aria-hidden="true">↑ </span>
          {page.t.pages.newer}
        </a>
      )}
      {next === undefined ? null : (
        <a href={next} rel="next">
          {page.t.pages.older}
          <span aria-hidden="true"> →</span>
        </a>
      )}
    </nav>
  );

/** `path` with parameters; those without a value are left out. */
export function hrefOf(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}
