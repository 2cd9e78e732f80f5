import type { ErrorObject } from 'ajv';
import type { ErrorIssue } from '../../errors.js';
import { INVARIANTS } from './invariants.js';

/** Name of a JSON member that may be repeated in an answer: of the definitions, never of the sender. */
const ELEMENT = /^_?[a-z][A-Za-z0-9]*$/;

/**
 * A JSON pointer as FHIRPath: `/name/0/given` below `Patient` is `Patient.name[0].given`. Extensions of primitives (`_birthDate`) read as
 * the primitive. Unknown members never stand in a pointer: ajv names their parent.
 */
export function expressionOf(root: string, pointer: string, child?: string): string {
  let expression = root;
  for (const part of [...pointer.split('/').slice(1), ...(child === undefined ? [] : [child])]) {
    if (/^\d+$/.test(part)) expression += `[${part}]`;
    else expression += ELEMENT.test(part) || part.endsWith('[x]') ? `.${part.replace(/^_/, '')}` : '';
  }
  return expression;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'an array',
  string: 'a string',
  boolean: 'true or false',
  integer: 'a whole number',
};

type Words = readonly [code: string, text: string, child?: string];

/** Issue-type code (https://hl7.org/fhir/R4/valueset-issue-type.html) and words of one finding. The rule is named, the value never. */
function wordsOf({ keyword, params }: ErrorObject): Words {
  const param = params as Readonly<Record<string, unknown>>;
  const name = String(param['name']);
  switch (keyword) {
    case 'type': {
      const types = [param['type']].flat().filter((type) => type !== 'null');
      return ['structure', `must be ${types.map((type) => TYPE_NAMES[String(type)] ?? 'of another type').join(' or ')}`];
    }
    case 'additionalProperties':
      return ['structure', 'has a member that the type does not have'];
    case 'minItems':
      return ['structure', 'must not be an empty array'];
    case 'maxItems':
      return ['structure', `must not have more than ${String(param['limit'])} items`];
    case 'minimum':
    case 'maximum':
      return ['value', `must be ${String(param['comparison'])} ${String(param['limit'])}`];
    case 'fhirText':
      return ['value', `is not a valid ${String(param['type'])}`];
    case 'fhirDecimal':
      return ['structure', 'must be a number'];
    case 'fhirCode':
      return ['code-invalid', `is not a code of the value set ${String(param['valueSet'])}`];
    case 'fhirConcept':
      return ['code-invalid', `has no code of the value set ${String(param['valueSet'])}, which is required`];
    case 'fhirTarget':
      return ['value', 'must not point to a resource of this type', 'reference'];
    case 'fhirReference':
      return ['value', 'must be Type/id, #id, an absolute URL or a urn', 'reference'];
    case 'fhirExtensionUrl':
      return ['value', 'must be an absolute URL', 'url'];
    case 'fhirContent':
      return ['structure', 'must not be empty'];
    case 'fhirRequired':
      return ['required', 'is required', name];
    case 'fhirChoices':
      return ['structure', 'must be given in one type only', `${name}[x]`];
    case 'fhirAligned':
      return ['structure', 'null stands only where the extensions of the same position are, and both have the same length', name];
    case 'fhirInvariants': {
      const invariant = INVARIANTS[String(param['type'])]?.[Number(param['at'])];
      return ['invariant', `${invariant?.key ?? ''}: ${invariant?.text ?? ''}`];
    }
    default:
      return ['invalid', 'is not valid'];
  }
}

/** One finding of a compiled validator as an issue; `root` is the FHIRPath of the validated resource. */
export function issueOf(root: string, error: ErrorObject): ErrorIssue {
  const [code, text, child] = wordsOf(error);
  const expression = expressionOf(root, error.instancePath, child);
  return { severity: 'error', code, expression, text: `${expression} ${text}` };
}
