import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js';
import type { ErrorCategory, ErrorIssue, PhrError } from '../errors.js';

/** Codes of http://hl7.org/fhir/ValueSet/issue-type (R4) that an answer of this server may carry. */
const ISSUE_CODES = [
  'invalid',
  'structure',
  'required',
  'value',
  'invariant',
  'security',
  'login',
  'unknown',
  'expired',
  'forbidden',
  'suppressed',
  'processing',
  'not-supported',
  'duplicate',
  'multiple-matches',
  'not-found',
  'deleted',
  'too-long',
  'code-invalid',
  'extension',
  'too-costly',
  'business-rule',
  'conflict',
  'transient',
  'lock-error',
  'no-store',
  'exception',
  'timeout',
  'incomplete',
  'throttled',
  'informational',
] as const satisfies readonly OperationOutcomeIssue['code'][];

export type IssueCode = (typeof ISSUE_CODES)[number];

/**
 * HTTP status and issue code of every category. `Record` makes the compiler ask for the row of a new one.
 * https://hl7.org/fhir/R4/http.html#Status-Codes, https://hl7.org/fhir/R4/valueset-issue-type.html
 */
const BY_CATEGORY: Record<ErrorCategory, readonly [status: number, code: IssueCode]> = {
  malformed: [400, 'structure'],
  invalid: [422, 'invalid'],
  unauthenticated: [401, 'login'],
  forbidden: [403, 'forbidden'],
  'not-found': [404, 'not-found'],
  gone: [410, 'deleted'],
  conflict: [409, 'conflict'],
  'precondition-failed': [412, 'conflict'],
  unsupported: [400, 'not-supported'],
  'too-costly': [400, 'too-costly'],
  method: [405, 'not-supported'],
  format: [406, 'not-supported'],
  'too-large': [413, 'too-long'],
  'media-type': [415, 'not-supported'],
  throttled: [429, 'throttled'],
  unavailable: [503, 'transient'],
};

/** Every category, for tests and documentation. */
export const ERROR_CATEGORIES = Object.keys(BY_CATEGORY) as readonly ErrorCategory[];

const isIssueCode = (code: string | undefined): code is IssueCode =>
  (ISSUE_CODES as readonly (string | undefined)[]).includes(code);

/** HTTP status of a category. */
export const statusOf = (category: ErrorCategory): number => BY_CATEGORY[category][0];

/** Issue code of a category, where an issue has none of its own. */
export const issueCodeOf = (category: ErrorCategory): IssueCode => BY_CATEGORY[category][1];

function issueOf(issue: ErrorIssue, fallback: IssueCode): OperationOutcomeIssue {
  return {
    severity: issue.severity ?? 'error',
    code: isIssueCode(issue.code) ? issue.code : fallback,
    details: { text: issue.text },
    ...(issue.expression === undefined ? {} : { expression: [issue.expression] }),
  };
}

/** An outcome of findings that are not a failure (warnings of a lenient search, the answer to `Prefer: return=OperationOutcome`). */
export function outcomeOf(issues: readonly ErrorIssue[], requestId?: string): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    ...(requestId === undefined ? {} : { id: requestId }),
    issue: issues.map((issue) => issueOf(issue, 'informational')),
  };
}

/**
 * The outcome of an expected failure: its issues, or one issue of its message.
 *
 * @param requestId becomes the outcome's id, so that a client's report finds the line in the log
 */
export function outcomeOfError(error: PhrError, requestId: string): OperationOutcome {
  const code = issueCodeOf(error.category);
  const issues: readonly ErrorIssue[] = error.issues.length === 0 ? [{ text: error.message }] : error.issues;
  return { resourceType: 'OperationOutcome', id: requestId, issue: issues.map((issue) => issueOf(issue, code)) };
}

/** The outcome of a bug: the request id and nothing more. */
export function outcomeOfBug(requestId: string): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    id: requestId,
    issue: [{ severity: 'fatal', code: 'exception', details: { text: `Internal error; request ${requestId}` } }],
  };
}
