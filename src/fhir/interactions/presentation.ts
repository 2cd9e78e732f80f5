import type { FhirResource } from 'fhir/r4.js';
import { stringifyJson } from '../decimal.js';
import type { ResourceCodec } from '../../store/indexing.js';
import type { StoredResource } from '../../store/resource-store.js';
import type { ReachView } from '../access-policy.js';

/** Puts `meta.versionId` and `meta.lastUpdated` into a stored body: text in, text out. */
export type RenderStored = (stored: StoredResource) => string;

/**
 * The text of a stored resource as this caller may see it. Without redaction, or where it would take nothing out, the stored text leaves as it is, never parsed;
 * with it the resource is parsed, redacted and printed again, decimals keeping their digits.
 *
 * @param stored must have a body (not a deletion marker)
 */
export function presentationOf(
  stored: StoredResource,
  reach: Pick<ReachView, 'redact' | 'mayRedact'>,
  deps: { readonly codec: Pick<ResourceCodec, 'parse' | 'serialize'>; readonly render: RenderStored },
): string {
  if (reach.redact === undefined || stored.body === undefined || reach.mayRedact?.(stored.body) === false)
    return deps.render(stored);
  return deps.render({ ...stored, body: deps.codec.serialize(reach.redact(deps.codec.parse(stored.body))) });
}

/** The text of a resource that is rendered, not stored (a former Patient, Provenance, AuditEvent): its meta is its own. */
export const presentationOfRendered = (resource: FhirResource, reach: Pick<ReachView, 'redact'>): string =>
  stringifyJson(reach.redact === undefined ? resource : reach.redact(resource));
