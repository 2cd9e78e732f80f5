import type { Patient } from 'fhir/r4.js';

/**
 * Maps any Patient id (person, replaced person, contribution) to the one current person before anything is looked up
 * (design.md §5). Implemented by `src/record`; the FHIR room knows no people.
 */
export interface PatientResolver {
  /** The current person's id; undefined when the id is unknown. */
  currentPerson(patientId: string): Promise<string | undefined>;
  /** A Patient that is not current (replaced person, contribution): what a read answers. undefined = not such a one. */
  formerPatient(patientId: string): Promise<Patient | undefined>;
  /**
   * Reach labels of a contribution (`sender/56901`): what one sender wrote about a person is not another one's to read, though both reach
   * the person. Absent or undefined = nobody whose reach goes by labels.
   */
  contributionLabels?(patientId: string): Promise<readonly string[] | undefined>;
}
