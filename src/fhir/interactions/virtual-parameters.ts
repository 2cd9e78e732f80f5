import { searchParameter } from '../search/registry.js';
import type { SearchParameter } from '../search/registry.js';
import type { VirtualType } from '../virtual-type.js';

/**
 * The official definitions of the parameters that a virtual type serves.
 * @throws Error when R4 knows no such parameter (a bug of the type: found when the router is made)
 */
export function virtualParameters(virtual: VirtualType): ReadonlyMap<string, SearchParameter> {
  return new Map(
    virtual.searchParams.map((code) => {
      const parameter = searchParameter(virtual.resourceType, code);
      if (parameter === undefined) throw new Error(`no official search parameter ${code} on ${virtual.resourceType}`);
      return [code, parameter];
    }),
  );
}
