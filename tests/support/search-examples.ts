import type { FhirResource } from 'fhir/r4.js';
import { decimal } from '../../src/fhir/decimal.js';
import { SYSTEMS } from '../../src/fhir/systems.js';

/** One resource of a type, valid and with every searched element, and for each parameter a value by which it must be found. */
export interface Example {
  readonly resource: FhirResource;
  readonly finds: Readonly<Record<string, string>>;
  /** A value of each parameter by which it must not be found. */
  readonly misses: Readonly<Record<string, string>>;
}

const SYSTEM = 'urn:example:id';
const nga = { reference: 'Patient/nga' };
const visit = { reference: 'Encounter/encounter-1' };
const identifier = (value: string) => [{ system: SYSTEM, value }];
const shared = (type: string) => ({ _id: `${type.toLowerCase()}-1`, identifier: `${SYSTEM}|${type}-1` });
const others = {
  _id: 'other',
  identifier: `${SYSTEM}|other`,
  patient: 'other',
  subject: 'Patient/other',
  encounter: 'Encounter/other',
};
const active = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
};

/** A person and one resource of every type of their record. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  Patient: {
    resource: {
      resourceType: 'Patient',
      id: 'nga',
      identifier: [{ system: SYSTEMS.nationalId, value: '042184000001' }],
      name: [{ text: 'Nguyễn Thị Nga', family: 'Nguyễn', given: ['Thị', 'Nga'] }],
      gender: 'female',
      birthDate: '1984-05-02',
    },
    finds: {
      _id: 'nga',
      identifier: `${SYSTEMS.nationalId}|042184000001`,
      name: 'nguyen',
      family: 'Nguyễn',
      given: 'nga',
      birthdate: '1984',
      gender: 'female',
    },
    misses: {
      _id: 'other',
      identifier: `${SYSTEMS.oldNationalId}|042184000001`,
      name: 'tran',
      family: 'Trần',
      given: 'hoa',
      birthdate: '1985',
      gender: 'male',
    },
  },
  RelatedPerson: {
    resource: {
      resourceType: 'RelatedPerson',
      id: 'relatedperson-1',
      identifier: identifier('RelatedPerson-1'),
      patient: nga,
      name: [{ text: 'Trần Văn Bình' }],
    },
    finds: { ...shared('RelatedPerson'), patient: 'Patient/nga' },
    misses: others,
  },
  Coverage: {
    resource: {
      resourceType: 'Coverage',
      id: 'coverage-1',
      identifier: identifier('Coverage-1'),
      status: 'active',
      beneficiary: nga,
      payor: [{ display: 'BHXH' }],
      period: { start: '2025-01-01' },
    },
    finds: { ...shared('Coverage'), patient: 'nga', beneficiary: 'Patient/nga' },
    misses: { ...others, beneficiary: 'Patient/other' },
  },
  Encounter: {
    resource: {
      resourceType: 'Encounter',
      id: 'encounter-1',
      identifier: identifier('Encounter-1'),
      status: 'finished',
      class: { system: SYSTEMS.actCode, code: 'AMB' },
      subject: nga,
      period: { start: '2025-03-10T08:00:00+07:00', end: '2025-03-10T09:00:00+07:00' },
    },
    finds: {
      ...shared('Encounter'),
      patient: 'nga',
      subject: 'Patient/nga',
      date: '2025-03-10',
      status: 'finished',
      class: 'AMB',
    },
    misses: { ...others, date: '2025-03-11', status: 'planned', class: 'IMP' },
  },
  Condition: {
    resource: {
      resourceType: 'Condition',
      id: 'condition-1',
      identifier: identifier('Condition-1'),
      clinicalStatus: active,
      category: [{ coding: [{ system: SYSTEMS.conditionCategory, code: 'encounter-diagnosis' }] }],
      code: { coding: [{ system: SYSTEMS.icd10, code: 'I10', display: 'Tăng huyết áp' }] },
      subject: nga,
      encounter: visit,
      onsetDateTime: '2024-02',
      recordedDate: '2025-03-10',
    },
    finds: {
      ...shared('Condition'),
      patient: 'nga',
      subject: 'nga',
      code: `${SYSTEMS.icd10}|I10`,
      'onset-date': '2024',
      'recorded-date': 'ge2025-03-10',
      encounter: 'Encounter/encounter-1',
      category: 'encounter-diagnosis',
      'clinical-status': 'active',
    },
    misses: {
      ...others,
      code: `${SYSTEMS.icd10}|I11`,
      'onset-date': '2025',
      'recorded-date': 'gt2025-03-10',
      category: 'problem-list-item',
      'clinical-status': 'resolved',
    },
  },
  MedicationRequest: {
    resource: {
      resourceType: 'MedicationRequest',
      id: 'medicationrequest-1',
      identifier: identifier('MedicationRequest-1'),
      status: 'active',
      intent: 'order',
      medicationCodeableConcept: { coding: [{ system: SYSTEMS.localDrug, code: '40.30.501' }], text: 'Amlodipin 5 mg' },
      subject: nga,
      encounter: visit,
      authoredOn: '2025-03-10T08:30:00+07:00',
    },
    finds: {
      ...shared('MedicationRequest'),
      patient: 'nga',
      subject: 'nga',
      code: '40.30.501',
      authoredon: '2025-03',
      encounter: 'encounter-1',
      status: 'active',
    },
    misses: { ...others, code: '40.30.502', authoredon: '2025-04', status: 'stopped' },
  },
  Procedure: {
    resource: {
      resourceType: 'Procedure',
      id: 'procedure-1',
      identifier: identifier('Procedure-1'),
      status: 'completed',
      code: { coding: [{ system: SYSTEMS.localService, code: '02.0085.1778' }] },
      subject: nga,
      encounter: visit,
      performedDateTime: '2025-03-10T08:40:00+07:00',
    },
    finds: {
      ...shared('Procedure'),
      patient: 'nga',
      subject: 'nga',
      code: '02.0085.1778',
      date: '2025-03-10',
      encounter: 'encounter-1',
    },
    misses: { ...others, code: '02.0085', date: 'lt2025-03-10' },
  },
  DiagnosticReport: {
    resource: {
      resourceType: 'DiagnosticReport',
      id: 'diagnosticreport-1',
      identifier: identifier('DiagnosticReport-1'),
      status: 'final',
      code: { coding: [{ system: SYSTEMS.localService, code: '23.0041' }] },
      subject: nga,
      encounter: visit,
      effectiveDateTime: '2025-03-10',
    },
    finds: {
      ...shared('DiagnosticReport'),
      patient: 'nga',
      subject: 'nga',
      code: '23.0041',
      date: 'le2025',
      encounter: 'encounter-1',
    },
    misses: { ...others, code: '23.0042', date: 'eb2025' },
  },
  Observation: {
    resource: {
      resourceType: 'Observation',
      id: 'observation-1',
      identifier: identifier('Observation-1'),
      status: 'final',
      category: [{ coding: [{ system: SYSTEMS.observationCategory, code: 'vital-signs' }] }],
      code: { coding: [{ system: SYSTEMS.loinc, code: '29463-7', display: 'Body weight' }] },
      subject: nga,
      encounter: visit,
      effectiveDateTime: '2025-03-10T08:05:00+07:00',
      valueQuantity: { value: decimal('58.50'), unit: 'kg', system: SYSTEMS.ucum, code: 'kg' },
    },
    finds: {
      ...shared('Observation'),
      patient: 'nga',
      subject: 'Patient/nga',
      code: `${SYSTEMS.loinc}|29463-7`,
      date: '2025-03-10',
      category: 'vital-signs',
      encounter: 'Encounter/encounter-1',
      status: 'final',
    },
    misses: { ...others, code: '8302-2', date: 'sa2025-03-10', category: 'laboratory', status: 'preliminary' },
  },
  Immunization: {
    resource: {
      resourceType: 'Immunization',
      id: 'immunization-1',
      identifier: identifier('Immunization-1'),
      status: 'completed',
      vaccineCode: { coding: [{ system: 'http://hl7.org/fhir/sid/cvx', code: '03' }], text: 'MMR' },
      patient: nga,
      occurrenceDateTime: '2024-11-05',
    },
    finds: { ...shared('Immunization'), patient: 'nga', 'vaccine-code': 'http://hl7.org/fhir/sid/cvx|03', date: '2024-11-05' },
    misses: { ...others, 'vaccine-code': '05', date: '2024-11-06' },
  },
  AllergyIntolerance: {
    resource: {
      resourceType: 'AllergyIntolerance',
      id: 'allergyintolerance-1',
      identifier: identifier('AllergyIntolerance-1'),
      clinicalStatus: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
      },
      code: { coding: [{ system: 'urn:example:drug', code: 'penicillin' }], text: 'Penicillin' },
      patient: nga,
      recordedDate: '2025-03-10',
    },
    finds: {
      ...shared('AllergyIntolerance'),
      patient: 'nga',
      code: 'penicillin',
      date: '2025-03-10',
      'clinical-status': 'active',
    },
    misses: { ...others, code: 'aspirin', date: '2024', 'clinical-status': 'resolved' },
  },
};

/** The example without what the server assigns. */
export function asWritten(resourceType: string): FhirResource {
  const { id: _id, ...written } = EXAMPLES[resourceType]?.resource ?? { resourceType };
  return written as FhirResource;
}
