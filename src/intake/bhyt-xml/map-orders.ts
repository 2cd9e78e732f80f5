import type { MedicationRequest, Procedure } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import type { SourceResource } from '../parsed-visit.js';
import { rowIds } from './table-rows.js';
import type { TableRow } from './table-rows.js';
import { isPlainNumber } from './values.js';
import { ENCOUNTER, PATIENT, labelOf, optional, quantity, source, staffReferences, timeOf } from './visit-facts.js';
import type { VisitFacts } from './visit-facts.js';

/** MA_THUOC of drugs that are on no list: it names no substance (bhyt-xml.md §5). */
const OFF_LIST_DRUG = '00.0000';
/** MA_NHOM of XML3 rows that are no service: supplies 10 and 11, transport 12, beds 14 to 16. */
const NOT_A_SERVICE = new Set(['10', '11', '12', '14', '15', '16']);

/** XML2: one request a row, with the dose as text as sent; a dose is never computed from it (bhyt-xml.md §5). */
export function medicationRequestsOf(facts: VisitFacts): readonly SourceResource[] {
  const rows = facts.tables.get('XML2') ?? [];
  const ids = rowIds(rows, 'x2', facts.problems);
  return rows.flatMap((row) => {
    const name = row.words('TEN_THUOC');
    const code = row.code('MA_THUOC');
    // Nothing that names the drug: both fields are required and reported.
    if (name === undefined && (code === undefined || code === OFF_LIST_DRUG)) return [];
    return [medicationRequest(facts, row, ids.get(row) ?? `x2-${row.number}`, name, code)];
  });
}

function medicationRequest(
  facts: VisitFacts,
  row: TableRow,
  id: string,
  name: string | undefined,
  code: string | undefined,
): SourceResource {
  const strength = row.words('HAM_LUONG');
  const text = name === undefined ? undefined : strength === undefined || contains(name, strength) ? name : `${name} ${strength}`;
  const dose = [row.words('LIEU_DUNG'), row.words('CACH_DUNG')].filter((part) => part !== undefined).join('; ');
  const amount = row.get('SO_LUONG');
  const unit = row.get('DON_VI_TINH');
  const ordered = timeOf(row, 'NGAY_YL');
  const requester = staffReferences(row, 'MA_BAC_SI')[0];
  const coding = code === undefined || code === OFF_LIST_DRUG ? undefined : [{ system: SYSTEMS.localDrug, code }];
  const counted = amount !== undefined && isPlainNumber(amount);
  const resource: MedicationRequest = {
    resourceType: 'MedicationRequest',
    id,
    status: 'completed',
    intent: 'order',
    medicationCodeableConcept: { ...optional('coding', coding), ...optional('text', text) },
    subject: PATIENT,
    encounter: ENCOUNTER,
    ...optional('authoredOn', ordered?.fhir),
    ...optional('requester', requester),
    ...(dose === '' ? {} : { dosageInstruction: [{ text: dose }] }),
    ...(counted ? { dispenseRequest: { quantity: quantity(amount, unit, undefined) } } : {}),
    ...(amount === undefined || counted ? {} : { note: [{ text: `Số lượng như đã gửi: ${[amount, unit].join(' ').trim()}` }] }),
  };
  return source(
    resource,
    [
      coding === undefined ? undefined : row.trace('medicationCodeableConcept.coding', 'MA_THUOC'),
      row.trace('medicationCodeableConcept.text', 'TEN_THUOC'),
      row.trace('medicationCodeableConcept.text', 'HAM_LUONG'),
      row.trace('dosageInstruction', 'LIEU_DUNG'),
      row.trace('dosageInstruction', 'CACH_DUNG'),
      row.trace(counted ? 'dispenseRequest.quantity' : 'note', 'SO_LUONG'),
      row.trace(counted ? 'dispenseRequest.quantity' : 'note', 'DON_VI_TINH'),
      ordered === undefined ? undefined : row.trace('authoredOn', 'NGAY_YL'),
      requester === undefined ? undefined : row.trace('requester', 'MA_BAC_SI'),
    ],
    labelOf(facts, text, dose),
  );
}

const contains = (text: string, part: string): boolean => {
  const fold = (value: string): string => value.toLowerCase().replace(/\s+/g, '');
  return fold(text).includes(fold(part));
};

/** A row of XML3 that is a service: not a supply, a bed or transport (bhyt-xml.md §5: `VC.` and `Kxx.` codes). */
export function isService(row: TableRow): boolean {
  const code = row.get('MA_DICH_VU');
  if (row.get('MA_VAT_TU') !== undefined || NOT_A_SERVICE.has((row.get('MA_NHOM') ?? '').replace(/^0/, ''))) return false;
  if (code !== undefined && /^(VC\.|K\d{2}\.)/i.test(code)) return false;
  return code !== undefined || row.words('TEN_DICH_VU') !== undefined;
}

/** XML3: one procedure for each service row; when it was done is NGAY_TH_YL, else the order. */
export function proceduresOf(facts: VisitFacts): readonly SourceResource[] {
  const rows = facts.tables.get('XML3') ?? [];
  const ids = rowIds(rows, 'x3', facts.problems);
  return rows.filter(isService).map((row) => procedure(facts, row, ids.get(row) ?? `x3-${row.number}`));
}

function procedure(facts: VisitFacts, row: TableRow, id: string): SourceResource {
  const code = row.code('MA_DICH_VU');
  const name = row.words('TEN_DICH_VU');
  const startField = timeOf(row, 'NGAY_TH_YL') === undefined ? 'NGAY_YL' : 'NGAY_TH_YL';
  const start = timeOf(row, startField);
  const result = timeOf(row, 'NGAY_KQ');
  const end =
    start?.hasTime === true && result?.hasTime === true && startField === 'NGAY_TH_YL' && result.order > start.order
      ? result
      : undefined;
  const performers = staffReferences(row, 'NGUOI_THUC_HIEN');
  const performed =
    start === undefined
      ? {}
      : end === undefined
        ? { performedDateTime: start.fhir }
        : { performedPeriod: { start: start.fhir, end: end.fhir } };
  const resource: Procedure = {
    resourceType: 'Procedure',
    id,
    status: 'completed',
    code: { ...(code === undefined ? {} : { coding: [{ system: SYSTEMS.localService, code }] }), ...optional('text', name) },
    subject: PATIENT,
    encounter: ENCOUNTER,
    ...performed,
    ...(performers.length === 0 ? {} : { performer: performers.map((actor) => ({ actor })) }),
  };
  return source(
    resource,
    [
      row.trace('code.coding', 'MA_DICH_VU'),
      row.trace('code.text', 'TEN_DICH_VU'),
      start === undefined ? undefined : row.trace(end === undefined ? 'performedDateTime' : 'performedPeriod.start', startField),
      end === undefined ? undefined : row.trace('performedPeriod.end', 'NGAY_KQ'),
      row.trace('performer', 'NGUOI_THUC_HIEN'),
    ],
    labelOf(facts, name),
  );
}
