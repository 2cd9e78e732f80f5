import type { IdentityInput } from '../../../intake/parsed-visit.js';
import type { IdentityRecord } from '../identity.js';
import { identityIdOf, normalise } from '../normal-form.js';

/** Names one outside record: `sourceId` is unique in its source. */
export interface RecordKey {
  readonly source: string;
  readonly sourceId: string;
}

/** One outside record and the identity record that the product makes of it. */
export interface OutsideRecord extends RecordKey {
  readonly identity: IdentityRecord;
}

/** What the true person of a record is. */
export interface TruthLine extends RecordKey {
  readonly truth: string;
}

/** Why a line does not count. Says nothing of what stands in it. */
export type BadLine =
  'too long' | 'not a JSON object' | 'no source' | 'unknown sourceType' | 'no sourceId' | 'no truth' | 'said twice';

/** Source types of docs/matching.md; a REST client's own Patients stay inside. */
const SOURCE_TYPES: ReadonlySet<unknown> = new Set<Exclude<IdentityInput['sourceType'], 'rest'>>([
  'visit',
  'check-up',
  'screening',
  'school',
  'immunization',
  'occupational',
  'portal',
  'reference',
]);

/** Reads one line of records. Total: a field that is null or of another type is absent, and only the first three can make the line bad. */
export function readOutsideRecord(line: string): OutsideRecord | BadLine {
  const fields = objectIn(line);
  if (fields === undefined) return 'not a JSON object';
  const key = keyIn(fields);
  if (typeof key === 'string') return key;
  if (!SOURCE_TYPES.has(fields['sourceType'])) return 'unknown sourceType';
  // A JSON array keeps apart what a separator could run together.
  const normal = normalise(inputOf(key, fields), { businessKey: JSON.stringify([key.source, key.sourceId]) });
  return { ...key, identity: { id: identityIdOf(normal), normal } };
}

export function readTruthLine(line: string): TruthLine | BadLine {
  const fields = objectIn(line);
  if (fields === undefined) return 'not a JSON object';
  const key = keyIn(fields);
  if (typeof key === 'string') return key;
  const truth = label(fields['truth']);
  return truth === undefined ? 'no truth' : { ...key, truth };
}

/** By source, then sourceId, in code units: equal on every machine. */
export function compareKeys(a: RecordKey, b: RecordKey): number {
  return compareCodeUnits(a.source, b.source) || compareCodeUnits(a.sourceId, b.sourceId);
}

const compareCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** One text for a key; two keys never give the same. */
export const keyText = ({ source, sourceId }: RecordKey): string => `${String(source.length)} ${source}${sourceId}`;

type Fields = Readonly<Record<string, unknown>>;

function objectIn(line: string): Fields | undefined {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function keyIn(fields: Fields): RecordKey | BadLine {
  const source = label(fields['source']);
  if (source === undefined) return 'no source';
  const sourceId = label(fields['sourceId']);
  return sourceId === undefined ? 'no sourceId' : { source, sourceId };
}

/** Text, or a whole number as many a database writes its ids. */
function label(value: unknown): string | undefined {
  if (Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/**
 * Who numbers the patients is the facility where the record names one beside its patient id (merging.md §1.3: facility code + value), whichever
 * system sent it; else the source.
 */
function inputOf(key: RecordKey, fields: Fields): IdentityInput {
  const patientId = textOf(fields['facilityPatientId'])?.trim();
  const facility = textOf(fields['facility'])?.trim();
  const isNumbered = patientId !== undefined && patientId !== '';
  const order = fields['birthOrder'];
  const input: { readonly [K in keyof IdentityInput]: unknown } = {
    source: isNumbered && facility !== undefined && facility !== '' ? facility : key.source,
    sourceType: fields['sourceType'],
    sourcePatientId: isNumbered ? patientId : undefined,
    name: fields['name'],
    sex: fields['sex'],
    birthDate: fields['birthDate'],
    nationalId: fields['nationalId'],
    // A change of card inside one stay puts two into the field.
    insuranceCards: textOf(fields['insuranceCard'])?.split(';'),
    socialInsuranceNumber: fields['socialInsuranceNumber'],
    passport: fields['passport'],
    phone: fields['phone'],
    address: fields['address'],
    communeCode: fields['commune'],
    provinceCode: fields['province'],
    motherName: fields['motherName'],
    motherNationalId: fields['motherNationalId'],
    motherPhone: fields['motherPhone'],
    birthOrder: typeof order === 'number' ? order : undefined,
    deceasedDate: fields['deceasedDate'],
  };
  // `normalise` takes what is unchecked: null and other types are absent there.
  return input as IdentityInput;
}
