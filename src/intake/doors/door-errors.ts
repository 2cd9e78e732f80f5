import type { NextFunction, Request, Response } from 'express';
import { PhrError, isPhrError } from '../../errors.js';
import { outcomeOfError, statusOf } from '../../fhir/outcome.js';

/** Seconds after which a sender may try again. */
const RETRY_AFTER_SECONDS = 5;

/** Every way in which a token is refused, said to the clerk in front of the software that sent it. */
export const TOKEN_REFUSED = 'Cần mã truy cập còn hạn (Authorization: Bearer …): lấy mã mới ở /oauth/token rồi gửi lại';

/**
 * Answers expected failures of the doors as OperationOutcome, by the table of the FHIR API: the reason first, then one issue for each
 * finding. Anything else is a bug and goes to the application's own error handler.
 */
export function answerDoorError(thrown: unknown, _req: Request, res: Response, next: NextFunction): void {
  const error = inWordsOfTheDoor(thrown);
  if (!isPhrError(error) || res.headersSent) return next(error);
  setFailureHeaders(error, res);
  const whole = new PhrError(error.category, error.message, [{ text: error.message }, ...error.issues]);
  const { requestId } = res.locals as { readonly requestId?: string };
  res
    .status(statusOf(error.category))
    .type('application/fhir+json')
    .send(JSON.stringify(outcomeOfError(whole, requestId ?? '')));
}

function inWordsOfTheDoor(thrown: unknown): unknown {
  if (isPhrError(thrown, 'unauthenticated')) return new PhrError('unauthenticated', TOKEN_REFUSED, [], { cause: thrown });
  // The router's own, for an address with a broken %-escape; its message repeats the address.
  if (thrown instanceof URIError) return new PhrError('malformed', 'Địa chỉ gửi đến không đọc được', [], { cause: thrown });
  return thrown;
}

/** Headers that belong to a failure whatever its body says. */
export function setFailureHeaders(error: PhrError, res: Response): void {
  if (error.category === 'unauthenticated') res.set('WWW-Authenticate', 'Bearer');
  // The connection stays open after 413 while the rest is thrown away (`discard`, bounded): closing it on a client that still writes
  // would take the answer away with it.
  if (error.category === 'unavailable' || error.category === 'throttled') res.set('Retry-After', String(RETRY_AFTER_SECONDS));
}
