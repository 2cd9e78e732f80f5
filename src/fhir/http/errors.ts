import type { ErrorRequestHandler, Request, Response } from 'express';
import { PhrError } from '../../errors.js';
import { outcomeOfBug, outcomeOfError, statusOf } from '../outcome.js';
import { sendAnswer } from './send.js';

/** Where bugs are reported (the house's logger keeps class, code and stack of `err`, never its message). No request data. */
export interface ErrorLog {
  error(fields: { readonly requestId: string; readonly err: unknown }, message: string): void;
}

/** Seconds after which a client may try again. */
export const RETRY_AFTER_SECONDS = 5;

/**
 * Answers a failure as OperationOutcome: a PhrError by the table of `outcome.ts`, anything else as a bug.
 * https://hl7.org/fhir/R4/operationoutcome.html
 */
export function sendError(
  req: Request,
  res: Response,
  error: unknown,
  context: { readonly requestId: string; readonly log: ErrorLog; readonly allow?: readonly string[] },
): void {
  const style = { type: 'application/fhir+json', pretty: false } as const;
  if (!(error instanceof PhrError)) {
    context.log.error({ requestId: context.requestId, err: error }, 'fhir request failed');
    sendAnswer(req, res, { status: 500, body: JSON.stringify(outcomeOfBug(context.requestId)) }, style);
    return;
  }
  if (context.allow !== undefined) res.setHeader('Allow', context.allow.join(', '));
  // The sign-in may have set its own challenge.
  if (error.category === 'unauthenticated' && !res.hasHeader('WWW-Authenticate'))
    res.setHeader('WWW-Authenticate', challenge(req));
  if (error.category === 'unavailable' || error.category === 'throttled')
    res.setHeader('Retry-After', String(RETRY_AFTER_SECONDS));
  const body = JSON.stringify(outcomeOfError(error, context.requestId));
  sendAnswer(req, res, { status: statusOf(error.category), body }, style);
}

/** RFC 6750 §3: `error` only when a token was sent. */
const challenge = (req: Request): string =>
  req.headers.authorization === undefined ? 'Bearer realm="fhir"' : 'Bearer realm="fhir", error="invalid_token"';

/**
 * For what was thrown before the FHIR router was reached (an expired token); mounted behind it on the same path.
 * @param requestIdOf the id that the request carries in logs
 */
export function makeFhirErrorHandler(deps: {
  readonly log: ErrorLog;
  readonly requestIdOf: (res: Response) => string;
}): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    // An answer that has begun can't become another one: Express closes the connection.
    if (res.headersSent) next(error);
    else sendError(req, res, error, { requestId: deps.requestIdOf(res), log: deps.log });
  };
}
