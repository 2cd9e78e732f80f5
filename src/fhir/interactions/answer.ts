import type { Caller } from '../access-policy.js';

export type Parameter = readonly [name: string, value: string];

/** What an interaction is asked, beyond its key and body: free of HTTP machinery, so that a batch can run the same functions. */
export interface InteractionRequest {
  readonly caller: Caller;
  /** Parameters of the query string (and of a form body), decoded, in order; `_format` and `_pretty` are taken out before. */
  readonly parameters: readonly Parameter[];
  /** `Prefer: handling=lenient`: what is not understood is left out with a warning instead of refused. */
  readonly lenient: boolean;
}

/** What an interaction answers: the fields of `Bundle.entry.response`, and the FHIR JSON text of the body. */
export interface FhirAnswer {
  readonly status: number;
  /** FHIR JSON; absent = no body. */
  readonly body?: string;
  /** Version id of the resource in the body, for `ETag: W/"…"`. */
  readonly versionId?: string;
  /** ISO instant, for `Last-Modified`. */
  readonly lastUpdated?: string;
  /** Absolute URL of what was created. */
  readonly location?: string;
}

/** Conditions of a conditional read: https://hl7.org/fhir/R4/http.html#cread */
export interface ReadConditions {
  /** `If-None-Match`, as sent. */
  readonly noneMatch?: string;
  /** `If-Modified-Since`, as sent. */
  readonly modifiedSince?: string;
}
