import { PhrError } from '../errors.js';
import { parseJson } from './decimal.js';

/** Deepest nesting of a body that is read. The deepest official R4 example is at 21; every recursion below stays far from the stack's end. */
export const MAX_JSON_DEPTH = 64;

export interface JsonLimits {
  /** Levels of arrays and objects. */
  readonly maxDepth: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Depth and number of members of a JSON text, told without recursion and before anything is built. Meaningless when the text is not JSON. */
function shapeOf(text: string): { readonly depth: number; readonly members: number } {
  let depth = 0;
  let deepest = 0;
  let members = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        // Jump from quote to quote: most of a resource is strings.
        let end = text.indexOf('"', at + 1);
        while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
        if (end < 0) return { depth: deepest, members };
        at = end;
        break;
      }
      case 0x7b: // {
      case 0x5b: // [
        depth += 1;
        if (depth > deepest) deepest = depth;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1;
        break;
      case 0x3a: // :
        members += 1;
        break;
    }
  }
  return { depth: deepest, members };
}

function isEscaped(text: string, quote: number): boolean {
  let before = quote - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (quote - 1 - before) % 2 === 1;
}

/** Members of a parsed value, all levels. @throws PhrError when a name would reach into the prototype */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) members += countMembers(value[index]);
    return members;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return 0; // a decimal that keeps its digits
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new PhrError('malformed', 'A JSON member has a name that is not allowed');
    members += 1 + countMembers((value as Record<string, unknown>)[key]);
  }
  return members;
}

/**
 * Reads a request body or another JSON text from outside; decimals keep their digits.
 *
 * @throws PhrError `too-costly` above `maxDepth`; `malformed` when the text is not JSON, names a member twice in one object
 *   (JSON leaves open which one counts) or names one `__proto__`
 * @see https://hl7.org/fhir/R4/json.html
 */
export function parseBody(text: string, limits: JsonLimits = { maxDepth: MAX_JSON_DEPTH }): unknown {
  const { depth, members } = shapeOf(text);
  if (depth > limits.maxDepth) throw new PhrError('too-costly', `JSON is nested more than ${limits.maxDepth} levels deep`);
  let value: unknown;
  try {
    value = parseJson(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new PhrError('malformed', 'The body is not JSON', [], { cause });
    throw cause;
  }
  if (countMembers(value) !== members) throw new PhrError('malformed', 'The body names a JSON member twice in one object');
  return value;
}
