import type { FhirResource } from 'fhir/r4.js';

/** Type and logical id of a stored resource. */
export interface ResourceKey {
  readonly resourceType: string;
  readonly id: string;
}

/** `fact`: computed from sources, rebuilt at will. `contribution`: written through REST, the writer's own, never recomputed. */
export type ResourceOrigin = 'fact' | 'contribution';

/**
 * One version of a resource. `body` is its FHIR JSON text *without* `meta.versionId` and `meta.lastUpdated`
 * (the codec's `render` puts them in when it leaves the house), absent exactly on a deletion marker.
 */
export interface StoredResource extends ResourceKey {
  readonly origin: ResourceOrigin;
  /** Decimal counter of this resource, from '1'. */
  readonly versionId: string;
  /** ISO instant with milliseconds, UTC; never goes back within a store. */
  readonly lastUpdated: string;
  /** Commit number of this version; grows strictly within a store. */
  readonly commit: number;
  readonly body?: string;
  /** Id of the one current person whose compartment holds the resource; the resource itself for a person's Patient. */
  readonly subject?: string;
  /**
   * Reach and sensitivity labels, `kind/value`: `sender/56901`, `commune/22651`, `identity/<id>`, `visit/<id>`, `restricted/hiv`.
   * Searchable, not content: a change of labels alone makes no new version.
   */
  readonly labels: readonly string[];
  /** What the owner of the row keeps beside the resource (memberships of a fact), as JSON text; not content either. */
  readonly memo?: string;
}

/** What the writer believes the latest version to be. A deletion marker is a version: `absent` = the id was never used. */
export type ExpectedVersion = 'absent' | 'any' | { readonly versionId: string };

/**
 * One change of one resource. Without `resource` it deletes (a marker version stays, `memo` and `labels` are kept from the put).
 * A put whose content (body) equals the current body makes no new version; labels, subject and memo are replaced all the same.
 */
export interface ResourcePut extends ResourceKey {
  readonly origin: ResourceOrigin;
  readonly expected: ExpectedVersion;
  readonly resource?: FhirResource;
  readonly subject?: string;
  readonly labels: readonly string[];
  readonly memo?: string;
}

export type SearchParameterKind =
  'token' | 'string' | 'date' | 'reference' | 'number' | 'quantity' | 'uri' | 'composite' | 'special';

/** Prefixes of ordered parameters: https://hl7.org/fhir/R4/search.html#prefix */
export type SearchPrefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/** One value of a parameter, as asked. `system: ''` asks for a token without system; absent = any system. */
export type SearchValue =
  | { readonly kind: 'token'; readonly system?: string; readonly code?: string }
  | { readonly kind: 'string'; readonly text: string }
  /** Implied range of the value asked for: `[start, end)` in epoch milliseconds. */
  | { readonly kind: 'date'; readonly prefix: SearchPrefix; readonly start: number; readonly end: number }
  | { readonly kind: 'reference'; readonly resourceType?: string; readonly id: string }
  | { readonly kind: 'missing'; readonly missing: boolean };

/** One criterion; its values are alternatives (OR). Several criteria of a query all hold (AND). `param` is the official code, e.g. `birthdate`, or `_id`. */
export interface SearchCriterion {
  readonly param: string;
  readonly kind: SearchParameterKind;
  /** `exact`, `contains`, `not`, `text` … without the colon; `missing` becomes a value of kind missing. */
  readonly modifier?: string;
  readonly values: readonly SearchValue[];
}

/**
 * A search in the words of FHIR, silent about terms and tables: the engine plans it with the injected codec.
 * `anyLabel`, `noLabel` and `subject` are part of the plan on every engine: a page is cut after them, never before.
 */
export interface ResourceQuery {
  /** One type or several; absent = every type (then `subject` or `anyLabel` must be given). */
  readonly resourceTypes?: readonly string[];
  readonly criteria: readonly SearchCriterion[];
  /** Reach: only resources that carry at least one of these labels. Absent = no restriction; empty = nothing. */
  readonly anyLabel?: readonly string[];
  /** A second, independent label condition of the caller's own (e.g. `visit/<id>`). */
  readonly alsoAnyLabel?: readonly string[];
  /** Deny mask: none of these labels; a label that ends with `/` denies every value of its kind (`restricted/`). */
  readonly noLabel?: readonly string[];
  readonly subject?: string;
  readonly origin?: ResourceOrigin;
  /** `newest`: commit number descending, then row. `date-desc`/`date-asc`: the codec's clinical date, undated last. */
  readonly order: 'newest' | 'date-desc' | 'date-asc';
  readonly count: number;
  /** Opaque, from `SearchPage.next` of the same query. @throws PhrError `invalid` when it is not one of ours. */
  readonly cursor?: string;
  /** Count all matches too (bounded by MAX_TOTAL; beyond it `total` is absent). */
  readonly total?: boolean;
  /** Include resources that carry a held label (for rebuild workers only). */
  readonly includeHeld?: boolean;
}

export interface SearchPage {
  readonly items: readonly StoredResource[];
  readonly next?: string;
  readonly total?: number;
}

/** Above this many matches a total is not counted. */
export const MAX_TOTAL = 10_000;

/**
 * Reads of resources. Every engine passes `tests/support/store.contract.ts`. A resource with a held label (see `UnitOfWrite.holds`)
 * reads and searches as if it did not exist, unless `includeHeld`.
 */
export interface ResourceReads {
  /** Latest version, deletion markers included; undefined when the id was never used or is held. */
  resource(key: ResourceKey, options?: { readonly includeHeld?: boolean }): Promise<StoredResource | undefined>;
  resources(keys: readonly ResourceKey[]): Promise<readonly (StoredResource | undefined)[]>;
  /** Undefined too when this version, or the current one, carries a held label; `history` leaves such versions out. */
  version(key: ResourceKey, versionId: string): Promise<StoredResource | undefined>;
  /** Newest first. */
  history(key: ResourceKey, limit: number): Promise<readonly StoredResource[]>;
  search(query: ResourceQuery): Promise<SearchPage>;
  /** Every current (not deleted) resource of `origin`, held ones included, ordered by type and id; for hashes and moves, never to be shown. */
  scanResources(after: ResourceKey | undefined, limit: number, origin?: ResourceOrigin): Promise<readonly StoredResource[]>;
}
