import type { CodeableConcept, Condition } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import type { FieldTrace, SourceResource } from '../parsed-visit.js';
import { splitValues } from './values.js';
import { ENCOUNTER, PATIENT, category, optional, source } from './visit-facts.js';
import type { VisitFacts } from './visit-facts.js';
import type { TableRow } from './table-rows.js';

/** Secondary codes of a visit (bhyt-xml.md §5). */
export const MAX_SECONDARY_CODES = 12;

/**
 * ICD-10 as the Ministry's lists write it: letter, two digits, dot and up to two characters, perhaps † or * (bhyt-xml.md ICD10). The dot
 * is put in where a system left it out. undefined = not the syntax of a code.
 */
export function icd10Code(sent: string): string | undefined {
  const match = /^([A-Z]\d{2})\.?([0-9A-Z]{1,2})?[†*+]?$/.exec(sent.trim().toUpperCase());
  if (match === null) return undefined;
  const [, block = '', detail] = match;
  return detail === undefined ? block : `${block}.${detail}`;
}

/** Largest limit of String.split: what decides about withholding must see every value. */
const EVERY_VALUE = 0xffff_ffff;

/** Every diagnosis code a visit mentions, as sent: what decides whether it is withheld, also where the code is not well written. */
export function allDiagnosisCodes(summary: TableRow, services: readonly TableRow[]): readonly string[] {
  const fields = ['MA_BENH_CHINH', 'MA_BENH_KT', 'MA_BENH_YHCT'].map((field) => summary.get(field));
  const sent = [...fields, ...services.map((row) => row.get('MA_BENH'))];
  return [...new Set(sent.flatMap((text) => splitValues(text, EVERY_VALUE)))];
}

/**
 * Diagnoses of the encounter: codes of the insurance dossier, not confirmed problems of a life (bhyt-xml.md §9), so without clinical
 * status. CHAN_DOAN_RV stands with the main one only, and only when no code of the visit is withheld: the text names them all.
 */
export function conditionsOf(facts: VisitFacts): readonly SourceResource[] {
  const { summary, problems } = facts;
  const main = summary.get('MA_BENH_CHINH');
  const text = facts.restriction === undefined ? summary.words('CHAN_DOAN_RV') : undefined;
  const conditions: SourceResource[] = [];
  if (main !== undefined || text !== undefined) {
    const place = main === undefined ? undefined : summary.trace('code', 'MA_BENH_CHINH');
    conditions.push(
      condition(facts, 'cond-main', 'main', main, text, [
        place,
        text === undefined ? undefined : summary.trace('code.text', 'CHAN_DOAN_RV'),
      ]),
    );
    if (main !== undefined && icd10Code(main) === undefined) badCode(facts, 'MA_BENH_CHINH');
  }
  const secondary = splitValues(summary.get('MA_BENH_KT')).filter((code) => code !== '');
  if (secondary.length > MAX_SECONDARY_CODES) {
    problems.warn('too-many', `có hơn ${MAX_SECONDARY_CODES} mã; các mã sau không đưa vào hồ sơ`, summary.place('MA_BENH_KT'));
  }
  const seen = new Set([icd10Code(main ?? '') ?? main]);
  secondary.slice(0, MAX_SECONDARY_CODES).forEach((sent, index) => {
    const code = icd10Code(sent) ?? sent;
    if (seen.has(code)) {
      problems.warn('repeated-code', 'mã bệnh bị lặp', summary.place('MA_BENH_KT'));
      return;
    }
    seen.add(code);
    if (icd10Code(sent) === undefined) badCode(facts, 'MA_BENH_KT');
    conditions.push(
      condition(facts, `cond-s${index + 1}`, 'secondary', sent, undefined, [summary.trace('code', 'MA_BENH_KT', sent)]),
    );
  });
  const traditional = splitValues(summary.code('MA_BENH_YHCT')).filter((code) => code !== '');
  [...new Set(traditional)].slice(0, MAX_SECONDARY_CODES).forEach((sent, index) => {
    const concept: CodeableConcept = { coding: [{ system: SYSTEMS.traditionalDisease, code: sent }], text: sent };
    const resource = conditionResource(facts, `cond-t${index + 1}`, 'secondary', concept);
    conditions.push(
      source(resource, [summary.trace('code', 'MA_BENH_YHCT', sent), recorded(facts)], facts.restrictionOf({ icd10: sent })),
    );
  });
  return conditions;
}

const badCode = ({ summary, problems }: VisitFacts, field: string): void => {
  problems.warn('bad-code', 'không phải mã ICD-10; giữ nguyên dạng chữ', summary.place(field));
};

const recorded = ({ summary }: VisitFacts): FieldTrace => summary.trace('recordedDate', 'NGAY_VAO');

function condition(
  facts: VisitFacts,
  id: string,
  role: 'main' | 'secondary',
  sent: string | undefined,
  text: string | undefined,
  trace: readonly (FieldTrace | undefined)[],
): SourceResource {
  const icd10 = sent === undefined ? undefined : icd10Code(sent);
  // † and * are no part of the code; they stay in the text where no diagnosis text stands, and always in the trace.
  const shown = text ?? (icd10 === sent ? undefined : sent);
  const concept: CodeableConcept = {
    ...(icd10 === undefined ? {} : { coding: [{ system: SYSTEMS.icd10, code: icd10 }] }),
    ...optional('text', shown),
  };
  const label =
    icd10 === undefined
      ? (facts.restrictionOf({ ...optional('icd10', sent), ...optional('text', shown) }) ?? facts.restriction)
      : facts.restrictionOf({ icd10 });
  return source(conditionResource(facts, id, role, concept), [...trace, recorded(facts)], label);
}

function conditionResource({ start }: VisitFacts, id: string, role: string, code: CodeableConcept): Condition {
  return {
    resourceType: 'Condition',
    id,
    category: [category(SYSTEMS.conditionCategory, 'encounter-diagnosis'), category(SYSTEMS.conditionRole, role)],
    code,
    subject: PATIENT,
    encounter: ENCOUNTER,
    recordedDate: start.fhir,
  };
}
