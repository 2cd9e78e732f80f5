import { exact, fold, tokenForm } from './fold.js';
import type { SearchParameter } from './registry.js';

// The one place that knows how an index term is spelled (docs/adr/0005-search-terms.md): terms.ts writes with it, plan.ts asks with it.

/** Longer folded texts are indexed and asked by their first characters only. */
export const MAX_STRING_TERM = 128;

const escapeBar = (text: string): string => (text.includes('|') ? text.replaceAll('\\', '\\\\').replaceAll('|', '\\|') : text);

export const TERM = {
  /** The resource has no value for the parameter. */
  missing: (parameter: SearchParameter): string => `${parameter.key}|missing`,
  /** A code of whatever system. */
  code: (parameter: SearchParameter, code: string): string => `${parameter.key}|c|${tokenForm(code)}`,
  /** A code of this system; '' = explicitly without one. */
  systemCode: (parameter: SearchParameter, system: string, code: string): string =>
    `${parameter.key}|sc|${escapeBar(system)}|${tokenForm(code)}`,
  /** Any code of this system. */
  system: (parameter: SearchParameter, system: string): string => `${parameter.key}|s|${system}`,
  /** A text, case and marks included. */
  exact: (parameter: SearchParameter, text: string): string => `${parameter.key}|x|${exact(text)}`,
  /** A local literal reference. */
  reference: (parameter: SearchParameter, resourceType: string, id: string): string => `${parameter.key}|r|${resourceType}/${id}`,
  /** An absolute reference, canonical or uri. */
  url: (parameter: SearchParameter, url: string): string => `${parameter.key}|u|${url}`,
  /** The same three for the identifier of a Reference (`:identifier`). */
  identifierCode: (parameter: SearchParameter, code: string): string => `${parameter.key}|ic|${tokenForm(code)}`,
  identifierSystemCode: (parameter: SearchParameter, system: string, code: string): string =>
    `${parameter.key}|isc|${escapeBar(system)}|${tokenForm(code)}`,
  identifierSystem: (parameter: SearchParameter, system: string): string => `${parameter.key}|is|${system}`,
} as const;

/** The text a string search starts with. */
export function prefixOf(text: string): string {
  return fold(text).slice(0, MAX_STRING_TERM).trimEnd();
}

/** Folded text from each of its words on: a search may start at any word (`hoa` finds `Đặng Thị Hòa`). */
export function wordStarts(text: string): readonly string[] {
  const folded = fold(text);
  if (folded === '') return [];
  const starts = [folded.slice(0, MAX_STRING_TERM)];
  for (let space = folded.indexOf(' '); space >= 0 && starts.length < MAX_WORDS; space = folded.indexOf(' ', space + 1)) {
    starts.push(folded.slice(space + 1, space + 1 + MAX_STRING_TERM));
  }
  return starts;
}

/** Words of one text from which a search may start. */
export const MAX_WORDS = 32;
