import type { DiagnosticReport, Observation } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import type { FieldTrace, SourceResource } from '../parsed-visit.js';
import { rowIds } from './table-rows.js';
import type { TableRow } from './table-rows.js';
import { ucumOf } from './units.js';
import { isPlainNumber } from './values.js';
import { ENCOUNTER, PATIENT, category, labelOf, optional, quantity, source, staffReferences, timeOf } from './visit-facts.js';
import type { VisitFacts } from './visit-facts.js';

/** MA_NHOM of the service in XML3 → category of the observation, and of the report (v2-0074). */
const CATEGORY_OF_GROUP: ReadonlyMap<string, readonly [observation: string, report: string]> = new Map([
  ['1', ['laboratory', 'LAB']],
  ['2', ['imaging', 'RAD']],
  ['3', ['procedure', 'OTH']],
]);
const REPORT_CATEGORY = 'http://terminology.hl7.org/CodeSystem/v2-0074';

/** Text of a result whose service and index have neither code nor name. */
const UNNAMED = 'Kết quả cận lâm sàng';

interface ReportGroup {
  readonly id: string;
  readonly rows: readonly TableRow[];
}

/** XML4: one report for each service and result time, with an observation for each row that has a value (bhyt-xml.md §5). */
export function resultsOf(facts: VisitFacts): readonly SourceResource[] {
  const rows = facts.tables.get('XML4') ?? [];
  const ids = rowIds(rows, 'x4', facts.problems);
  const services = new Map((facts.tables.get('XML3') ?? []).map((row) => [row.code('MA_DICH_VU') ?? '', row]));
  return groupsOf(rows, ids).flatMap(({ id, rows: members }) => reportOf(facts, id, members, ids, services));
}

function groupsOf(rows: readonly TableRow[], ids: ReadonlyMap<TableRow, string>): readonly ReportGroup[] {
  const groups = new Map<string, TableRow[]>();
  for (const row of rows) {
    const code = row.code('MA_DICH_VU');
    // A row without service belongs to no other row.
    const key = code === undefined ? `row ${row.number}` : `${code}|${row.get('NGAY_KQ') ?? ''}`;
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [row]);
    else members.push(row);
  }
  return [...groups.values()].map((members) => ({
    id: (ids.get(members[0] as TableRow) ?? '').replace('x4-', 'x4r-'),
    rows: members,
  }));
}

