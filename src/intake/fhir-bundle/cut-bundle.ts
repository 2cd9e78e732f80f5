import { createHash } from 'node:crypto';
import type { Composition, Encounter, FhirResource, MessageHeader, Organization, Reference } from 'fhir/r4.js';
import { PhrError } from '../../errors.js';
import { stringifyJson } from '../../fhir/decimal.js';
import { SUBJECT_ELEMENT } from '../../fhir/interactions/subject.js';
import { SYSTEMS } from '../../fhir/systems.js';
import { canonicalJson } from '../../record/facts/canonical.js';
import type { FileCut, IntakeLimits } from '../parsed-visit.js';
import type { BundleEntry, SentBundle } from './read-bundle.js';
import { readBundle } from './read-bundle.js';
import { makeEntryFinder } from './references.js';

/** What one visit of a Bundle is made of, as it is sealed: the entries as sent, and what their references lead to. */
export interface BundleVisit {
  /** Of the Bundle, `Composition` or `Encounter`; absent: the sender gave none. */
  readonly key?: string;
  /** Facility codes that the Bundle states for the visit: Encounter.serviceProvider, Composition.custodian, MessageHeader.responsible. */
  readonly facilities: readonly string[];
  /** Composition.date, when the Bundle has no timestamp. */
  readonly date?: string;
  /** The document or the encounter was entered in error. */
  readonly isWithdrawn: boolean;
  readonly patient: SealedEntry;
  readonly encounter?: SealedEntry;
  /** In an order of their content: that of the Bundle says nothing. */
  readonly entries: readonly SealedEntry[];
  /** By reference as sent: what it leads to. */
  readonly links: Readonly<Record<string, Link>>;
}

export interface SealedEntry {
  readonly row: number;
  readonly method?: string;
  readonly resource: FhirResource;
}

/** An entry of the same visit by its row; or what stands for one outside of it; or nothing, when the Bundle does not have it. */
export type Link = { readonly row: number } | { readonly stated: Reference } | { readonly unknown: true };

export type ClinicalType = keyof typeof SUBJECT_ELEMENT;
export const isClinical = (type: string): type is ClinicalType => Object.hasOwn(SUBJECT_ELEMENT, type);

/**
 * Cuts a Bundle into visits: for each Patient each of its Encounters with what refers to it, and what belongs to no Encounter together. The
 * file stays whole as the skeleton; each segment is a copy of its entries.
 *
 * @throws PhrError `malformed` | `too-large` | `too-costly`
 */
export function cutBundle(file: Uint8Array, limits: IntakeLimits): FileCut {
  const visits = visitsOf(readBundle(file, limits));
  if (visits.length > limits.maxVisits) throw new PhrError('too-large', `Bundle có hơn ${limits.maxVisits} lượt`);
  return { skeleton: [file], segments: visits.map((visit) => Buffer.from(stringifyJson(visit))) };
}

export function visitsOf(bundle: SentBundle): readonly BundleVisit[] {
  const find = makeEntryFinder(bundle.entries);
  const resourceOf = <T extends FhirResource>(type: T['resourceType']): (T & FhirResource) | undefined =>
    bundle.entries.find(({ resource }) => resource?.resourceType === type)?.resource as T | undefined;
  const composition = bundle.type === 'document' ? resourceOf<Composition>('Composition') : undefined;
  const header = bundle.type === 'message' ? resourceOf<MessageHeader>('MessageHeader') : undefined;
  const own = bundle.identifier ?? composition?.identifier?.value;

  const facilityOf = (reference: Reference | undefined, from: BundleEntry): string | undefined => {
    const organization = find(reference?.reference, from)?.resource as Organization | undefined;
    const identifiers = [reference?.identifier, ...(organization?.identifier ?? [])];
    return identifiers.find((identifier) => identifier?.system === SYSTEMS.facility)?.value;
  };
  const headEntry = bundle.entries.find(
    ({ resource }) => resource !== undefined && (resource === composition || resource === header),
  );
  const headFacility =
    headEntry === undefined ? undefined : facilityOf(composition?.custodian ?? header?.responsible ?? header?.sender, headEntry);

  const patients = bundle.entries.filter(({ resource }) => resource?.resourceType === 'Patient');
  const groups = patients.flatMap((patient) => {
    const mine = bundle.entries.filter((entry) => entry !== patient && subjectOf(entry, find) === patient);
    const encounters = mine.filter(({ resource }) => resource?.resourceType === 'Encounter');
    const [single, ...more] = encounters;
    const owner = (entry: BundleEntry): BundleEntry | undefined =>
      encounterOf(entry, find) ?? (more.length === 0 ? single : undefined);
    const rest = mine.filter((entry) => !encounters.includes(entry));
    const withEncounter = encounters.map((encounter) => ({
      patient,
      encounter,
      entries: rest.filter((entry) => owner(entry) === encounter),
    }));
    const loose = rest.filter((entry) => {
      const its = owner(entry);
      return its === undefined || !encounters.includes(its);
    });
    const alone = loose.length > 0 || encounters.length === 0 ? [{ patient, encounter: undefined, entries: loose }] : [];
    return [...withEncounter, ...alone];
  });

  return groups.map(({ patient, encounter, entries }) => {
    const stated = encounter?.resource as Encounter | undefined;
    const facilities = [encounter && facilityOf(stated?.serviceProvider, encounter), headFacility].filter(
      (code) => code !== undefined,
    );
    const number = stated?.identifier?.find(({ value }) => value !== undefined)?.value;
    const key = number ?? (own === undefined ? undefined : groups.length === 1 ? own : `${own}#${partOf(patient, encounter)}`);
    const members = [patient, ...(encounter === undefined ? [] : [encounter]), ...entries];
    const date = composition?.date;
    return {
      ...(key === undefined ? {} : { key }),
      facilities: [...new Set(facilities)],
      ...(date === undefined ? {} : { date }),
      isWithdrawn: composition?.status === 'entered-in-error' || stated?.status === 'entered-in-error',
      patient: sealed(patient),
      ...(encounter === undefined ? {} : { encounter: sealed(encounter) }),
      entries: sortedByContent(entries.map(sealed)),
      links: linksOf(members, find),
    };
  });
}

