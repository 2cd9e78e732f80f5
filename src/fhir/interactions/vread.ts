import type { ResourceKey } from '../../store/resource-store.js';
import type { FhirAnswer, InteractionRequest, ReadConditions } from './answer.js';
import type { Read } from './read.js';

export type Vread = (
  request: InteractionRequest,
  key: ResourceKey & { readonly versionId: string },
  conditions: ReadConditions,
) => Promise<FhirAnswer>;

/**
 * FHIR vread interaction: https://hl7.org/fhir/R4/http.html#vread
 *
 * Serves the current version, as the paragraph encourages servers without past versions to do; any other version is 404 with an
 * outcome that says so. Past versions stay inside: one written before an unmerge can hold another person's data.
 */
export function makeVread(deps: { readonly read: Read }): Vread {
  return (request, key, conditions) => deps.read(request, key, conditions);
}
