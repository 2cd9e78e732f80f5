import type { Patient } from 'fhir/r4.js';
import type { PatientResolver } from '../../fhir/patient-resolver.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS, type LinkValue, type PersonValue } from '../collections.js';
import { partsOfSourceResourceId, sourceResourceIdOf } from '../sources/source-ids.js';
import type { SourceReader } from '../sources/read-source.js';
import type { Dossier } from '../sources/dossier.js';

/** Longest chain of replaced persons that is followed; a longer one is a fault. */
const REPLACED_MAX = 20;

/** Maps any Patient id to the one current person (design.md §5). */
export function makePatientResolver(deps: { readonly store: Store; readonly sources: SourceReader }): PatientResolver {
  const { store, sources } = deps;

  async function currentPerson(patientId: string): Promise<string | undefined> {
    let id = patientId;
    for (let step = 0; step < REPLACED_MAX; step += 1) {
      const person = await store.record<PersonValue>(COLLECTIONS.person, id);
      if (person === undefined) return step === 0 ? personOfContribution(id) : undefined;
      if (person.value.state === 'active' || person.value.replacedBy === undefined) return id;
      id = person.value.replacedBy;
    }
    throw new Error('a chain of replaced persons does not end');
  }

  async function personOfContribution(id: string): Promise<string | undefined> {
    const identityId = await identityOfContribution(id);
    if (identityId === undefined) return undefined;
    return (await store.record<LinkValue>(COLLECTIONS.link, identityId))?.value.personId;
  }

  /** The dossier whose current version a contribution is of. */
  async function dossierOfContribution(id: string): Promise<{ readonly dossier: Dossier; readonly slot: string } | undefined> {
    const parts = partsOfSourceResourceId(id);
    if (parts === undefined) return undefined;
    const source = await sources.source(parts.sourceId);
    if (source === undefined) return undefined;
    const dossier = await store.record<Dossier>(COLLECTIONS.dossier, source.dossierId);
    return dossier?.value.current === parts.sourceId ? { dossier: dossier.value, slot: parts.localId } : undefined;
  }

  async function identityOfContribution(id: string): Promise<string | undefined> {
    const found = await dossierOfContribution(id);
    return found?.dossier.subjects.find(({ slot }) => slot === found.slot)?.identityId;
  }

  return {
    currentPerson,
    contributionLabels: async (patientId) => {
      const found = await dossierOfContribution(patientId);
      return found === undefined ? undefined : [`sender/${found.dossier.sender}`];
    },
    async formerPatient(patientId): Promise<Patient | undefined> {
      const current = await currentPerson(patientId);
      if (current === undefined || current === patientId) return undefined;
      const parts = partsOfSourceResourceId(patientId);
      if (parts === undefined) {
        return {
          resourceType: 'Patient',
          id: patientId,
          active: false,
          link: [{ other: { reference: `Patient/${current}` }, type: 'replaced-by' }],
        };
      }
      const source = await sources.source(parts.sourceId);
      const sent = source?.subjects.find(({ slot }) => slot === parts.localId);
      if (sent === undefined) return undefined;
      return {
        ...sent.patient,
        id: sourceResourceIdOf(parts.sourceId, parts.localId),
        link: [{ other: { reference: `Patient/${current}` }, type: 'refer' }],
      };
    },
  };
}
