import { LosslessNumber, parse as parseLossless, stringify as stringifyLossless } from 'lossless-json';

/**
 * A decimal that keeps its digits: "58.50" stays `58.50` in JSON (https://hl7.org/fhir/R4/datatypes.html#decimal: precision matters).
 * Typed as number, because @types/fhir says so; a plain number whenever printing it gives the same text.
 *
 * @param text a JSON number, e.g. `58.50`
 * @throws RangeError when `text` is not a JSON number (a caller's bug: validate at the edge)
 */
export function decimal(text: string): number {
  if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) throw new RangeError('not a decimal');
  const value = Number(text);
  return String(value) === text ? value : (new LosslessNumber(text) as unknown as number);
}

/** True for what `decimal` makes out of text that a number would not print again. */
export function isLosslessDecimal(value: unknown): boolean {
  return value instanceof LosslessNumber;
}

/**
 * A number that may print otherwise than it was written: a fraction that ends in 0, an exponent, 16 characters or more, below 1e-6, or -0.
 * It may also find digits inside a string, which only costs the slower way.
 */
const SUSPECT = /[:,[]\s*-?(?:\d+\.\d*0|\d[\d.]*[eE][-+]?\d+|0\.0{6}\d+|[\d.]{16,}|(?<=-)0)(?=[\s,}\]])/;

const startsWithNumber = (text: string): boolean => /^\s*[-\d]/.test(text);

/**
 * JSON.parse that keeps the digits of decimals (see `decimal`). Three times as fast when no decimal needs it, so that is tried first.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return !startsWithNumber(text) && !SUSPECT.test(text) ? JSON.parse(text) : parseLossless(text, undefined, decimal);
}

/** JSON.stringify for what `parseJson` and `decimal` make. `indent`: spaces a level, absent = compact. */
export function stringifyJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent) as string | undefined;
  if (text === undefined) return 'null';
  return text.includes('"isLosslessNumber":') ? (stringifyLossless(value, undefined, indent) ?? 'null') : text;
}

/** The number behind a decimal, for comparisons and index terms. */
export function numberOf(value: number): number {
  return typeof value === 'number' ? value : Number((value as unknown as LosslessNumber).value);
}
