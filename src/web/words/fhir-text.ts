import type {
  CodeableConcept,
  Extension,
  FhirResource,
  HumanName,
  Observation,
  ObservationComponent,
  Patient,
  Quantity,
} from 'fhir/r4.js';
import { EXTENSIONS, SYSTEMS } from '../../fhir/systems.js';
import type { Language } from '../messages/language.js';
import { labelOf } from '../messages/language.js';
import type { Messages } from '../messages/vi.js';
import { dateText, dateTimeText } from './dates.js';

/** A FHIR decimal with its digits as sent (`7.20` stays `7,20`): it may be a number or an object that keeps them. */
export function decimalText(value: unknown, language: Language): string {
  const digits = String(value);
  return language === 'vi' ? digits.replace('.', ',') : digits;
}

export function quantityText(quantity: Quantity | undefined, language: Language): string {
  if (quantity?.value === undefined) return '';
  const unit = (quantity.unit ?? quantity.code ?? '').replace(/\/m2$/, '/m²');
  return `${quantity.comparator ?? ''}${decimalText(quantity.value, language)}${unit === '' ? '' : ` ${unit}`}`;
}

/** Text as sent, else a display, else the code. LOINC codes in use get the words of the catalogue, so that equal things are called equal. */
export function conceptText(concept: CodeableConcept | undefined, t?: Messages): string {
  const loinc = concept?.coding?.find(({ system, code }) => system === SYSTEMS.loinc && code !== undefined)?.code;
  if (t !== undefined && loinc !== undefined && Object.hasOwn(t.loinc, loinc)) return labelOf(t.loinc, loinc);
  const coding = concept?.coding?.find(({ display }) => display !== undefined) ?? concept?.coding?.[0];
  return concept?.text ?? coding?.display ?? coding?.code ?? '';
}

export const codeOf = (concept: CodeableConcept | undefined, system: string): string | undefined =>
  concept?.coding?.find((coding) => coding.system === system)?.code;

/** The value of an observation or component in words; '' when it has none. Blood pressure is `148/88 mmHg`. */
export function valueText(observation: Observation | ObservationComponent, page: Worded): string {
  const { valueQuantity, valueCodeableConcept, valueString, valueBoolean, valueInteger, valueDateTime } = observation;
  if (valueQuantity !== undefined) return quantityText(valueQuantity, page.language);
  if (valueCodeableConcept !== undefined) return conceptText(valueCodeableConcept);
  if (valueString !== undefined) return valueString;
  if (valueInteger !== undefined) return String(valueInteger);
  if (valueBoolean !== undefined) return String(valueBoolean);
  if (valueDateTime !== undefined) return dateTimeText(valueDateTime);
  const components = 'component' in observation ? (observation.component ?? []) : [];
  const pressure = pressureText(components, page.language);
  if (pressure !== undefined) return pressure;
  return components.map((part) => `${conceptText(part.code, page.t)}: ${valueText(part, page)}`).join('; ');
}

/** Components beside a value of its own, such as the time of a glucose measurement. */
export function remarksOf(observation: Observation, page: Worded): string {
  const hasValue = observation.valueQuantity !== undefined || observation.valueString !== undefined;
  const components = hasValue ? (observation.component ?? []) : [];
  return components
    .map((part) => valueText(part, page))
    .filter((text) => text !== '')
    .join('; ');
}

export interface Worded {
  readonly t: Messages;
  readonly language: Language;
}

function pressureText(components: readonly ObservationComponent[], language: Language): string | undefined {
  const part = (code: string): Quantity | undefined =>
    components.find((component) => codeOf(component.code, SYSTEMS.loinc) === code)?.valueQuantity;
  const [systolic, diastolic] = [part('8480-6'), part('8462-4')];
  if (systolic?.value === undefined && diastolic?.value === undefined) return undefined;
  const digits = (quantity: Quantity | undefined): string =>
    quantity?.value === undefined ? '–' : decimalText(quantity.value, language);
  return `${digits(systolic)}/${digits(diastolic)} ${systolic?.unit ?? diastolic?.unit ?? ''}`.trim();
}

export function nameText(name: HumanName | undefined): string | undefined {
  const text = name?.text ?? [name?.family, ...(name?.given ?? [])].filter(Boolean).join(' ');
  return text === '' ? undefined : text;
}

