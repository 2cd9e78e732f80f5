import type { FhirResource } from 'fhir/r4.js';
import type { SearchCriterion } from '../store/resource-store.js';
import type { Caller } from './access-policy.js';

/**
 * A resource type that is rendered when asked for, not stored: Provenance from memberships (`src/record`), AuditEvent from access lines
 * (`src/access`). Registered with the FHIR router by the composition root; reach is the type's own duty.
 */
export interface VirtualType {
  readonly resourceType: string;
  /** Parameters served; the CapabilityStatement and the strict parameter check take them from here. */
  readonly searchParams: readonly string[];
  /** undefined = unknown or beyond reach. */
  read(caller: Caller, id: string): Promise<FhirResource | undefined>;
  search(
    caller: Caller,
    query: { readonly criteria: readonly SearchCriterion[]; readonly count: number; readonly cursor?: string },
  ): Promise<{ readonly items: readonly FhirResource[]; readonly next?: string; readonly patients: readonly string[] }>;
}
