import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { makeAccessRoom } from './access/access-room.js';
import { buildApp } from './app.js';
import type { Config } from './config.js';
import { prepareDemonstration, type Demonstration } from './demonstration.js';
import { makeFhirErrorHandler } from './fhir/http/errors.js';
import { makeFhirRouter } from './fhir/http/fhir-router.js';
import { validateResource } from './fhir/validation/validate.js';
import { answerDoorError } from './intake/doors/door-errors.js';
import { makeMinistryErrors } from './intake/doors/ministry-routes.js';
import { makeIntakeRouter } from './intake/doors/router.js';
import { BLOOD_PRESSURE_GLUCOSE, emptySheetOf } from './intake/sheet/template.js';
import { makeJobsThread, type JobsThread } from './jobs-thread.js';
import { makeHealthRouter } from './operations/health.js';
import { makeHttpServer } from './operations/http-server.js';
import { makeMetrics } from './operations/metrics.js';
import { makeRequestLog } from './operations/request-log.js';
import { packageVersion } from './operations/package-version.js';
import { makeUnexpectedErrors } from './operations/unexpected-errors.js';
import { JOB_CONTRACTS } from './queue/jobs/contracts.js';
import { writtenForLabel } from './record/facts/settle-contributions.js';
import { listen, stopServer, type Service } from './service.js';
import { makeDeadLetters } from './store/dead-letters.js';
import type { SqliteWriter } from './store/sqlite/writer.js';
import { makeWebRouter } from './web/router.js';
import { composeRecord } from './worker-composition.js';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Puts the whole service together: the only place, with `worker-composition.ts`, that knows every concrete class.
 *
 * @param deps.onFailure told when a part died and the process must end: what was acknowledged is in the store, a restart goes on
 * @throws PhrError `unavailable` when a file can't be opened
 */
