import type { FhirResource } from 'fhir/r4.js';
import type { AccessAgent, AccessLine } from '../store/access-log.js';
import type { SearchCriterion } from '../store/resource-store.js';

/** Roles of the first cut; deny by default. */
export type Role = 'facility' | 'integrator' | 'station' | 'citizen' | 'steward' | 'sender' | 'operator';

/** Who asks, resolved from token or session; frozen for the request. */
export interface Caller {
  readonly agent: AccessAgent;
  readonly role: Role;
  /** SMART scopes, e.g. `system/*.cruds`. */
  readonly scopes: readonly string[];
  readonly facilityCode?: string;
  readonly communeCode?: string;
  /** The citizen's current person; undefined until a source of that person arrived. */
  readonly personId?: string;
  readonly requestId: string;
  readonly network?: string;
  /** v3-ActReason code. */
  readonly purpose: string;
  readonly reason?: string;
}

/** What a caller may see, as nodes of the query plan. */
export interface ReachView {
  /** Labels of which one is needed; undefined = everything. */
  readonly anyLabel?: readonly string[];
  /** Deny mask. */
  readonly noLabel: readonly string[];
  /** Only this person's compartment. */
  readonly subject?: string;
  /** Takes out of a resource in reach what this caller may not see of it (other senders' record numbers). Absent = nothing. */
  readonly redact?: (resource: FhirResource) => FhirResource;
  /**
   * What this caller may search by: the criterion without what `redact` would take out of the hits, so that nobody learns by asking what
   * reading does not show. undefined = nothing of it is left. Absent = every criterion as it is.
   */
  readonly narrow?: (resourceType: string, criterion: SearchCriterion) => SearchCriterion | undefined;
  /** False = `redact` surely takes nothing out of this stored body, so it need not be parsed. Absent = unknown. */
  readonly mayRedact?: (body: string) => boolean;
}

/** The port of `fhir` that `src/access` implements. */
export interface AccessPolicy {
  /** @throws PhrError `forbidden` when scope or role does not allow the interaction on the type. */
  authorize(caller: Caller, interaction: string, resourceType: string): void;
  reach(caller: Caller): ReachView;
  /** Labels that a resource written by this caller carries (`sender/56901`, `writer/<client>`). */
  writeLabels(caller: Caller): readonly string[];
  /** The access line of what is about to be answered or written. One line or several (bounds of `AccessLine`). */
  lines(
    caller: Caller,
    access: Pick<AccessLine, 'action' | 'interaction' | 'outcome'> & {
      readonly patients: readonly string[];
      readonly what: readonly string[];
    },
  ): readonly AccessLine[];
}
