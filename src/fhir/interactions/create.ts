import type { FhirResource, Patient } from 'fhir/r4.js';
import { PhrError } from '../../errors.js';
import type { ResourceCodec } from '../../store/indexing.js';
import type { StoredResource } from '../../store/resource-store.js';
import type { Store, UnitOfWrite } from '../../store/store.js';
import type { AccessPolicy, Caller } from '../access-policy.js';
import { outcomeOf } from '../outcome.js';
import type { FhirAnswer, InteractionRequest } from './answer.js';
import { refuseParameters } from './parameters.js';
import { presentationOf } from './presentation.js';
import type { RenderStored } from './presentation.js';
import { knownSubject, SUBJECT_TYPES, withSubject } from './subject.js';
import type { SubjectDeps } from './subject.js';
import type { Trace } from './trace.js';

/** What else belongs into the commit of a created resource. */
export interface CreateAddition {
  /** Jobs to open, records, guards …: joined with the resource and its access line into one unit. */
  readonly unit?: UnitOfWrite;
  /** Labels beside the writer's own (the visit or identity by which it can be held). */
  readonly labels?: readonly string[];
}

/** Called before the commit of a clinical resource; `person` is the current person's Patient. */
export type OnCreate = (created: {
  readonly resource: FhirResource;
  readonly person: StoredResource;
  readonly caller: Caller;
}) => CreateAddition | Promise<CreateAddition>;

/**
 * Creates a Patient: supplied by the record room, which knows people. The id and meta of the client are gone already. It commits the
 * resource, what it causes and `access(patients, what)` in one unit, and gives the stored version back.
 */
export type CreatePatient = (created: {
  readonly patient: Patient;
  readonly id: string;
  readonly caller: Caller;
  readonly labels: readonly string[];
  readonly access: (patients: readonly string[], what: readonly string[]) => NonNullable<UnitOfWrite['access']>;
}) => Promise<StoredResource>;

export interface CreateDeps extends SubjectDeps {
  readonly store: Pick<Store, 'resource' | 'commit'>;
  readonly codec: Pick<ResourceCodec, 'parse' | 'serialize'>;
  readonly access: Pick<AccessPolicy, 'authorize' | 'reach' | 'writeLabels' | 'lines'>;
  readonly trace: Trace;
  readonly render: RenderStored;
  /** Bytes to resource, decimals with their digits. @throws PhrError `malformed`, `too-large`, `too-costly` */
  readonly parseBody: (body: Buffer) => FhirResource;
  /** @throws PhrError `invalid` with every finding at once */
  readonly validate: (resource: FhirResource) => void;
  /** Label of content that is never shown by default; undefined = none. */
  readonly restrictionOf: (resource: FhirResource) => string | undefined;
  readonly newId: () => string;
  readonly onCreate?: OnCreate;
  readonly createPatient?: CreatePatient;
}

export interface CreateInput {
  readonly resourceType: string;
  readonly body: Buffer;
  /** `Prefer: return=…` */
  readonly answer: 'minimal' | 'representation' | 'OperationOutcome';
  /** `If-None-Exist`, as sent. */
  readonly ifNoneExist?: string;
}

export type Create = (request: InteractionRequest, input: CreateInput) => Promise<FhirAnswer>;

/** Types that can be created; Patient only where the record room gives the way. */
export const creatableTypes = (deps: Pick<CreateDeps, 'createPatient'>): readonly string[] =>
  deps.createPatient === undefined ? SUBJECT_TYPES : [...SUBJECT_TYPES, 'Patient'];

/** Server-assigned: what the client says about id, version and instant is not kept. https://hl7.org/fhir/R4/http.html#create */
function withId(resource: FhirResource, id: string): FhirResource {
  const { id: _id, meta, ...content } = resource;
  // Not validated yet: a meta that is no object stays for the validation to refuse.
  if (meta !== undefined && (typeof meta !== 'object' || Array.isArray(meta))) return { ...content, id, meta } as FhirResource;
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = meta ?? {};
  return { ...content, id, ...(Object.keys(kept).length === 0 ? {} : { meta: kept }) } as FhirResource;
}

