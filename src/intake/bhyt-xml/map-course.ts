import type { CodeableConcept, Observation, ObservationComponent } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import type { FieldTrace, SourceResource } from '../parsed-visit.js';
import { rowIds } from './table-rows.js';
import type { TableRow } from './table-rows.js';
import { plainText } from './values.js';
import { readVitalSigns } from './vital-signs-text.js';
import type { VitalSigns } from './vital-signs-text.js';
import {
  ENCOUNTER,
  PATIENT,
  category,
  labelOf,
  loinc,
  optional,
  quantity,
  source,
  staffReferences,
  timeOf,
} from './visit-facts.js';
import type { VisitFacts } from './visit-facts.js';

/** A vital sign of one number: id suffix, LOINC, unit as shown, UCUM. R4 vital-signs profile. */
const SINGLE_SIGNS: readonly (readonly [
  sign: keyof VitalSigns,
  suffix: string,
  code: CodeableConcept,
  unit: string,
  ucum: string,
])[] = [
  ['pulse', 'm', loinc('8867-4', 'Heart rate', 'Mạch'), 'lần/phút', '/min'],
  ['temperature', 't', loinc('8310-5', 'Body temperature', 'Nhiệt độ'), '°C', 'Cel'],
  ['breathing', 'nt', loinc('9279-1', 'Respiratory rate', 'Nhịp thở'), 'lần/phút', '/min'],
  ['oxygen', 'sp', loinc('2708-6', 'Oxygen saturation in Arterial blood', 'SpO2'), '%', '%'],
];

/** SpO2 is by the R4 profile both codes: 2708-6, and the pulse oximeter's 59408-5. */
const PULSE_OXIMETRY = {
  system: SYSTEMS.loinc,
  code: '59408-5',
  display: 'Oxygen saturation in Arterial blood by Pulse oximetry',
};

/** Fields of a row that stand with the note as components: label as shown. */
const NOTE_PARTS: readonly (readonly [field: string, label: string])[] = [
  ['GIAI_DOAN_BENH', 'Giai đoạn bệnh'],
  ['HOI_CHAN', 'Hội chẩn'],
  ['PHAU_THUAT', 'Phẫu thuật, thủ thuật'],
];

/** XML5: the vital signs inside DIEN_BIEN_LS as observations of their own, what is left as a note. */
export function courseOf(facts: VisitFacts): readonly SourceResource[] {
  const rows = facts.tables.get('XML5') ?? [];
  const ids = rowIds(rows, 'x5', facts.problems);
  return rows.flatMap((row) => rowResources(facts, row, ids.get(row) ?? `x5-${row.number}`));
}

function rowResources(facts: VisitFacts, row: TableRow, id: string): readonly SourceResource[] {
  const { blocks, sent, rest, unread, decimalComma } = readVitalSigns(row.get('DIEN_BIEN_LS') ?? '');
  const place = row.place('DIEN_BIEN_LS');
  if (unread) facts.problems.warn('vital-signs', 'CSST<…> có phần không đọc được; giữ nguyên dạng chữ', place);
  if (decimalComma) facts.problems.warn('decimal-comma', 'CSST<…> phải dùng dấu chấm thập phân; đã đọc', place);
  const signs = blocks.flatMap((block, index) =>
    signResources(facts, row, index === 0 ? id : `${id}-${index + 1}`, block, sent[index] ?? ''),
  );
  const levels = blocks.flatMap(({ nursingLevel }) => nursingLevel ?? []);
  const note = noteOf(facts, row, id, plainText(rest), levels);
  return note === undefined ? signs : [...signs, note];
}

function vitalSign(facts: VisitFacts, row: TableRow, id: string, code: CodeableConcept): Observation {
  // The profile wants a time: that of the row, else the beginning of the visit.
  const time = timeOf(row, 'THOI_DIEM_DBLS') ?? facts.start;
  const performers = staffReferences(row, 'NGUOI_THUC_HIEN');
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [category(SYSTEMS.observationCategory, 'vital-signs')],
    code,
    subject: PATIENT,
    encounter: ENCOUNTER,
    effectiveDateTime: time.fhir,
    ...(performers.length === 0 ? {} : { performer: [...performers] }),
  };
}

