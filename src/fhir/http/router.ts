import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { PhrError } from '../../errors.js';
import type { Caller } from '../access-policy.js';
import type { FhirAnswer, InteractionRequest, ReadConditions } from '../interactions/answer.js';
import type { Create } from '../interactions/create.js';
import type { Read } from '../interactions/read.js';
import type { SearchType } from '../interactions/search-type.js';
import type { Vread } from '../interactions/vread.js';
import { operationParameters } from '../operations/operation-parameters.js';
import type { Everything } from '../operations/patient-everything.js';
import { makeReadBody, parseJsonBody } from './body.js';
import { sendError } from './errors.js';
import type { ErrorLog } from './errors.js';
import { answerTypeOf, preferencesOf, requireFormBody, requireJsonBody } from './negotiation.js';
import type { AnswerType } from './negotiation.js';
import { parseQuery, PARAMETERS_MAX, tooManyParameters } from './query.js';
import type { Query } from './query.js';
import { resolveRoute } from './route.js';
import type { NoRoute, Route, ServedTypes } from './route.js';
import { sendAnswer } from './send.js';

/** The interactions behind the routes; each in its own file, free of Express. */
export interface Interactions {
  readonly capabilities: () => FhirAnswer;
  readonly read: Read;
  readonly vread: Vread;
  readonly searchType: SearchType;
  readonly create: Create;
  readonly everything: Everything;
}

export interface HttpDeps {
  readonly served: ServedTypes;
  readonly interactions: Interactions;
  readonly log: ErrorLog;
  readonly bodyMaxBytes: number;
}

/** Largest body of a search or an operation by POST, in bytes. */
export const PARAMETERS_MAX_BYTES = 64 * 1024;

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

type SignedInRoute = Exclude<Route, { readonly interaction: 'capabilities' }>;

const styleOf = (req: Request, query: Query): { readonly type: AnswerType; readonly pretty: boolean } => ({
  type: answerTypeOf(header(req, 'accept'), query.format),
  pretty: query.pretty,
});

const hasNoBody = (req: Request): boolean =>
  req.headers['transfer-encoding'] === undefined && (req.headers['content-length'] ?? '0') === '0';

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
export function makeHttpRouter(deps: HttpDeps): RequestHandler {
  const { interactions } = deps;

  const readResourceBody = makeReadBody(deps.bodyMaxBytes);
  const readSmallBody = makeReadBody(PARAMETERS_MAX_BYTES);

  /** A form's parameters stand beside those of the address: https://hl7.org/fhir/R4/search.html#get */
  const queryOf = async (req: Request, res: Response, route: SignedInRoute, search: string): Promise<Query> => {
    if (!('posted' in route) || !route.posted || hasNoBody(req)) return parseQuery(search);
    if (route.interaction === 'operation') {
      requireJsonBody(header(req, 'content-type'));
      const query = parseQuery(search);
      const posted = operationParameters(parseJsonBody(await readSmallBody(req, res)));
      if (query.parameters.length + posted.length > PARAMETERS_MAX) throw tooManyParameters();
      return { ...query, parameters: [...query.parameters, ...posted] };
    }
    requireFormBody(header(req, 'content-type'));
    const form = (await readSmallBody(req, res)).toString('utf8');
    return parseQuery(search === '' || form === '' ? search + form : `${search}&${form}`);
  };

  const create = async (req: Request, res: Response, request: InteractionRequest, resourceType: string): Promise<FhirAnswer> => {
    requireJsonBody(header(req, 'content-type'));
    const body = await readResourceBody(req, res);
    const ifNoneExist = header(req, 'if-none-exist');
    return interactions.create(request, {
      resourceType,
      body,
      answer: preferencesOf(header(req, 'prefer')).answer,
      ...(ifNoneExist === undefined ? {} : { ifNoneExist }),
    });
  };

  const run = (req: Request, res: Response, request: InteractionRequest, route: SignedInRoute): Promise<FhirAnswer> => {
    switch (route.interaction) {
      case 'read':
        return interactions.read(request, route, conditionsOf(req));
      case 'vread':
        return interactions.vread(request, route, conditionsOf(req));
      case 'search-type':
        return interactions.searchType(request, route.resourceType);
      case 'create':
        return create(req, res, request, route.resourceType);
      case 'operation':
        return interactions.everything(request, route.id);
    }
  };

  const answer = async (req: Request, res: Response, route: Route | NoRoute, search: string): Promise<void> => {
    const locals = res.locals as Locals;
    if (route.interaction === 'capabilities') {
      sendAnswer(req, res, interactions.capabilities(), {
        ...styleOf(req, parseQuery(search)),
        cacheControl: `public, max-age=${CAPABILITIES_MAX_AGE_SECONDS}`,
      });
      return;
    }
    const { caller } = locals;
    if (caller === undefined) throw new PhrError('unauthenticated', 'An access token is needed: Authorization: Bearer …');
    if (route.interaction === 'none') throw route.error;
    const query = await queryOf(req, res, route, search);
    const style = styleOf(req, query);
    const { lenient } = preferencesOf(header(req, 'prefer'));
    sendAnswer(req, res, await run(req, res, { caller, parameters: query.parameters, lenient }, route), style);
  };

  // A handler, not a router: Express would match, cut and mend the address once more for its single layer.
  return (req, res, next) => {
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
  };
}
