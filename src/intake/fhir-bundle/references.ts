import type { FhirResource, Reference } from 'fhir/r4.js';
import { isLosslessDecimal } from '../../fhir/decimal.js';
import type { BundleEntry } from './read-bundle.js';

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessDecimal(value);

/** Finds the entry that a reference inside a Bundle leads to: https://hl7.org/fhir/R4/bundle.html#references */
export function makeEntryFinder(
  entries: readonly BundleEntry[],
): (reference: unknown, from: BundleEntry) => BundleEntry | undefined {
  const byUrl = new Map<string, BundleEntry>();
  const byRelative = new Map<string, BundleEntry>();
  for (const entry of entries) {
    if (entry.resource === undefined) continue;
    if (entry.fullUrl !== undefined && !byUrl.has(entry.fullUrl)) byUrl.set(entry.fullUrl, entry);
    const relative = `${entry.resource.resourceType}/${entry.resource.id ?? ''}`;
    if (entry.resource.id !== undefined && !byRelative.has(relative)) byRelative.set(relative, entry);
  }
  return (reference, from) => {
    if (typeof reference !== 'string' || reference.startsWith('#')) return undefined;
    const plain = reference.replace(/\/_history\/[^/]+$/, '');
    const known = byUrl.get(plain);
    if (known !== undefined) return known;
    if (!/^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.test(plain)) return undefined;
    // A relative reference is below the base of the entry that holds it; without a base the id alone decides.
    const base = /^(https?:\/\/.*\/)[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.exec(from.fullUrl ?? '')?.[1];
    return (base === undefined ? undefined : byUrl.get(`${base}${plain}`)) ?? byRelative.get(plain);
  };
}

/** What becomes of a reference that leads out of its resource: another one, or undefined = it leaves. `rest`: what stands beside the literal. */
export type MapReference = (literal: string, rest: Reference) => Reference | undefined;

/**
 * A copy whose references were mapped, those of contained resources too. What becomes empty leaves, since FHIR knows no empty elements.
 */
export function withReferences(resource: FhirResource, map: MapReference): FhirResource {
  return mapped(resource, map) as FhirResource;
}

function mapped(value: unknown, map: MapReference): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mapped(item, map)).filter((item) => item !== undefined);
    return items.length === 0 && value.length > 0 ? undefined : items;
  }
  if (!isObject(value)) return value;
  const { reference } = value;
  const isReference = typeof reference === 'string' && !reference.startsWith('#');
  const copy = Object.fromEntries(
    Object.entries(value).flatMap(([name, child]) => {
      const next = isReference && name === 'reference' ? undefined : mapped(child, map);
      return next === undefined ? [] : [[name, next] as const];
    }),
  );
  if (isReference) return map(reference, copy);
  return Object.keys(copy).length === 0 && Object.keys(value).length > 0 ? undefined : copy;
}
