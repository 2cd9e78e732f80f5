import { PhrError, isPhrError } from '../../errors.js';
import type { ResourceCodec } from '../../store/indexing.js';
import type { StoredResource } from '../../store/resource-store.js';
import type { Store } from '../../store/store.js';
import type { AccessPolicy } from '../access-policy.js';
import type { FhirAnswer, InteractionRequest, Parameter } from '../interactions/answer.js';
import { nameForAnswer } from '../interactions/parameters.js';
import { presentationOf } from '../interactions/presentation.js';
import type { RenderStored } from '../interactions/presentation.js';
import { inReach } from '../interactions/reach.js';
import { notKnown } from '../interactions/read.js';
import { CURSOR_PARAMETER, pageUrl, searchsetText } from '../interactions/searchset.js';
import { referenceForTrace } from '../interactions/trace.js';
import type { Trace } from '../interactions/trace.js';
import type { PatientResolver } from '../patient-resolver.js';

/** Resources on a page when `_count` does not say, and at most. */
export const EVERYTHING_PAGE_SIZE = 100;
export const EVERYTHING_PAGE_SIZE_MAX = 1_000;

export const PATIENT_EVERYTHING = {
  name: 'everything',
  definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything',
} as const;

export interface EverythingDeps {
  readonly store: Pick<Store, 'resource' | 'search'>;
  readonly codec: Pick<ResourceCodec, 'parse' | 'serialize'>;
  readonly access: Pick<AccessPolicy, 'authorize' | 'reach'>;
  readonly patients: Pick<PatientResolver, 'currentPerson'>;
  readonly trace: Trace;
  readonly render: RenderStored;
  readonly baseUrl: string;
  /** Stored types of the Patient compartment, without Patient. */
  readonly compartmentTypes: readonly string[];
}

export type Everything = (request: InteractionRequest, patientId: string) => Promise<FhirAnswer>;

interface EverythingParameters {
  readonly types: readonly string[];
  readonly count: number;
  readonly cursor?: string;
  readonly understood: readonly Parameter[];
}

const refuse = (text: string, code = 'value'): PhrError => new PhrError('malformed', text, [{ code, text }]);

function countOf(value: string): number {
  if (!/^\d{1,9}$/.test(value) || Number(value) === 0) throw refuse('_count must be a whole number above 0');
  return Math.min(Number(value), EVERYTHING_PAGE_SIZE_MAX);
}

function parametersOf(request: InteractionRequest, served: readonly string[]): EverythingParameters {
  let count = EVERYTHING_PAGE_SIZE;
  let cursor: string | undefined;
  let types = served;
  const understood: Parameter[] = [];
  for (const [name, value] of request.parameters) {
    if (name === '_count') count = countOf(value);
    else if (name === CURSOR_PARAMETER) cursor = value;
    else if (name === '_type') {
      const asked = value.split(',');
      types = types.filter((type) => asked.includes(type));
      if (!request.lenient && !asked.every((type) => served.includes(type)))
        throw refuse('_type names a type that is not served here');
    } else if (request.lenient) continue;
    else {
      const text = `Parameter ${nameForAnswer(name)} is not supported here`;
      throw new PhrError('unsupported', text, [{ code: 'not-supported', text }]);
    }
    understood.push([name, value]);
  }
  return { types, count, understood, ...(cursor === undefined ? {} : { cursor }) };
}

/**
 * Patient/$everything of one patient: https://hl7.org/fhir/R4/operation-patient-everything.html
 *
 * The Patient on the first page, then every resource of the compartment, newest clinical date first, paged. A former id (replaced person,
 * contribution) answers for the one current person. Reach is part of the query, as in every search.
 */
export function makePatientEverything(deps: EverythingDeps): Everything {
  const served = ['Patient', ...deps.compartmentTypes];

  const everything: Everything = async (request, patientId) => {
    const { caller } = request;
    deps.access.authorize(caller, 'patient-everything', 'Patient');
    const { types, count, cursor, understood } = parametersOf(request, served);
    const reach = deps.access.reach(caller);
    const id = await deps.patients.currentPerson(patientId);
    const person = id === undefined ? undefined : await deps.store.resource({ resourceType: 'Patient', id });
    if (person?.body === undefined || !inReach(person, reach)) throw notKnown({ resourceType: 'Patient', id: patientId });
    const withPatient = cursor === undefined && types.includes('Patient');
    const clinical = types.filter((type) => type !== 'Patient');
    const page =
      clinical.length === 0 || (reach.subject !== undefined && reach.subject !== person.id)
        ? { items: [] }
        : await deps.store
            .search({
              resourceTypes: clinical,
              criteria: [],
              subject: person.id,
              order: 'date-desc',
              // The Patient takes its place on the first page; a page holds one resource at least.
              count: Math.max(1, withPatient ? count - 1 : count),
              noLabel: reach.noLabel,
              ...(reach.anyLabel === undefined ? {} : { anyLabel: reach.anyLabel }),
              ...(cursor === undefined ? {} : { cursor }),
            })
            .catch((error: unknown) => {
              if (cursor !== undefined && isPhrError(error, 'invalid')) throw refuse(`${CURSOR_PARAMETER} is not one of ours`);
              throw error;
            });
    const items: readonly StoredResource[] = withPatient ? [person, ...page.items] : page.items;
    const references = items.map(({ resourceType, id: itemId }) => `${resourceType}/${itemId}`);
    await deps.trace.shown(caller, {
      action: 'E',
      interaction: 'patient-everything',
      patients: [person.id],
      what: references.length === 0 ? [`Patient/${person.id}`] : references,
    });
    const address = `${deps.baseUrl}/Patient/${patientId}/$everything`;
    const body = searchsetText({
      self: pageUrl(address, understood, cursor),
      ...(page.next === undefined ? {} : { next: pageUrl(address, understood, page.next) }),
      entries: items.map((item, at) => ({
        fullUrl: `${deps.baseUrl}/${references[at]}`,
        resource: presentationOf(item, reach, deps),
        mode: 'match',
      })),
    });
    return { status: 200, body };
  };

  return (request, patientId) =>
    deps.trace.keepingRefusals(
      request.caller,
      { action: 'E', interaction: 'patient-everything', what: [referenceForTrace('Patient', patientId)] },
      () => everything(request, patientId),
    );
}
