import { isLosslessDecimal } from '../../fhir/decimal.js';

/** Reading of JSON that no validation has seen yet: what is of another type than expected reads as absent. */

const NOTHING: Readonly<Record<string, unknown>> = {};

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isLosslessDecimal(value)) return NOTHING;
  return value as Readonly<Record<string, unknown>>;
}

/** The items of a list; none of anything else. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);

/** A text that says something. */
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
