import { createHash } from 'node:crypto';
import type { CodeableConcept, FhirResource, Reference } from 'fhir/r4.js';
import { PhrError } from '../../errors.js';
import { stringifyJson } from '../../fhir/decimal.js';
import { SUBJECT_ELEMENT } from '../../fhir/interactions/subject.js';
import { SYSTEMS } from '../../fhir/systems.js';
import { canonicalJson } from '../../record/facts/canonical.js';
import type { FileCut, IntakeLimits } from '../parsed-visit.js';
import { isMarkedRestricted } from './confidentiality.js';
import type { BundleEntry, SentBundle } from './read-bundle.js';
import { readBundle } from './read-bundle.js';
import { makeEntryFinder } from './references.js';
import { fieldsOf, listOf, textOf } from './unchecked.js';

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
  /** The sender marks the Bundle, its document or its Patient as restricted. */
  readonly isMarked?: boolean;
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
export type Link =
  | { readonly row: number }
  | { readonly stated: Reference; /** What a Medication is. */ readonly concept?: CodeableConcept }
  | { readonly unknown: true };

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
  const head = headOf(bundle);
  const isComposition = head?.resource?.resourceType === 'Composition';
  const stated = fieldsOf(head?.resource);
  const own = bundle.identifier ?? (isComposition ? textOf(fieldsOf(stated['identifier'])['value']) : undefined);
  const date = isComposition ? textOf(stated['date']) : undefined;
  const isMarked = bundle.isMarked || isMarkedRestricted(head?.resource);

  const facilityOf = (reference: unknown, from: BundleEntry): string | undefined => {
    const { reference: literal, identifier } = fieldsOf(reference);
    const organization = find(literal, from)?.resource;
    const identifiers = [identifier, ...listOf(fieldsOf(organization)['identifier'])].map(fieldsOf);
    return textOf(identifiers.find(({ system, value }) => system === SYSTEMS.facility && textOf(value) !== undefined)?.['value']);
  };
  const headFacility =
    head === undefined
      ? undefined
      : facilityOf(isComposition ? stated['custodian'] : (stated['responsible'] ?? stated['sender']), head);

  const bySubject = grouped(bundle.entries, (entry) => subjectOf(entry, find));
  const patients = bundle.entries.filter(({ resource }) => resource?.resourceType === 'Patient');
  const groups = patients.flatMap((patient) => {
    const mine = (bySubject.get(patient) ?? []).filter((entry) => entry !== patient);
    const encounters = mine.filter(({ resource }) => resource?.resourceType === 'Encounter');
    const known = new Set(encounters);
    const single = encounters.length === 1 ? encounters[0] : undefined;
    const byEncounter = grouped(
      mine.filter((entry) => !known.has(entry)),
      (entry) => {
        const its = encounterOf(entry, find) ?? single;
        return its !== undefined && known.has(its) ? its : patient;
      },
    );
    const loose = byEncounter.get(patient) ?? [];
    return [
      ...encounters.map((encounter) => ({ patient, encounter, entries: byEncounter.get(encounter) ?? [] })),
      ...(loose.length > 0 || encounters.length === 0 ? [{ patient, encounter: undefined, entries: loose }] : []),
    ];
  });

  return groups.map(({ patient, encounter, entries }) => {
    const fields = fieldsOf(encounter?.resource);
    const facilities = [encounter && facilityOf(fields['serviceProvider'], encounter), headFacility].filter(
      (code) => code !== undefined,
    );
    const number = listOf(fields['identifier'])
      .map((identifier) => textOf(fieldsOf(identifier)['value']))
      .find((value) => value !== undefined);
    const key = number ?? (own === undefined ? undefined : groups.length === 1 ? own : `${own}#${partOf(patient, encounter)}`);
    const members = [patient, ...(encounter === undefined ? [] : [encounter]), ...entries];
    return {
      ...(key === undefined ? {} : { key }),
      facilities: [...new Set(facilities)],
      ...(date === undefined ? {} : { date }),
      isWithdrawn: (isComposition && stated['status'] === 'entered-in-error') || fields['status'] === 'entered-in-error',
      ...(isMarked || isMarkedRestricted(patient.resource) ? { isMarked: true } : {}),
      patient: sealed(patient),
      ...(encounter === undefined ? {} : { encounter: sealed(encounter) }),
      entries: sortedByContent(entries),
      links: linksOf(members, find),
    };
  });
}

