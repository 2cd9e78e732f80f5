import type { TypeName } from '../definitions/element-tree.js';
import { BEGINNING_OF_TIME, dateRangeOf, END_OF_TIME, type DateRange } from './date-range.js';

/** What token search compares. `plain`: the element has no system of its own (code, boolean, string, ContactPoint …). */
export interface TokenValue {
  readonly system?: string;
  readonly code?: string;
  readonly plain: boolean;
}

/** What reference search compares; all absent = a value that nothing finds but `:missing=false`. */
export interface ReferenceValue {
  readonly resourceType?: string;
  readonly id?: string;
  /** Absolute URL, urn or canonical, as it stands. */
  readonly url?: string;
  readonly identifier?: TokenValue;
}

type JsonObject = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function coding(value: JsonObject, codeKey: 'code' | 'value'): TokenValue {
  const system = text(value['system']);
  const code = text(value[codeKey]);
  return { plain: false, ...(system === undefined ? {} : { system }), ...(code === undefined ? {} : { code }) };
}

/** Tokens of one value; Coding, CodeableConcept, Identifier, ContactPoint and every primitive type. https://hl7.org/fhir/R4/search.html#token */
export function tokensOf(value: unknown, type: TypeName): readonly TokenValue[] {
  if (!isObject(value)) return [{ plain: true, code: String(value) }];
  switch (type) {
    case 'CodeableConcept': {
      const codings: unknown = value['coding'];
      return Array.isArray(codings) ? codings.filter(isObject).map((one) => coding(one, 'code')) : [];
    }
    case 'Coding':
      return [coding(value, 'code')];
    case 'Identifier':
      return [coding(value, 'value')];
    case 'ContactPoint': {
      const code = text(value['value']);
      return code === undefined ? [] : [{ plain: true, code }];
    }
    default:
      return [];
  }
}

const TEXT_PARTS: Readonly<Record<string, readonly string[]>> = {
  HumanName: ['text', 'family', 'given', 'prefix', 'suffix'],
  Address: ['text', 'line', 'city', 'district', 'state', 'country', 'postalCode'],
  CodeableConcept: ['text'],
};

/** Texts of one value: every part of a HumanName or Address. https://hl7.org/fhir/R4/search.html#string */
export function textsOf(value: unknown, type: TypeName): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (!isObject(value)) return [];
  return (TEXT_PARTS[type] ?? []).flatMap((key) => {
    const part = value[key];
    return (Array.isArray(part) ? (part as unknown[]) : [part]).filter(
      (one): one is string => typeof one === 'string' && one !== '',
    );
  });
}

function periodRange(value: JsonObject): DateRange | undefined {
  const start = text(value['start']);
  const end = text(value['end']);
  if (start === undefined && end === undefined) return undefined;
  return {
    start: (start === undefined ? undefined : dateRangeOf(start)?.start) ?? BEGINNING_OF_TIME,
    end: (end === undefined ? undefined : dateRangeOf(end)?.end) ?? END_OF_TIME,
  };
}

function timingRange(value: JsonObject): DateRange | undefined {
  const events: unknown = value['event'];
  const ranges = (Array.isArray(events) ? (events as unknown[]) : [])
    .map((event) => (typeof event === 'string' ? dateRangeOf(event) : undefined))
    .filter((range) => range !== undefined);
  const repeat = value['repeat'];
  const bounds = isObject(repeat) && isObject(repeat['boundsPeriod']) ? periodRange(repeat['boundsPeriod']) : undefined;
  if (bounds !== undefined) ranges.push(bounds);
  if (ranges.length === 0) return undefined;
  return { start: Math.min(...ranges.map(({ start }) => start)), end: Math.max(...ranges.map(({ end }) => end)) };
}

/** The time that one value covers; only the outer limits of a Timing count. https://hl7.org/fhir/R4/search.html#date */
export function rangeOf(value: unknown, type: TypeName): DateRange | undefined {
  if (typeof value === 'string') {
    return type === 'date' || type === 'dateTime' || type === 'instant' ? dateRangeOf(value) : undefined;
  }
  if (!isObject(value)) return undefined;
  if (type === 'Period') return periodRange(value);
  return type === 'Timing' ? timingRange(value) : undefined;
}

const RELATIVE = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** Where a Reference, canonical or uri points to; a contained resource is pointed to by nobody outside. */
export function referenceOf(value: unknown): ReferenceValue {
  if (typeof value === 'string') return { url: value };
  if (!isObject(value)) return {};
  const identifier = isObject(value['identifier']) ? { identifier: coding(value['identifier'], 'value') } : {};
  const literal = text(value['reference']);
  if (literal === undefined || literal.startsWith('#')) return identifier;
  const match = RELATIVE.exec(literal);
  if (match?.[1] === undefined || match[2] === undefined) return { ...identifier, url: literal };
  return { ...identifier, resourceType: match[1], id: match[2] };
}
