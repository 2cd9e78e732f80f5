import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { FhirResource } from 'fhir/r4.js';
import type { ResourceCodec } from '../../store/indexing.js';
import type { Store } from '../../store/store.js';
import type { AccessPolicy } from '../access-policy.js';
import { makeCapabilities } from '../interactions/capabilities.js';
import type { ServerDescription } from '../interactions/capabilities.js';
import { restrictionOfResource } from '../interactions/content-restriction.js';
import { creatableTypes, makeCreate } from '../interactions/create.js';
import type { CreatePatient, OnCreate } from '../interactions/create.js';
import { makeRead } from '../interactions/read.js';
import { makeSearchType } from '../interactions/search-type.js';
import { makeTrace } from '../interactions/trace.js';
import { makeVread } from '../interactions/vread.js';
import { makePatientEverything } from '../operations/patient-everything.js';
import type { Contributions } from '../contributions.js';
import type { PatientResolver } from '../patient-resolver.js';
import { renderStored } from '../search/codec.js';
import { SEARCHABLE_TYPES } from '../search/registry.js';
import type { RestrictedCodes } from '../sensitivity.js';
import type { VirtualType } from '../virtual-type.js';
import { parseResourceBody } from './body.js';
import type { ErrorLog } from './errors.js';
import { makeHttpRouter } from './router.js';
import { servedTypes } from './served.js';

/** Largest body of a create, in bytes, when the configuration gives none (it does: FHIR_BODY_MAX_BYTES). */
export const BODY_MAX_BYTES = 8 * 1024 * 1024;

export interface FhirRouterDeps {
  readonly store: Store;
  readonly codec: ResourceCodec;
  readonly access: AccessPolicy;
  readonly patients: PatientResolver;
  /** Source resources under their own ids; absent = there are none. */
  readonly contributions?: Contributions;
  /** Types that are rendered, not stored: Provenance, AuditEvent. */
  readonly virtualTypes: readonly VirtualType[];
  /** @throws PhrError `invalid` with every finding at once */
  readonly validate: (resource: FhirResource) => void;
  /** Content that is never shown by default: what is written through REST is labelled by it too. */
  readonly restrictedCodes: RestrictedCodes;
  readonly server: ServerDescription;
  readonly log: ErrorLog;
  readonly now: () => Date;
  readonly newId?: () => string;
  readonly bodyMaxBytes?: number;
  /** What else a create of a clinical resource commits. */
  readonly onCreate?: OnCreate;
  /** Absent = Patient is not claimed for create. */
  readonly createPatient?: CreatePatient;
}

/**
 * The FHIR R4 API below its base. Mount behind the request log and the authentication, and mount `makeFhirErrorHandler` behind it:
 * `app.use('/fhir/R4', bearer, makeFhirRouter(deps), makeFhirErrorHandler(deps))`.
 */
export function makeFhirRouter(deps: FhirRouterDeps): RequestHandler {
  const { server, store, codec, access, patients, now } = deps;
  const { baseUrl } = server;
  const virtualTypes = new Map(deps.virtualTypes.map((type) => [type.resourceType, type]));
  const served = servedTypes({ virtualTypes: deps.virtualTypes, creatable: creatableTypes(deps) });
  const shared = {
    store,
    codec,
    access,
    patients,
    ...(deps.contributions === undefined ? {} : { contributions: deps.contributions }),
    virtualTypes,
    trace: makeTrace({ store, access }),
    render: renderStored,
    baseUrl,
  };
  const read = makeRead(shared);
  return makeHttpRouter({
    served,
    log: deps.log,
    bodyMaxBytes: deps.bodyMaxBytes ?? BODY_MAX_BYTES,
    interactions: {
      capabilities: makeCapabilities({ server, types: served.values() }),
      read,
      vread: makeVread({ read }),
      searchType: makeSearchType({ ...shared, now }),
      create: makeCreate({
        ...shared,
        parseBody: parseResourceBody,
        validate: deps.validate,
        restrictionOf: (resource) => restrictionOfResource(resource, deps.restrictedCodes),
        newId: deps.newId ?? randomUUID,
        ...(deps.onCreate === undefined ? {} : { onCreate: deps.onCreate }),
        ...(deps.createPatient === undefined ? {} : { createPatient: deps.createPatient }),
      }),
      everything: makePatientEverything({
        ...shared,
        compartmentTypes: SEARCHABLE_TYPES.filter((type) => type !== 'Patient' && !virtualTypes.has(type)),
      }),
    },
  });
}
