import type { Express, NextFunction, Request, Response } from 'express';
import express from 'express';
import { makeAccessPolicy } from '../../src/access/policy.js';
import { PhrError } from '../../src/errors.js';
import type { Caller } from '../../src/fhir/access-policy.js';
import { answerDoorError } from '../../src/intake/doors/door-errors.js';
import { makeMinistryErrors } from '../../src/intake/doors/ministry-routes.js';
import { makeIntakeRouter } from '../../src/intake/doors/router.js';
import { makeBhytXmlFormat } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { makeCheckInFormat } from '../../src/intake/bhyt-xml/check-in-format.js';
import { validateResource } from '../../src/fhir/validation/validate.js';
import { makeFhirBundleFormat } from '../../src/intake/fhir-bundle/fhir-bundle-format.js';
import { makeHealthCheckupFormat } from '../../src/intake/health-checkup/health-checkup-format.js';
import type { IntakeLimits } from '../../src/intake/parsed-visit.js';
import { makeSheetFormat } from '../../src/intake/sheet/sheet-format.js';
import { SHEET_TEMPLATES, emptySheetOf } from '../../src/intake/sheet/template.js';
import { accessParts } from './access-parts.js';
import type { MemorySubmissions } from './memory-submissions.js';
import { makeMemorySubmissions } from './memory-submissions.js';

export interface DoorApplication {
  readonly app: Express;
  readonly submissions: MemorySubmissions;
  readonly logged: unknown[];
  /** Behind the portal's sign-in. */
  readonly access: ReturnType<typeof accessParts>;
}

const callerOf = (
  clientId: string,
  role: Caller['role'],
  facilityCode: string | undefined,
  scopes: readonly string[],
): Caller => ({
  agent: { kind: 'software', id: clientId, role, display: clientId, ...(facilityCode === undefined ? {} : { facilityCode }) },
  role,
  scopes,
  ...(facilityCode === undefined ? {} : { facilityCode }),
  requestId: 'request-1',
  purpose: 'TREAT',
});

/** Tokens of the callers that the tests need. */
const CALLERS: Readonly<Record<string, Caller>> = {
  'token-56901': callerOf('client-56901', 'facility', '56901', ['system/*.cruds']),
  'token-01001': callerOf('client-01001', 'facility', '01001', ['system/*.cruds']),
  'token-integrator': callerOf('integrator', 'integrator', undefined, ['system/*.cruds']),
  'token-reader': callerOf('client-56901', 'facility', '56901', ['system/*.rs']),
  'token-station': callerOf('station', 'station', undefined, []),
};

/** The doors behind a table of tokens, before receipts kept in memory. `Bearer bad` is a token that authentication refuses. */
export function startDoors(
  options: {
    readonly limits?: IntakeLimits;

    readonly submissions?: Partial<MemorySubmissions>;
  } = {},
): DoorApplication {
  const now = (): Date => new Date('2026-06-02T01:00:00.000Z');
  const healthCheckup = makeHealthCheckupFormat({ restrictionOf: () => undefined });
  const sheets = SHEET_TEMPLATES.map((template) => ({
    name: template.name,
    format: makeSheetFormat(template),
    emptySheet: emptySheetOf(template),
  }));
  const bhytXml = makeBhytXmlFormat();
  const checkIn = makeCheckInFormat();
  const fhirBundle = makeFhirBundleFormat({ validate: validateResource, restrictionOf: () => undefined });
  const submissions = {
    ...makeMemorySubmissions({
      formats: [bhytXml, checkIn, healthCheckup, fhirBundle, ...sheets.map(({ format }) => format)],
      now,
    }),
    ...options.submissions,
  };
  const access = accessParts();
  const logged: unknown[] = [];
  const logger = { error: (...entry: unknown[]) => void logged.push(entry) };

  const app = express();
  app.use((req: Request, res: Response, next: NextFunction) => {
    const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1];
    const caller = token === undefined ? undefined : CALLERS[token];
    if (token !== undefined && caller === undefined) throw new PhrError('unauthenticated', 'Mã truy cập không đúng hoặc hết hạn');
    if (caller !== undefined) res.locals['caller'] = caller;
    next();
  });
  app.use(
    makeIntakeRouter({
      submissions,
      formats: { bhytXml, checkIn, healthCheckup, fhirBundle, sheets },
      policy: makeAccessPolicy({ demonstration: true, now, lineId: () => 'line' }),
      limits: options.limits ?? { maxBytes: 1024 * 1024, maxVisits: 100 },
      signIn: (clientId, secret) =>
        secret === 'right'
          ? Promise.resolve({ accessToken: `token-of-${clientId}`, expiresInSeconds: 900 })
          : Promise.reject(new PhrError('unauthenticated', 'Sai tài khoản hoặc mật khẩu')),
      portal: access.portal,
      logger,
      now,
    }),
  );
  app.use(makeMinistryErrors({ logger, now }));
  app.use(answerDoorError);
  app.use((_error: unknown, _req: Request, res: Response, _next: NextFunction) => void res.status(500).end());
  return { app, submissions, logged, access };
}
