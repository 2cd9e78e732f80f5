import type { FieldTrace } from '../parsed-visit.js';
import { childrenOf } from '../xml/xml-reader.js';
import type { XmlElement } from '../xml/xml-reader.js';
import type { InnerDocument } from './inner-documents.js';
import type { ProblemList } from './problems.js';
import { NAMES_OF_4210 } from './tables.js';
import type { TableRule } from './tables.js';
import { plainText } from './values.js';

/** Rows of one table in one visit. */
export const MAX_ROWS_PER_TABLE = 5_000;

/** One row of a table: its fields by the names of today. */
export class TableRow {
  readonly #fields = new Map<string, { readonly name: string; readonly sent: string }>();

  /** @param number position in the table, from 1 */
  constructor(
    readonly rule: TableRule,
    readonly number: number,
    element: XmlElement,
  ) {
    const renamed = NAMES_OF_4210[rule.table] ?? {};
    for (const { name, text } of element.children) {
      const current = Object.hasOwn(renamed, name) ? (renamed[name] ?? name) : name;
      // The name of today wins over one of QĐ 4210, and the first of two equal elements over the second.
      if (!this.#fields.has(current) || (current === name && this.#fields.get(current)?.name !== name)) {
        this.#fields.set(current, { name, sent: text });
      }
    }
  }

  get table(): string {
    return this.rule.table;
  }

  /** Trimmed value; undefined when the element is missing or empty, which mean the same (bhyt-xml.md §2). */
  get(field: string): string | undefined {
    const value = this.#fields.get(field)?.sent.trim();
    return value === '' ? undefined : value;
  }

  /** A value for an element of type `code`, which has no line breaks and no blanks in a row. */
  code(field: string): string | undefined {
    return this.get(field)?.replace(/\s+/g, ' ');
  }

  /** Free text without markup; undefined when nothing is left. */
  words(field: string): string | undefined {
    const value = this.get(field);
    const words = value === undefined ? '' : plainText(value);
    return words === '' ? undefined : words;
  }

  /**
   * Trace of a shown value, with the field's name and text as sent.
   *
   * @param part the piece of the field that the value comes from, as sent, where the field holds more than the value: the rest may be
   *   withheld (a second diagnosis code, the doctor's words around a pulse)
   */
  trace(path: string, field: string, part?: string): FieldTrace {
    const sent = this.#fields.get(field);
    return { path, table: this.table, row: this.number, field: sent?.name ?? field, sent: part ?? sent?.sent ?? '' };
  }

  place(field?: string): { table: string; row: number; field?: string } {
    return {
      table: this.table,
      row: this.number,
      ...(field === undefined ? {} : { field: this.#fields.get(field)?.name ?? field }),
    };
  }
}

/** All tables of a visit, by LOAIHOSO. */
export type VisitTables = ReadonlyMap<string, readonly TableRow[]>;

/** @returns undefined when a table has more rows than `MAX_ROWS_PER_TABLE` (an error is then in `problems`) */
export function readRows(documents: readonly InnerDocument[], problems: ProblemList): VisitTables | undefined {
  const tables = new Map<string, TableRow[]>();
  for (const { rule, root } of documents) {
    const rows = tables.get(rule.table) ?? [];
    if (tables.has(rule.table) && rule.table !== 'XML9' && rule.table !== 'XML7') {
      problems.warn('repeated-table', 'bảng xuất hiện nhiều lần trong một hồ sơ', { table: rule.table });
    }
    for (const element of rowElements(rule, root)) rows.push(new TableRow(rule, rows.length + 1, element));
    if (rows.length > MAX_ROWS_PER_TABLE) {
      problems.error('too-large', `bảng có hơn ${MAX_ROWS_PER_TABLE} dòng`, { table: rule.table });
      return undefined;
    }
    tables.set(rule.table, rows);
  }
  return tables;
}

/** Row elements below the root, below the list, or the element itself: detail tables may begin at the list (bhyt-xml.md §2). */
function rowElements(rule: TableRule, root: XmlElement): readonly XmlElement[] {
  const { row, list } = rule;
  if (row === undefined || list === undefined || root.name === row) return [root];
  const lists = root.name === list ? [root] : childrenOf(root, list);
  return [...lists.flatMap((element) => childrenOf(element, row)), ...(root.name === list ? [] : childrenOf(root, row))];
}

/**
 * Local ids of rows (`x2-7`): by STT where every row has its own, so that a resend with a line less keeps the ids of the others; else by
 * position.
 */
export function rowIds(rows: readonly TableRow[], prefix: string, problems: ProblemList): ReadonlyMap<TableRow, string> {
  const numbers = rows.map((row) => row.get('STT') ?? '');
  const usable = numbers.every((number) => /^\d{1,8}$/.test(number)) && new Set(numbers.map(Number)).size === rows.length;
  const table = rows[0]?.table;
  if (!usable && table !== undefined && numbers.some((number) => number !== '')) {
    problems.warn('row-numbers', 'số thứ tự thiếu, trùng hoặc không phải số; dùng vị trí dòng', { table, field: 'STT' });
  }
  return new Map(rows.map((row, index) => [row, `${prefix}-${usable ? Number(numbers[index]) : row.number}`]));
}
