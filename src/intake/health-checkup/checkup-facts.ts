import { facilityReference, type RestrictionOf } from '../bhyt-xml/visit-facts.js';
import type { ProblemList } from '../bhyt-xml/problems.js';
import type { SentTime } from '../bhyt-xml/values.js';
import { splitValues } from '../bhyt-xml/values.js';
import type { CheckupField, CheckupFields } from './checkup-fields.js';
import { TAG_NAMES } from './tag-names.js';

/** What every part of the mapping needs of one check-up. */
export interface CheckupFacts {
  readonly content: CheckupFields;
  /** MA_CSKCB. */
  readonly facility: string;
  /** NGAY_VAO. */
  readonly start: SentTime;
  readonly startField: CheckupField;
  readonly problems: ProblemList;
  readonly restrictionOf: RestrictionOf;
  /** Label of the check-up: one of its diseases is withheld, so is every free text that could tell. */
  readonly restriction: string | undefined;
}

/** Elements that every Observation of a check-up shares. */
export const sharedObservation = ({ facility, start }: CheckupFacts) => ({
  resourceType: 'Observation' as const,
  status: 'final' as const,
  subject: { reference: 'Patient/patient' },
  encounter: { reference: 'Encounter/encounter' },
  effectiveDateTime: start.fhir,
  performer: [facilityReference(facility)],
});

/** Lists of codes of diseases: one's own history, treatment under way, conclusion; not the family's. */
export const isDiseaseList = (tag: string): boolean => isHistoryList(tag) || tag === 'KET_LUAN_BENH';
/** TSBT_MA_BENH and the like: ICD-10 codes separated by `;` (vn-core health-checkup-dataset `historyFlags`). */
export const isHistoryList = (tag: string): boolean => /^TSBT_(.*_)?MA_BENH(_|$)/.test(tag) || tag === 'MA_BENH_DANG_DIEU_TRI';

/** The label under which the whole check-up's texts are withheld; undefined = none. */
export function restrictionOfCheckup(content: CheckupFields, restrictionOf: RestrictionOf): string | undefined {
  for (const { tag, value } of content.fields) {
    if (!isDiseaseList(tag)) continue;
    for (const part of splitValues(value)) {
      const label = restrictionOf({ icd10: part, text: part });
      if (label !== undefined) return label;
    }
  }
  return undefined;
}

/** Label of free text: its own or the check-up's. The field's name counts as text: "Tâm thần: 1" says as much as a sentence. */
export const labelOfText = (
  { restriction, restrictionOf }: CheckupFacts,
  ...texts: readonly (string | undefined)[]
): string | undefined => restriction ?? restrictionOf({ text: texts.filter((text) => text !== undefined).join(' ') });

export const nameOfTag = (tag: string): string | undefined => (Object.hasOwn(TAG_NAMES, tag) ? TAG_NAMES[tag] : undefined);
