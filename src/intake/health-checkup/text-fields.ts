import type { Observation } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import { ucumOf } from '../bhyt-xml/units.js';
import { category, optional, quantity, source } from '../bhyt-xml/visit-facts.js';
import { numberText } from '../number-text.js';
import type { SourceResource } from '../parsed-visit.js';
import type { CheckupFacts } from './checkup-facts.js';
import { labelOfText, nameOfTag, sharedObservation } from './checkup-facts.js';
import type { CheckupField, ResultRow } from './checkup-fields.js';
import { traceOf } from './checkup-fields.js';
import { numbered } from './measured-fields.js';

/** Longest text shown of one field, in characters; the source keeps all of it. */
export const MAX_TEXT_LENGTH = 20_000;

const CATEGORY_OF_PART: Readonly<Record<string, string>> = {
  KHAM_LAM_SANG: 'exam',
  KHAM_THE_LUC: 'exam',
  DANH_GIA_DAU_HIEU_SINH_TON: 'exam',
  DANH_GIA_DINH_DUONG: 'exam',
  KET_LUAN: 'exam',
};

/** Every field without a standard code: coded by its tag, the text as sent. */
export function tagObservation(facts: CheckupFacts, field: CheckupField, count: number, text = field.value): SourceResource {
  const name = nameOfTag(field.tag);
  const resource: Observation = {
    ...sharedObservation(facts),
    id: numbered(tagId(field.tag), count),
    category: [category(SYSTEMS.observationCategory, CATEGORY_OF_PART[field.part] ?? 'survey')],
    code: {
      coding: [{ system: SYSTEMS.checkupTag, code: field.tag, ...optional('display', name) }],
      text: name ?? field.tag,
    },
    valueString: text.slice(0, MAX_TEXT_LENGTH),
  };
  const label = labelOfText(facts, field.tag.replaceAll('_', ' '), name, text);
  return source(resource, [traceOf('valueString', field), traceOf('effectiveDateTime', facts.startField)], label);
}

/** Local ids have 24 characters at most, two of them for the count: a longer tag is cut and told apart by a digest. */
export function tagId(tag: string): string {
  const id = `t-${tag.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  return id.length <= 20 ? id : `${id.slice(0, 12)}-${digest(tag)}`;
}

/** FNV-1a, 32 bits, 7 digits of base 36: tells tags apart, protects nothing. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(36).padStart(7, '0');
}

/** One row of KHAM_CAN_LAM_SANG: an index with its value, or a service with its description and conclusion. */
export function resultObservation(facts: CheckupFacts, row: ResultRow, index: number): SourceResource | undefined {
  const [name, code, service] = [row.get('TEN_CHI_SO'), row.get('MA_CHI_SO'), row.get('MA_DICH_VU')];
  const [value, unit, description, conclusion] = [
    row.get('GIA_TRI'),
    row.get('DON_VI_DO'),
    row.get('MO_TA'),
    row.get('KET_LUAN'),
  ];
  const shown = value ?? conclusion ?? description;
  if (shown === undefined) return undefined;
  const number = value === undefined ? undefined : numberText(value.value);
  const coding = [
    ...(code === undefined ? [] : [{ system: SYSTEMS.localIndex, code: code.value }]),
    ...(service === undefined ? [] : [{ system: SYSTEMS.localService, code: service.value }]),
  ];
  const notes = [description, conclusion].filter((field) => field !== undefined && field !== shown);
  const text = name?.value ?? code?.value ?? service?.value ?? 'Kết quả cận lâm sàng';
  const resource: Observation = {
    ...sharedObservation(facts),
    id: `result-${index + 1}`,
    category: [category(SYSTEMS.observationCategory, 'laboratory')],
    code: { ...(coding.length === 0 ? {} : { coding }), text },
    ...(number === undefined
      ? {
          valueString: [shown.value, value === undefined ? undefined : unit?.value]
            .filter(Boolean)
            .join(' ')
            .slice(0, MAX_TEXT_LENGTH),
        }
      : { valueQuantity: quantity(number, unit?.value, ucumOf(unit?.value)) }),
    ...(notes.length === 0 ? {} : { note: notes.map((field) => ({ text: (field?.value ?? '').slice(0, MAX_TEXT_LENGTH) })) }),
  };
  const path = number === undefined ? 'valueString' : 'valueQuantity';
  return source(
    resource,
    [
      traceOf(path, shown),
      unit && value && traceOf(number === undefined ? path : 'valueQuantity.unit', unit),
      ...[name, code, service].map((field) => field && traceOf('code', field)),
      ...notes.map((field) => field && traceOf('note', field)),
      traceOf('effectiveDateTime', facts.startField),
    ],
    labelOfText(facts, text, ...[value, description, conclusion].map((field) => field?.value)),
  );
}
