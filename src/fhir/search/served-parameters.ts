/**
 * Which parameters of the official registry are served, by type. A new line here is all that a parameter of kind token, string, date,
 * reference or uri needs (stored resources are indexed again by the rebuild). `_id` is served for every type listed.
 */
export const SERVED_PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  Patient: ['_id', 'identifier', 'name', 'family', 'given', 'birthdate', 'gender'],
  RelatedPerson: ['_id', 'identifier', 'patient'],
  Coverage: ['_id', 'identifier', 'patient', 'beneficiary'],
  Encounter: ['_id', 'identifier', 'patient', 'subject', 'date', 'status', 'class'],
  Condition: [
    '_id',
    'identifier',
    'patient',
    'subject',
    'code',
    'onset-date',
    'recorded-date',
    'encounter',
    'category',
    'clinical-status',
  ],
  MedicationRequest: ['_id', 'identifier', 'patient', 'subject', 'code', 'authoredon', 'encounter', 'status'],
  Procedure: ['_id', 'identifier', 'patient', 'subject', 'code', 'date', 'encounter'],
  DiagnosticReport: ['_id', 'identifier', 'patient', 'subject', 'code', 'date', 'encounter'],
  Observation: ['_id', 'identifier', 'patient', 'subject', 'code', 'date', 'category', 'encounter', 'status'],
  Immunization: ['_id', 'identifier', 'patient', 'vaccine-code', 'date'],
  AllergyIntolerance: ['_id', 'identifier', 'patient', 'code', 'date', 'clinical-status'],
};

/** The clinical date of a type: the first of these expressions that yields a date. Pages "newest first" are ordered by it. */
export const CLINICAL_DATES: Readonly<Record<string, readonly string[]>> = {
  Coverage: ['Coverage.period'],
  Encounter: ['Encounter.period'],
  Condition: ['Condition.onset', 'Condition.recordedDate'],
  MedicationRequest: ['MedicationRequest.authoredOn'],
  Procedure: ['Procedure.performed'],
  DiagnosticReport: ['DiagnosticReport.effective', 'DiagnosticReport.issued'],
  Observation: ['Observation.effective', 'Observation.issued'],
  Immunization: ['Immunization.occurrence', 'Immunization.recorded'],
  AllergyIntolerance: ['AllergyIntolerance.onset', 'AllergyIntolerance.recordedDate', 'AllergyIntolerance.lastOccurrence'],
  Provenance: ['Provenance.occurred', 'Provenance.recorded'],
  AuditEvent: ['AuditEvent.recorded'],
};

/** The date parameter whose order is that of CLINICAL_DATES: what `_sort` may name. */
export const SORT_DATES: Readonly<Record<string, string>> = {
  Encounter: 'date',
  MedicationRequest: 'authoredon',
  Procedure: 'date',
  DiagnosticReport: 'date',
  Observation: 'date',
  Immunization: 'date',
};
