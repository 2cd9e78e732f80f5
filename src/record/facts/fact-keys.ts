import type { CodeableConcept, FhirResource } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import { canonicalJson, mapReferences } from './canonical.js';

/** Blood group codes: a trait for life, one fact of the person (merging.md §4.3). */
export const BLOOD_GROUP_CODES: readonly string[] = ['882-1', '883-9', '10331-7'];

/**
 * The same-event key of a source resource inside its level: `visit` facts are one dossier's own; `person` facts gather members from
 * all visits of a person. Built from content, never from row numbers: STT is renumbered between versions. merging.md §4.2, §4.3
 */
export interface FactKey {
  readonly level: 'visit' | 'person';
  readonly key: string;
}

export function factKeyOf(resource: FhirResource): FactKey {
  switch (resource.resourceType) {
    case 'Encounter':
      return visit('encounter');
    case 'Condition':
      return visit('condition', conceptKey(resource.code), ...(resource.category ?? []).map(conceptKey).sort());
    case 'MedicationRequest':
      return visit(
        'medication-request',
        conceptKey(resource.medicationCodeableConcept),
        (resource.dosageInstruction ?? []).map((dosage) => dosage.text ?? '').join('|'),
        resource.authoredOn ?? '',
      );
    case 'Procedure':
      return visit('procedure', conceptKey(resource.code), resource.performedDateTime ?? resource.performedPeriod?.start ?? '');
    case 'DiagnosticReport':
      return visit('diagnostic-report', conceptKey(resource.code), resource.effectiveDateTime ?? resource.issued ?? '');
    case 'Observation': {
      const codes = (resource.code.coding ?? []).filter(({ system }) => system === SYSTEMS.loinc).map(({ code }) => code ?? '');
      if (codes.some((code) => BLOOD_GROUP_CODES.includes(code))) {
        return { level: 'person', key: JSON.stringify(['blood-group']) };
      }
      return visit('observation', conceptKey(resource.code), resource.effectiveDateTime ?? resource.effectivePeriod?.start ?? '');
    }
    case 'RelatedPerson':
      return visit('related-person', ...(resource.relationship ?? []).map(conceptKey).sort());
    case 'Coverage': {
      const numbers = (resource.identifier ?? []).map(({ value }) => value ?? '').sort();
      return {
        level: 'person',
        key: JSON.stringify(['coverage', numbers, resource.period?.start ?? '', resource.period?.end ?? '']),
      };
    }
    default: {
      const { id: _id, ...content } = resource;
      // Local ids of neighbours are no content: they are given anew with each version.
      return visit('other', canonicalJson(mapReferences(content, (reference) => reference.replace(/\/.*/, ''))));
    }
  }
}

const visit = (...parts: readonly string[]): FactKey => ({ level: 'visit', key: JSON.stringify(parts) });

function conceptKey(concept: CodeableConcept | undefined): string {
  const codings = (concept?.coding ?? []).map(({ system, code }) => `${system ?? ''}|${code ?? ''}`).sort();
  return codings.length > 0 ? codings.join(',') : (concept?.text ?? '');
}
