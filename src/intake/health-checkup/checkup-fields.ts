import type { FieldTrace } from '../parsed-visit.js';
import type { XmlElement } from '../xml/xml-reader.js';

/** Filled fields of one check-up that are read; the adult form has some two hundred. */
export const MAX_FIELDS = 5_000;

/** Roots of the parts: vn-core health-checkup-dataset `xmlFiles`. Their number (XML1 … XML12) differs between sources and is not looked at. */
export const PART_ROOTS: ReadonlySet<string> = new Set([
  'THONG_TIN_HANH_CHINH',
  'THONG_TIN_CHUNG_VE_LAN_KHAM',
  'DANH_GIA_DAU_HIEU_SINH_TON',
  'DANH_GIA_DINH_DUONG',
  'KHAM_LAM_SANG',
  'KHAM_THE_LUC',
  'KHAM_CAN_LAM_SANG',
  'KET_LUAN',
]);
/** The part whose rows are results. */
export const RESULTS_PART = 'KHAM_CAN_LAM_SANG';

/** One filled field. */
export interface CheckupField {
  /** Root element of its part. */
  readonly part: string;
  readonly tag: string;
  /** Which one of the equal tags of the part, from 1; for a result the number of its row. */
  readonly row: number;
  /** As sent. */
  readonly sent: string;
  /** Trimmed; never empty. */
  readonly value: string;
}

/** One row of KHAM_CAN_LAM_SANG. */
export type ResultRow = ReadonlyMap<string, CheckupField>;

export interface CheckupFields {
  /** Every filled field outside of the results, sorted by part, tag and row: the order of the parts in the file says nothing. */
  readonly fields: readonly CheckupField[];
  readonly results: readonly ResultRow[];
  /** More fields than `MAX_FIELDS`: the others are left out. */
  readonly overflow: boolean;
}

/** The filled leaves of the parts, whatever groups stand between: the templates nest them or not. */
export function fieldsOf(parts: readonly XmlElement[]): CheckupFields {
  const fields: CheckupField[] = [];
  const results: ResultRow[] = [];
  const rows = new Map<string, number>();
  let count = 0;
  for (const part of parts) {
    if (part.name === RESULTS_PART) {
      for (const row of resultRows(part)) {
        const read = new Map<string, CheckupField>();
        for (const leaf of leavesOf(row)) {
          const field = fieldOf(part.name, leaf, results.length + 1);
          if (field !== undefined && !read.has(field.tag) && count < MAX_FIELDS) {
            read.set(field.tag, field);
            count += 1;
          }
        }
        if (read.size > 0) results.push(read);
      }
      continue;
    }
    for (const leaf of leavesOf(part)) {
      const key = `${part.name}/${leaf.name}`;
      const row = (rows.get(key) ?? 0) + 1;
      const field = fieldOf(part.name, leaf, row);
      if (field === undefined) continue;
      rows.set(key, row);
      if (count < MAX_FIELDS) fields.push(field);
      count += 1;
    }
  }
  fields.sort((a, b) => compare(a.part, b.part) || compare(a.tag, b.tag) || a.row - b.row);
  return { fields, results, overflow: count >= MAX_FIELDS };
}

export const traceOf = (path: string, field: CheckupField): FieldTrace => ({
  path,
  table: field.part,
  row: field.row,
  field: field.tag,
  sent: field.sent,
});

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function fieldOf(part: string, { name, text }: XmlElement, row: number): CheckupField | undefined {
  const value = text.normalize('NFC').trim();
  return value === '' ? undefined : { part, tag: name, row, sent: text, value };
}

/** DANH_SACH_CLS/CHI_TIET_CLS; a part without list is one row. */
function resultRows(part: XmlElement): readonly XmlElement[] {
  const rows = [part, ...part.children].flatMap(({ children }) => children.filter(({ name }) => name === 'CHI_TIET_CLS'));
  return rows.length > 0 ? rows : [part];
}

/** Elements without children, below `element`; the depth is bounded by the reader. */
function leavesOf(element: XmlElement): readonly XmlElement[] {
  return element.children.flatMap((child) => (child.children.length === 0 ? [child] : leavesOf(child)));
}
