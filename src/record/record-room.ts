import { randomUUID } from 'node:crypto';
import type { AccessPolicy } from '../fhir/access-policy.js';
import type { CreatePatient } from '../fhir/interactions/create.js';
import type { Contributions } from '../fhir/contributions.js';
import type { PatientResolver } from '../fhir/patient-resolver.js';
import type { VirtualType } from '../fhir/virtual-type.js';
import type { IdentityInput, IntakeFormat, IntakeLimits } from '../intake/parsed-visit.js';
import { LINK_PERSON } from '../queue/jobs/link-person.js';
import { PARSE_SUBMISSION } from '../queue/jobs/parse-submission.js';
import { REBUILD_RECORD } from '../queue/jobs/rebuild-record.js';
import { UnrecoverableJobError, type JobHandler } from '../queue/queue.js';
import type { ResourceCodec } from '../store/indexing.js';
import type { Store } from '../store/store.js';
import { recordHash } from './facts/content-hash.js';
import { rebuildAll, type RebuildResult } from './facts/rebuild-all.js';
import { rebuildRecord } from './facts/rebuild-record.js';
import { makeLedgerIds } from './ids.js';
import { linkPerson } from './identity/link-person.js';
import { personIds } from './identity/person-row.js';
import { registerIdentity } from './identity/register-identity.js';
import { makeContributions } from './reader/contributions.js';
import { makePersonReader } from './reader/make-person-reader.js';
import { makePatientResolver } from './reader/patients.js';
import type { PersonReader } from './reader/person-reader.js';
import { makeProvenanceType } from './reader/provenance.js';
import { makeCreatePatient } from './rest/create-patient.js';
import { makeRestPatientFormat } from './rest/rest-patient-format.js';
import { parseSubmission } from './sources/parse-submission.js';
import { makeRecentVisits } from './sources/recent-visits.js';
import { makeSourceReader, type SourceReader } from './sources/read-source.js';
import type { Submissions } from './sources/receipt.js';
import { makeSubmissions } from './sources/submissions.js';
import { makeVault, type Sealer, type Vault } from './sources/vault.js';

/** The record room, put together from ports: what doors, pages, workers and commands use of it. */
export interface RecordRoom {
  readonly submissions: Submissions;
  readonly reader: PersonReader;
  readonly patients: PatientResolver;
  readonly contributions: Contributions;
  readonly sources: SourceReader;
  readonly vault: Vault;
  /** One handler for each job contract, by kind. */
  readonly handlers: Readonly<Record<string, JobHandler>>;
  /**
   * Notes a portal account's demographics as an identity record, to be linked like any other (interfaces.md §1); again = no change.
   * @returns the identity record's id
   */
  registerIdentity(input: IdentityInput): Promise<string>;
  /** Every id under which things of a person may stand, the current one first. */
  personIds(personId: string): Promise<readonly string[]>;
  /** The hook of the FHIR router for `create` of Patient. */
  readonly createPatient: CreatePatient;
  provenance(access: Pick<AccessPolicy, 'reach'>): VirtualType;
  recordHash(personId?: string): Promise<string>;
  rebuildAll(options: {
    readonly personId?: string;
    readonly onBefore: (hash: string) => void;
    readonly progress: (stage: string, done: number) => void;
  }): Promise<RebuildResult>;
}

export function makeRecordRoom(deps: {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly formats: readonly IntakeFormat[];
  readonly limits: IntakeLimits;
  readonly codec: Pick<ResourceCodec, 'parse' | 'serialize'>;
  readonly now: () => Date;
  /** Parsed visits that wait in memory for their rebuild; default RECENT_VISITS_MAX. */
  readonly recentVisits?: number;
}): RecordRoom {
  const { store, codec, limits, now } = deps;
  const { parse } = codec;
  const formats = new Map([...deps.formats, makeRestPatientFormat()].map((format) => [format.door, format]));
  const vault = makeVault({ store, sealer: deps.sealer });
  const recent = makeRecentVisits(deps.recentVisits);
  const sources = makeSourceReader({ store, vault, formats, recent });
  const patients = makePatientResolver({ store, sources });
  const ids = makeLedgerIds({ now });
  const newRowId = randomUUID;
  const parseDeps = { store, vault, formats, limits, recent, newRowId, now };
  const linkDeps = { store, now, newRowId, newPersonId: ids.newPersonId };
  const rebuildDeps = { store, parse, sources, newFactId: ids.newFactId };
  return {
    submissions: makeSubmissions({ store, vault, now, newId: randomUUID }),
    reader: makePersonReader({ store, parse, sources, patients }),
    patients,
    contributions: makeContributions({ store, sources }),
    sources,
    vault,
    handlers: {
      [PARSE_SUBMISSION.kind]: async (row) => {
        if (!PARSE_SUBMISSION.isPayload(row.payload)) throw new UnrecoverableJobError('payload does not match the contract');
        await parseSubmission(parseDeps, row.id, row.payload.submissionId);
      },
      [LINK_PERSON.kind]: async (row) => {
        if (!LINK_PERSON.isPayload(row.payload)) throw new UnrecoverableJobError('payload does not match the contract');
        await linkPerson(linkDeps, row.id, row.payload.identityId);
      },
      [REBUILD_RECORD.kind]: async (row) => {
        if (!REBUILD_RECORD.isPayload(row.payload)) throw new UnrecoverableJobError('payload does not match the contract');
        await rebuildRecord(rebuildDeps, row.id, row.payload.identityId);
      },
    },
    registerIdentity: (input) => registerIdentity({ store, newRowId }, input),
    personIds: (personId) => personIds(store, personId),
    createPatient: makeCreatePatient({ store, vault, codec, patients, link: linkDeps, rebuild: rebuildDeps }),
    provenance: (access) => makeProvenanceType({ store, access, patients }),
    recordHash: (personId) => recordHash({ store, parse }, personId),
    rebuildAll: ({ progress, ...options }) => rebuildAll({ ...linkDeps, ...rebuildDeps, progress }, options),
  };
}
