import express from 'express';
import type { ErrorRequestHandler, Express, RequestHandler, Router } from 'express';

/** The routers of the service, each complete with its own errors; opened by nobody here. */
export interface AppParts {
  /** Whose `X-Forwarded-For` is believed, in the words of Express. */
  readonly trustProxy: string;
  readonly requestLog: RequestHandler;
  readonly health: Router;
  readonly tokenEndpoint: Router;
  readonly smartConfiguration: RequestHandler;
  readonly bearer: RequestHandler;
  /** Bearer tokens of the intake doors; the insurance portal's doors read headers of their own. */
  readonly intakeBearer: RequestHandler;
  readonly fhir: RequestHandler;
  readonly fhirErrors: ErrorRequestHandler;
  readonly intake: Router;
  /** Answers of the doors to what failed before they were reached (a refused token), each in its own words. */
  readonly intakeErrors: readonly ErrorRequestHandler[];
  /** The pages, with same-origin check, session and error pages of their own. */
  readonly web: Router;
  /** Answers what no router answered. */
  readonly unexpectedErrors: ErrorRequestHandler;
}

/** Builds the Express app from its parts: opens nothing, decides nothing. */
export function buildApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('trust proxy', parts.trustProxy);
  // The hottest path goes through one layer of Express, not through one for each of its parts.
  app.use('/fhir/R4', inOrder(parts.requestLog, wellKnown(parts.smartConfiguration), parts.bearer, parts.fhir), parts.fhirErrors);
  app.use(parts.requestLog);
  app.use(parts.health);
  app.use(parts.tokenEndpoint);
  app.use(['/intake', '/api/platform'], parts.intakeBearer);
  app.use(parts.intake);
  app.use('/api', ...parts.intakeErrors);
  app.use('/intake', ...parts.intakeErrors);
  app.use(parts.web);
  app.use(parts.unexpectedErrors);
  return app;
}

/** One handler that runs `handlers` one after another; a failure of any goes to `next`, like those of Express's own layers. */
function inOrder(...handlers: readonly RequestHandler[]): RequestHandler {
  return (req, res, next) => {
    const run = (index: number, error?: unknown): void => {
      const handler = handlers[index];
      if (error !== undefined || handler === undefined) {
        next(error);
        return;
      }
      const fail = (reason: unknown): void => {
        next(reason ?? new Error('rejected without a reason'));
      };
      try {
        const pending: unknown = handler(req, res, (reason?: unknown) => {
          run(index + 1, reason);
        });
        if (pending instanceof Promise) pending.catch(fail);
      } catch (reason) {
        fail(reason);
      }
    };
    run(0);
  };
}

const wellKnown =
  (handler: RequestHandler): RequestHandler =>
  (req, res, next) =>
    req.path === '/.well-known/smart-configuration' && (req.method === 'GET' || req.method === 'HEAD')
      ? handler(req, res, next)
      : next();
