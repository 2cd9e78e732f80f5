import type { NextFunction, Request, Response, Router } from 'express';
import express from 'express';
import type { Logger } from 'pino';
import { PhrError, isPhrError } from '../../errors.js';
import type { AccessPolicy } from '../../fhir/access-policy.js';
import type { IntakeFormat, IntakeLimits } from '../parsed-visit.js';
import { statusOf } from '../../fhir/outcome.js';
import type { BodyBudget } from './body-budget.js';
import { setFailureHeaders } from './door-errors.js';
import type { ResponseCode } from './ministry-answer.js';
import { acceptedAnswer, loginAnswer, refusedAnswer, refusedLogin } from './ministry-answer.js';
import { readJsonObject, readPushEnvelope } from './ministry-envelope.js';
import { readBody } from './read-body.js';
import { sendingCaller } from './sending-caller.js';
import type { TakeIn } from './take-in.js';

/** Bytes of a login body. */
export const MAX_LOGIN_BYTES = 16 * 1024;
/** `service-type` of check-ups: vn-core.md §e, PL02. */
const CHECKUP_SERVICE_TYPE = '100';

export const LOGIN_PATH = '/api/auth/login';
export const PUSH_PATH = '/api/platform/data-sync/push';

export type DoorLogger = Pick<Logger, 'error'>;

/** Client id and secret to an access token. @throws PhrError `unauthenticated` | `throttled` */
export type MinistrySignIn = (
  clientId: string,
  clientSecret: string,
  network: string | undefined,
) => Promise<{ readonly accessToken: string; readonly expiresInSeconds: number }>;

export interface MinistryDeps {
  readonly bodies: BodyBudget;
  readonly takeIn: TakeIn;
  readonly format: IntakeFormat;
  readonly policy: Pick<AccessPolicy, 'authorize'>;
  readonly limits: IntakeLimits;
  readonly signIn: MinistrySignIn;
  readonly logger: DoorLogger;
  readonly now: () => Date;
}

/** The check-up interface of the Ministry, unchanged: login and push (QĐ 1551 and QĐ 2062, PL02; vn-core.md §e). */
export function makeMinistryRouter(deps: MinistryDeps): Router {
  const router = express.Router();

  router.post(LOGIN_PATH, async (req, res) => {
    const body = readJsonObject(await readBody(req, MAX_LOGIN_BYTES, deps.bodies.open(res)));
    const { username, password } = body;
    if (typeof username !== 'string' || typeof password !== 'string' || username === '' || password === '') {
      throw new PhrError('malformed', 'Cần username và password');
    }
    const token = await deps.signIn(username, password, req.ip);
    res.set('Cache-Control', 'no-store').json(loginAnswer(token, deps.now().getTime()));
  });

  router.post(PUSH_PATH, async (req, res) => {
    const caller = sendingCaller(res, deps.policy, 'create');
    if (req.headers['service-type'] !== CHECKUP_SERVICE_TYPE) {
      throw new PhrError('malformed', `Cần đầu mục service-type: ${CHECKUP_SERVICE_TYPE}`);
    }
    const push = readPushEnvelope(await readBody(req, deps.limits.maxBytes, deps.bodies.open(res)));
    (res.locals as { messageId?: string }).messageId = push.messageId;
    const { receiptId, receivedAt } = await refuseFile(() => deps.takeIn(caller, deps.format, push.file, push.messageId));
    res.json(acceptedAnswer(push, receiptId, receivedAt));
  });

  const answer = makeMinistryErrors(deps);
  router.use([LOGIN_PATH, PUSH_PATH], answer);
  return router;
}

/**
 * Failures in the Ministry's own words; the application mounts it once more before its general error handler, so that a refused token
 * (which fails in authentication, before the door) is answered the same way.
 */
export function makeMinistryErrors(deps: { readonly logger: DoorLogger; readonly now: () => Date }) {
  return (error: unknown, req: Request, res: Response, next: NextFunction): void => {
    const path = `${req.baseUrl}${req.path}`.replace(/\/+$/, '');
    const isLogin = path.endsWith(LOGIN_PATH);
    if ((!isLogin && !path.endsWith(PUSH_PATH)) || res.headersSent) return next(error);
    if (!isPhrError(error) && !(error instanceof FileRefused)) deps.logger.error({ err: error }, 'check-up door failed');
    const [status, code, message] = refusalOf(error);
    const at = deps.now().getTime();
    if (isPhrError(error)) setFailureHeaders(error, res);
    const { messageId } = res.locals as { readonly messageId?: string };
    res.status(status).json(isLogin ? refusedLogin(code, message, at) : refusedAnswer(code, message, at, messageId));
  };
}

/** True when the body is the Ministry's JSON envelope. */
export const isMinistryEnvelope = (req: Request): boolean => /^application\/json\b/i.test(req.headers['content-type'] ?? '');

/** The check-up file of an envelope posted to the plain door. @throws PhrError `malformed` */
export function readPushFile(body: Uint8Array): { readonly file: Buffer; readonly messageId: string } {
  const { file, messageId } = readPushEnvelope(body);
  return { file, messageId };
}

/** Marks what is wrong with the file itself, as against its envelope. */
class FileRefused extends Error {
  constructor(override readonly cause: PhrError) {
    super(cause.message);
  }
}

async function refuseFile<T>(take: () => Promise<T>): Promise<T> {
  try {
    return await take();
  } catch (error) {
    if (isPhrError(error, 'malformed') || isPhrError(error, 'too-large')) throw new FileRefused(error);
    throw error;
  }
}

/** PL02: 400 bad input, 401 wrong credentials, 403 no right, 500; 413 and 503 are ours, a sender backs off as with 5xx. */
function refusalOf(error: unknown): readonly [status: number, code: ResponseCode, message: string] {
  if (error instanceof FileRefused) {
    const found = error.cause.issues.map(({ text }) => text);
    return [statusOf(error.cause.category), 'PS_DS_VERIFY_FAIL', [error.message, ...found].join('; ')];
  }
  if (!isPhrError(error)) return [500, 'CM_SYSTEM_ERROR', 'Lỗi hệ thống'];
  const status = statusOf(error.category);
  if (error.category === 'unauthenticated' || error.category === 'forbidden')
    return [status, 'CM_AUTH_ACCOUNT_FAIL', error.message];
  if (error.category === 'unavailable') return [status, 'PS_DS_SAVE_FAIL', error.message];
  return [status, 'CM_INVALID_REQUEST', error.message];
}
