import type { NextFunction, Request, RequestHandler, Response, Router } from 'express';
import express from 'express';
import { PhrError, isPhrError } from '../../errors.js';
import type { AccessPolicy, Caller } from '../../fhir/access-policy.js';
import { statusOf } from '../../fhir/outcome.js';
import type { Submissions } from '../../record/sources/receipt.js';
import type { IntakeFormat, IntakeLimits } from '../parsed-visit.js';
import type { BodyBudget } from './body-budget.js';
import { setFailureHeaders } from './door-errors.js';
import { MAX_LOGIN_BYTES, type DoorLogger } from './ministry-routes.js';
import {
  keptAnswer,
  refusedPortalAnswer,
  refusedTokenAnswer,
  resultAnswer,
  tokenAnswer,
  type PortalCode,
} from './portal-answer.js';
import { fileOf, portalBodyBytes, readPortalForm, requiredValue, type PortalForm } from './portal-form.js';
import { readBody } from './read-body.js';
import { senderKey, senderOf, sendingCaller } from './sending-caller.js';
import type { TakeIn } from './take-in.js';

export const TAKE_TOKEN_PATH = '/api/token/take';
export const PORTAL_PATH = '/api/qd130';

/** The portal's services of QĐ 130, 4750 and 3176, and the value of loaiHoSo that each goes with (bhyt-xml.md §7). Addresses are not case-sensitive. */
const VISIT_SERVICES = ['guiHoSoXmlQD130', 'guiHoSoXmlQD4750', 'guiHoSoXmlQD3176'];
const CHECK_IN_SERVICES = ['checkInKcbQd130', 'checkInKcbQd4750', 'checkInKcbQd3176'];
/** A file is told by its root; loaiHoSo may name the decision too, as a provincial receiver has it. */
const VISIT_KINDS: readonly string[] = ['130', '4750', '3176'];
const CHECK_IN_KINDS: readonly string[] = ['0'];

/** The sign-in of the portal's interface, as the access room has it. */
export interface PortalDoorSignIn {
  /** @param password MD5 of the client secret, hexadecimal. @throws PhrError `unauthenticated` | `throttled` | `forbidden` */
  take(
    username: string,
    password: string,
    network: string | undefined,
  ): Promise<{
    readonly accessToken: string;
    readonly idToken: string;
    readonly clientId: string;
    readonly expiresAt: Date;
  }>;
  /** Sets `res.locals.caller` from the headers of the portal's session. @throws PhrError `unauthenticated` */
  readonly session: RequestHandler;
}

export interface PortalDeps {
  readonly bodies: BodyBudget;
  readonly takeIn: TakeIn;
  readonly submissions: Pick<Submissions, 'receipt'>;
  readonly formats: { readonly bhytXml: IntakeFormat; readonly checkIn: IntakeFormat };
  readonly policy: Pick<AccessPolicy, 'authorize'>;
  readonly limits: IntakeLimits;
  readonly portal: PortalDoorSignIn;
  readonly logger: DoorLogger;
  readonly now: () => Date;
}

/**
 * The insurance portal's interface, unchanged (bhyt-xml.md §7): session, visits, check-ins. Same submission path as `/intake/bhyt-xml`, so the same
 * bytes through either door are one receipt. Added by us: the result by maGiaoDich, which the portal has on its screens only.
 */
