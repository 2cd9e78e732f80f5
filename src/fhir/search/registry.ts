import type { SearchParameterKind } from '../../store/resource-store.js';
import { SEARCH_PARAMETERS, VALUE_SETS, type SearchParameterDefinition } from '../definitions/definitions.js';
import { compilePath, type CompiledPath } from './path-walker.js';
import { SERVED_PARAMETERS } from './served-parameters.js';

/** Kinds that are indexed and planned; number, quantity, composite and special are not yet. */
export const SERVED_KINDS: readonly SearchParameterKind[] = ['token', 'string', 'date', 'reference', 'uri'];

/** A search parameter of one resource type, ready to walk. */
export interface SearchParameter {
  readonly code: string;
  readonly kind: SearchParameterKind;
  /** `type|code`: how terms of this parameter begin. */
  readonly key: string;
  /** Canonical URL of the definition, for the CapabilityStatement. */
  readonly definition: string;
  readonly path: CompiledPath;
  /** Types that a reference parameter finds; empty = any. */
  readonly targets: readonly string[];
  /** Token parameters over elements without a system of their own: the systems that their codes are of. undefined = tokens have systems. */
  readonly impliedSystems?: readonly string[];
}

/** Leaf types whose tokens carry a system. */
const SYSTEMED = new Set(['Coding', 'CodeableConcept', 'Identifier']);

const byType = new Map<string, Map<string, SearchParameterDefinition>>();
for (const definition of SEARCH_PARAMETERS) {
  for (const base of definition.base) {
    let ofType = byType.get(base);
    if (ofType === undefined) byType.set(base, (ofType = new Map()));
    ofType.set(definition.code, definition);
  }
}

function compileParameter(resourceType: string, definition: SearchParameterDefinition): SearchParameter {
  const path = compilePath(definition.expression ?? resourceType, resourceType);
  if (path.leaves.length === 0) throw new Error(`search parameter ${definition.url} leads nowhere on ${resourceType}`);
  const resolved = path.leaves.map((leaf) => leaf.resolved).filter((type) => type !== undefined);
  // The registry shares one definition among 32 types for `patient`, so its targets (Patient, Group) are wider than the name.
  const targets =
    definition.code === 'patient' ? ['Patient'] : resolved.length === path.leaves.length ? resolved : (definition.target ?? []);
  const plain = definition.type === 'token' && !path.leaves.some(({ type }) => SYSTEMED.has(type));
  const implied = plain
    ? { impliedSystems: path.leaves.flatMap(({ valueSet }) => Object.keys((valueSet && VALUE_SETS[valueSet]) || {})) }
    : {};
  return {
    code: definition.code,
    kind: definition.type,
    key: `${resourceType}|${definition.code}`,
    definition: `http://hl7.org/fhir/SearchParameter/${definition.url}`,
    path,
    targets: definition.type === 'reference' && targets.length < MANY_TARGETS ? [...new Set(targets)] : [],
    ...implied,
  };
}

/** The registry lists every one of the 145 types where a reference may point anywhere. */
const MANY_TARGETS = 50;

const compiled = new Map<string, SearchParameter>();

/** The official parameter `code` of `resourceType`, served or not; undefined when R4 knows none or it has no expression. Compiled once. */
export function searchParameter(resourceType: string, code: string): SearchParameter | undefined {
  const key = `${resourceType}|${code}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const definition =
    byType.get(resourceType)?.get(code) ?? byType.get('DomainResource')?.get(code) ?? byType.get('Resource')?.get(code);
  if (definition?.expression === undefined) return undefined;
  const parameter = compileParameter(resourceType, definition);
  compiled.set(key, parameter);
  return parameter;
}

const served = new Map<string, ReadonlyMap<string, SearchParameter>>();
for (const [resourceType, codes] of Object.entries(SERVED_PARAMETERS)) {
  const parameters = new Map<string, SearchParameter>();
  for (const code of codes) {
    const parameter = searchParameter(resourceType, code);
    if (parameter === undefined) throw new Error(`no official search parameter ${code} on ${resourceType}`);
    if (!SERVED_KINDS.includes(parameter.kind)) throw new Error(`${resourceType} ${code}: kind ${parameter.kind} is not served`);
    parameters.set(code, parameter);
  }
  served.set(resourceType, parameters);
}

const none: ReadonlyMap<string, SearchParameter> = new Map();

/** Parameters that are indexed and answered, by code (`_id` among them); empty for a type that is not searchable. */
export function servedParameters(resourceType: string): ReadonlyMap<string, SearchParameter> {
  return served.get(resourceType) ?? none;
}

/** Types with served parameters. */
export const SEARCHABLE_TYPES: readonly string[] = Object.keys(SERVED_PARAMETERS);
