import type { FhirResource } from 'fhir/r4.js';
import type { ResourceCodec } from '../../store/indexing.js';
import type { StoredResource } from '../../store/resource-store.js';
import { parseJson, stringifyJson } from '../decimal.js';
import { matches } from './match.js';
import { plan } from './plan.js';
import { termsOf } from './terms.js';

const head = (resourceType: string, id: string): string => `{"resourceType":"${resourceType}","id":"${id}","meta":{`;

/**
 * FHIR JSON as it is stored: resourceType, id and meta first, meta (perhaps empty) without versionId and lastUpdated, decimals with their digits.
 * @throws Error when the resource has no id (a caller's bug: ids are given before storing)
 */
export function serializeResource(resource: FhirResource): string {
  const { resourceType, id, meta, ...rest } = resource;
  if (id === undefined) throw new Error('a resource is stored under an id');
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = meta ?? {};
  const metaText = stringifyJson(kept).slice(1);
  const restText = stringifyJson(rest);
  return `${head(resourceType, id)}${metaText}${restText === '{}' ? '}' : `,${restText.slice(1)}`}`;
}

/** The resource of a stored body; an empty meta is left out, as JSON of FHIR has no empty objects. */
export function parseStored(body: string): FhirResource {
  const resource = parseJson(body) as FhirResource;
  if (resource.meta !== undefined && Object.keys(resource.meta).length === 0) delete resource.meta;
  return resource;
}

/**
 * The JSON text that leaves the house: the stored body with versionId and lastUpdated put into its meta, nothing parsed.
 * @throws Error when the version has no body (a deletion marker) or one that `serializeResource` did not write (a bug)
 */
export function renderStored(stored: StoredResource): string {
  const start = head(stored.resourceType, stored.id);
  if (stored.body?.startsWith(start) !== true) throw new Error('not a stored body');
  const version = `"versionId":"${stored.versionId}","lastUpdated":"${stored.lastUpdated}"`;
  const rest = stored.body.slice(start.length);
  return `${start}${version}${rest.startsWith('}') ? '' : ','}${rest}`;
}

/** What an engine needs to know about FHIR. Stateless; one for the process. */
export function makeResourceCodec(): ResourceCodec {
  return { serialize: serializeResource, parse: parseStored, terms: termsOf, plan, matches };
}
