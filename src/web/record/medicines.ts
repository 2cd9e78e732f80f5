import type { FhirResource, MedicationRequest } from 'fhir/r4.js';
import { conceptText } from '../words/fhir-text.js';
import { dayOf, monthsBefore } from '../words/dates.js';

/** Prescriptions of so many months stand at the head of the page. How long a drug is taken is not known for sure, so nothing is claimed. */
export const RECENT_MONTHS = 6;

export interface Medicines {
  /** True: of the last RECENT_MONTHS. False: nothing so new; the day of the last prescription. */
  readonly isRecent: boolean;
  /** Newest first, each drug once. */
  readonly items: readonly MedicationRequest[];
}

export const medicineName = (request: MedicationRequest): string =>
  request.medicationCodeableConcept === undefined
    ? (request.medicationReference?.display ?? '')
    : conceptText(request.medicationCodeableConcept);

/** How the drug is taken, as the facility wrote it. */
export const doseText = ({ dosageInstruction = [] }: MedicationRequest): string =>
  dosageInstruction
    .map(({ text }) => text ?? '')
    .filter((text) => text !== '')
    .join('; ');

/** What was prescribed lately. @param today `yyyy-mm-dd` */
export function recentMedicines(resources: readonly FhirResource[], today: string): Medicines {
  const requests = resources.filter((resource): resource is MedicationRequest => resource.resourceType === 'MedicationRequest');
  const day = ({ authoredOn = '' }: MedicationRequest): string => dayOf(authoredOn);
  const ordered = requests.sort((a, b) => (day(a) < day(b) ? 1 : day(a) > day(b) ? -1 : 0));
  const since = monthsBefore(today, RECENT_MONTHS);
  const recent = ordered.filter((request) => day(request) >= since);
  const lastDay = ordered[0] === undefined ? '' : day(ordered[0]);
  const shown = recent.length > 0 ? recent : ordered.filter((request) => day(request) === lastDay);
  const byName = new Map<string, MedicationRequest>();
  for (const request of shown) {
    const name = medicineName(request).toLowerCase();
    if (!byName.has(name)) byName.set(name, request);
  }
  return { isRecent: recent.length > 0, items: [...byName.values()] };
}