/** What says whose a document or message is. */
function headOf({ type, entries }: SentBundle): BundleEntry | undefined {
  const wanted = type === 'document' ? 'Composition' : type === 'message' ? 'MessageHeader' : undefined;
  return wanted === undefined ? undefined : entries.find(({ resource }) => resource?.resourceType === wanted);
}

function grouped(
  entries: readonly BundleEntry[],
  ownerOf: (entry: BundleEntry) => BundleEntry | undefined,
): ReadonlyMap<BundleEntry, readonly BundleEntry[]> {
  const groups = new Map<BundleEntry, BundleEntry[]>();
  for (const entry of entries) {
    const owner = ownerOf(entry);
    if (owner === undefined) continue;
    const group = groups.get(owner);
    if (group === undefined) groups.set(owner, [entry]);
    else group.push(entry);
  }
  return groups;
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
  const fields = fieldsOf(resource);
  const element = isClinical(resource.resourceType) ? SUBJECT_ELEMENT[resource.resourceType] : undefined;
  const reference = element === undefined ? (fields['subject'] ?? fields['patient']) : fields[element];
  return find(fieldsOf(reference)['reference'], entry);
}

function encounterOf(entry: BundleEntry, find: Find): BundleEntry | undefined {
  const found = find(fieldsOf(fieldsOf(entry.resource)['encounter'])['reference'], entry);
  return found?.resource?.resourceType === 'Encounter' ? found : undefined;
}

const sealed = ({ row, method, resource }: BundleEntry): SealedEntry => ({
  row,
  ...(method === undefined ? {} : { method }),
  resource: resource as FhirResource,
});

/** Equal entries are told apart by the name that others call them by. */
function sortedByContent(entries: readonly BundleEntry[]): readonly SealedEntry[] {
  return entries
    .map((entry) => ({ entry, content: `${canonicalJson(entry.resource)}\n${entry.fullUrl ?? ''}` }))
    .sort((a, b) => (a.content < b.content ? -1 : a.content > b.content ? 1 : 0))
    .map(({ entry }) => sealed(entry));
}

function linksOf(members: readonly BundleEntry[], find: Find): Readonly<Record<string, Link>> {
  const links: Record<string, Link> = {};
  const inside = new Set(members);
  const add = (value: unknown, from: BundleEntry): void => {
    if (typeof value !== 'object' || value === null) return;
    const { reference } = value as { readonly reference?: unknown };
    if (typeof reference === 'string' && !reference.startsWith('#')) {
      links[reference] = linkTo(find(reference, from), inside);
    }
    for (const child of Object.values(value)) add(child, from);
  };
  for (const entry of members) add(entry.resource, entry);
  return links;
}

function linkTo(target: BundleEntry | undefined, inside: ReadonlySet<BundleEntry>): Link {
  if (target?.resource === undefined) return { unknown: true };
  if (inside.has(target)) return { row: target.row };
  const { resourceType, code } = fieldsOf(target.resource);
  const isCoded = resourceType === 'Medication' && Object.keys(fieldsOf(code)).length > 0;
  return { stated: statedOf(target.resource), ...(isCoded ? { concept: fieldsOf(code) } : {}) };
}

/** What stands for a resource that the record does not show: its type, first business identifier and name. */
export function statedOf(resource: FhirResource): Reference {
  const { resourceType, identifier, name } = fieldsOf(resource);
  const first = fieldsOf(Array.isArray(identifier) ? listOf(identifier)[0] : identifier);
  const display = textOf(name) ?? humanNameOf(listOf(name)[0]);
  return {
    type: String(resourceType),
    ...(Object.keys(first).length === 0 ? {} : { identifier: first }),
    ...(display === undefined ? {} : { display }),
  };
}

function humanNameOf(name: unknown): string | undefined {
  const { text, family, given } = fieldsOf(name);
  return textOf(text) ?? textOf([family, ...listOf(given)].filter((part) => textOf(part) !== undefined).join(' '));
}
