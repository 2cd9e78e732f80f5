import type { FileContext, ParsedVisit, SenderContext, SourceResource, VisitSubject } from '../parsed-visit.js';
import type { BhytCatalogues } from './catalogues.js';
import { checkDateOrder, checkFields } from './field-checks.js';
import { readInnerDocuments } from './inner-documents.js';
import { allDiagnosisCodes, conditionsOf } from './map-conditions.js';
import { courseOf } from './map-course.js';
import { bloodGroupOf, encounterOf, weightOf } from './map-encounter.js';
import { newbornsOf } from './map-newborns.js';
import { medicationRequestsOf, proceduresOf } from './map-orders.js';
import { checkIdentifiers, coveragesOf, essentialsOf, identityOf, patientOf } from './map-patient.js';
import type { Essentials } from './map-patient.js';
import { resultsOf } from './map-results.js';
import { ProblemList } from './problems.js';
import { readRows } from './table-rows.js';
import type { TableRow, VisitTables } from './table-rows.js';
import { READ_TABLES } from './tables.js';
import { parseTime } from './values.js';
import type { SentTime } from './values.js';
import { PATIENT_SLOT } from './visit-facts.js';
import type { RestrictionOf, VisitFacts } from './visit-facts.js';

export interface ParseRules {
  readonly restrictionOf: RestrictionOf;
  readonly catalogues: BhytCatalogues;
}

/** MA_DOITUONG_KCB that takes a dossier back (bhyt-xml.md §5). */
export const WITHDRAWAL = '8';
/** MA_DOITUONG_KCB of QĐ 824/2023 that says HIV by itself (codes.json). */
const HIV_VISIT_TYPE = '1.9';

/**
 * One visit. Refused only where nothing right could be made of it: not well-formed, bad base64, no XML1, no MA_LK or several, another
 * facility's code, no usable name, birth date or sex, impossible NGAY_VAO. Every other gap is a warning.
 */
export function parseVisit(
  segment: Uint8Array,
  position: number,
  context: FileContext,
  sender: SenderContext,
  rules: ParseRules,
): ParsedVisit {
  const problems = new ProblemList(`Hồ sơ thứ ${position}`);
  const base = { kind: 'visit', position, issueTime: context.issueTime, withdrawal: false, subjects: [] } as const;
  const refused = (known: Pick<ParsedVisit, 'key' | 'sender'> = {}): ParsedVisit => ({
    ...base,
    ...known,
    problems: problems.list(),
    refused: true,
  });

  const documents = readInnerDocuments(segment, problems);
  const tables = documents === undefined ? undefined : readRows(documents, problems);
  if (tables === undefined) return refused();
  const summary = tables.get('XML1')?.[0];
  if (summary === undefined) {
    problems.error('missing-table', 'không có bảng XML1', { table: 'XML1' });
    return refused();
  }
  const facility = facilityOf(summary, context, problems);
  const visitId = visitIdOf(tables, summary, problems);
  if (facility === undefined || visitId === undefined) return refused(facility === undefined ? {} : { sender: facility });
  const known = { key: `${facility}|${visitId}`, sender: facility };
  if (sender.facilityCode !== undefined && sender.facilityCode !== facility) {
    problems.error('foreign-facility', 'mã cơ sở không phải của tài khoản gửi', summary.place('MA_CSKCB'));
    return refused(known);
  }
  if (summary.get('MA_DOITUONG_KCB') === WITHDRAWAL) {
    return { ...base, ...known, withdrawal: true, problems: problems.list(), refused: false };
  }

  checkTables(tables, rules.catalogues, problems);
  const essentials = requireEssentials(summary, problems);
  if (essentials === undefined) return refused(known);
  const { start } = essentials;
  checkPlausibility(summary, essentials, start, context, problems);

  const restriction = visitRestriction(tables, summary, rules.restrictionOf);
  const facts: VisitFacts = {
    tables,
    summary,
    facility,
    visitId,
    start,
    ...(restriction === undefined ? {} : { restriction }),
    ...rules,
    problems,
  };
  const subjects = subjectsOf(facts, essentials);
  return { ...base, ...known, eventDate: start.fhir, subjects, problems: problems.list(), refused: false };
}

function subjectsOf(facts: VisitFacts, essentials: Essentials): readonly VisitSubject[] {
  checkIdentifiers(facts);
  const resources: SourceResource[] = [
    encounterOf(facts),
    ...coveragesOf(facts),
    ...conditionsOf(facts),
    ...weightOf(facts),
    ...bloodGroupOf(facts),
    ...medicationRequestsOf(facts),
    ...proceduresOf(facts),
    ...resultsOf(facts),
    ...courseOf(facts),
  ];
  const patient: VisitSubject = {
    slot: PATIENT_SLOT,
    identity: identityOf(facts, essentials),
    patient: patientOf(facts, essentials),
    resources,
  };
  return [patient, ...newbornsOf(facts, essentials)];
}

