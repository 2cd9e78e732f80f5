import express from 'express';
import type { Express } from 'express';
import type { FhirResource, Patient } from 'fhir/r4.js';
import { makeAccessLineId } from '../../src/access/audit/access-line-id.js';
import { makeAccessPolicy } from '../../src/access/policy.js';
import type { AccessPolicy, Caller, Role } from '../../src/fhir/access-policy.js';
import { makeFhirErrorHandler } from '../../src/fhir/http/errors.js';
import { makeFhirRouter } from '../../src/fhir/http/fhir-router.js';
import type { FhirRouterDeps } from '../../src/fhir/http/fhir-router.js';
import { loadRestrictedCodes } from '../../src/fhir/restricted-codes.js';
import { makeResourceCodec } from '../../src/fhir/search/codec.js';
import type { PatientResolver } from '../../src/fhir/patient-resolver.js';
import { validateResource } from '../../src/fhir/validation/validate.js';
import type { AccessLine } from '../../src/store/access-log.js';
import type { ResourceCodec } from '../../src/store/indexing.js';
import { openMemoryStore } from '../../src/store/memory/memory-store.js';
import type { ResourcePut } from '../../src/store/resource-store.js';
import type { Store } from '../../src/store/store.js';

export const FHIR_BASE = 'http://localhost:8080/fhir/R4';
/** The instant at which a test's clock stands. */
export const NOW = new Date('2026-03-01T03:00:00.000Z');
const REQUEST_ID = '3f2b8f0a-0000-4000-8000-000000000001';

/** A caller as the sign-in would resolve it. */
export function aCaller(role: Role, fields: Partial<Caller> = {}): Caller {
  const { facilityCode } = fields;
  return {
    agent: {
      kind: 'software',
      id: `client-${facilityCode ?? role}`,
      role,
      display: 'A client',
      ...(facilityCode === undefined ? {} : { facilityCode }),
    },
    role,
    scopes: ['system/*.cruds'],
    requestId: REQUEST_ID,
    purpose: 'TREAT',
    ...fields,
  };
}

/** The callers that a test asks as, by the name in its `X-Test-Caller` header; without it the integrator asks. */
export const CALLERS = {
  integrator: aCaller('integrator'),
  'facility-56901': aCaller('facility', { facilityCode: '56901' }),
  'facility-56902': aCaller('facility', { facilityCode: '56902' }),
  station: aCaller('station', { communeCode: '22651' }),
  citizen: aCaller('citizen', { personId: 'nga' }),
  'stranger-citizen': aCaller('citizen', { personId: 'own' }),
  steward: aCaller('steward'),
  'read-only': aCaller('integrator', { scopes: ['system/*.rs'] }),
} as const satisfies Readonly<Record<string, Caller>>;
export type CallerName = keyof typeof CALLERS;

/** People who were merged or written by REST: former id -> current person. Every Patient of the store is its own person otherwise. */
function makeTestResolver(
  store: Store,
  former: ReadonlyMap<string, string>,
  contributions: NonNullable<FhirApplicationOptions['contributions']>,
): PatientResolver {
  const currentPerson = async (id: string): Promise<string | undefined> => {
    const current = former.get(id) ?? contributions.get(id)?.[0];
    if (current !== undefined) return current;
    const stored = await store.resource({ resourceType: 'Patient', id });
    return stored?.subject;
  };
  return {
    currentPerson,
    contributionLabels: async (id) => {
      const label = contributions.get(id)?.[1];
      return label === undefined ? undefined : [label];
    },
    formerPatient: async (id) => {
      const person = contributions.get(id)?.[0];
      if (person !== undefined) return aPatient({ id, link: [{ other: { reference: `Patient/${person}` }, type: 'refer' }] });
      const current = former.get(id);
      if (current === undefined) return undefined;
      return {
        resourceType: 'Patient',
        id,
        active: false,
        link: [{ other: { reference: `Patient/${current}` }, type: 'replaced-by' }],
      };
    },
  };
}

export interface FhirApplication {
  readonly app: Express;
  readonly store: Store;
  /** Lines of the log. */
  readonly logged: { readonly requestId: string; readonly err: unknown }[];
  /** Stores facts; the subject is the `Patient/…` that they point to, or the Patient itself. */
  put(resource: FhirResource, fields?: Partial<ResourcePut>): Promise<void>;
  /** Stores facts in one commit. */
  putAll(resources: readonly FhirResource[], fields?: Partial<ResourcePut>): Promise<void>;
  delete(resourceType: string, id: string, fields?: Partial<ResourcePut>): Promise<void>;
  /** Every access line, oldest first. */
  lines(): Promise<readonly AccessLine[]>;
}

export interface FhirApplicationOptions extends Partial<
  Pick<FhirRouterDeps, 'virtualTypes' | 'onCreate' | 'createPatient' | 'bodyMaxBytes' | 'newId' | 'validate'>
