import type { Observation } from 'fhir/r4.js';

/** A blood pressure as an app writes it; different ones differ in value and time. */
export const bloodPressure = (patientId: string, index: number): Observation => ({
  resourceType: 'Observation',
  status: 'final',
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
  subject: { reference: `Patient/${patientId}` },
  effectiveDateTime: new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString(),
  component: [pressure('8480-6', 110 + (index % 60)), pressure('8462-4', 60 + (index % 40))],
});

const pressure = (code: string, value: number): NonNullable<Observation['component']>[number] => ({
  code: { coding: [{ system: 'http://loinc.org', code }] },
  valueQuantity: { value, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
});
