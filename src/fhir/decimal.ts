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

/** JSON.parse that keeps the digits of decimals (see `decimal`). @throws SyntaxError */
export function parseJson(text: string): unknown {
  return parseLossless(text, undefined, decimal);
}

/** JSON.stringify for what `parseJson` and `decimal` make. `indent`: spaces a level, absent = compact. */
export function stringifyJson(value: unknown, indent?: number): string {
  return stringifyLossless(value, undefined, indent) ?? 'null';
}

/** The number behind a decimal, for comparisons and index terms. */
export function numberOf(value: number): number {
  return typeof value === 'number' ? value : Number((value as unknown as LosslessNumber).value);
}
