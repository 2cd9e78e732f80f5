import type { Extension, HumanName, Identifier, Patient } from 'fhir/r4.js';
import { canonicalHash } from './canonical.js';
import { conflict } from './person-facts.js';

/** What one identity record says of its person: the demographics of its newest visit. */
export interface PatientContribution {
  /** Source resource id of the Patient. */
  readonly source: string;
  readonly identity: string;
  readonly dossier: string;
  readonly sender: string;
  readonly date?: string;
  readonly patient: Patient;
  /** Written through REST: what no other source says stays as written. */
  readonly isWritten?: boolean;
}

/** Elements that the rules below decide; everything else of a written Patient stays as written. */
const GOVERNED: ReadonlySet<string> = new Set([
  'resourceType',
  'id',
  'meta',
  'extension',
  'identifier',
  'active',
  'name',
  'telecom',
  'gender',
  'birthDate',
  '_birthDate',
  'deceasedBoolean',
  'deceasedDateTime',
  'address',
  'multipleBirthBoolean',
  'multipleBirthInteger',
  'link',
]);

/**
 * Demographics of a person: per element the newest event's, the more precise birth date, every number and every spelling kept;
 * a different sex or birth date is shown as a conflict, never hidden. merging.md §4.3 "Patient demographics"
 */
export function patientFact(personId: string, contributions: readonly PatientContribution[]): Patient {
  const ordered = newestFirst(contributions);
  const [only] = ordered;
  if (ordered.length === 1 && only?.isWritten === true) return asWritten(personId, only.patient);
  const written = ordered.find(({ isWritten }) => isWritten === true)?.patient ?? {};
  const extra = Object.fromEntries(Object.entries(written).filter(([name]) => !GOVERNED.has(name)));
  const patients = ordered.map(({ patient }) => patient);
  const gender = first(patients, (patient) => patient.gender);
  const birthDate = birthDateOf(patients);
  const conflicts = [
    ...conflictsOf(
      ordered,
      'Patient.gender',
      (patient) => patient.gender,
      (value) => value !== gender,
    ),
    ...conflictsOf(
      ordered,
      'Patient.birthDate',
      (patient) => patient.birthDate,
      (value) => !(birthDate ?? '').startsWith(value),
    ),
  ];
  const extension = [...(first(patients, (patient) => patient.extension) ?? []), ...conflicts];
  const identifier = identifiersOf(patients);
  const name = namesOf(patients);
  const multipleBirthInteger = first(patients, (patient) => patient.multipleBirthInteger);
  const deceasedDateTime = first(patients, (patient) => patient.deceasedDateTime);
  const deceasedBoolean = first(patients, (patient) => patient.deceasedBoolean);
  const address = first(patients, (patient) => patient.address);
  const telecom = first(patients, (patient) => patient.telecom);
  const birthTime = patients.find((patient) => patient.birthDate === birthDate && patient._birthDate !== undefined)?._birthDate;
  return {
    ...extra,
    resourceType: 'Patient',
    id: personId,
    meta: { source: `urn:so-suc-khoe:person:${personId}` },
    ...(extension.length === 0 ? {} : { extension }),
    ...(identifier.length === 0 ? {} : { identifier }),
    active: true,
    ...(name.length === 0 ? {} : { name }),
    ...(telecom === undefined ? {} : { telecom }),
    ...(gender === undefined ? {} : { gender }),
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(birthTime === undefined ? {} : { _birthDate: birthTime }),
    ...(deceasedDateTime === undefined ? (deceasedBoolean === undefined ? {} : { deceasedBoolean }) : { deceasedDateTime }),
    ...(address === undefined ? {} : { address }),
    ...(multipleBirthInteger === undefined ? {} : { multipleBirthInteger }),
  };
}

/** A person whom only REST knows is what was written, under the id that it lent. */
function asWritten(personId: string, patient: Patient): Patient {
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...meta } = patient.meta ?? {};
  return { ...patient, id: personId, meta };
}

function newestFirst(contributions: readonly PatientContribution[]): readonly PatientContribution[] {
  const hashes = new Map(contributions.map(({ source, patient }) => [source, canonicalHash(patient)]));
  return [...contributions].sort((a, b) => {
    const [dateA, dateB] = [a.date ?? '', b.date ?? ''];
    if (dateA !== dateB) return dateA < dateB ? 1 : -1;
    const [hashA, hashB] = [hashes.get(a.source) ?? '', hashes.get(b.source) ?? ''];
    if (hashA !== hashB) return hashA < hashB ? 1 : -1;
    return a.source < b.source ? -1 : 1;
  });
}

function first<T>(patients: readonly Patient[], element: (patient: Patient) => T | undefined): T | undefined {
  for (const patient of patients) {
    const value = element(patient);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The newest date, unless another one says the same more precisely (`1958` and `1958-03-12`). */
function birthDateOf(patients: readonly Patient[]): string | undefined {
  const newest = first(patients, (patient) => patient.birthDate);
  if (newest === undefined) return undefined;
  const finer = patients
    .map((patient) => patient.birthDate ?? '')
    .filter((date) => date.startsWith(newest))
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return finer[0] ?? newest;
}

function identifiersOf(patients: readonly Patient[]): Identifier[] {
  const byKey = new Map<string, Identifier>();
  for (const identifier of patients.flatMap((patient) => patient.identifier ?? [])) {
    const key = `${identifier.system ?? ''}|${identifier.value ?? ''}`;
    if (!byKey.has(key)) byKey.set(key, identifier);
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, identifier]) => identifier);
}

/** The newest spelling is official; others stay searchable. A spelling with marks wins over the same without. */
function namesOf(patients: readonly Patient[]): HumanName[] {
  const byText = new Map<string, HumanName>();
  for (const name of patients.flatMap((patient) => patient.name ?? [])) {
    const text = name.text ?? '';
    if (!byText.has(text)) byText.set(text, name);
  }
  const names = [...byText.values()];
  const newest = names[0];
  if (newest === undefined) return [];
  const marked = names.find((name) => hasMarks(name) && withoutMarks(name) === withoutMarks(newest));
  const official = hasMarks(newest) ? newest : (marked ?? newest);
  return [
    { ...official, use: 'official' },
    ...names.filter((name) => name !== official).map((name): HumanName => ({ ...name, use: 'old' })),
  ];
}

const withoutMarks = (name: HumanName): string =>
  (name.text ?? '').normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase();

const hasMarks = (name: HumanName): boolean => withoutMarks(name) !== (name.text ?? '').toLowerCase();

function conflictsOf(
  ordered: readonly PatientContribution[],
  path: string,
  element: (patient: Patient) => string | undefined,
  differs: (value: string) => boolean,
): Extension[] {
  const seen = new Map<string, string>();
  for (const { patient, source } of ordered) {
    const value = element(patient);
    if (value !== undefined && differs(value) && !seen.has(value)) seen.set(value, source);
  }
  return [...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([value, source]) => conflict(path, value, source));
}
