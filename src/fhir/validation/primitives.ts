import { dateRangeOf } from '../search/date-range.js';
import { isNarrative } from './narrative.js';

// https://hl7.org/fhir/R4/datatypes.html#primitive: what a text must be to be a value of a primitive type.

/** Characters of one string (R4: "strings SHALL NOT exceed 1MB"). Attachments and narratives are bounded by the body. */
export const MAX_STRING_LENGTH = 1_048_576;

type TextTest = (text: string) => boolean;

// eslint-disable-next-line no-control-regex -- the rule is about control characters
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
const BLANK = /^\s*$/;

const isText: TextTest = (text) => text.length <= MAX_STRING_LENGTH && !BLANK.test(text) && !CONTROL.test(text);
const OID = /^urn:oid:[0-2](\.(0|[1-9]\d*))+$/;
/** Either case: RFC 4122 reads both, although FHIR writes small letters. */
const UUID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const isUri: TextTest = (text) =>
  text !== '' &&
  text.length <= MAX_STRING_LENGTH &&
  !/\s/.test(text) &&
  !CONTROL.test(text) &&
  (!text.startsWith('urn:oid:') || OID.test(text)) &&
  (!text.startsWith('urn:uuid:') || UUID.test(text));

/** Has the URI a scheme? https://www.rfc-editor.org/rfc/rfc3986#section-4.3 */
export const isAbsoluteUri: TextTest = (text) => /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text);

const DATE = /^\d{4}(-\d\d(-\d\d)?)?$/;
const DATE_TIME = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?$/;
const ZONE_TOO_FAR = /[+-]14:(?!00)/;
/** Fractions may have any number of digits; the calendar looks at nine. */
const exists: TextTest = (text) => !ZONE_TOO_FAR.test(text) && dateRangeOf(text.replace(/(\.\d{9})\d+/, '$1')) !== undefined;

function isBase64(text: string): boolean {
  if (!/^[0-9A-Za-z+/=\s]+$/.test(text)) return false;
  const packed = text.replace(/\s+/g, '');
  return packed.length % 4 === 0 && packed !== '' && /^[0-9A-Za-z+/]*={0,2}$/.test(packed);
}

/** Tests of the primitive types that are strings in JSON. */
export const TEXT_PRIMITIVES: Readonly<Record<string, TextTest>> = {
  string: isText,
  markdown: isText,
  code: (text) => /^\S+( \S+)*$/.test(text) && text.length <= MAX_STRING_LENGTH && !CONTROL.test(text),
  id: (text) => /^[A-Za-z0-9\-.]{1,64}$/.test(text),
  uri: isUri,
  url: isUri,
  // https://hl7.org/fhir/R4/references.html#canonical: absolute, or a contained resource
  canonical: (text) => isUri(text) && (text.startsWith('#') || isAbsoluteUri(text)),
  oid: (text) => OID.test(text),
  uuid: (text) => UUID.test(text),
  date: (text) => DATE.test(text) && exists(text),
  dateTime: (text) => DATE_TIME.test(text) && exists(text),
  instant: (text) => INSTANT.test(text) && exists(text),
  time: (text) => TIME.test(text),
  base64Binary: isBase64,
  xhtml: isNarrative,
};

const MAX_INTEGER = 2_147_483_647;
const MIN_INTEGER = -2_147_483_648;

/** Bounds of the primitive types that are whole numbers in JSON (32 bits). */
export const INTEGER_PRIMITIVES: Readonly<Record<string, readonly [min: number, max: number]>> = {
  integer: [MIN_INTEGER, MAX_INTEGER],
  unsignedInt: [0, MAX_INTEGER],
  positiveInt: [1, MAX_INTEGER],
};
