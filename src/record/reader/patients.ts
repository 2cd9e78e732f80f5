import type { Patient } from 'fhir/r4.js';
import type { PatientResolver } from '../../fhir/patient-resolver.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS, type LinkValue, type PersonValue } from '../collections.js';
import { currentPersonOf } from '../identity/person-row.js';
import { partsOfSourceResourceId, sourceResourceIdOf } from '../sources/source-ids.js';
import { restDossierIdOf } from '../rest/rest-dossier-id.js';
import type { SourceReader } from '../sources/read-source.js';
import type { Dossier } from '../sources/dossier.js';

/** Maps any Patient id to the one current person (design.md §5). */
export function makePatientResolver(deps: { readonly store: Store; readonly sources: SourceReader }): PatientResolver {
  const { store, sources } = deps;

  const currentPerson = async (patientId: string): Promise<string | undefined> =>
    (await currentPersonOf(store, patientId)) ?? personOfContribution(patientId);

  async function personOfContribution(id: string): Promise<string | undefined> {
    const identityId = await identityOfContribution(id);
    if (identityId === undefined) return undefined;
    return (await store.record<LinkValue>(COLLECTIONS.link, identityId))?.value.personId;
  }

  /** The dossier whose current version a contribution is of. */
  async function dossierOfContribution(id: string): Promise<{ readonly dossier: Dossier; readonly slot: string } | undefined> {
    const parts = partsOfSourceResourceId(id);
    if (parts === undefined) {
      const written = await store.record<Dossier>(COLLECTIONS.dossier, restDossierIdOf(id));
      return written?.value.current === undefined ? undefined : { dossier: written.value, slot: 'patient' };
    }
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
      const refer = [{ other: { reference: `Patient/${current}` }, type: 'refer' as const }];
      const written = parts === undefined ? (await dossierOfContribution(patientId))?.dossier.current : undefined;
      if (written !== undefined && (await store.record<PersonValue>(COLLECTIONS.person, patientId)) === undefined) {
        const sent = (await sources.source(written))?.subjects[0];
        return sent === undefined ? undefined : { ...sent.patient, id: patientId, link: refer };
      }
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
        link: refer,
      };
    },
  };
}