> {
  readonly former?: ReadonlyMap<string, string>;
  /** Patients as one sender wrote them: id -> person and label. */
  readonly contributions?: ReadonlyMap<string, readonly [person: string, label: string]>;
  /** Lets every role ask, so that the reach of people can be tried on this path too. */
  readonly everyRole?: boolean;
  readonly store?: Store;
  /** `file`: the tests of a file share it, and only read. */
  readonly lifetime?: 'test' | 'file';
  readonly baseUrl?: string;
  readonly storeOf?: (store: Store) => Store;
}

export const SENDER_LABEL = 'sender/56901';

const codec = makeResourceCodec();

/** Opens an empty store for one test. */
export type OpenForTest = (parts: { readonly codec: ResourceCodec; readonly now: () => number }) => Store | Promise<Store>;
let openForTest: OpenForTest = openMemoryStore;
const opened = { test: [] as Store[], file: [] as Store[] };

/** The engine that the applications of this test file stand on; the memory engine when nothing is said. */
export function standOn(open: OpenForTest): void {
  openForTest = open;
}

/** Closes the stores that were opened for a test, or for the whole file. */
export async function closeStores(lifetime: 'test' | 'file'): Promise<void> {
  for (const store of opened[lifetime].splice(0)) await store.close();
}

/** The FHIR API with the real access rules and a caller picked by header instead of a token. */
export async function startFhir(options: FhirApplicationOptions = {}): Promise<FhirApplication> {
  const store = options.store ?? (await openForTest({ codec, now: () => NOW.getTime() }));
  if (options.store === undefined) opened[options.lifetime ?? 'test'].push(store);
  const logged: { readonly requestId: string; readonly err: unknown }[] = [];
  const policy: AccessPolicy = makeAccessPolicy({ demonstration: true, now: () => NOW, lineId: makeAccessLineId() });
  const app = express();
  app.use((req, res, next) => {
    const name = req.get('x-test-caller') ?? 'integrator';
    res.locals['requestId'] = REQUEST_ID;
    if (name in CALLERS) res.locals['caller'] = CALLERS[name as CallerName];
    next();
  });
  const log: FhirRouterDeps['log'] = { error: (fields) => logged.push(fields) };
  app.use(
    '/fhir/R4',
    makeFhirRouter({
      store: options.storeOf?.(store) ?? store,
      codec,
      access: options.everyRole === true ? { ...policy, authorize: () => undefined } : policy,
      patients: makeTestResolver(store, options.former ?? new Map(), options.contributions ?? new Map()),
      virtualTypes: options.virtualTypes ?? [],
      validate: options.validate ?? validateResource,
      restrictedCodes: loadRestrictedCodes(),
      server: {
        software: { name: 'Sổ Sức Khỏe', version: '0.1.0' },
        baseUrl: options.baseUrl ?? FHIR_BASE,
        tokenEndpoint: 'http://localhost:8080/oauth/token',
        date: NOW.toISOString(),
      },
      log,
      now: () => NOW,
      ...(options.newId === undefined ? {} : { newId: options.newId }),
      ...(options.bodyMaxBytes === undefined ? {} : { bodyMaxBytes: options.bodyMaxBytes }),
      ...(options.onCreate === undefined ? {} : { onCreate: options.onCreate }),
      ...(options.createPatient === undefined ? {} : { createPatient: options.createPatient }),
    }),
    makeFhirErrorHandler({ log, requestIdOf: (res) => String(res.locals['requestId']) }),
  );
  const write = async (...resources: readonly ResourcePut[]): Promise<void> => {
    await store.commit({ resources });
  };
  const factOf = (resource: FhirResource, fields: Partial<ResourcePut>): ResourcePut => ({
    resourceType: resource.resourceType,
    id: resource.id as string,
    origin: 'fact',
    expected: 'any',
    resource,
    labels: [SENDER_LABEL],
    ...subjectOf(resource),
    ...fields,
  });
  return {
    app,
    store,
    logged,
    put: (resource, fields = {}) => write(factOf(resource, fields)),
    putAll: (resources, fields = {}) => write(...resources.map((resource) => factOf(resource, fields))),
    delete: (resourceType, id, fields = {}) =>
      write({ resourceType, id, origin: 'fact', expected: 'any', labels: [SENDER_LABEL], ...fields }),
    lines: async () => (await store.accessLines({ limit: 10_000 })).toReversed(),
  };
}

function subjectOf(resource: FhirResource): { readonly subject?: string } {
  if (resource.resourceType === 'Patient') return { subject: resource.id as string };
  const { subject, patient, beneficiary } = resource as unknown as Record<string, { readonly reference?: string } | undefined>;
  const id = /^Patient\/(.+)$/.exec((subject ?? patient ?? beneficiary)?.reference ?? '')?.[1];
  return id === undefined ? {} : { subject: id };
}

export const aPatient = (fields: Partial<Patient> & { readonly id: string }): Patient => ({
  resourceType: 'Patient',
  name: [{ text: 'Nguyễn Thị Nga', family: 'Nguyễn', given: ['Thị', 'Nga'] }],
  gender: 'female',
  birthDate: '1984-05-02',
  ...fields,
});
