import type { Request, Response, Router } from 'express';
import express from 'express';
import { PhrError } from '../../errors.js';
import type { AccessPolicy, Caller } from '../../fhir/access-policy.js';
import type { Submissions } from '../../record/sources/receipt.js';
import type { IntakeFormat, IntakeLimits } from '../parsed-visit.js';
import { makeBodyBudget } from './body-budget.js';
import { answerDoorError } from './door-errors.js';
import type { DoorLogger, MinistrySignIn } from './ministry-routes.js';
import { isMinistryEnvelope, makeMinistryRouter, readPushFile } from './ministry-routes.js';
import type { PortalDoorSignIn } from './portal-routes.js';
import { makePortalRouter } from './portal-routes.js';
import { readBody } from './read-body.js';
import { isUpload, readUpload } from './read-upload.js';
import { receiptQuery } from './receipt-query.js';
import { senderKey, senderOf, sendingCaller } from './sending-caller.js';
import { makeTakeIn } from './take-in.js';

/** One sheet template: its format, and the empty sheet to download. */
export interface SheetDoor {
  /** As in the address: `blood-pressure-glucose`. */
  readonly name: string;
  readonly format: IntakeFormat;
  /** CSV in UTF-8 with byte order mark: the header row. */
  readonly emptySheet: Uint8Array;
}

export interface IntakeDoorDeps {
  readonly submissions: Submissions;
  readonly formats: {
    readonly bhytXml: IntakeFormat;
    /** Check-ins (XML0) of the insurance portal's door. */
    readonly checkIn: IntakeFormat;
    readonly healthCheckup: IntakeFormat;
    readonly fhirBundle: IntakeFormat;
    readonly sheets: readonly SheetDoor[];
  };
  readonly policy: Pick<AccessPolicy, 'authorize' | 'lines'>;
  /** INTAKE_MAX_BYTES, INTAKE_MAX_VISITS. */
  readonly limits: IntakeLimits;
  /** Client id and secret to a token, for `/api/auth/login`. */
  readonly signIn: MinistrySignIn;
  /** The insurance portal's sign-in, for `/api/token/take` and `/api/qd130`. */
  readonly portal: PortalDoorSignIn;
  readonly logger: DoorLogger;
  readonly now: () => Date;
}

/** What each door takes; any other method is answered 405. */
const DOOR_METHODS: readonly (readonly [path: string, methods: string])[] = [
  ['/intake/bhyt-xml', 'POST'],
  ['/intake/health-checkup', 'POST'],
  ['/intake/fhir', 'POST'],
  ['/intake/sheet/:template', 'GET, POST'],
  ['/intake/receipts', 'GET'],
  ['/intake/receipts/:id', 'GET'],
];

const FHIR_TYPES = ['application/fhir+json', 'application/json'];
const XML_TYPES = ['application/xml', 'text/xml'];
const SHEET_TYPES = ['text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'];

/**
 * The intake doors of interfaces.md §3. Mounted at the root of the application, behind authentication (`res.locals.caller`), before the
 * application's own error handler; reads its bodies itself, so no body parser may stand before it.
 */
