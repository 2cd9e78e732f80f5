import { readFileSync } from 'node:fs';
import type { SearchParameterKind } from '../../store/resource-store.js';

/** One element of a type, reduced (scripts/extract-fhir-definitions.mjs). Absent `min` is 0, absent `max` is '1'. */
export interface ElementDefinition {
  /** Below the type: `name`, `contact.name`, `value[x]`. */
  readonly path: string;
  readonly min?: number;
  /** '0', a number, or '*'. */
  readonly max?: string;
  readonly types?: readonly string[];
  /** Path (below the type) of the element whose children this one shares. */
  readonly ref?: string;
  /** Types that a Reference or canonical may point to; absent = any. */
  readonly targets?: readonly string[];
  readonly maxLength?: number;
  readonly fixed?: unknown;
  readonly pattern?: unknown;
  /** Value set of a *required* binding. */
  readonly valueSet?: string;
}

export interface TypeDefinition {
  readonly kind: 'primitive' | 'complex' | 'resource';
  readonly abstract?: boolean;
  readonly base?: string;
  readonly regex?: string;
  /** Absent on primitive types. */
  readonly elements?: readonly ElementDefinition[];
}

/** https://hl7.org/fhir/R4/searchparameter.html, reduced. */
export interface SearchParameterDefinition {
  /** Canonical below `http://hl7.org/fhir/SearchParameter/`. */
  readonly url: string;
  readonly code: string;
  readonly type: SearchParameterKind;
  readonly base: readonly string[];
  readonly expression?: string;
  readonly target?: readonly string[];
  readonly component?: readonly { readonly url: string; readonly expression: string }[];
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`./r4/${name}.json`, import.meta.url), 'utf8'));

/** FHIR R4 (4.0.1): every data type and resource type. */
export const TYPES = read('types') as Readonly<Record<string, TypeDefinition>>;

/** The official search-parameter registry. */
export const SEARCH_PARAMETERS = read('search-parameters') as readonly SearchParameterDefinition[];

/** Listable value sets of required bindings: value set -> system -> codes. */
export const VALUE_SETS = read('value-sets') as Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** True for the name of a resource type of R4 that can be instantiated. */
export function isResourceType(name: string): boolean {
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  return type?.kind === 'resource' && type.abstract !== true;
}
