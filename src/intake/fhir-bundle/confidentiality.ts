import { fieldsOf, listOf } from './unchecked.js';

const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const RESTRICTED = new Set<unknown>(['R', 'V']);

/** Does the sender mark it restricted or very restricted: meta.security, or Composition.confidentiality? */
export function isMarkedRestricted(resource: unknown): boolean {
  const { meta, resourceType, confidentiality } = fieldsOf(resource);
  if (resourceType === 'Composition' && RESTRICTED.has(confidentiality)) return true;
  return listOf(fieldsOf(meta)['security'])
    .map(fieldsOf)
    .some(({ system, code }) => system === CONFIDENTIALITY && RESTRICTED.has(code));
}
