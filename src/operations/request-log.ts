import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';

/** Told of every request that ended; metrics listen here. */
export interface RequestObserver {
  requestEnded(request: { readonly interaction: string; readonly status: number; readonly durationMs: number }): void;
}

/** What a handler may leave in `res.locals` for the line of its request. */
export interface RequestLogLocals {
  /** Set by `makeRequestLog`; travels to jobs, access lines and the outcome's `id`. */
  requestId: string;
  /** FHIR interaction or page in the words of the specification: `search-type`, `patient-everything`, `station-history`. */
  interaction?: string;
  resourceType?: string;
}

/** Logged when the route named no interaction. */
export const UNNAMED_INTERACTION = 'unnamed';
/** Longest client-made id that is sent back in X-Correlation-Id. */
export const MAX_CORRELATION_ID_LENGTH = 64;

const OUR_SHAPE = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32})$/i;

/**
 * Gives every request its id and, when it ends, its line: id, interaction, resource type, status, duration. Never the URL, a header or a
 * body: a search URL holds names and numbers.
 *
 * A client's `X-Request-Id` is used when it is a UUID (or its 32 digits), the only shape that can't be somebody's number. Any other gets an id
 * of ours, and goes back in `X-Correlation-Id`: https://hl7.org/fhir/R4/http.html#custom
 *
 * @param deps.nowMs a monotonic clock in milliseconds
 */
export function makeRequestLog(deps: {
  readonly logger: Logger;
  readonly nowMs?: () => number;
  readonly newId?: () => string;
  readonly observer?: RequestObserver;
}): RequestHandler {
  const nowMs = deps.nowMs ?? (() => performance.now());
  const newId = deps.newId ?? randomUUID;
  return (req: Request, res: Response, next: NextFunction): void => {
    const startedMs = nowMs();
    const asked = req.get('x-request-id');
    const requestId = asked !== undefined && OUR_SHAPE.test(asked) ? asked.toLowerCase() : newId();
    res.locals['requestId'] = requestId;
    res.setHeader('X-Request-Id', requestId);
    if (asked !== undefined && asked.toLowerCase() !== requestId && isPlain(asked)) res.setHeader('X-Correlation-Id', asked);

    res.once('close', () => {
      const { interaction = UNNAMED_INTERACTION, resourceType } = res.locals as Partial<RequestLogLocals>;
      const durationMs = Math.round((nowMs() - startedMs) * 10) / 10;
      const route = routePattern(req);
      deps.logger.info(
        {
          requestId,
          method: req.method,
          ...(route === undefined ? {} : { route }),
          interaction,
          ...(resourceType === undefined ? {} : { resourceType }),
          status: res.statusCode,
          durationMs,
          ...(res.writableFinished ? {} : { aborted: true }),
        },
        'request',
      );
      deps.observer?.requestEnded({ interaction, status: res.statusCode, durationMs });
    });
    next();
  };
}

/** The route as the program spells it, e.g. `/:resourceType/:id`; the mount path is left out, because Express fills in its parameters. */
function routePattern(req: Request): string | undefined {
  const path: unknown = (req.route as { readonly path?: unknown } | undefined)?.path;
  return typeof path === 'string' ? path : undefined;
}

const isPlain = (value: string): boolean => value.length <= MAX_CORRELATION_ID_LENGTH && /^[A-Za-z0-9._:-]+$/.test(value);
