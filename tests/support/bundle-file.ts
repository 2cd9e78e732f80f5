import type { Bundle, BundleEntry, FhirResource } from 'fhir/r4.js';
import { PERSON } from './one-person.js';

export const CCCD = 'http://fhir.hl7.org.vn/core/sid/cccd';
export const FACILITY = 'http://fhir.hl7.org.vn/core/sid/ma-cskcb';
const NAMES = {
  patient: 'urn:uuid:0f5b1c1e-0000-4000-8000-000000000001',
  encounter: 'urn:uuid:0f5b1c1e-0000-4000-8000-000000000002',
};

export const PATIENT_URL = NAMES.patient;
export const ENCOUNTER_URL = NAMES.encounter;
const subject = { reference: NAMES.patient };
const encounter = { reference: NAMES.encounter };

/** The invented person of the sample files, as a clinic's software states her. */
export const aPatient = (change: Partial<FhirResource> = {}): FhirResource =>
  ({
    resourceType: 'Patient',
    identifier: [
      { system: CCCD, value: PERSON.nationalId },
      {
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
        system: 'urn:clinic',
        value: 'BN-77',
      },
    ],
    name: [{ text: PERSON.name }],
    gender: 'female',
    birthDate: '1958-03-12',
    ...change,
  }) as FhirResource;

export const anEncounter = (change: Record<string, unknown> = {}): FhirResource =>
  ({
    resourceType: 'Encounter',
    identifier: [{ system: 'urn:clinic:visit', value: 'V-1' }],
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject,
    period: { start: '2026-10-01T08:00:00+07:00' },
    serviceProvider: { identifier: { system: FACILITY, value: '56902' } },
    ...change,
  }) as FhirResource;

export const anObservation = (value: number, change: Record<string, unknown> = {}): FhirResource =>
  ({
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }], text: 'Cân nặng' },
    subject,
    encounter,
    effectiveDateTime: '2026-10-01T08:10:00+07:00',
    valueQuantity: { value, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
    ...change,
  }) as FhirResource;

export const aCondition = (change: Record<string, unknown> = {}): FhirResource =>
  ({
    resourceType: 'Condition',
    code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'E11' }], text: 'Đái tháo đường típ 2' },
    subject,
    encounter,
    recordedDate: '2026-10-01',
    ...change,
  }) as FhirResource;

export const anEntry = (resource: FhirResource, change: Partial<BundleEntry> = {}): BundleEntry => ({
  ...(resource.resourceType === 'Patient' ? { fullUrl: PATIENT_URL } : {}),
  ...(resource.resourceType === 'Encounter' ? { fullUrl: ENCOUNTER_URL } : {}),
  resource,
  ...change,
});

export const aBundle = (entries: readonly BundleEntry[], change: Partial<Bundle> = {}): Bundle => ({
  resourceType: 'Bundle',
  type: 'collection',
  identifier: { system: 'urn:clinic', value: 'B-1' },
  timestamp: '2026-10-01T09:00:00+07:00',
  entry: [...entries],
  ...change,
});

/** A visit at the clinic: weight and a diagnosis. */
export const bundleOf = (change: Partial<Bundle> = {}, weight = 61.5): Bundle =>
  aBundle(
    [aPatient(), anEncounter(), anObservation(weight), aCondition()].map((resource) => anEntry(resource)),
    change,
  );

export const bytesOf = (bundle: unknown): Buffer => Buffer.from(JSON.stringify(bundle));