/** The official name of a person, else the first. */
export function patientName(patient: Patient, t: Messages): string {
  const name = patient.name?.find(({ use }) => use === 'official') ?? patient.name?.[0];
  return nameText(name) ?? t.person.noName;
}

const RECORD_NUMBER = 'urn:so-suc-khoe:sid:mrn:';
const NUMBER_LABELS: readonly (readonly [system: string, label: keyof Messages['identifier']])[] = [
  [SYSTEMS.nationalId, 'nationalId'],
  [SYSTEMS.oldNationalId, 'oldNationalId'],
  [SYSTEMS.passport, 'passport'],
  [SYSTEMS.insuranceCard, 'insuranceCard'],
  [SYSTEMS.socialInsurance, 'socialInsurance'],
];

export interface NumberShown {
  readonly label: string;
  readonly value: string;
  /** Record number of one facility, not a number of the person. */
  readonly isRecordNumber: boolean;
}

/** The numbers of a person, the nation's first, record numbers last with their facility. */
export function numbersOf(patient: Patient, t: Messages): readonly NumberShown[] {
  const rank = (system: string | undefined): number => {
    const index = NUMBER_LABELS.findIndex(([known]) => known === system);
    return index === -1 ? NUMBER_LABELS.length : index;
  };
  return [...(patient.identifier ?? [])]
    .filter(({ value }) => value !== undefined)
    .sort((a, b) => rank(a.system) - rank(b.system))
    .map(({ system, value = '' }) => {
      const known = NUMBER_LABELS.find(([name]) => name === system);
      const isRecordNumber = system?.startsWith(RECORD_NUMBER) ?? false;
      const label = isRecordNumber
        ? `${t.identifier.recordNumber} ${system?.slice(RECORD_NUMBER.length) ?? ''}`
        : t.identifier[known?.[1] ?? 'other'];
      return { label, value, isRecordNumber };
    });
}

/** All but the last four characters hidden: enough to tell people apart, no more (search results). */
export const maskedNumber = (value: string): string =>
  `${'•'.repeat(Math.max(0, value.length - 4))}${value.slice(Math.max(0, value.length - 4))}`;

const extensionsOf = (resource: FhirResource): readonly Extension[] =>
  'extension' in resource && resource.extension !== undefined ? resource.extension : [];

export interface ConflictShown {
  readonly path: string;
  readonly values: readonly string[];
}

/** What other sources say instead (merging.md §4.4), by element, each value once. */
export function conflictsOf(resource: FhirResource): readonly ConflictShown[] {
  const byPath = new Map<string, Set<string>>();
  for (const { url, extension = [] } of extensionsOf(resource)) {
    if (url !== EXTENSIONS.conflict) continue;
    const part = (name: string): string | undefined => extension.find((inner) => inner.url === name)?.valueString;
    const [path, value] = [part('path') ?? '', part('value')];
    if (value === undefined) continue;
    byPath.set(path, (byPath.get(path) ?? new Set()).add(value));
  }
  return [...byPath].map(([path, values]) => ({ path, values: [...values] }));
}

/** `unconfirmed`, `conflicting` or nothing: the confidence of a fact, or a diagnosis that was only told. */
export function confidenceOf(resource: FhirResource): 'unconfirmed' | 'conflicting' | undefined {
  const code = extensionsOf(resource).find(({ url }) => url === EXTENSIONS.confidence)?.valueCode;
  if (code === 'unconfirmed' || code === 'conflicting') return code;
  const status = resource.resourceType === 'Condition' ? resource.verificationStatus : undefined;
  const verification = codeOf(status, SYSTEMS.conditionVerification);
  return verification === 'unconfirmed' || verification === 'provisional' ? 'unconfirmed' : undefined;
}

/** The commune's code on a person's address. */
export function communeOf(patient: Patient): string | undefined {
  const ward = patient.address?.flatMap(({ extension }) => extension ?? []).find(({ url }) => url === EXTENSIONS.ward);
  return ward?.valueCoding?.code;
}

/** A value of a conflict, which may be a date. */
export const conflictValueText = (value: string, t: Messages): string =>
  /^\d{4}(-\d\d){0,2}$/.test(value) ? dateText(value) : Object.hasOwn(t.sex, value) ? labelOf(t.sex, value) : value;
