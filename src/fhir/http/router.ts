import { randomUUID } from 'node:crypto';
import express from 'express';
import type { Request, Response, Router } from 'express';
import { PhrError } from '../../errors.js';
import type { Caller } from '../access-policy.js';
import type { FhirAnswer, InteractionRequest, ReadConditions } from '../interactions/answer.js';
import type { Read } from '../interactions/read.js';
import type { Vread } from '../interactions/vread.js';
import { sendError } from './errors.js';
import type { ErrorLog } from './errors.js';
import { answerTypeOf, preferencesOf } from './negotiation.js';
import { parseQuery } from './query.js';
import type { Query } from './query.js';
import { resolveRoute } from './route.js';
import type { NoRoute, Route, ServedTypes } from './route.js';
import { sendAnswer } from './send.js';

/** The interactions behind the routes; each in its own file, free of Express. */
export interface Interactions {
  readonly capabilities: () => FhirAnswer;
  readonly read: Read;
  readonly vread: Vread;
}

export interface HttpDeps {
  readonly served: ServedTypes;
  readonly interactions: Interactions;
  readonly log: ErrorLog;
}

/** Seconds that the CapabilityStatement may be kept. */
export const CAPABILITIES_MAX_AGE_SECONDS = 60;

interface Locals {
  readonly caller?: Caller;
  readonly requestId?: string;
  interaction?: string;
  resourceType?: string;
}

const header = (req: Request, name: string): string | undefined => {
  const value = req.headers[name];
  return typeof value === 'string' ? value : undefined;
};

function conditionsOf(req: Request): ReadConditions {
  const noneMatch = header(req, 'if-none-match');
  const modifiedSince = header(req, 'if-modified-since');
  return {
    ...(noneMatch === undefined ? {} : { noneMatch }),
    ...(modifiedSince === undefined ? {} : { modifiedSince }),
  };
}

/** For the line of the request in the log: words of the specification, never the address. */
function nameForLog(locals: Locals, route: Route): void {
  locals.interaction =
    route.interaction === 'operation' ? `${route.resourceType.toLowerCase()}-${route.operation}` : route.interaction;
  if ('resourceType' in route) locals.resourceType = route.resourceType;
}

/**
 * HTTP in, interaction, HTTP out; decides nothing itself. One function instead of one Express route for each address: matching
 * a dozen patterns costs more than a small read does.
 *
 * Takes the caller from `res.locals.caller` (undefined = not signed in) and the request id from `res.locals.requestId`.
 */
export function makeHttpRouter(deps: HttpDeps): Router {
  const { interactions } = deps;

  const run = async (
    req: Request,
    caller: Caller,
    route: Exclude<Route, { interaction: 'capabilities' }>,
    query: Query,
  ): Promise<FhirAnswer> => {
    const preferences = preferencesOf(header(req, 'prefer'));
    const request: InteractionRequest = { caller, parameters: query.parameters, lenient: preferences.lenient };
    switch (route.interaction) {
      case 'read':
        return interactions.read(request, route, conditionsOf(req));
      case 'vread':
        return interactions.vread(request, route, conditionsOf(req));
      default:
        throw new Error(`no interaction for ${route.interaction}`);
    }
  };

  const answer = async (req: Request, res: Response, route: Route | NoRoute, search: string): Promise<void> => {
    const locals = res.locals as Locals;
    if (route.interaction === 'capabilities') {
      const query = parseQuery(search);
      const style = { type: answerTypeOf(header(req, 'accept'), query.format), pretty: query.pretty };
      sendAnswer(req, res, interactions.capabilities(), {
        ...style,
        cacheControl: `public, max-age=${CAPABILITIES_MAX_AGE_SECONDS}`,
      });
      return;
    }
    if (locals.caller === undefined) throw new PhrError('unauthenticated', 'A bearer token is needed');
    if (route.interaction === 'none') throw route.error;
    const query = parseQuery(search);
    const style = { type: answerTypeOf(header(req, 'accept'), query.format), pretty: query.pretty };
    sendAnswer(req, res, await run(req, locals.caller, route, query), style);
  };

  const router = express.Router();
  router.use((req, res, next) => {
    const { url } = req;
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    // /.well-known/smart-configuration is served by the house's sign-in.
    if (path.startsWith('/.well-known/')) {
      next();
      return;
    }
    const locals = res.locals as Locals;
    const route = resolveRoute(req.method, path, deps.served);
    if (route.interaction !== 'none') nameForLog(locals, route);
    answer(req, res, route, mark === -1 ? '' : url.slice(mark + 1)).catch((error: unknown) => {
      if (res.headersSent) {
        next(error);
        return;
      }
      sendError(req, res, error, {
        requestId: locals.requestId ?? locals.caller?.requestId ?? randomUUID(),
        log: deps.log,
        ...(route.interaction === 'none' && route.allow !== undefined ? { allow: route.allow } : {}),
      });
    });
  });
  return router;
}