function timeTrace(facts: VisitFacts, row: TableRow): FieldTrace {
  return timeOf(row, 'THOI_DIEM_DBLS') === undefined
    ? facts.summary.trace('effectiveDateTime', 'NGAY_VAO')
    : row.trace('effectiveDateTime', 'THOI_DIEM_DBLS');
}

function signResources(facts: VisitFacts, row: TableRow, id: string, signs: VitalSigns, sent: string): readonly SourceResource[] {
  const resources: SourceResource[] = [];
  const trace = (path: string): FieldTrace[] => [row.trace(path, 'DIEN_BIEN_LS', sent), timeTrace(facts, row)];
  for (const [sign, suffix, code, unit, ucum] of SINGLE_SIGNS) {
    const value = signs[sign];
    if (value === undefined) continue;
    const base = vitalSign(facts, row, `${id}-${suffix}`, code);
    const both = sign === 'oxygen' ? { code: { ...code, coding: [...(code.coding ?? []), PULSE_OXIMETRY] } } : {};
    resources.push(source({ ...base, ...both, valueQuantity: quantity(value, unit, ucum) }, trace('valueQuantity')));
  }
  const { systolic, diastolic } = signs;
  if (systolic !== undefined && diastolic !== undefined) {
    const pressure = (code: string, display: string, text: string, value: string): ObservationComponent => ({
      code: loinc(code, display, text),
      valueQuantity: quantity(value, 'mmHg', 'mm[Hg]'),
    });
    const component = [
      pressure('8480-6', 'Systolic blood pressure', 'Tâm thu', systolic),
      pressure('8462-4', 'Diastolic blood pressure', 'Tâm trương', diastolic),
    ];
    const panel = loinc('85354-9', 'Blood pressure panel with all children optional', 'Huyết áp');
    resources.push(source({ ...vitalSign(facts, row, `${id}-ha`, panel), component }, trace('component')));
  }
  return resources;
}

/** The doctor's words, as text without markup. Free text, hence withheld together with the visit. */
function noteOf(
  facts: VisitFacts,
  row: TableRow,
  id: string,
  text: string,
  levels: readonly string[],
): SourceResource | undefined {
  const part = (label: string, field: string, valueString: string): ObservationComponent => ({
    code: { coding: [{ system: SYSTEMS.insuranceField, code: field }], text: label },
    valueString,
  });
  const parts = NOTE_PARTS.flatMap(([field, label]) => {
    const value = row.words(field);
    return value === undefined ? [] : [part(label, field, value)];
  });
  const component = [...parts, ...levels.map((level) => part('Cấp chăm sóc', 'CSST.HL', level))];
  if (text === '' && component.length === 0) return undefined;
  const performers = staffReferences(row, 'NGUOI_THUC_HIEN');
  const time = timeOf(row, 'THOI_DIEM_DBLS');
  const resource: Observation = {
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [category(SYSTEMS.observationCategory, 'exam')],
    code: { coding: [{ system: SYSTEMS.insuranceField, code: 'DIEN_BIEN_LS' }], text: 'Diễn biến lâm sàng' },
    subject: PATIENT,
    encounter: ENCOUNTER,
    ...optional('effectiveDateTime', time?.fhir),
    ...(performers.length === 0 ? {} : { performer: [...performers] }),
    ...(text === '' ? {} : { valueString: text }),
    ...(component.length === 0 ? {} : { component }),
  };
  return source(
    resource,
    [
      text === '' && levels.length === 0 ? undefined : row.trace(text === '' ? 'component' : 'valueString', 'DIEN_BIEN_LS'),
      ...NOTE_PARTS.map(([field]) => row.trace('component', field)),
      time === undefined ? undefined : row.trace('effectiveDateTime', 'THOI_DIEM_DBLS'),
    ],
    labelOf(facts, text, ...parts.map(({ valueString }) => valueString)),
  );
}