export function makePortalRouter(deps: PortalDeps): Router {
  const router = express.Router();
  const { session } = deps.portal;

  router.post(TAKE_TOKEN_PATH, async (req, res) => {
    const form = readPortalForm(req, await readBody(req, MAX_LOGIN_BYTES, deps.bodies.open(res)));
    const [username, password] = [requiredValue(form, 'username'), requiredValue(form, 'password')];
    res.set('Cache-Control', 'no-store').json(tokenAnswer(await deps.portal.take(username, password, req.ip)));
  });

  const take =
    (format: IntakeFormat, kinds: readonly string[]): RequestHandler =>
    async (req, res) => {
      const caller = sendingCaller(res, deps.policy, 'create');
      const form = readPortalForm(req, await readBody(req, portalBodyBytes(deps.limits.maxBytes), deps.bodies.open(res)));
      checkForm(form, caller, kinds);
      const { receiptId, receivedAt } = await deps.takeIn(caller, format, fileOf(form));
      res.json(keptAnswer(receiptId, receivedAt));
    };
  for (const name of VISIT_SERVICES) router.post(`${PORTAL_PATH}/${name}`, session, take(deps.formats.bhytXml, VISIT_KINDS));
  for (const name of CHECK_IN_SERVICES)
    router.post(`${PORTAL_PATH}/${name}`, session, take(deps.formats.checkIn, CHECK_IN_KINDS));

  router.get(`${PORTAL_PATH}/ketQuaGiaoDich/:id`, session, async (req, res) => {
    const caller = sendingCaller(res, deps.policy, 'read');
    const id = req.params['id'];
    const receipt = typeof id === 'string' ? await deps.submissions.receipt(id, senderKey(senderOf(caller))) : undefined;
    if (receipt === undefined) throw new PhrError('not-found', 'Không có giao dịch này');
    res.set('Cache-Control', 'no-store').json(resultAnswer(receipt));
  });

  for (const path of [TAKE_TOKEN_PATH, ...[...VISIT_SERVICES, ...CHECK_IN_SERVICES].map((name) => `${PORTAL_PATH}/${name}`)]) {
    router.all(path, (_req, res) => {
      res.set('Allow', 'POST');
      throw new PhrError('method', 'Dịch vụ này chỉ nhận POST');
    });
  }
  router.use(PORTAL_PATH, () => {
    throw new PhrError(
      'not-found',
      `Không có dịch vụ này; các dịch vụ: ${[...VISIT_SERVICES, ...CHECK_IN_SERVICES].join(', ')} (POST), ketQuaGiaoDich (GET)`,
    );
  });
  router.use([TAKE_TOKEN_PATH, PORTAL_PATH], makePortalErrors(deps));
  return router;
}

/** What the form says beside the file must agree with the account. @throws PhrError `forbidden` | `malformed` */
function checkForm(form: PortalForm, caller: Caller, kinds: readonly string[]): void {
  const username = form.get('username')?.trim() ?? '';
  if (username !== '' && username !== caller.agent.id) {
    throw new PhrError('forbidden', 'username không phải tài khoản của phiên làm việc');
  }
  const facility = form.get('maCSKCB')?.trim() ?? '';
  if (facility !== '' && caller.facilityCode !== undefined && facility !== caller.facilityCode) {
    throw new PhrError('forbidden', 'maCSKCB không phải mã cơ sở của tài khoản gửi');
  }
  const kind = form.get('loaiHoSo')?.trim() ?? '';
  if (kind !== '' && !kinds.includes(kind)) throw new PhrError('malformed', `loaiHoSo phải là ${kinds.join(', ')}`);
}

/** Failures in the portal's own words. The HTTP status says the same: clients look at either. */
function makePortalErrors(deps: { readonly logger: DoorLogger; readonly now: () => Date }) {
  return (thrown: unknown, req: Request, res: Response, next: NextFunction): void => {
    if (res.headersSent) return next(thrown);
    const error = thrown instanceof URIError ? new PhrError('malformed', 'Địa chỉ gửi đến không đọc được') : thrown;
    if (!isPhrError(error)) deps.logger.error({ err: error }, 'portal door failed');
    const [status, code, message] = refusalOf(error);
    if (isPhrError(error)) setFailureHeaders(error, res);
    const isTokenRequest = req.baseUrl.toLowerCase().startsWith(TAKE_TOKEN_PATH);
    res
      .status(status)
      .set('Cache-Control', 'no-store')
      .json(isTokenRequest ? refusedTokenAnswer(code, message) : refusedPortalAnswer(code, message, deps.now()));
  };
}

function refusalOf(error: unknown): readonly [status: number, code: PortalCode, message: string] {
  if (!isPhrError(error)) return [500, '500', 'Lỗi hệ thống'];
  const message = [error.message, ...error.issues.map(({ text }) => text)].join('; ');
  return [statusOf(error.category), codeOf(error), message];
}

function codeOf({ category }: PhrError): PortalCode {
  if (category === 'unauthenticated') return '401';
  if (category === 'forbidden' || category === 'throttled') return '403';
  return category === 'unavailable' ? '500' : '205';
}
