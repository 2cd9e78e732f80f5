import { PATIENT_EVERYTHING } from '../operations/patient-everything.js';
import { SEARCHABLE_TYPES, servedParameters } from '../search/registry.js';
import type { SearchParameter } from '../search/registry.js';
import { virtualParameters } from '../interactions/virtual-parameters.js';
import type { VirtualType } from '../virtual-type.js';
import type { ServedType, ServedTypes } from './route.js';

const described = ({ code, kind, definition }: SearchParameter): ServedType['searchParams'][number] => ({
  name: code,
  type: kind,
  definition,
});

/**
 * What is served, made of what is registered: stored types with their search parameters, virtual types, types that can be created.
 * Routes and CapabilityStatement are both read from the result.
 */
export function servedTypes(deps: {
  readonly virtualTypes: readonly VirtualType[];
  readonly creatable: readonly string[];
}): ServedTypes {
  const stored = SEARCHABLE_TYPES.filter((type) => !deps.virtualTypes.some(({ resourceType }) => resourceType === type)).map(
    (resourceType): ServedType => ({
      resourceType,
      interactions: ['read', 'vread', 'search-type', ...(deps.creatable.includes(resourceType) ? (['create'] as const) : [])],
      searchParams: [...servedParameters(resourceType).values()].map(described),
      operations: resourceType === 'Patient' ? [PATIENT_EVERYTHING] : [],
    }),
  );
  const virtual = deps.virtualTypes.map((type): ServedType => ({
    resourceType: type.resourceType,
    interactions: ['read', 'search-type'],
    searchParams: [...virtualParameters(type).values()].map(described),
    operations: [],
  }));
  return new Map([...stored, ...virtual].map((type) => [type.resourceType, type]));
}
