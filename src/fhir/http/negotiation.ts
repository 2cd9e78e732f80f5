import { PhrError } from '../../errors.js';

/** The media types that answers come in. https://hl7.org/fhir/R4/http.html#mime-type */
export type AnswerType = 'application/fhir+json' | 'application/json';

const DEFAULT: AnswerType = 'application/fhir+json';
const FORMATS: Readonly<Record<string, AnswerType>> = {
  json: DEFAULT,
  'application/fhir+json': DEFAULT,
  // An unescaped plus of a query string arrives as a space.
  'application/fhir json': DEFAULT,
  'application/json': 'application/json',
  'text/json': 'application/json',
};

/** Only R4 is spoken; a client may ask for it by `fhirVersion=4.0`: https://hl7.org/fhir/R4/http.html#version-parameter */
const isOtherVersion = (parameters: readonly string[]): boolean =>
  parameters.some((parameter) => {
    const [name, value] = parameter.trim().split('=');
    return name?.toLowerCase() === 'fhirversion' && value?.replaceAll('"', '') !== '4.0';
  });

const isRefused = (parameters: readonly string[]): boolean =>
  parameters.some((parameter) => /^\s*q=0(\.0*)?\s*$/i.test(parameter));

function acceptable(range: string): AnswerType | undefined {
  const [name = '', ...parameters] = range.split(';');
  if (isRefused(parameters) || isOtherVersion(parameters)) return undefined;
  const type = name.trim().toLowerCase();
  if (type === '*/*' || type === 'application/*') return DEFAULT;
  return Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
}

const notAcceptable = (): PhrError =>
  new PhrError('format', 'Only JSON is served: application/fhir+json (FHIR 4.0), or application/json');

/**
 * The media type of the answer: `_format` outranks `Accept` (https://hl7.org/fhir/R4/http.html#parameters).
 * `application/json` only when the client takes no other JSON.
 *
 * @throws PhrError `format`
 */
export function answerTypeOf(accept: string | undefined, format: string | undefined): AnswerType {
  if (format !== undefined) {
    const [name = '', ...parameters] = format.split(';');
    const type = Object.hasOwn(FORMATS, name.trim().toLowerCase()) ? FORMATS[name.trim().toLowerCase()] : undefined;
    if (type === undefined || isOtherVersion(parameters)) throw notAcceptable();
    return type;
  }
  if (accept === undefined || accept === '' || accept === '*/*' || accept === DEFAULT) return DEFAULT;
  const types = accept.split(',').map(acceptable);
  if (types.includes(DEFAULT)) return DEFAULT;
  if (types.includes('application/json')) return 'application/json';
  throw notAcceptable();
}

/**
 * Is a body of this media type FHIR JSON? @throws PhrError `media-type` when not, another charset than UTF-8 included
 */
export function requireJsonBody(contentType: string | undefined): void {
  const [name = '', ...parameters] = (contentType ?? '').split(';');
  const charset = parameters.map((parameter) => /^\s*charset="?([^"]*)"?\s*$/i.exec(parameter)?.[1]).find(Boolean);
  const isJson = ['application/fhir+json', 'application/json', 'text/json'].includes(name.trim().toLowerCase());
  if (isJson && !isOtherVersion(parameters) && (charset === undefined || charset.toLowerCase() === 'utf-8')) return;
  throw new PhrError('media-type', 'The body must be application/fhir+json in UTF-8');
}

/** @throws PhrError `media-type` when the body is not a form */
export function requireFormBody(contentType: string | undefined): void {
  if ((contentType ?? '').split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded') return;
  throw new PhrError('media-type', 'The body must be application/x-www-form-urlencoded');
}

/** `Prefer` of RFC 7240, as FHIR uses it: https://hl7.org/fhir/R4/http.html#ops, https://hl7.org/fhir/R4/search.html#errors */
export interface Preferences {
  readonly lenient: boolean;
  readonly answer: 'minimal' | 'representation' | 'OperationOutcome';
}

export function preferencesOf(prefer: string | undefined): Preferences {
  const preferences = (prefer ?? '').split(/[,;]/).map((part) => part.trim().replaceAll('"', ''));
  const answer = (['minimal', 'OperationOutcome'] as const).find((wanted) => preferences.includes(`return=${wanted}`));
  return { lenient: preferences.includes('handling=lenient'), answer: answer ?? 'representation' };
}
