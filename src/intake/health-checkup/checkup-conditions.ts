import type { Condition } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import { icd10Code } from '../bhyt-xml/map-conditions.js';
import { splitValues } from '../bhyt-xml/values.js';
import { category, source } from '../bhyt-xml/visit-facts.js';
import type { SourceResource } from '../parsed-visit.js';
import type { CheckupFacts } from './checkup-facts.js';
import type { CheckupField } from './checkup-fields.js';
import { traceOf } from './checkup-fields.js';
import { placeOf } from './measured-fields.js';

/** Diseases of one list. */
export const MAX_LISTED_DISEASES = 30;

export interface ListedDiseases {
  readonly conditions: readonly SourceResource[];
  /** What in the list is no code, as sent: shown as a text, never as a disease. */
  readonly rest: string | undefined;
}

/** History: what the person or a paper said, so unconfirmed, on the problem list. */
export const historyConditions = (facts: CheckupFacts, field: CheckupField, first: number): ListedDiseases =>
  conditionsOf(facts, field, (code, text, index) => ({
    resourceType: 'Condition',
    id: `history-${first + index + 1}`,
    verificationStatus: { coding: [{ system: SYSTEMS.conditionVerification, code: 'unconfirmed' }] },
    category: [category(SYSTEMS.conditionCategory, 'problem-list-item')],
    code: { coding: [{ system: SYSTEMS.icd10, code }], ...(text === code ? {} : { text }) },
    subject: { reference: 'Patient/patient' },
    encounter: { reference: 'Encounter/encounter' },
    recordedDate: facts.start.fhir,
  }));

/** KET_LUAN_BENH: diagnoses of this check-up; the first is the main one (QĐ 1332, note 7). */
export const conclusionConditions = (facts: CheckupFacts, field: CheckupField, first: number): ListedDiseases =>
  conditionsOf(facts, field, (code, text, index) => ({
    resourceType: 'Condition',
    id: `conclusion-${first + index + 1}`,
    category: [
      category(SYSTEMS.conditionCategory, 'encounter-diagnosis'),
      category(SYSTEMS.conditionRole, first + index === 0 ? 'main' : 'secondary'),
    ],
    code: { coding: [{ system: SYSTEMS.icd10, code }], ...(text === code ? {} : { text }) },
    subject: { reference: 'Patient/patient' },
    encounter: { reference: 'Encounter/encounter' },
    recordedDate: facts.start.fhir,
  }));

function conditionsOf(
  facts: CheckupFacts,
  field: CheckupField,
  build: (code: string, text: string, index: number) => Condition,
): ListedDiseases {
  const listed = splitValues(field.value).filter((entry) => entry !== '');
  const codes = new Map<string, string>();
  const rest: string[] = [];
  for (const entry of listed) {
    const code = icd10Code(entry);
    if (code === undefined) rest.push(entry);
    else if (!codes.has(code)) codes.set(code, entry.toUpperCase());
  }
  if (codes.size > MAX_LISTED_DISEASES) {
    facts.problems.warn('too-many', `có hơn ${MAX_LISTED_DISEASES} mã bệnh; các mã sau không đưa vào hồ sơ`, placeOf(field));
  }
  if (rest.length > 0) facts.problems.inform('no-code', 'có nội dung không phải mã ICD-10; được giữ nguyên văn', placeOf(field));
  const conditions = [...codes]
    .slice(0, MAX_LISTED_DISEASES)
    .map(([code, text], index) =>
      source(
        build(code, text, index),
        [traceOf('code', field), traceOf('recordedDate', facts.startField)],
        facts.restrictionOf({ icd10: code }),
      ),
    );
  return { conditions, rest: rest.length === 0 ? undefined : rest.join('; ') };
}
