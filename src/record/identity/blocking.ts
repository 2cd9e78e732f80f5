import { comparisonFold } from './compare.js';
import type { NormalIdentity } from './identity.js';

/** Keeps the parts of a key apart: no field can hold it, cleaned text has no control characters. */
const SEPARATOR = '\u001F';

/**
 * Keys whose equality can make an automatic tier: personal number, BHXH number, patient id inside its source (merging.md §3.7).
 * A key is left out when a part is missing. Keys hold identifiers in clear: hash them with a key before they are stored or logged.
 */
export function autoKeys(normal: NormalIdentity): string[] {
  const keys = normal.bhxh.map((number) => key('bhxh10', number));
  if (normal.id12 !== undefined) keys.push(key('id12', normal.id12));
  if (normal.sourcePatientId !== undefined) keys.push(key('mrn', normal.source, normal.sourcePatientId));
  return keys.sort();
}

/** Keys that bring a pair before a steward and never link it: likeness, CMND, passport, and the mother's number on a child without a name. */
export function reviewKeys(normal: NormalIdentity): string[] {
  const keys: string[] = [];
  const { name, birth, sex } = normal;
  if (name !== undefined && birth?.precision === 'day' && sex !== undefined)
    keys.push(key('likeness', comparisonFold(name), birth.value, sex));
  if (normal.passport !== undefined) keys.push(key('passport', normal.passport));
  if (normal.id9 !== undefined) keys.push(key('id9', normal.id9));
  if (normal.placeholder && normal.motherId12 !== undefined) keys.push(key('id12', normal.motherId12));
  return keys.sort();
}

/** All keys of a record, sorted and distinct: records that share none of them are never compared. */
export function blockingKeys(normal: NormalIdentity): string[] {
  return [...new Set([...autoKeys(normal), ...reviewKeys(normal)])].sort();
}

function key(kind: string, ...parts: readonly string[]): string {
  return [kind, ...parts].join(SEPARATOR);
}