/** A person's dated residence decides whose catchment the resource is in. */
const residenceLabels = (person: StoredResource): readonly string[] =>
  person.labels.filter((label) => label.startsWith('commune/'));

/** FHIR create interaction: https://hl7.org/fhir/R4/http.html#create */
export function makeCreate(deps: CreateDeps): Create {
  const linesOf =
    (caller: Caller): Parameters<CreatePatient>[0]['access'] =>
    (patients, what) =>
      deps.access.lines(caller, { action: 'C', interaction: 'create', outcome: '0', patients, what });

  const createClinical = async (caller: Caller, resource: FhirResource): Promise<StoredResource> => {
    const subject = await knownSubject(deps, resource, deps.access.reach(caller));
    const { person } = subject;
    const next = withSubject(resource, subject);
    const addition = (await deps.onCreate?.({ resource: next, person, caller })) ?? {};
    const restriction = deps.restrictionOf(next);
    const labels = new Set([
      ...deps.access.writeLabels(caller),
      ...residenceLabels(person),
      ...(restriction === undefined ? [] : [restriction]),
      ...(addition.labels ?? []),
    ]);
    const id = next.id as string;
    const put = {
      resourceType: next.resourceType,
      id,
      origin: 'contribution',
      expected: 'absent',
      resource: next,
      subject: person.id,
      labels: [...labels],
    } as const;
    const { unit = {} } = addition;
    const result = await deps.store.commit({
      ...unit,
      // First, so that the result's first entry is this resource's.
      resources: [put, ...(unit.resources ?? [])],
      access: [...linesOf(caller)([person.id], [`${next.resourceType}/${id}`]), ...(unit.access ?? [])],
    });
    const version = result.resources[0];
    if (version === undefined) throw new Error('a commit answers for every resource');
    return {
      ...put,
      versionId: version.versionId,
      lastUpdated: version.lastUpdated,
      commit: result.commit,
      body: deps.codec.serialize(next),
    };
  };

  const createPatient = (caller: Caller, patient: Patient): Promise<StoredResource> => {
    if (deps.createPatient === undefined) throw new PhrError('method', 'Patients are not created here');
    return deps.createPatient({
      patient,
      id: patient.id as string,
      caller,
      labels: deps.access.writeLabels(caller),
      access: linesOf(caller),
    });
  };

  const answerOf = (stored: StoredResource, caller: Caller, answer: CreateInput['answer']): FhirAnswer => {
    const { resourceType, id, versionId, lastUpdated } = stored;
    const made = { status: 201, versionId, lastUpdated, location: `${deps.baseUrl}/${resourceType}/${id}/_history/${versionId}` };
    if (answer === 'minimal') return made;
    if (answer === 'representation') return { ...made, body: presentationOf(stored, deps.access.reach(caller), deps) };
    const outcome = outcomeOf(
      [{ severity: 'information', code: 'informational', text: `${resourceType} created` }],
      caller.requestId,
    );
    return { ...made, body: JSON.stringify(outcome) };
  };

  const create: Create = async (request, input) => {
    const { caller } = request;
    const { resourceType } = input;
    deps.access.authorize(caller, 'create', resourceType);
    refuseParameters(request);
    if (input.ifNoneExist !== undefined) {
      const text = 'Conditional create (If-None-Exist) is not supported';
      throw new PhrError('precondition-failed', text, [{ code: 'not-supported', text }]);
    }
    const written = deps.parseBody(input.body);
    if (written.resourceType !== resourceType) {
      const text = `The body must be a resource of type ${resourceType}`;
      throw new PhrError('malformed', text, [{ code: 'invalid', expression: resourceType, text }]);
    }
    const resource = withId(written, deps.newId());
    deps.validate(resource);
    const stored =
      resource.resourceType === 'Patient' ? await createPatient(caller, resource) : await createClinical(caller, resource);
    return answerOf(stored, caller, input.answer);
  };

  return (request, input) =>
    deps.trace.keepingRefusals(request.caller, { action: 'C', interaction: 'create', what: [input.resourceType] }, () =>
      create(request, input),
    );
}
