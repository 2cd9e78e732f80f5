import type { Parameter } from './answer.js';

/** One entry of a searchset; `resource` is FHIR JSON text. */
export interface SearchsetEntry {
  /** Absolute; a urn for an outcome. */
  readonly fullUrl: string;
  readonly resource: string;
  readonly mode: 'match' | 'include' | 'outcome';
}

export interface Searchset {
  readonly self: string;
  readonly next?: string;
  readonly total?: number;
  readonly entries: readonly SearchsetEntry[];
}

const text = (value: string): string => JSON.stringify(value);

function entryText({ fullUrl, resource, mode }: SearchsetEntry): string {
  return `{"fullUrl":${text(fullUrl)},"resource":${resource},"search":{"mode":"${mode}"}}`;
}

/**
 * A Bundle of type searchset put together from text: the bodies are stored as JSON, so none is parsed on its way out.
 * https://hl7.org/fhir/R4/bundle.html#searchset
 */
export function searchsetText({ self, next, total, entries }: Searchset): string {
  const links = [`{"relation":"self","url":${text(self)}}`];
  if (next !== undefined) links.push(`{"relation":"next","url":${text(next)}}`);
  const parts = ['"resourceType":"Bundle","type":"searchset"'];
  if (total !== undefined) parts.push(`"total":${total}`);
  parts.push(`"link":[${links.join(',')}]`);
  // An empty array is no FHIR JSON: https://hl7.org/fhir/R4/json.html#primitive
  if (entries.length > 0) parts.push(`"entry":[${entries.map(entryText).join(',')}]`);
  return `{${parts.join(',')}}`;
}

/** The parameter that carries the place to go on from. https://hl7.org/fhir/R4/http.html#paging leaves the form of it to the server. */
export const CURSOR_PARAMETER = '_cursor';

/** The address of a page: the parameters that were understood, and where to go on. */
export function pageUrl(address: string, understood: readonly Parameter[], cursor?: string): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of understood) if (name !== CURSOR_PARAMETER) parameters.append(name, value);
  if (cursor !== undefined) parameters.append(CURSOR_PARAMETER, cursor);
  const query = parameters.toString();
  return query === '' ? address : `${address}?${query}`;
}
