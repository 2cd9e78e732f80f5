import { PhrError } from '../../errors.js';
import type { InteractionRequest } from './answer.js';

/** Longest parameter name that an answer repeats; what is no name is not repeated at all. */
const NAME = /^[A-Za-z_][\w:.-]{0,63}$/;

/** The name of a parameter as an answer may repeat it: a value pasted in the place of a name is not echoed. */
export const nameForAnswer = (name: string): string => (NAME.test(name) ? `"${name}"` : 'with this name');

/**
 * For interactions without parameters of their own: refuses every one, unless the client asked for lenient handling.
 * (R4 says servers SHOULD ignore what they don't know; refusing is our documented deviation for safety, design.md §5.)
 * @throws PhrError `unsupported`
 */
export function refuseParameters(
  request: Pick<InteractionRequest, 'parameters' | 'lenient'>,
  known: readonly string[] = [],
): void {
  if (request.lenient || request.parameters.length === 0) return;
  const unknown = request.parameters.filter(([name]) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new PhrError(
    'unsupported',
    'A parameter is not supported here',
    unknown.map(([name]) => ({ text: `Parameter ${nameForAnswer(name)} is not supported here` })),
  );
}
