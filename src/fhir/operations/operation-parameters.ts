import { PhrError } from '../../errors.js';
import type { Parameter } from '../interactions/answer.js';

const malformed = (text: string): PhrError => new PhrError('malformed', text, [{ code: 'invalid', text }]);

function pairOf(entry: unknown): Parameter {
  const fields = typeof entry === 'object' && entry !== null ? Object.entries(entry) : [];
  const name = fields.find(([key]) => key === 'name')?.[1] as unknown;
  const value = fields.find(([key]) => key.startsWith('value'))?.[1] as unknown;
  if (typeof name !== 'string') throw malformed('Parameters.parameter needs a name');
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw malformed('Parameters.parameter needs a value of a primitive type');
  }
  return [name, String(value)];
}

/**
 * The parameters of an operation invoked by POST: https://hl7.org/fhir/R4/operations.html#request
 *
 * @param body a Parameters resource with primitive values
 * @throws PhrError `malformed`
 */
export function operationParameters(body: unknown): readonly Parameter[] {
  const resource = body as { readonly resourceType?: unknown; readonly parameter?: unknown } | null;
  if (resource?.resourceType !== 'Parameters') throw malformed('The body must be a Parameters resource');
  const { parameter = [] } = resource;
  if (!Array.isArray(parameter)) throw malformed('Parameters.parameter must be a list');
  return parameter.map(pairOf);
}
