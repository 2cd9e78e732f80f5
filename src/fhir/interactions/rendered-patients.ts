import type { FhirResource } from 'fhir/r4.js';

/** Persons named by a rendered resource (Provenance.target, AuditEvent.entity.what). */
export function patientsOfRendered(resource: FhirResource): readonly string[] {
  const references =
    resource.resourceType === 'Provenance'
      ? resource.target
      : resource.resourceType === 'AuditEvent'
        ? (resource.entity ?? []).map((entity) => entity.what)
        : [];
  const ids = references.map((reference) => /^Patient\/([^/]+)$/.exec(reference?.reference ?? '')?.[1]);
  return [...new Set(ids.filter((id) => id !== undefined))];
}
