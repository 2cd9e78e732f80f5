import type { FhirResource, Meta } from 'fhir/r4.js';
import type { SourceResource } from '../../intake/parsed-visit.js';
import { canonicalJson, mapReferences } from './canonical.js';
import { factKeyOf, type FactKey } from './fact-keys.js';

/** A source resource with its same-event key, ordinal included, so that two equal lines of one visit stay two. */
export interface KeyedSource extends FactKey {
  readonly localId: string;
  readonly source: SourceResource;
}

/**
 * Keys of all resources of one subject of one visit. Lines with the same key (same code and time, different value: a repeat test or a
 * correction) are told apart by their order of content, so that a correction keeps the fact's id. merging.md §4.3: keep both
 */
export function keyedSources(slot: string, resources: readonly SourceResource[]): readonly KeyedSource[] {
  const byKey = new Map<string, KeyedSource[]>();
  for (const source of resources) {
    const { level, key } = factKeyOf(source.resource);
    const base = level === 'visit' ? `${slot}|${key}` : key;
    byKey.set(base, [...(byKey.get(base) ?? []), { level, key: base, localId: source.resource.id ?? '', source }]);
  }
  return [...byKey.values()].flatMap((group) => {
    if (group[0]?.level === 'person') return group;
    return [...group]
      .sort((a, b) => order(contentOf(a.source.resource), contentOf(b.source.resource)))
      .map((keyed, index) => ({ ...keyed, key: `${keyed.key}#${String(index + 1)}` }));
  });
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Content without what row numbers leak into: the id and references to neighbours. */
const contentOf = (resource: FhirResource): string => {
  const { id: _id, ...content } = resource;
  return canonicalJson(mapReferences(content, (reference) => reference.replace(/\/.*/, '')));
};

/** Security label of content that is never shown by default: https://hl7.org/fhir/R4/security-labels.html */
const RESTRICTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R', display: 'restricted' };

/**
 * The resource that people read: the source's content under the fact's id, references pointing to facts and to the current person.
 *
 * @param references local `Type/id` of the visit -> what it is in the record
 */
export function factResource(
  source: SourceResource,
  factId: string,
  references: ReadonlyMap<string, string>,
  dossierId: string,
): FhirResource {
  const meta: Meta = {
    source: `urn:so-suc-khoe:dossier:${dossierId}`,
    ...(source.restricted === undefined ? {} : { security: [RESTRICTED] }),
  };
  const mapped = mapReferences(source.resource, (reference) => references.get(reference) ?? reference);
  return { ...mapped, id: factId, meta };
}