function reportOf(
  facts: VisitFacts,
  id: string,
  rows: readonly TableRow[],
  ids: ReadonlyMap<TableRow, string>,
  services: ReadonlyMap<string, TableRow>,
): readonly SourceResource[] {
  const first = rows[0];
  if (first === undefined) return [];
  const code = first.code('MA_DICH_VU');
  const service = code === undefined ? undefined : services.get(code);
  if (code !== undefined && service === undefined && facts.tables.has('XML3')) {
    facts.problems.warn('service-missing', 'dịch vụ không có trong XML3', first.place('MA_DICH_VU'));
  }
  const [observationCategory, reportCategory] = CATEGORY_OF_GROUP.get((service?.get('MA_NHOM') ?? '').replace(/^0/, '')) ?? [];
  const name = service?.words('TEN_DICH_VU') ?? first.words('TEN_CHI_SO') ?? (code === undefined ? UNNAMED : undefined);
  const observations = rows
    .filter((row) => row.words('GIA_TRI') !== undefined)
    .map((row) => resultOf(facts, row, ids.get(row) ?? `x4-${row.number}`, observationCategory ?? 'laboratory', name));
  const described = rows.filter((row) => row.words('MO_TA') !== undefined || row.words('KET_LUAN') !== undefined);
  if (observations.length === 0 && described.length === 0) {
    facts.problems.warn('no-result', 'không có GIA_TRI, MO_TA hay KET_LUAN', first.place());
    return [];
  }
  const conclusion = described.flatMap((row) => [row.words('MO_TA') ?? [], row.words('KET_LUAN') ?? []].flat()).join('\n');
  const time = timeOf(first, 'NGAY_KQ');
  const readers = staffReferences(first, 'MA_BS_DOC_KQ');
  const report: DiagnosticReport = {
    resourceType: 'DiagnosticReport',
    id,
    status: 'final',
    ...(reportCategory === undefined ? {} : { category: [category(REPORT_CATEGORY, reportCategory)] }),
    code: { ...(code === undefined ? {} : { coding: [{ system: SYSTEMS.localService, code }] }), ...optional('text', name) },
    subject: PATIENT,
    encounter: ENCOUNTER,
    ...optional('effectiveDateTime', time?.fhir),
    ...(readers.length === 0 ? {} : { resultsInterpreter: [...readers] }),
    ...(observations.length === 0
      ? {}
      : { result: observations.map(({ resource }) => ({ reference: `Observation/${resource.id ?? ''}` })) }),
    ...(conclusion === '' ? {} : { conclusion }),
  };
  const trace: (FieldTrace | undefined)[] = [
    first.trace('code.coding', 'MA_DICH_VU'),
    service?.words('TEN_DICH_VU') === undefined
      ? first.trace('code.text', 'TEN_CHI_SO')
      : service.trace('code.text', 'TEN_DICH_VU'),
    time === undefined ? undefined : first.trace('effectiveDateTime', 'NGAY_KQ'),
    first.trace('resultsInterpreter', 'MA_BS_DOC_KQ'),
    ...described.flatMap((row) => [row.trace('conclusion', 'MO_TA'), row.trace('conclusion', 'KET_LUAN')]),
  ];
  // A report names the service and lists its results: it is as sensitive as the most sensitive of them.
  const own = labelOf(facts, name, conclusion);
  const label = own ?? observations.find(({ restricted }) => restricted !== undefined)?.restricted;
  // "Test nhanh: dương tính" says it once the conclusion beside it does.
  const results = own === undefined ? observations : observations.map((result) => ({ restricted: own, ...result }));
  return [source(report, trace, label), ...results];
}

/** GIA_TRI is text: a plain number becomes a quantity with its digits, everything else (`++`, `< 10`, `5,2`) stays as it is. */
function resultOf(
  facts: VisitFacts,
  row: TableRow,
  id: string,
  observationCategory: string,
  service: string | undefined,
): SourceResource {
  const value = row.words('GIA_TRI') ?? '';
  const unit = row.get('DON_VI_DO');
  const index = row.code('MA_CHI_SO');
  const name = row.words('TEN_CHI_SO') ?? service ?? (index === undefined ? UNNAMED : undefined);
  const time = timeOf(row, 'NGAY_KQ');
  const numeric = isPlainNumber(value);
  if (/^[+-]?\d+,\d+$/.test(value)) {
    facts.problems.warn('decimal-comma', 'phần thập phân phải dùng dấu chấm; giá trị giữ nguyên dạng chữ', row.place('GIA_TRI'));
  }
  const path = numeric ? 'valueQuantity' : 'valueString';
  const resource: Observation = {
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [category(SYSTEMS.observationCategory, observationCategory)],
    code: {
      ...(index === undefined ? {} : { coding: [{ system: SYSTEMS.localIndex, code: index }] }),
      ...optional('text', name),
    },
    subject: PATIENT,
    encounter: ENCOUNTER,
    ...optional('effectiveDateTime', time?.fhir),
    ...(numeric
      ? { valueQuantity: quantity(value, unit, ucumOf(unit)) }
      : { valueString: unit === undefined ? value : `${value} ${unit}` }),
  };
  return source(
    resource,
    [
      row.trace('code.coding', 'MA_CHI_SO'),
      row.trace('code.text', 'TEN_CHI_SO'),
      row.trace(path, 'GIA_TRI'),
      row.trace(path, 'DON_VI_DO'),
      time === undefined ? undefined : row.trace('effectiveDateTime', 'NGAY_KQ'),
    ],
    labelOf(facts, service, name, value),
  );
}
