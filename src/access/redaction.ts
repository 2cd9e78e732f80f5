import type { FhirResource } from 'fhir/r4.js';
import { isLosslessDecimal } from '../fhir/decimal.js';
import { EXTENSIONS, recordNumberSystem, SYSTEMS } from '../fhir/systems.js';
import type { SearchCriterion, SearchValue } from '../store/resource-store.js';

/** Every facility's record-number system begins so; what follows is the facility's code. */
const RECORD_NUMBER_PREFIX = recordNumberSystem('');

/**
 * False when a stored body surely holds nothing that `redactForFacility` would take out, so that it can leave unparsed. The codec writes
 * these texts without escapes, so looking for them is enough.
 */
export const mayHoldHidden = (body: string): boolean => body.includes(RECORD_NUMBER_PREFIX) || body.includes(EXTENSIONS.conflict);

type Json = Readonly<Record<string, unknown>>;
/** A decimal that keeps its digits is an object too, and must stay what it is; every other object is looked into. */
const isElement = (value: unknown): value is Json => typeof value === 'object' && value !== null && !isLosslessDecimal(value);

/**
 * What a facility may see of a resource in its reach (interfaces.md §1): no record number of another facility anywhere in it, and in a
 * Patient no values that other senders gave instead. Elements that become empty leave, since FHIR knows no empty ones.
 *
 * @returns the same object when there is nothing to take out
 */
export function redactForFacility(facilityCode: string, resource: FhirResource): FhirResource {
  const own = recordNumberSystem(facilityCode);
  const hidesConflicts = resource.resourceType === 'Patient';
  const isHidden = (element: Json): boolean =>
    (typeof element['system'] === 'string' && element['system'].startsWith(RECORD_NUMBER_PREFIX) && element['system'] !== own) ||
    (hidesConflicts && element['url'] === EXTENSIONS.conflict);
  return (without(resource, isHidden) ?? resource) as FhirResource;
}

/** Systems that an identifier without one stands for when a facility asks; '' is an identifier that has none. */
const NUMBER_SYSTEMS: readonly string[] = [
  SYSTEMS.nationalId,
  SYSTEMS.oldNationalId,
  SYSTEMS.passport,
  SYSTEMS.insuranceCard,
  SYSTEMS.socialInsurance,
  '',
];

/**
 * A search criterion as a facility may ask it: another facility's record numbers match nothing, so a number that it knows tells it nothing
 * about who has it. A Patient's identifier without system is looked for among the numbers of persons and its own record numbers: "any
 * system" would find the hidden ones.
 *
 * @returns undefined when nothing of the criterion is left
 */
export function narrowForFacility(
  facilityCode: string,
  resourceType: string,
  criterion: SearchCriterion,
): SearchCriterion | undefined {
  if (criterion.param !== 'identifier' && criterion.modifier !== 'identifier') return criterion;
  const own = recordNumberSystem(facilityCode);
  const values = criterion.values.flatMap((value): readonly SearchValue[] => {
    if (value.kind !== 'token') return [value];
    const { system, code } = value;
    if (system !== undefined) return system.startsWith(RECORD_NUMBER_PREFIX) && system !== own ? [] : [value];
    if (resourceType !== 'Patient' || code === undefined) return [value];
    return [...NUMBER_SYSTEMS, own].map((known) => ({ kind: 'token', system: known, code }));
  });
  return values.length === 0 ? undefined : { ...criterion, values };
}

/** `value` without the elements that `isHidden` names; undefined when nothing of it is left. Unchanged parts are shared. */
function without(value: unknown, isHidden: (element: Json) => boolean): unknown {
  if (Array.isArray(value)) {
    const kept = value.map((item) => (item === null ? null : without(item, isHidden)));
    if (kept.every((item, index) => item === value[index])) return value;
    // The siblings of primitives (`_given`) count by position: there a hole stays a hole.
    const positional = value.some((item) => item === null) || value.some((item) => isElement(item) && isPrimitiveSibling(item));
    const left = positional ? kept.map((item) => item ?? null) : kept.filter((item) => item !== undefined);
    return left.some((item) => item !== null) ? left : undefined;
  }
  if (!isElement(value)) return value;
  if (isHidden(value)) return undefined;
  let copy: Record<string, unknown> | undefined;
  for (const [key, item] of Object.entries(value)) {
    const kept = without(item, isHidden);
    if (kept === item) continue;
    copy ??= { ...value };
    if (kept === undefined) delete copy[key];
    else copy[key] = kept;
  }
  if (copy === undefined) return value;
  return Object.keys(copy).length > 0 ? copy : undefined;
}

/** `{ id?, extension? }`: what may stand beside a primitive. */
const isPrimitiveSibling = (element: Json): boolean => {
  const keys = Object.keys(element);
  return keys.length > 0 && keys.every((key) => key === 'extension' || key === 'id');
};