function facilityOf(summary: TableRow, context: FileContext, problems: ProblemList): string | undefined {
  const own = summary.get('MA_CSKCB');
  if (own === undefined) {
    if (context.unitCode === undefined) {
      problems.error('missing-facility', 'thiếu mã cơ sở khám bệnh, chữa bệnh', summary.place('MA_CSKCB'));
      return undefined;
    }
    problems.warn('missing-field', 'thiếu; lấy MACSKCB của phong bì', summary.place('MA_CSKCB'));
    return context.unitCode;
  }
  if (context.unitCode !== undefined && context.unitCode !== own) {
    problems.warn('unit-differs', 'khác MACSKCB của phong bì', summary.place('MA_CSKCB'));
  }
  return own;
}

/** The one MA_LK of the visit: all tables carry the same (bhyt-xml.md §2). */
function visitIdOf(tables: VisitTables, summary: TableRow, problems: ProblemList): string | undefined {
  const own = summary.get('MA_LK');
  if (own === undefined) {
    problems.error('missing-visit-id', 'thiếu mã đợt điều trị', summary.place('MA_LK'));
    return undefined;
  }
  for (const rows of tables.values()) {
    const other = rows.find((row) => (row.get('MA_LK') ?? own) !== own);
    if (other !== undefined) {
      problems.error('mixed-visit-ids', 'khác MA_LK của XML1 trong cùng hồ sơ', other.place('MA_LK'));
      return undefined;
    }
  }
  return own;
}

function checkTables(tables: VisitTables, catalogues: BhytCatalogues, problems: ProblemList): void {
  for (const [table, rows] of tables) {
    if (!READ_TABLES.includes(table)) {
      problems.inform('not-shown', 'đã lưu, chưa hiển thị', { table });
      continue;
    }
    for (const row of rows) {
      checkFields(row, catalogues, problems);
      checkDateOrder(row, problems);
    }
  }
}

/** What a visit cannot do without; undefined when something of it is missing, with an error for each. */
export function requireEssentials(
  summary: TableRow,
  problems: ProblemList,
): (Essentials & { readonly start: SentTime }) | undefined {
  const { name, birth, sex } = essentialsOf(summary);
  const start = parseTime(summary.get('NGAY_VAO') ?? '');
  const missing = (field: string, reason: string): void => {
    problems.error('unusable', reason, summary.place(field));
  };
  if (name === undefined) missing('HO_TEN', 'thiếu họ và tên');
  if (birth === undefined) missing('NGAY_SINH', 'thiếu hoặc không phải ngày sinh (12 ký tự yyyymmddHHMM)');
  if (sex === undefined) missing('GIOI_TINH', 'phải là 1, 2 hoặc 3');
  if (start === undefined) missing('NGAY_VAO', 'thiếu hoặc không phải thời điểm (12 ký tự yyyymmddHHMM)');
  if (name === undefined || birth === undefined || sex === undefined || start === undefined) return undefined;
  return { name, birth, sex, start };
}

function checkPlausibility(
  summary: TableRow,
  { birth }: Essentials,
  start: SentTime,
  context: FileContext,
  problems: ProblemList,
): void {
  if (birth.order.slice(0, 8) > start.order.slice(0, 8)) {
    problems.warn('date-order', 'sau NGAY_VAO', summary.place('NGAY_SINH'));
  }
  if (context.issueTime !== '' && start.order.slice(0, 8) > context.issueTime.slice(0, 8)) {
    problems.warn('future-date', 'sau ngày lập hồ sơ', summary.place('NGAY_VAO'));
  }
}

/**
 * The label of the visit as a whole: from any code it mentions, from the diagnosis texts, from the presence of the HIV table, and from
 * codes that mean HIV or a termination of pregnancy by themselves (bhyt-xml.md §9).
 */
function visitRestriction(tables: VisitTables, summary: TableRow, restrictionOf: RestrictionOf): string | undefined {
  const codes = allDiagnosisCodes(summary, tables.get('XML3') ?? []);
  const terminated = [...(tables.get('XML7') ?? []), ...(tables.get('XML11') ?? [])].some(
    (row) => row.get('MA_DINH_CHI_THAI') === '1',
  );
  const implied = [
    ...(tables.has('XML6') || summary.get('MA_DOITUONG_KCB') === HIV_VISIT_TYPE ? ['B24'] : []),
    ...(terminated ? ['O04'] : []),
  ];
  for (const icd10 of [...codes, ...implied]) {
    const label = restrictionOf({ icd10 });
    if (label !== undefined) return label;
  }
  for (const field of ['CHAN_DOAN_RV', 'CHAN_DOAN_VAO']) {
    const text = summary.get(field);
    const label = text === undefined ? undefined : restrictionOf({ text });
    if (label !== undefined) return label;
  }
  return undefined;
}
