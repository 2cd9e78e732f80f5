import { PhrError } from '../../errors.js';
import type { Parameter } from '../interactions/answer.js';

/** More parameters than this are refused. */
export const PARAMETERS_MAX = 64;

export const tooManyParameters = (): PhrError => new PhrError('too-costly', `More than ${PARAMETERS_MAX} parameters`);

/** What is left of a query string when the parameters of the answer's form are taken out. */
export interface Query {
  readonly parameters: readonly Parameter[];
  readonly format?: string;
  readonly pretty: boolean;
}

const NOTHING: Query = { parameters: [], pretty: false };

/**
 * Splits a query string or form body into its parameters, in order, repeated ones too.
 * `_format` and `_pretty` (https://hl7.org/fhir/R4/http.html#parameters) stand apart; an empty value counts as not sent.
 *
 * @param text without `?`
 * @throws PhrError `too-costly` above PARAMETERS_MAX
 */
export function parseQuery(text: string): Query {
  if (text === '') return NOTHING;
  const parameters: Parameter[] = [];
  let format: string | undefined;
  let pretty = false;
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    if (++count > PARAMETERS_MAX) throw tooManyParameters();
    if (value === '') continue;
    if (name === '_format') format = value;
    else if (name === '_pretty') pretty = value === 'true';
    else parameters.push([name, value]);
  }
  return { parameters, pretty, ...(format === undefined ? {} : { format }) };
}
