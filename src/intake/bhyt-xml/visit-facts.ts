import type {
  CodeableConcept,
  Coding,
  Element,
  Extension,
  FhirResource,
  HumanName,
  Identifier,
  Quantity,
  Reference,
} from 'fhir/r4.js';
import { decimal } from '../../fhir/decimal.js';
import { SYSTEMS } from '../../fhir/systems.js';
import type { FieldTrace, SourceResource } from '../parsed-visit.js';
import type { BhytCatalogues } from './catalogues.js';
import type { ProblemList } from './problems.js';
import type { TableRow, VisitTables } from './table-rows.js';
import type { SentTime } from './values.js';
import { parseTime, splitValues } from './values.js';

/** Label of what must not be shown by default: `src/fhir/sensitivity.ts`. undefined = nothing sensitive in it. */
export type RestrictionOf = (content: { readonly icd10?: string; readonly text?: string }) => string | undefined;

/** What every part of the mapping needs of one visit. */
export interface VisitFacts {
  readonly tables: VisitTables;
  /** XML1. */
  readonly summary: TableRow;
  readonly facility: string;
  /** MA_LK. */
  readonly visitId: string;
  /** NGAY_VAO. */
  readonly start: SentTime;
  /** Label of the visit: some code or text of it is withheld, so is everything in it that could tell. */
  readonly restriction?: string;
  readonly restrictionOf: RestrictionOf;
  readonly catalogues: BhytCatalogues;
  readonly problems: ProblemList;
}

export const PATIENT_SLOT = 'patient';
export const PATIENT: Reference = { reference: `Patient/${PATIENT_SLOT}` };
export const ENCOUNTER: Reference = { reference: 'Encounter/encounter' };

/** A source resource; `undefined` entries of the trace are parts that were not sent. */
export function source<R extends FhirResource>(
  resource: R,
  trace: readonly (FieldTrace | undefined)[],
  restricted?: string,
): SourceResource & { readonly resource: R } {
  const kept = trace.filter((entry): entry is FieldTrace => entry !== undefined && entry.sent.trim() !== '');
  return { resource, trace: kept, ...(restricted === undefined ? {} : { restricted }) };
}

/** The label of a resource that carries free text, drugs, services or results: its own, or the visit's. */
export function labelOf(facts: VisitFacts, ...texts: readonly (string | undefined)[]): string | undefined {
  if (facts.restriction !== undefined) return facts.restriction;
  for (const text of texts) {
    const label = text === undefined ? undefined : facts.restrictionOf({ text });
    if (label !== undefined) return label;
  }
  return undefined;
}

/** `{ [key]: value }`, or nothing: optional elements are left out, never set to undefined. */
export function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, V>>);
}

export const identifierReference = (system: string, value: string): Reference => ({ identifier: { system, value } });

export const facilityReference = (code: string): Reference => identifierReference(SYSTEMS.facility, code);

/** Staff of a field by licence number: several with `;`, main person first. */
export const staffReferences = (row: TableRow, field: string): readonly Reference[] =>
  splitValues(row.get(field))
    .filter((licence) => licence !== '')
    .map((licence) => identifierReference(SYSTEMS.practitionerLicence, licence));

export const timeOf = (row: TableRow, field: string): SentTime | undefined => parseTime(row.get(field) ?? '');

export const coded = (system: string, code: string, text?: string): CodeableConcept => ({
  coding: [{ system, code }],
  ...optional('text', text),
});

export const category = (system: string, code: string): CodeableConcept => ({ coding: [{ system, code }] });

/** @param text what people read, Vietnamese */
export const loinc = (code: string, display: string, text: string): CodeableConcept => ({
  coding: [{ system: SYSTEMS.loinc, code, display } satisfies Coding],
  text,
});

/** @param value plain number as text; its digits stay. @param unit as shown. @param code UCUM code, when the unit maps surely */
export const quantity = (value: string, unit: string | undefined, code: string | undefined): Quantity => ({
  value: decimal(value),
  ...optional('unit', unit),
  ...(code === undefined ? {} : { system: SYSTEMS.ucum, code }),
});

/**
 * merging.md §1.1.4: text as sent (blanks collapsed), family = first token, given = middle tokens and then the called name last. One
 * token is only text.
 */
export function humanName(sent: string): HumanName {
  const text = sent.normalize('NFC').replace(/\s+/g, ' ').trim();
  const [family = '', ...given] = text.split(' ');
  return given.length === 0 ? { text } : { text, family, given };
}

export const extensionOf = (url: string, value: Omit<Extension, 'url'>): Extension => ({ url, ...value });

export const elementOf = (extension: Extension): Element => ({ extension: [extension] });

export const identifierOf = (system: string, value: string): Identifier => ({ system, value });
