import { isResourceType, VALUE_SETS } from '../definitions/definitions.js';
import { referencedType } from '../search/path-walker.js';
import { isAbsoluteUri } from './primitives.js';

// What the compiled validators call for rules that JSON Schema has no word for. Pure functions of one node.

export { TEXT_PRIMITIVES } from './primitives.js';
export { INVARIANTS } from './invariants.js';
export { isLosslessDecimal } from '../decimal.js';

type JsonObject = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** ele-1: an element has a value or children; an id alone is neither. */
export function hasContent(node: JsonObject): boolean {
  for (const key in node) if (key !== 'id') return true;
  return false;
}

/** Primitive arrays: a null stands only where the extension array has something, and both are equally long (https://hl7.org/fhir/R4/json.html#primitive). */
export function isAligned(values: unknown, extensions: unknown): boolean {
  if (!Array.isArray(values)) return !Array.isArray(extensions) || extensions.every(isObject);
  if (extensions === undefined) return !values.includes(null);
  if (!Array.isArray(extensions) || extensions.length !== values.length) return false;
  return values.every((value, at) => value !== null || isObject(extensions[at]));
}

const codes = new Map<string, ReadonlySet<string>>();

/** Codes of a listed value set, whatever their system; undefined when it cannot be listed. */
function codesOf(valueSet: string): ReadonlySet<string> {
  let set = codes.get(valueSet);
  if (set === undefined) {
    set = new Set(Object.values(VALUE_SETS[valueSet] ?? {}).flat());
    codes.set(valueSet, set);
  }
  return set;
}

/** Is a `code` element's value in the value set of its required binding? */
export function isCodeOf(valueSet: string, code: string): boolean {
  return codesOf(valueSet).has(code);
}

function isCodingOf(valueSet: string, coding: unknown): boolean {
  if (!isObject(coding) || typeof coding['code'] !== 'string') return false;
  const systems = VALUE_SETS[valueSet];
  const system = coding['system'];
  if (typeof system !== 'string') return false;
  return systems?.[system]?.includes(coding['code']) ?? false;
}

/** Required binding of a Coding or CodeableConcept: one coding is from the value set. What only carries an extension (data absent) passes. */
export function isConceptOf(valueSet: string, concept: unknown): boolean {
  if (!isObject(concept)) return true; // its type is reported already
  if ('coding' in concept)
    return Array.isArray(concept['coding']) && concept['coding'].some((coding) => isCodingOf(valueSet, coding));
  if ('code' in concept || 'system' in concept) return isCodingOf(valueSet, concept);
  return 'extension' in concept;
}

const RELATIVE = /^([A-Z][A-Za-z]*)\/[A-Za-z0-9\-.]{1,64}(\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/;

/** Literal reference: `Type/id` (with or without version), `#id`, an absolute URL or a urn. https://hl7.org/fhir/R4/references.html#literal */
export function isReferenceText(text: unknown): boolean {
  if (typeof text !== 'string') return true; // its type is reported already
  if (text.startsWith('#')) return /^#([A-Za-z0-9\-.]{1,64})?$/.test(text);
  const relative = RELATIVE.exec(text);
  return relative?.[1] === undefined ? ABSOLUTE.test(text) : isResourceType(relative[1]);
}

/** An extension is known by an absolute URL; only inside another extension a plain name will do. https://hl7.org/fhir/R4/extensibility.html */
export function isExtensionUrl(url: unknown): boolean {
  return typeof url !== 'string' || isAbsoluteUri(url); // its type is reported already
}

/** May the element point to what it points to, as far as its text tells? */
export function isAllowedTarget(targets: readonly string[], reference: unknown): boolean {
  const declared = isObject(reference) ? reference['type'] : undefined;
  if (typeof declared === 'string' && !targets.includes(declared)) return false;
  const type = referencedType(reference, undefined);
  return type === undefined || !isResourceType(type) || targets.includes(type);
}
