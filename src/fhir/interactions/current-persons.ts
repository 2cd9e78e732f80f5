import type { SearchCriterion, SearchValue } from '../../store/resource-store.js';
import type { PatientResolver } from '../patient-resolver.js';

/** Parameters that point to nothing but a Patient, so that a bare id is one. */
const PATIENT_ONLY = new Set(['patient', 'beneficiary']);

async function currentValue(
  value: SearchValue,
  param: string,
  patients: Pick<PatientResolver, 'currentPerson'>,
): Promise<SearchValue | undefined> {
  if (value.kind !== 'reference') return value;
  const isPatient = value.resourceType === 'Patient' || (value.resourceType === undefined && PATIENT_ONLY.has(param));
  if (!isPatient && value.resourceType !== undefined) return value;
  const current = await patients.currentPerson(value.id);
  if (current !== undefined) return { ...value, resourceType: 'Patient', id: current };
  return isPatient ? undefined : value;
}

/**
 * Maps every Patient reference of a search (person, replaced person, contribution) to the one current person before anything is
 * looked up (design.md §5).
 *
 * @returns undefined when a criterion names only unknown Patients, so that nothing can match
 */
export async function withCurrentPersons(
  criteria: readonly SearchCriterion[],
  patients: Pick<PatientResolver, 'currentPerson'>,
): Promise<readonly SearchCriterion[] | undefined> {
  const mapped: SearchCriterion[] = [];
  for (const criterion of criteria) {
    if (criterion.kind !== 'reference') {
      mapped.push(criterion);
      continue;
    }
    const values = await Promise.all(criterion.values.map((value) => currentValue(value, criterion.param, patients)));
    const known = values.filter((value) => value !== undefined);
    if (known.length === 0) return undefined;
    mapped.push({ ...criterion, values: known });
  }
  return mapped;
}
