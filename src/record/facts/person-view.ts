import type { StoredResource } from '../../store/resource-store.js';
import type { StoredRecord } from '../../store/record-store.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS, type LinkValue, type PersonValue, type SourceValue } from '../collections.js';
import { linkedIdentities } from '../identity/component.js';
import { REST_PATIENT_DOOR } from '../rest/rest-patient-format.js';
import type { Dossier } from '../sources/dossier.js';
import { sourceResourceIdOf } from '../sources/source-ids.js';
import type { PatientContribution } from './patient-fact.js';

/** Marks facts whose members come from several visits. */
export const PERSON_LEVEL_LABEL = 'level/person';
/** Person-level facts of one person (cards, traits): more than this is a fault of the data that must be seen, not cut. */
export const PERSON_FACTS_MAX = 1_000;

/** What a rebuild needs to know of a person: its row, its facts that gather visits, and who says what of it. */
export interface PersonView {
  readonly id: string;
  readonly row: StoredRecord<PersonValue> | undefined;
  readonly identities: readonly string[];
  readonly personFacts: readonly StoredResource[];
  readonly patient: StoredResource | undefined;
  readonly contributions: readonly PatientContribution[];
  /** Commune of the newest event that names one. */
  readonly communeCode?: string;
}

/** Identity records that are linked to the person now (not those that only left facts behind). */
async function currentIdentities(store: Store, personId: string): Promise<readonly string[]> {
  const ids = await linkedIdentities(store, personId);
  const links = await store.records<LinkValue>(COLLECTIONS.link, ids);
  return ids.filter((_, index) => links[index]?.value.personId === personId).sort();
}

export async function readPerson(store: Store, personId: string): Promise<PersonView> {
  const [row, identities, personFacts, patient] = await Promise.all([
    store.record<PersonValue>(COLLECTIONS.person, personId),
    currentIdentities(store, personId),
    readPersonFacts(store, personId),
    store.resource({ resourceType: 'Patient', id: personId }, { includeHeld: true }),
  ]);
  const newest = await Promise.all(identities.map((identity) => newestDossier(store, identity)));
  const contributions: PatientContribution[] = [];
  let residence: { date: string; dossier: string; communeCode: string } | undefined;
  for (const [index, found] of newest.entries()) {
    const identity = identities[index];
    if (found?.value.current === undefined || identity === undefined) continue;
    const source = await store.record<SourceValue>(COLLECTIONS.source, found.value.current);
    const subject = found.value.subjects.find((candidate) => candidate.identityId === identity);
    const sent = source?.value.subjects.find((candidate) => candidate.slot === subject?.slot);
    if (subject === undefined || sent === undefined) continue;
    const date = found.value.eventDate;
    contributions.push({
      source: sourceResourceIdOf(found.value.current, subject.slot),
      identity,
      dossier: found.id,
      sender: found.value.sender,
      ...(date === undefined ? {} : { date }),
      patient: sent.patient,
      ...(source?.value.door === REST_PATIENT_DOOR ? { isWritten: true } : {}),
    });
    const { communeCode } = subject;
    if (communeCode === undefined) continue;
    const candidate = { date: date ?? '', dossier: found.id, communeCode };
    if (residence === undefined || isNewer(candidate, residence)) residence = candidate;
  }
  return {
    id: personId,
    row,
    identities,
    personFacts,
    patient,
    contributions,
    ...(residence === undefined ? {} : { communeCode: residence.communeCode }),
  };
}

const isNewer = (a: { date: string; dossier: string }, b: { date: string; dossier: string }): boolean =>
  a.date !== b.date ? a.date > b.date : a.dossier > b.dossier;

async function newestDossier(store: Store, identityId: string) {
  const [found] = await store.find<Dossier>({
    collection: COLLECTIONS.dossier,
    index: 'identity',
    value: identityId,
    descending: true,
    limit: 1,
  });
  return found;
}

async function readPersonFacts(store: Store, personId: string): Promise<readonly StoredResource[]> {
  const page = await store.search({
    criteria: [],
    subject: personId,
    alsoAnyLabel: [PERSON_LEVEL_LABEL],
    origin: 'fact',
    order: 'newest',
    count: PERSON_FACTS_MAX,
    includeHeld: true,
  });
  return page.items;
}
