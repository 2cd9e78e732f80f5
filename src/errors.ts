/**
 * The closed list of ways in which a request can fail and be explained.
 * `src/fhir/outcome.ts` gives every one its HTTP status and FHIR issue code.
 */
export type ErrorCategory =
  | 'malformed'
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'gone'
  | 'conflict'
  | 'precondition-failed'
  | 'unsupported'
  | 'too-costly'
  | 'method'
  | 'format'
  | 'too-large'
  | 'media-type'
  | 'throttled'
  | 'unavailable';

/** One finding. `code` is a FHIR issue-type code, `expression` a FHIRPath; `text` names rules and positions, never a person's data. */
export interface ErrorIssue {
  readonly severity?: 'error' | 'warning' | 'information';
  readonly code?: string;
  readonly expression?: string;
  readonly text: string;
}

/**
 * An expected, explained failure. Anything else that is thrown is a bug: it is logged with its stack and answered 500.
 * The message and the issues reach the client, so they hold no personal data.
 */
export class PhrError extends Error {
  override readonly name = 'PhrError';

  constructor(
    readonly category: ErrorCategory,
    message: string,
    readonly issues: readonly ErrorIssue[] = [],
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** True for a PhrError of `category`; narrows. */
export function isPhrError(error: unknown, category?: ErrorCategory): error is PhrError {
  return error instanceof PhrError && (category === undefined || error.category === category);
}