export async function compose(
  config: Config,
  deps: { readonly logger: Logger; readonly onFailure: (error: unknown) => void },
): Promise<Service> {
  const { logger } = deps;
  const now = (): Date => new Date();
  const { demonstration: isDemonstration } = config.environment;
  const writer = await startWriter(config);
  const waker = await startWaker(config, logger);
  let isStopping = false;
  /** Runs in a thread of its own; a process that only answers requests has none. */
  const jobs =
    config.role === 'api'
      ? undefined
      : makeJobsThread({
          config,
          writer,
          onJobEnded: (end) => {
            metrics.jobEnded(end);
          },
          onFailure: deps.onFailure,
        });
  const wake = (kinds: readonly string[]): void => {
    (waker ?? jobs)?.wake(kinds);
  };
  const parts = await composeRecord(config, {
    writer,
    answersRequests: true,
    onOpens: wake,
    onCommit: (outcome, durationMs) => {
      metrics.commitEnded(outcome, durationMs);
    },
  });
  const { store, codec, formats, room, keyFor } = parts;
  const metrics = makeMetrics({ outboxDepth: () => store.outboxDepth(), now: Date.now, processMetrics: true });

  const { baseUrl } = config.http;
  const fhirBaseUrl = `${baseUrl}/fhir/R4`;
  const access = makeAccessRoom({
    store,
    baseUrl,
    demonstration: isDemonstration,
    tokenKey: keyFor('access-tokens'),
    tokenTtlSeconds: config.access.tokenTtlSeconds,
    sessionTtlSeconds: config.access.sessionTtlSeconds,
    personOfIdentity: (identityId) => room.reader.personOfIdentity(identityId),
    personIds: (personId) => room.personIds(personId),
    now,
  });
  const fhirLog = { log: logger, requestIdOf: (res: { locals: Record<string, unknown> }) => String(res.locals['requestId']) };

  const app = buildApp({
    trustProxy: config.http.trustProxy,
    requestLog: makeRequestLog({ logger, observer: metrics }),
    health: makeHealthRouter({
      parts: [
        { name: 'store', check: () => store.ping() },
        ...(waker === undefined
          ? [] // Without Redis requests are answered and files are kept: the work waits in the store.
          : [{ name: 'queue', isNeeded: false, check: () => waker.ping() }]),
        ...(jobs === undefined ? [] : [{ name: 'jobs', check: () => aliveOrThrow(jobs) }]),
      ],
      registry: metrics.registry,
      isStopping: () => isStopping,
    }),
    tokenEndpoint: access.tokenEndpoint,
    smartConfiguration: access.smartConfiguration,
    bearer: access.bearer,
    intakeBearer: access.intakeBearer,
    fhir: makeFhirRouter({
      store,
      codec,
      access: access.policy,
      patients: room.patients,
      contributions: room.contributions,
      virtualTypes: [room.provenance(access.policy), access.auditEventType],
      validate: validateResource,
      restrictedCodes: parts.restrictedCodes,
      server: {
        software: { name: 'Sổ Sức Khỏe', version: packageVersion() },
        baseUrl: fhirBaseUrl,
        tokenEndpoint: `${baseUrl}/oauth/token`,
        date: now().toISOString(),
      },
      log: logger,
      now,
      bodyMaxBytes: config.http.fhirBodyMaxBytes,
      createPatient: room.createPatient,
      onCreate: ({ person }) => ({ labels: [writtenForLabel(person.id)] }),
    }),
    fhirErrors: makeFhirErrorHandler(fhirLog),
    intake: makeIntakeRouter({
      submissions: room.submissions,
      formats: {
        bhytXml: formats.bhytXml,
        checkIn: formats.checkIn,
        healthCheckup: formats.healthCheckup,
        fhirBundle: formats.fhirBundle,
        sheets: [
          {
            name: BLOOD_PRESSURE_GLUCOSE.name,
            format: formats.bloodPressureGlucose,
            emptySheet: emptySheetOf(BLOOD_PRESSURE_GLUCOSE),
          },
        ],
      },
      policy: access.policy,
      limits: { maxBytes: config.intake.maxBytes, maxVisits: config.intake.maxVisits },
      signIn: access.clientSignIn,
      portal: access.portalSignIn,
      logger,
      now,
    }),
    intakeErrors: [makeMinistryErrors({ logger, now }), answerDoorError],
    web: makeWebRouter({
      store,
      reader: room.reader,
      submissions: room.submissions,
      deadLetters: makeDeadLetters({ store, kinds: JOB_CONTRACTS.map(({ kind }) => kind), wake }),
      sessions: access.sessions,
      policy: access.policy,
      whoLooked: access.whoLooked,
      baseUrl,
      now,
      logger,
      demonstration: isDemonstration,
    }),
    unexpectedErrors: makeUnexpectedErrors({ logger }),
  });

  const server: Server = makeHttpServer(app);
  let demonstration: Demonstration | undefined;
  return {
    app,
    get demonstration() {
      return demonstration;
    },
    async start() {
      await jobs?.start();
      if (isDemonstration) {
        demonstration = await prepareDemonstration({ config, accounts: access.accounts, room, store, logger, keyFor });
      }
      await listen(server, config.http);
      demonstration?.load();
    },
    async close() {
      isStopping = true;
      demonstration?.stop();
      await stopServer(server, config.http.shutdownTimeoutMs);
      await jobs?.stop(config.http.shutdownTimeoutMs);
      await waker?.close();
      await parts.close();
      await writer?.close();
    },
  };
}

/** The one thread of the process that writes to the file; MongoDB has none. */
async function startWriter({ store }: Config): Promise<SqliteWriter | undefined> {
  if (store.engine !== 'sqlite') return undefined;
  mkdirSync(dirname(store.path), { recursive: true, mode: 0o700 });
  const { startSqliteWriter } = await import('./store/sqlite/writer.js');
  return startSqliteWriter({ path: store.path });
}

/** Tells workers of other processes and threads that there is work; embedded, the jobs thread is told directly. */
async function startWaker({ queue }: Config, logger: Logger) {
  if (queue.engine !== 'redis') return undefined;
  const { makeBullMqWaker } = await import('./queue/bullmq/bullmq-waker.js');
  return makeBullMqWaker({ redisUrl: queue.url, logger });
}

const aliveOrThrow = (jobs: JobsThread): Promise<void> =>
  jobs.isAlive() ? Promise.resolve() : Promise.reject(new Error('the jobs thread is not alive'));
