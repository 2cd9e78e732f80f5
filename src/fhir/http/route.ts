import { PhrError } from '../../errors.js';

/** Interactions on a type: https://hl7.org/fhir/R4/valueset-type-restful-interaction.html */
export type TypeInteraction = 'read' | 'vread' | 'search-type' | 'create';

/** What is served for one type; the routes and the CapabilityStatement are both read from it, so they can't differ. */
export interface ServedType {
  readonly resourceType: string;
  readonly interactions: readonly TypeInteraction[];
  readonly searchParams: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  /** Operations on an instance, without the `$`. */
  readonly operations: readonly { readonly name: string; readonly definition: string }[];
}

export type ServedTypes = ReadonlyMap<string, ServedType>;

export type Route =
  | { readonly interaction: 'capabilities' }
  | { readonly interaction: 'read'; readonly resourceType: string; readonly id: string }
  | { readonly interaction: 'vread'; readonly resourceType: string; readonly id: string; readonly versionId: string }
  | { readonly interaction: 'search-type'; readonly resourceType: string; readonly posted: boolean }
  | { readonly interaction: 'create'; readonly resourceType: string }
  | {
      readonly interaction: 'operation';
      readonly resourceType: string;
      readonly id: string;
      readonly operation: string;
      readonly posted: boolean;
    };

/** A request that is not served; `allow` are the methods of the address, when it is one. */
export interface NoRoute {
  readonly interaction: 'none';
  readonly error: PhrError;
  readonly allow?: readonly string[];
}

/** Longest path that is looked at; a longer one is no address of ours. */
export const PATH_LENGTH_MAX = 512;

const unsupportedAddress = (text: string): NoRoute => ({
  interaction: 'none',
  error: new PhrError('not-found', text, [{ code: 'not-supported', text }]),
});

const NO_ADDRESS = 'This address is not served; GET [base]/metadata lists what is';

function segmentsOf(path: string): readonly string[] | undefined {
  if (path.length > PATH_LENGTH_MAX) return undefined;
  const trimmed = path.endsWith('/') ? path.slice(1, -1) : path.slice(1);
  if (trimmed === '') return [];
  const segments = trimmed.split('/');
  if (!trimmed.includes('%')) return segments;
  try {
    return segments.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** The interactions of one address, by method. */
function choose(method: string, routes: Partial<Record<'GET' | 'POST', Route>>): Route | NoRoute {
  const route = method === 'GET' || method === 'HEAD' ? routes.GET : method === 'POST' ? routes.POST : undefined;
  if (route !== undefined) return route;
  const allow = [...(routes.GET === undefined ? [] : ['GET', 'HEAD']), ...(routes.POST === undefined ? [] : ['POST'])];
  if (allow.length === 0) return unsupportedAddress(NO_ADDRESS);
  const text = `Not served here; allowed: ${allow.join(', ')}`;
  return { interaction: 'none', error: new PhrError('method', text), allow };
}

/**
 * Which interaction does a request ask for? Pure; decides nothing about the caller.
 * https://hl7.org/fhir/R4/http.html#summary
 *
 * @param path decoded by nobody yet, relative to the FHIR base, beginning with `/`, without query
 */
export function resolveRoute(method: string, path: string, served: ServedTypes): Route | NoRoute {
  const segments = segmentsOf(path);
  const [first, second, third, fourth] = segments ?? [];
  if (segments === undefined || first === undefined || segments.length > 4) return unsupportedAddress(NO_ADDRESS);
  if (first === 'metadata' && segments.length === 1) return choose(method, { GET: { interaction: 'capabilities' } });
  const type = served.get(first);
  if (type === undefined) return unsupportedAddress('This resource type is not served; GET [base]/metadata lists those that are');
  const { resourceType } = type;
  const has = (interaction: TypeInteraction): boolean => type.interactions.includes(interaction);
  if (second === undefined) {
    return choose(method, {
      ...(has('search-type') ? { GET: { interaction: 'search-type', resourceType, posted: false } } : {}),
      ...(has('create') ? { POST: { interaction: 'create', resourceType } } : {}),
    });
  }
  if (second === '_search' && third === undefined) {
    return choose(method, has('search-type') ? { POST: { interaction: 'search-type', resourceType, posted: true } } : {});
  }
  if (second.startsWith('_') || second.startsWith('$')) return unsupportedAddress(NO_ADDRESS);
  if (third === undefined) {
    return choose(method, has('read') ? { GET: { interaction: 'read', resourceType, id: second } } : {});
  }
  if (third === '_history' && fourth !== undefined && has('vread')) {
    return choose(method, { GET: { interaction: 'vread', resourceType, id: second, versionId: fourth } });
  }
  const operation = type.operations.find(({ name }) => third === `$${name}`)?.name;
  if (operation !== undefined && fourth === undefined) {
    const asked = { interaction: 'operation', resourceType, id: second, operation } as const;
    return choose(method, { GET: { ...asked, posted: false }, POST: { ...asked, posted: true } });
  }
  return unsupportedAddress(NO_ADDRESS);
}
