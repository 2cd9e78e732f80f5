import { stringifyJson } from '../../fhir/decimal.js';
import type { IntakeProblem, ParsedVisit } from '../../intake/parsed-visit.js';

/** Characters of JSON of one resource of a visit: far below what the store takes of one (8 MiB), which no rebuild may meet. */
export const MAX_SOURCE_RESOURCE_LENGTH = 1024 * 1024;
/** Characters of JSON of one visit's Patient: a person's Patient gathers those of all its identity records. */
export const MAX_SOURCE_PATIENT_LENGTH = 16 * 1024;

/**
 * The error of a visit that would make a resource which the record can't hold; undefined when there is none. Such a visit is refused where it
 * is read: in the record it would fail every rebuild of its person.
 */
export function oversizeOf(visit: ParsedVisit): IntakeProblem | undefined {
  for (const { patient, resources } of visit.subjects) {
    const tooLong =
      lengthOf(patient.resource) > MAX_SOURCE_PATIENT_LENGTH
        ? patient
        : resources.find(({ resource }) => lengthOf(resource) > MAX_SOURCE_RESOURCE_LENGTH);
    if (tooLong === undefined) continue;
    const [place] = tooLong.trace;
    return {
      severity: 'error',
      code: 'too-large',
      ...(place === undefined ? {} : { table: place.table, row: place.row, field: place.field }),
      message: `Hồ sơ thứ ${String(visit.position)}: nội dung của một mục (${tooLong.resource.resourceType}) quá dài, không đưa vào hồ sơ được`,
    };
  }
  return undefined;
}

const lengthOf = (resource: object): number => stringifyJson(resource).length;