export function makeIntakeRouter(deps: IntakeDoorDeps): Router {
  const router = express.Router();
  const takeIn = makeTakeIn(deps);
  const { maxBytes } = deps.limits;
  const bodies = makeBodyBudget(maxBytes);

  const door =
    (format: IntakeFormat, types: readonly string[]) =>
    async (req: Request, res: Response): Promise<void> => {
      const caller = sendingCaller(res, deps.policy, 'create');
      const lease = bodies.open(res);
      const bytes = isUpload(req)
        ? await readUpload(req, maxBytes, lease)
        : await readBody(requireType(req, types), maxBytes, lease);
      const { receiptId } = await takeIn(caller, format, bytes);
      await answerReceipt(res, caller, receiptId);
    };

  const answerReceipt = async (res: Response, caller: Caller, id: string): Promise<void> => {
    const receipt = await deps.submissions.receipt(id, senderKey(senderOf(caller)));
    if (receipt === undefined) throw new Error('a receipt just accepted is not readable');
    res.status(202).set('Location', `/intake/receipts/${id}`).json(receipt);
  };

  router.post('/intake/bhyt-xml', door(deps.formats.bhytXml, XML_TYPES));
  router.post('/intake/fhir', door(deps.formats.fhirBundle, FHIR_TYPES));
  router.post('/intake/health-checkup', async (req, res) => {
    const caller = sendingCaller(res, deps.policy, 'create');
    if (!isMinistryEnvelope(req)) return door(deps.formats.healthCheckup, [...XML_TYPES, 'application/json'])(req, res);
    const { file, messageId } = readPushFile(await readBody(req, maxBytes, bodies.open(res)));
    const { receiptId } = await takeIn(caller, deps.formats.healthCheckup, file, messageId);
    return answerReceipt(res, caller, receiptId);
  });

  const sheetOf = (req: Request): SheetDoor => {
    const sheet = deps.formats.sheets.find(({ name }) => name === req.params['template']);
    if (sheet !== undefined) return sheet;
    const known = deps.formats.sheets.map(({ name }) => name).join(', ');
    throw new PhrError('not-found', `Không có mẫu bảng này; các mẫu: ${known}`);
  };
  router.post('/intake/sheet/:template', async (req, res) => {
    sendingCaller(res, deps.policy, 'create');
    await door(sheetOf(req).format, SHEET_TYPES)(req, res);
  });
  router.get('/intake/sheet/:template', (req, res) => {
    sendingCaller(res, deps.policy, 'read');
    const sheet = sheetOf(req);
    res.type('text/csv; charset=utf-8').set('Content-Disposition', `attachment; filename="${sheet.name}.csv"`);
    res.send(Buffer.from(sheet.emptySheet));
  });

  router.get('/intake/receipts/:id', async (req, res) => {
    const caller = sendingCaller(res, deps.policy, 'read');
    const receipt = await deps.submissions.receipt(req.params.id, senderKey(senderOf(caller)));
    if (receipt === undefined) throw new PhrError('not-found', 'Không có biên nhận này');
    res.set('Cache-Control', 'no-store').json(receipt);
  });
  router.get('/intake/receipts', async (req, res) => {
    const caller = sendingCaller(res, deps.policy, 'read');
    const query = receiptQuery(req.query, senderKey(senderOf(caller)));
    const page = await deps.submissions.receipts(query);
    const next = page.next === undefined ? undefined : nextPage(req.query, page.next);
    if (next !== undefined) res.links({ next });
    res.set('Cache-Control', 'no-store').json({ receipts: page.items, ...(next === undefined ? {} : { next }) });
  });

  router.use(makeMinistryRouter({ ...deps, bodies, takeIn, format: deps.formats.healthCheckup }));
  router.use(makePortalRouter({ ...deps, bodies, takeIn }));
  for (const [path, methods] of DOOR_METHODS) {
    router.all(path, (_req, res) => {
      res.set('Allow', methods);
      throw new PhrError('method', `Cổng này chỉ nhận ${methods}`);
    });
  }
  router.use('/intake', () => {
    throw new PhrError('not-found', `Không có cổng tiếp nhận này; các cổng: ${DOOR_METHODS.map(([path]) => path).join(', ')}`);
  });
  router.use('/intake', answerDoorError);
  return router;
}

function requireType(req: Request, types: readonly string[]): Request {
  const type = (req.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (types.includes(type)) return req;
  if (type.includes('spreadsheet') || type.includes('excel')) {
    throw new PhrError('media-type', 'Loại bảng này không nhận được: hãy lưu thành .xlsx hoặc CSV UTF-8 rồi gửi lại');
  }
  throw new PhrError('media-type', `Loại nội dung không đúng; nhận: ${[...types, 'multipart/form-data'].join(', ')}`);
}

/** The same question, continued. */
function nextPage(query: Request['query'], after: string): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (typeof value === 'string' && name !== 'after') parameters.set(name, value);
  parameters.set('after', after);
  return `/intake/receipts?${parameters.toString()}`;
}
