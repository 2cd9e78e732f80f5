import type { FhirResource } from 'fhir/r4.js';
import { PhrError } from '../../errors.js';
import type { IndexTerms } from '../../store/indexing.js';
import { BEGINNING_OF_TIME } from './date-range.js';
import { compilePath, type CompiledPath } from './path-walker.js';
import { servedParameters, type SearchParameter } from './registry.js';
import { CLINICAL_DATES } from './served-parameters.js';
import { TERM, wordStarts } from './term-spelling.js';
import { rangeOf, referenceOf, textsOf, tokensOf } from './values.js';

/** Terms of one resource (design.md §6); more is refused, not cut, because a cut index answers wrongly. */
export const MAX_TERMS = 4_096;

interface Sink {
  readonly equal: Set<string>;
  readonly strings: { readonly param: string; readonly value: string }[];
  readonly ranges: { readonly param: string; readonly start: number; readonly end: number }[];
}

type AddValue = (sink: Sink, value: unknown, type: string) => void;

const adders: Readonly<Record<string, (parameter: SearchParameter) => AddValue>> = {
  token: (parameter) => (sink, value, type) => {
    for (const { system, code, plain } of tokensOf(value, type)) {
      if (code !== undefined) {
        sink.equal.add(TERM.code(parameter, code));
        if (!plain) sink.equal.add(TERM.systemCode(parameter, system ?? '', code));
      }
      if (system !== undefined) sink.equal.add(TERM.system(parameter, system));
    }
  },
  string: (parameter) => (sink, value, type) => {
    for (const text of textsOf(value, type)) {
      sink.equal.add(TERM.exact(parameter, text));
      for (const start of wordStarts(text)) sink.strings.push({ param: parameter.key, value: start });
    }
  },
  date: (parameter) => (sink, value, type) => {
    const range = rangeOf(value, type);
    if (range !== undefined) sink.ranges.push({ param: parameter.key, start: range.start, end: range.end });
  },
  reference: (parameter) => (sink, value) => {
    const { resourceType, id, url, identifier } = referenceOf(value);
    if (resourceType !== undefined && id !== undefined) {
      if (parameter.code !== 'patient' || resourceType === 'Patient') sink.equal.add(TERM.reference(parameter, resourceType, id));
    }
    if (url !== undefined) {
      sink.equal.add(TERM.url(parameter, url));
      const bar = url.indexOf('|');
      if (bar > 0) sink.equal.add(TERM.url(parameter, url.slice(0, bar)));
    }
    if (identifier?.code !== undefined) {
      sink.equal.add(TERM.identifierCode(parameter, identifier.code));
      sink.equal.add(TERM.identifierSystemCode(parameter, identifier.system ?? '', identifier.code));
    }
    if (identifier?.system !== undefined) sink.equal.add(TERM.identifierSystem(parameter, identifier.system));
  },
  uri: (parameter) => (sink, value) => {
    if (typeof value === 'string') sink.equal.add(TERM.url(parameter, value));
  },
};

interface Indexer {
  readonly parameter: SearchParameter;
  readonly add: AddValue;
}

const indexers = new Map<string, readonly Indexer[]>();

function indexersOf(resourceType: string): readonly Indexer[] {
  let list = indexers.get(resourceType);
  if (list === undefined) {
    list = [...servedParameters(resourceType).values()].flatMap((parameter) => {
      const adder = parameter.code === '_id' ? undefined : adders[parameter.kind];
      return adder === undefined ? [] : [{ parameter, add: adder(parameter) }];
    });
    indexers.set(resourceType, list);
  }
  return list;
}

const clinicalDates = new Map<string, readonly CompiledPath[]>(
  Object.entries(CLINICAL_DATES).map(([type, paths]) => [type, paths.map((path) => compilePath(path, type))]),
);

/** The clinical date by which pages are ordered, epoch milliseconds (start of a period, its end when it has none); undefined = undated. */
export function clinicalDateOf(resource: FhirResource): number | undefined {
  for (const path of clinicalDates.get(resource.resourceType) ?? []) {
    let date: number | undefined;
    path.walk(resource, (value, type) => {
      const range = rangeOf(value, type);
      if (range !== undefined) date ??= range.start === BEGINNING_OF_TIME ? range.end : range.start;
    });
    if (date !== undefined) return date;
  }
  return undefined;
}

/** A prefix search for a word finds every text that starts with it, so a text that begins another one says nothing new. */
function withoutCovered(strings: Sink['strings']): Sink['strings'] {
  if (strings.length < 2) return strings;
  const sorted = strings.toSorted((a, b) =>
    a.param === b.param ? (a.value < b.value ? -1 : a.value > b.value ? 1 : 0) : a.param < b.param ? -1 : 1,
  );
  return sorted.filter((entry, at) => {
    const next = sorted[at + 1];
    return next?.param !== entry.param || !next.value.startsWith(entry.value);
  });
}

/**
 * Index terms of a resource: for each served parameter of its type, spelled as docs/adr/0005-search-terms.md says.
 * @throws PhrError `too-costly` above MAX_TERMS
 */
export function termsOf(resource: FhirResource): IndexTerms {
  const sink: Sink = { equal: new Set(), strings: [], ranges: [] };
  for (const { parameter, add } of indexersOf(resource.resourceType)) {
    let found = false;
    parameter.path.walk(resource, (value, type) => {
      found = true;
      add(sink, value, type);
    });
    if (!found) sink.equal.add(TERM.missing(parameter));
  }
  const strings = withoutCovered(sink.strings);
  if (sink.equal.size + strings.length + sink.ranges.length > MAX_TERMS) {
    throw new PhrError('too-costly', `A ${resource.resourceType} may have at most ${MAX_TERMS} searchable values`);
  }
  const date = clinicalDateOf(resource);
  return { equal: [...sink.equal], strings, ranges: sink.ranges, ...(date === undefined ? {} : { date }) };
}
