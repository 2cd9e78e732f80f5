import type { FhirResource } from 'fhir/r4.js';
import type { ResourceQuery } from './resource-store.js';

/**
 * Index terms of one resource, derived purely from (search-parameter registry, resource); still readable text, the engine hashes
 * equality terms with its secret key. `src/fhir/search/terms.ts` makes them.
 */
export interface IndexTerms {
  /** Equality terms: `type|param|value` in the spelling of `src/fhir/search/terms.ts`; the same spelling stands in `TermExpression`. */
  readonly equal: readonly string[];
  /** Folded strings for prefix search; `param` = `type|code`. */
  readonly strings: readonly { readonly param: string; readonly value: string }[];
  /** Ranges `[start, end)` in epoch milliseconds; `param` = `type|code`. */
  readonly ranges: readonly { readonly param: string; readonly start: number; readonly end: number }[];
  /** The clinical date by which pages are ordered, epoch milliseconds; absent = undated. */
  readonly date?: number;
}

/** What a query asks of the terms. Text, not yet hashed. */
export type TermExpression =
  | { readonly op: 'all'; readonly of: readonly TermExpression[] }
  | { readonly op: 'any'; readonly of: readonly TermExpression[] }
  | { readonly op: 'not'; readonly of: TermExpression }
  | { readonly op: 'equal'; readonly term: string }
  | { readonly op: 'prefix'; readonly param: string; readonly value: string }
  /** A stored range of `param` with start/end in the bounds: each bound is inclusive for `Min`, exclusive for `Max`. */
  | {
      readonly op: 'range';
      readonly param: string;
      readonly startMin?: number;
      readonly startMax?: number;
      readonly endMin?: number;
      readonly endMax?: number;
    }
  | { readonly op: 'id'; readonly ids: readonly string[] }
  | { readonly op: 'everything' }
  | { readonly op: 'nothing' };

/**
 * What an engine needs to know about FHIR, injected by the composition root: engines import no FHIR code.
 * `serialize` keeps the digits of decimals and writes `{"resourceType":…,"id":…,"meta":{…}` first, without versionId and lastUpdated.
 */
export interface ResourceCodec {
  serialize(resource: FhirResource): string;
  parse(body: string): FhirResource;
  terms(resource: FhirResource): IndexTerms;
  /** The criteria of `query` (not its labels, subject, order) as terms. @throws PhrError `unsupported` for a criterion it can't plan. */
  plan(query: Pick<ResourceQuery, 'resourceTypes' | 'criteria'>): TermExpression;
  /** Does the resource really match? Equality terms are 64-bit hashes: a fetched page is checked again against the values. */
  matches(resource: FhirResource, query: Pick<ResourceQuery, 'resourceTypes' | 'criteria'>): boolean;
}
