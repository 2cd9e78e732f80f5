import type { FhirResource } from 'fhir/r4.js';
import type { ResourceKey } from '../store/resource-store.js';

/** A source resource as its source states it, with what decides who may read it. */
export interface Contribution {
  /** Marked as a contribution (`meta.tag`) and pointing to its fact. */
  readonly resource: FhirResource;
  readonly labels: readonly string[];
  /** The one current person; absent while nobody is linked. */
  readonly subject?: string;
}

/**
 * Source resources stay readable under their own id (design.md §5); Provenance points to them. Implemented by `src/record`.
 * Patients are the resolver's.
 */
export interface Contributions {
  /** undefined = no source resource has this id, or its source was erased. */
  contribution(key: ResourceKey): Promise<Contribution | undefined>;
}
