import type { CreatePatient } from '../../fhir/interactions/create.js';
import { stringifyJson } from '../../fhir/decimal.js';
import type { PatientResolver } from '../../fhir/patient-resolver.js';
import { isPhrError, PhrError } from '../../errors.js';
import type { FileContext } from '../../intake/parsed-visit.js';
import type { ResourceCodec } from '../../store/indexing.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS, type LinkValue, type SourceValue } from '../collections.js';
import { rebuildRecord, type RebuildDeps } from '../facts/rebuild-record.js';
import { linkPerson, type LinkDeps } from '../identity/link-person.js';
import { attachVisit, ChunkState } from '../sources/attach-visit.js';
import type { Dossier } from '../sources/dossier.js';
import { sha256Of, type Vault } from '../sources/vault.js';
import { restDossierIdOf } from './rest-dossier-id.js';
import { makeRestPatientFormat, REST_PATIENT_DOOR, REST_SENDER } from './rest-patient-format.js';

/** Lost races before a create answers that it can't now. */
export const CREATE_ATTEMPTS = 10;

/**
 * A Patient written through REST: kept as a source, linked by the identifier tiers alone, readable at once. One that founds a person lends
 * it its id; one that joins a person stays readable under its own id, with `link` `refer` to the person (design.md §5). The rows of link and
 * rebuild are opened with the source, so a crash in between loses nothing.
 */
export function makeCreatePatient(deps: {
  readonly store: Store;
  readonly vault: Vault;
  readonly codec: Pick<ResourceCodec, 'serialize'>;
  readonly patients: PatientResolver;
  readonly link: LinkDeps;
  readonly rebuild: RebuildDeps;
}): CreatePatient {
  const { store, vault } = deps;
  const format = makeRestPatientFormat();
  return async ({ patient, id, caller, labels, access }) => {
    const bytes = Buffer.from(stringifyJson(patient));
    const sender = caller.facilityCode ?? caller.agent.id;
    const context: FileContext = { issueTime: '', unitCode: sender, problems: [] };
    const visit = format.parse(bytes, 1, context, { clientId: caller.agent.id });
    const blobId = `${id}.rest`;
    const source: SourceValue = {
      dossierId: '',
      door: REST_PATIENT_DOOR,
      blobId,
      submissionId: id,
      position: 1,
      context,
      sender: { clientId: caller.agent.id },
      subjects: visit.subjects.map(({ slot, identity, patient: sent }) => ({ slot, identity, patient: sent.resource })),
    };
    const made = await retried(async () => {
      const state = new ChunkState(deps.link);
      state.add(await vault.keep(blobId, bytes));
      await attachVisit(state, { ...visit, sender: REST_SENDER }, source, sha256Of(bytes), 0, sender);
      return store.commit({ ...state.unit(), access: access([id], [`Patient/${id}`]) });
    });
    const dossier = await store.record<Dossier>(COLLECTIONS.dossier, restDossierIdOf(id));
    const identityId = dossier?.value.subjects[0]?.identityId ?? '';
    await linkPerson(deps.link, undefined, identityId);
    await rebuildRecord(deps.rebuild, undefined, identityId);

    const personId = (await store.record<LinkValue>(COLLECTIONS.link, identityId))?.value.personId;
    if (personId === id) {
      const stored = await store.resource({ resourceType: 'Patient', id });
      if (stored !== undefined) return stored;
    }
    const contribution = await deps.patients.formerPatient(id);
    if (personId === undefined || contribution === undefined)
      throw new PhrError('unavailable', 'the Patient is kept, and not readable yet');
    await store.commit({ access: access([personId], [`Patient/${id}`]) });
    return {
      resourceType: 'Patient',
      id,
      origin: 'contribution',
      versionId: '1',
      lastUpdated: made.at,
      commit: made.commit,
      body: deps.codec.serialize(contribution),
      subject: personId,
      labels,
    };
  };
}

async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPhrError(error, 'precondition-failed') || count >= CREATE_ATTEMPTS) throw error;
    }
  }
}
