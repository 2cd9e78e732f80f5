import type { Condition, FhirResource } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import { codeOf, conceptText, confidenceOf } from '../words/fhir-text.js';
import { dayOf } from '../words/dates.js';

/** Diagnoses of one code, as one line of the page. */
export interface Problem {
  /** ICD-10 or traditional-medicine code; absent when only text was sent. */
  readonly code?: string;
  /** Newest text that was sent with the code; '' = none ever was. */
  readonly text: string;
  /** Contacts with care in which it was written down. */
  readonly count: number;
  /** FHIR date or dateTime of the newest one. */
  readonly last?: string;
  /** No diagnosis of this code is more than told. */
  readonly unconfirmed: boolean;
  /** Newest diagnosis: where the link to the source leads. */
  readonly newest: Condition;
}

export const conditionDate = ({ recordedDate, onsetDateTime }: Condition): string | undefined => recordedDate ?? onsetDateTime;

export const conditionCode = (condition: Condition): string | undefined =>
  codeOf(condition.code, SYSTEMS.icd10) ?? codeOf(condition.code, SYSTEMS.traditionalDisease);

/** Conditions (any order) grouped by code, or by text where there is no code; the newest group first. */
export function problemsOf(resources: readonly FhirResource[]): readonly Problem[] {
  const groups = new Map<string, Condition[]>();
  for (const resource of resources) {
    if (resource.resourceType !== 'Condition') continue;
    const key = conditionCode(resource) ?? `text ${conceptText(resource.code).toLowerCase()}`;
    groups.set(key, [...(groups.get(key) ?? []), resource]);
  }
  const day = (condition: Condition): string => dayOf(conditionDate(condition) ?? '');
  return [...groups.values()]
    .map((members) => {
      const ordered = [...members].sort((a, b) => (day(a) < day(b) ? 1 : day(a) > day(b) ? -1 : 0));
      const newest = ordered[0] as Condition;
      const code = conditionCode(newest);
      const last = conditionDate(newest);
      return {
        ...(code === undefined ? {} : { code }),
        text: ordered.map(({ code: concept }) => concept?.text ?? '').find((text) => text !== '') ?? '',
        count: new Set(ordered.map((condition) => condition.encounter?.reference ?? condition.id)).size,
        ...(last === undefined ? {} : { last }),
        unconfirmed: ordered.every((condition) => confidenceOf(condition) === 'unconfirmed'),
        newest,
      };
    })
    .sort((a, b) => (dayOf(a.last ?? '') < dayOf(b.last ?? '') ? 1 : -1));
}
