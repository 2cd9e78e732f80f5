import type { FhirResource, Patient } from 'fhir/r4.js';
import { PhrError } from '../../errors.js';
import type { ResourceCodec } from '../../store/indexing.js';
import type { ResourceKey, StoredResource } from '../../store/resource-store.js';
import type { Store } from '../../store/store.js';
import type { AccessPolicy, Caller, ReachView } from '../access-policy.js';
import type { Contributions } from '../contributions.js';
import type { PatientResolver } from '../patient-resolver.js';
import type { VirtualType } from '../virtual-type.js';
import type { FhirAnswer, InteractionRequest, ReadConditions } from './answer.js';
import { isUnchanged } from './conditional.js';
import { refuseParameters } from './parameters.js';
import { presentationOf, presentationOfRendered } from './presentation.js';
import type { RenderStored } from './presentation.js';
import { inReach } from './reach.js';
import { patientsOfRendered } from './rendered-patients.js';
import { referenceForTrace } from './trace.js';
import type { Trace } from './trace.js';

export interface ReadDeps {
  readonly store: Pick<Store, 'resource'>;
  readonly codec: Pick<ResourceCodec, 'parse' | 'serialize'>;
  readonly access: Pick<AccessPolicy, 'authorize' | 'reach'>;
  readonly patients: PatientResolver;
  readonly contributions?: Contributions;
  readonly virtualTypes: ReadonlyMap<string, VirtualType>;
  readonly trace: Trace;
  readonly render: RenderStored;
}

/** With `versionId` it is a vread: the version asked for has to be the current one. */
export type Read = (
  request: InteractionRequest,
  key: ResourceKey & { readonly versionId?: string },
  conditions: ReadConditions,
) => Promise<FhirAnswer>;

/** One answer for unknown and for beyond reach: they must not be told apart. */
export const notKnown = (key: ResourceKey): PhrError => new PhrError('not-found', `${key.resourceType}/${key.id} is not known`);

/** What a read found inside the caller's reach. */
type Found =
  | { readonly kind: 'stored'; readonly stored: StoredResource }
  | { readonly kind: 'rendered'; readonly resource: FhirResource; readonly patients: readonly string[] };

/** Written by one sender about a person (design.md §5), in contrast to a person that was replaced. */
const isContribution = (patient: Patient): boolean => patient.link?.some(({ type }) => type === 'refer') === true;

async function findFormerPatient(deps: ReadDeps, reach: ReachView, key: ResourceKey): Promise<Found | undefined> {
  const current = await deps.patients.currentPerson(key.id);
  if (current === undefined || current === key.id) return undefined;
  const person = await deps.store.resource({ resourceType: 'Patient', id: current });
  if (person === undefined || !inReach(person, reach)) return undefined;
  const resource = await deps.patients.formerPatient(key.id);
  if (resource !== undefined && isContribution(resource) && reach.anyLabel !== undefined) {
    const labels = await deps.patients.contributionLabels?.(key.id);
    if (labels === undefined || !inReach({ labels, subject: current }, reach)) return undefined;
  }
  return resource === undefined ? undefined : { kind: 'rendered', resource, patients: [current] };
}

async function findForRead(deps: ReadDeps, caller: Caller, reach: ReachView, key: ResourceKey): Promise<Found | undefined> {
  const virtual = deps.virtualTypes.get(key.resourceType);
  if (virtual !== undefined) {
    const resource = await virtual.read(caller, key.id);
    return resource === undefined ? undefined : { kind: 'rendered', resource, patients: patientsOfRendered(resource) };
  }
  const stored = await deps.store.resource(key);
  // A Patient that is not its own compartment is a contribution or was replaced: the resolver says what a read of it answers.
  if (key.resourceType === 'Patient' && stored?.subject !== key.id) {
    const former = await findFormerPatient(deps, reach, key);
    if (former !== undefined) return former;
  }
  if (stored === undefined) return findContribution(deps, reach, key);
  return inReach(stored, reach) ? { kind: 'stored', stored } : undefined;
}

/** What one source states, under its own id (design.md §5). */
async function findContribution(deps: ReadDeps, reach: ReachView, key: ResourceKey): Promise<Found | undefined> {
  const found = key.resourceType === 'Patient' ? undefined : await deps.contributions?.contribution(key);
  if (found === undefined || !inReach(found, reach)) return undefined;
  return { kind: 'rendered', resource: found.resource, patients: found.subject === undefined ? [] : [found.subject] };
}

function requireVersion(key: ResourceKey & { readonly versionId?: string }, current: string | undefined): void {
  if (key.versionId === undefined || key.versionId === current) return;
  throw new PhrError('not-found', `Only the current version of ${key.resourceType}/${key.id} is served`);
}

/** FHIR read interaction: https://hl7.org/fhir/R4/http.html#read */
export function makeRead(deps: ReadDeps): Read {
  const read: Read = async (request, key, conditions) => {
    const { caller } = request;
    const interaction = key.versionId === undefined ? 'read' : 'vread';
    deps.access.authorize(caller, interaction, key.resourceType);
    refuseParameters(request);
    const reach = deps.access.reach(caller);
    const found = await findForRead(deps, caller, reach, key);
    if (found === undefined) throw notKnown(key);
    const shown = { action: 'R', interaction, what: [`${key.resourceType}/${key.id}`] } as const;
    if (found.kind === 'rendered') {
      const { versionId, lastUpdated } = found.resource.meta ?? {};
      requireVersion(key, versionId);
      await deps.trace.shown(caller, { ...shown, patients: found.patients });
      return {
        status: 200,
        body: presentationOfRendered(found.resource, reach),
        ...(versionId === undefined ? {} : { versionId }),
        ...(lastUpdated === undefined ? {} : { lastUpdated }),
      };
    }
    const { stored } = found;
    const { versionId, lastUpdated } = stored;
    if (stored.body === undefined) throw new PhrError('gone', `${key.resourceType}/${key.id} was deleted`);
    requireVersion(key, versionId);
    await deps.trace.shown(caller, { ...shown, patients: stored.subject === undefined ? [] : [stored.subject] });
    if (isUnchanged(stored, conditions)) return { status: 304, versionId, lastUpdated };
    return { status: 200, body: presentationOf(stored, reach, deps), versionId, lastUpdated };
  };
  return (request, key, conditions) =>
    deps.trace.keepingRefusals(
      request.caller,
      {
        action: 'R',
        interaction: key.versionId === undefined ? 'read' : 'vread',
        what: [referenceForTrace(key.resourceType, key.id)],
      },
      () => read(request, key, conditions),
    );
}
