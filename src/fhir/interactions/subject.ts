import type { FhirResource, Reference } from 'fhir/r4.js';
import { PhrError } from '../../errors.js';
import type { StoredResource } from '../../store/resource-store.js';
import type { Store } from '../../store/store.js';
import type { ReachView } from '../access-policy.js';
import type { PatientResolver } from '../patient-resolver.js';
import { inReach } from './reach.js';

/**
 * The element that says whose record a resource belongs to: the Patient compartment's parameter of the types that are created
 * through REST. https://hl7.org/fhir/R4/compartmentdefinition-patient.html
 */
export const SUBJECT_ELEMENT = {
  AllergyIntolerance: 'patient',
  Condition: 'subject',
  Coverage: 'beneficiary',
  DiagnosticReport: 'subject',
  Encounter: 'subject',
  Immunization: 'patient',
  MedicationRequest: 'subject',
  Observation: 'subject',
  Procedure: 'subject',
  RelatedPerson: 'patient',
} as const satisfies Readonly<Record<string, string>>;

/** Types whose create needs a known subject. */
export type SubjectType = keyof typeof SUBJECT_ELEMENT;
export const SUBJECT_TYPES = Object.keys(SUBJECT_ELEMENT) as readonly SubjectType[];

export interface SubjectDeps {
  readonly store: Pick<Store, 'resource'>;
  readonly patients: Pick<PatientResolver, 'currentPerson'>;
  readonly baseUrl: string;
}

/** The person that a resource was written for. */
export interface KnownSubject {
  readonly element: string;
  readonly person: StoredResource;
}

/** `Patient/<id>`, relative or below our own base; nothing else names a person of this record. */
function patientIdOf(reference: unknown, baseUrl: string): string | undefined {
  if (typeof reference !== 'string') return undefined;
  const relative = reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference;
  return /^Patient\/([A-Za-z0-9\-.]{1,64})$/.exec(relative)?.[1];
}

/**
 * The one current person that `resource` is about, inside the caller's reach.
 *
 * @throws PhrError `invalid` when the subject is missing, is no Patient of this server, is not known or is beyond reach
 *         (unknown and beyond reach read alike)
 */
export async function knownSubject(deps: SubjectDeps, resource: FhirResource, reach: ReachView): Promise<KnownSubject> {
  const element = SUBJECT_ELEMENT[resource.resourceType as SubjectType];
  const expression = `${resource.resourceType}.${element}`;
  const refuse = (code: string, text: string): PhrError =>
    new PhrError('invalid', `${resource.resourceType} has no known subject`, [{ code, expression, text }]);
  const stated = (resource as unknown as Readonly<Record<string, Reference | undefined>>)[element];
  if (stated === undefined) throw refuse('required', 'Says whose record this belongs to: Patient/[id]');
  const id = patientIdOf(stated.reference, deps.baseUrl);
  if (id === undefined) throw refuse('value', 'Must be a reference to a Patient of this server: Patient/[id]');
  const current = await deps.patients.currentPerson(id);
  const person = current === undefined ? undefined : await deps.store.resource({ resourceType: 'Patient', id: current });
  if (person?.body === undefined || !inReach(person, reach)) throw refuse('not-found', 'This Patient is not known');
  return { element, person };
}

/** The resource with its subject pointing to the current person; everything else of the reference stays as written. */
export function withSubject<T extends FhirResource>(resource: T, subject: KnownSubject): T {
  const stated = (resource as unknown as Readonly<Record<string, Reference>>)[subject.element];
  return { ...resource, [subject.element]: { ...stated, reference: `Patient/${subject.person.id}` } };
}
