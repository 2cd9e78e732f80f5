import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js';
import type { NextFunction, Request, Response } from 'express';
import type { ErrorCategory, PhrError } from '../../errors.js';
import { isPhrError } from '../../errors.js';

/** HTTP status and FHIR issue code of each category: the same table as the FHIR API's. */
const BY_CATEGORY: Readonly<Record<ErrorCategory, readonly [status: number, code: OperationOutcomeIssue['code']]>> = {
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

export const statusOf = (error: PhrError): number => BY_CATEGORY[error.category][0];

/** An expected failure as an OperationOutcome: its message first, then one issue for each finding. */
export function outcomeOf(error: PhrError): OperationOutcome {
  const [, code] = BY_CATEGORY[error.category];
  const own: OperationOutcomeIssue = { severity: 'error', code, details: { text: error.message } };
  const found = error.issues.map((issue): OperationOutcomeIssue => ({
    severity: issue.severity ?? 'error',
    code: (issue.code ?? code) as OperationOutcomeIssue['code'],
    details: { text: issue.text },
    ...(issue.expression === undefined ? {} : { expression: [issue.expression] }),
  }));
  return { resourceType: 'OperationOutcome', issue: [own, ...found] };
}

/** Answers expected failures of the doors; anything else is a bug and goes to the application's own error handler. */
export function answerDoorError(error: unknown, _req: Request, res: Response, next: NextFunction): void {
  if (!isPhrError(error) || res.headersSent) return next(error);
  if (error.category === 'unauthenticated') res.set('WWW-Authenticate', 'Bearer');
  if (error.category === 'too-large') res.set('Connection', 'close');
  if (error.category === 'unavailable') res.set('Retry-After', '2');
  res
    .status(statusOf(error))
    .type('application/fhir+json')
    .send(JSON.stringify(outcomeOf(error)));
}