/** Tells visits of one Bundle apart that have no number of their own: by what they are, not by where they stand. */
function partOf(patient: BundleEntry, encounter: BundleEntry | undefined): string {
  const content = [patient, encounter].map((entry) => (entry?.resource === undefined ? '' : canonicalJson(entry.resource)));
  return createHash('sha256').update(content.join('\n')).digest('hex').slice(0, 16);
}

type Find = ReturnType<typeof makeEntryFinder>;

function subjectOf(entry: BundleEntry, find: Find): BundleEntry | undefined {
  const { resource } = entry;
  if (resource === undefined) return undefined;
  const fields = resource as unknown as Readonly<Record<string, Reference | undefined>>;
  const element = isClinical(resource.resourceType) ? SUBJECT_ELEMENT[resource.resourceType] : undefined;
  const reference = element === undefined ? (fields['subject'] ?? fields['patient']) : fields[element];
  return find(typeof reference?.reference === 'string' ? reference.reference : undefined, entry);
}

function encounterOf(entry: BundleEntry, find: Find): BundleEntry | undefined {
  const { encounter } = entry.resource as unknown as { readonly encounter?: Reference };
  const found = find(typeof encounter?.reference === 'string' ? encounter.reference : undefined, entry);
  return found?.resource?.resourceType === 'Encounter' ? found : undefined;
}

const sealed = ({ row, method, resource }: BundleEntry): SealedEntry => ({
  row,
  ...(method === undefined ? {} : { method }),
  resource: resource as FhirResource,
});

function sortedByContent(entries: readonly SealedEntry[]): readonly SealedEntry[] {
  return entries
    .map((entry) => ({ entry, content: canonicalJson(entry.resource) }))
    .sort((a, b) => (a.content < b.content ? -1 : a.content > b.content ? 1 : 0))
    .map(({ entry }) => entry);
}

function linksOf(members: readonly BundleEntry[], find: Find): Readonly<Record<string, Link>> {
  const links: Record<string, Link> = {};
  const add = (value: unknown, from: BundleEntry): void => {
    if (typeof value !== 'object' || value === null) return;
    const { reference } = value as { readonly reference?: unknown };
    if (typeof reference === 'string' && !reference.startsWith('#')) {
      const target = find(reference, from);
      links[reference] =
        target === undefined ? { unknown: true } : members.includes(target) ? { row: target.row } : { stated: statedOf(target) };
    }
    for (const child of Object.values(value)) add(child, from);
  };
  for (const entry of members) add(entry.resource, entry);
  return links;
}

/** An entry outside of the visit, by its business identifier and its name. */
function statedOf({ resource }: BundleEntry): Reference {
  const { identifier, name } = resource as unknown as { readonly identifier?: unknown; readonly name?: unknown };
  const [first] = Array.isArray(identifier) ? (identifier as Reference['identifier'][]) : [identifier as Reference['identifier']];
  return {
    ...(first === undefined ? {} : { identifier: first }),
    ...(typeof name === 'string' ? { display: name } : {}),
  };
}
