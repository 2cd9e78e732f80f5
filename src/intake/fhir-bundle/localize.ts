import type { CodeableConcept, FhirResource, Reference } from 'fhir/r4.js';
import { PATIENT_SLOT } from '../bhyt-xml/visit-facts.js';
import { statedOf, type BundleVisit, type SealedEntry } from './cut-bundle.js';
import { withReferences } from './references.js';
import { fieldsOf, listOf, textOf } from './unchecked.js';

export interface Localized {
  readonly resource: FhirResource;
  /** References that led out of the Bundle. */
  readonly outside: number;
}

/** How references that the record can't follow are written. */
export interface Left {
  /** Rows that become resources of the record; what refers to another row keeps its identifier and name only. */
  readonly kept: (row: number) => boolean;
  /** A reference out of the Bundle with nothing beside it keeps its type, where an element must not be empty. */
  readonly keepsType: boolean;
}

/** The entries of one visit under their local ids: `patient`, `encounter`, `e1` … in the order in which they were sealed. */
export function makeLocalizer(visit: BundleVisit): (entry: SealedEntry, left: Left) => Localized {
  const local = new Map<number, { readonly id: string; readonly resource: FhirResource }>();
  const { encounter } = visit;
  local.set(visit.patient.row, { id: PATIENT_SLOT, resource: visit.patient.resource });
  if (encounter !== undefined) local.set(encounter.row, { id: 'encounter', resource: encounter.resource });
  visit.entries.forEach(({ row, resource }, index) => local.set(row, { id: `e${index + 1}`, resource }));

  return (entry, { kept, keepsType }) => {
    let outside = 0;
    const { meta: _meta, ...content } = withMedication(entry.resource, visit);
    const resource = withReferences({ ...content, id: local.get(entry.row)?.id ?? '' } as FhirResource, (literal, rest) => {
      const link = visit.links[literal];
      if (link !== undefined && 'stated' in link) return { ...link.stated, ...rest };
      const target = link !== undefined && 'row' in link ? local.get(link.row) : undefined;
      if (link !== undefined && 'row' in link && target !== undefined) {
        if (!kept(link.row)) return { ...statedOf(target.resource), ...rest };
        return { ...rest, reference: `${target.resource.resourceType}/${target.id}` };
      }
      outside += 1;
      if (Object.keys(rest).length > 0) return rest;
      const type = /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+$/.exec(literal)?.[1];
      return keepsType && type !== undefined ? ({ type } satisfies Reference) : undefined;
    });
    return { resource, outside };
  };
}

/** A drug that stands in a Medication of its own (in the Bundle or contained) is said by its code, which is what the record reads and withholds by. */
function withMedication(resource: FhirResource, visit: BundleVisit): FhirResource {
  if (resource.resourceType !== 'MedicationRequest') return resource;
  const { medicationReference, contained, ...content } = resource as unknown as Readonly<Record<string, unknown>>;
  const literal = textOf(fieldsOf(medicationReference)['reference']);
  if (literal === undefined) return resource;
  const link = visit.links[literal];
  const within = listOf(contained).find((one) => `#${String(fieldsOf(one)['id'])}` === literal);
  const stated = link !== undefined && 'stated' in link ? link.concept : undefined;
  const concept = literal.startsWith('#') ? fieldsOf(fieldsOf(within)['code']) : stated;
  if (concept === undefined || Object.keys(concept).length === 0) return resource;
  // What is contained must be referred to (dom-3): a Medication that nothing else names leaves.
  const others = listOf(contained).filter(
    (one) => one !== within || JSON.stringify([content, contained]).includes(`"${literal}"`),
  );
  return {
    ...content,
    ...(contained === undefined || others.length === 0 ? {} : { contained: others }),
    medicationCodeableConcept: concept as CodeableConcept,
  } as unknown as FhirResource;
}
