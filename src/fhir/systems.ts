/** Identifier and code systems in use: reference vn-core §a; VN Core draft canonicals, so they stand here once. */
export const SYSTEMS = {
  nationalId: 'http://fhir.hl7.org.vn/core/sid/cccd',
  oldNationalId: 'http://fhir.hl7.org.vn/core/sid/cmnd',
  passport: 'http://fhir.hl7.org.vn/core/sid/passport',
  insuranceCard: 'http://fhir.hl7.org.vn/core/sid/bhyt',
  /** No NamingSystem was seen for the 10-digit number: ours until there is one. */
  socialInsurance: 'urn:so-suc-khoe:sid:bhxh',
  facility: 'http://fhir.hl7.org.vn/core/sid/ma-cskcb',
  visit: 'http://fhir.hl7.org.vn/core/sid/ma-lk',
  practitionerLicence: 'http://fhir.hl7.org.vn/core/sid/cchn',
  identifierType: 'http://fhir.hl7.org.vn/core/CodeSystem/vn-identifier-type-cs',
  v2IdentifierType: 'http://terminology.hl7.org/CodeSystem/v2-0203',
  icd10: 'http://hl7.org/fhir/sid/icd-10',
  loinc: 'http://loinc.org',
  ucum: 'http://unitsofmeasure.org',
  province: 'urn:so-suc-khoe:cs:province',
  commune: 'urn:so-suc-khoe:cs:commune',
  /** Tags of the check-up form (QĐ 2062) that have no standard code. */
  checkupTag: 'urn:so-suc-khoe:cs:checkup-tag',
  /** Local codes of a facility: laboratory index, service, drug. */
  localService: 'urn:so-suc-khoe:cs:dvkt',
  localDrug: 'urn:so-suc-khoe:cs:thuoc',
  localIndex: 'urn:so-suc-khoe:cs:chi-so',
  /** Fields of the insurance tables that have no standard code (DIEN_BIEN_LS …). */
  insuranceField: 'urn:so-suc-khoe:cs:bhyt-field',
  /** MA_LOAI_KCB, KET_QUA_DTRI, disease codes of traditional medicine: reference vn-core §b, §d. */
  encounterType: 'http://fhir.hl7.org.vn/core/CodeSystem/vn-encounter-type-cs',
  treatmentOutcome: 'http://fhir.hl7.org.vn/core/CodeSystem/vn-treatment-outcome-cs',
  traditionalDisease: 'http://fhir.hl7.org.vn/core/CodeSystem/vn-yhct-disease-cs',
  /** Tags of resources that are not facts: `contribution`, `superseded-contribution` (design.md §5). */
  origin: 'urn:so-suc-khoe:cs:origin',
  conditionRole: 'urn:so-suc-khoe:cs:diagnosis-role',
  observationCategory: 'http://terminology.hl7.org/CodeSystem/observation-category',
  conditionCategory: 'http://terminology.hl7.org/CodeSystem/condition-category',
  conditionVerification: 'http://terminology.hl7.org/CodeSystem/condition-ver-status',
  conditionClinical: 'http://terminology.hl7.org/CodeSystem/condition-clinical',
  actCode: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
} as const;

/** Record number of one facility (MA_BN): equal numbers of two facilities are two things (bhyt-xml.md §5). */
export const recordNumberSystem = (facilityCode: string): string => `urn:so-suc-khoe:sid:mrn:${facilityCode}`;

/** Extensions of VN Core, and ours. */
export const EXTENSIONS = {
  province: 'http://fhir.hl7.org.vn/core/StructureDefinition/vn-ext-province',
  ward: 'http://fhir.hl7.org.vn/core/StructureDefinition/vn-ext-ward',
  ethnicity: 'http://fhir.hl7.org.vn/core/StructureDefinition/vn-ext-ethnicity',
  occupation: 'http://fhir.hl7.org.vn/core/StructureDefinition/vn-ext-occupation',
  insuranceVisitType: 'http://fhir.hl7.org.vn/core/StructureDefinition/vn-ext-insurance-visit-type',
  treatmentOutcome: 'http://fhir.hl7.org.vn/core/StructureDefinition/vn-ext-treatment-outcome',
  primaryCareFacility: 'http://fhir.hl7.org.vn/core/StructureDefinition/vn-ext-primary-care-facility',
  /** R4 core: valueDateTime, time of day of a birth. */
  birthTime: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime',
  /** valueString: what another member of the fact says instead; one extension for each conflicting value. */
  conflict: 'urn:so-suc-khoe:ext:conflict',
  /** valueReference: the fact that a contribution is a member of. */
  fact: 'urn:so-suc-khoe:ext:fact',
  /** valueCode `unconfirmed` | `conflicting`: confidence of a fact below single-source (merging.md §4.4). */
  confidence: 'urn:so-suc-khoe:ext:confidence',
} as const;
