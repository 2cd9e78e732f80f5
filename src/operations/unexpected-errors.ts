import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';

/**
 * Behind every router: what none of them answered is a bug of ours, or an address that can't be decoded. Answers the request id and nothing
 * more; Express itself would send the stack and print the message, which may hold what was asked for.
 */
export function makeUnexpectedErrors(deps: { readonly logger: Pick<Logger, 'error'> }): ErrorRequestHandler {
  return (error: unknown, _req, res, _next) => {
    const requestId = String(res.locals['requestId']);
    const status = clientFault(error) ?? 500;
    if (status === 500) deps.logger.error({ requestId, err: error }, 'request failed');
    if (res.headersSent) {
      // An answer that has begun can't become another one; a cut connection tells the client that it is not whole.
      res.destroy();
      return;
    }
    res.setHeader('Cache-Control', 'no-store');
    res.status(status).json({ error: status === 500 ? 'exception' : 'malformed', requestId });
  };
}

/** Status that Express and its parsers give to a request that can't be read (`status` of http-errors). */
function clientFault(error: unknown): number | undefined {
  const status = (error as { readonly status?: unknown } | null | undefined)?.status;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 500 ? status : undefined;
}
