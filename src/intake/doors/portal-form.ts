import type { Request } from 'express';
import { PhrError } from '../../errors.js';
import { decodeBase64 } from '../base64.js';
import { readJsonObject } from './ministry-envelope.js';

/** Fields of a form of the portal; its own have five. */
export const MAX_PORTAL_FIELDS = 50;
/** Characters of a field other than the file. */
export const MAX_PORTAL_VALUE_LENGTH = 1_024;
/** The field that holds the file. */
export const FILE_FIELD = 'fileHSBase64';

/** Bytes of a body that carries a file of `maxBytes`: Base64, every 76th character a line break, percent-encoded; and the other fields. */
export const portalBodyBytes = (maxBytes: number): number => Math.ceil(maxBytes * 1.6) + 64 * 1024;

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** Values by field name, each at most once. */
export type PortalForm = ReadonlyMap<string, string>;

/**
 * A body of the portal's interface: form-urlencoded as its documents have it, or JSON with the same fields, which its clients send as well.
 *
 * @throws PhrError `media-type`, `malformed` (naming fields, never values)
 */
export function readPortalForm(req: Request, body: Buffer): PortalForm {
  const type = (req.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/x-www-form-urlencoded') return checked(formPairs(body));
  if (type === 'application/json') {
    const pairs = Object.entries(readJsonObject(body)).filter(([, value]) => value !== null);
    if (pairs.some(([, value]) => typeof value !== 'string' && typeof value !== 'number')) {
      throw new PhrError('malformed', 'Giá trị của các trường phải là chuỗi');
    }
    return checked(pairs.map(([name, value]) => [name, String(value)]));
  }
  throw new PhrError('media-type', 'Cần Content-Type application/x-www-form-urlencoded (hoặc application/json)');
}

/** The bytes of the file. @throws PhrError `malformed` when the field is missing or not Base64 */
export function fileOf(form: PortalForm): Buffer {
  const text = form.get(FILE_FIELD);
  if (text === undefined || text === '') throw new PhrError('malformed', `Thiếu trường ${FILE_FIELD}`);
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new PhrError('malformed', `${FILE_FIELD} không phải Base64`);
  return bytes;
}

/** A value of a form that must be there. @throws PhrError `malformed` */
export function requiredValue(form: PortalForm, name: string): string {
  const value = form.get(name)?.trim() ?? '';
  if (value === '') throw new PhrError('malformed', `Thiếu trường ${name}`);
  return value;
}

/** Cut by hand: the one long field is tens of megabytes of letters that need no decoding but for a few signs. */
function formPairs(body: Buffer): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let start = 0; start < body.length && pairs.length <= MAX_PORTAL_FIELDS;) {
    const found = body.indexOf(AMPERSAND, start);
    const end = found < 0 ? body.length : found;
    const pair = body.subarray(start, end);
    const at = pair.indexOf(EQUALS);
    const name = decoded(pair.toString('latin1', 0, at < 0 ? pair.length : at));
    const value = at < 0 ? body.subarray(0, 0) : pair.subarray(at + 1);
    if (end > start) pairs.push([name, name === FILE_FIELD ? base64Text(value) : decoded(value.toString('latin1'))]);
    start = end + 1;
  }
  return pairs;
}

/**
 * The Base64 text of a form value, without its line breaks. A plus sign in it is Base64's own that a client forgot to encode, never a
 * blank.
 */
function base64Text(value: Buffer): string {
  const text = Buffer.allocUnsafe(value.length);
  let length = 0;
  for (let at = 0; at < value.length; at += 1) {
    let byte = value[at] ?? 0;
    if (byte === PERCENT) {
      const [high, low] = [hexDigit(value[at + 1]), hexDigit(value[at + 2])];
      if (high >= 0 && low >= 0) {
        byte = 16 * high + low;
        at += 2;
      }
    }
    if (byte !== CARRIAGE_RETURN && byte !== LINE_FEED) text[length++] = byte;
  }
  return text.toString('latin1', 0, length);
}

/** -1 when it is none. */
function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function decoded(text: string): string {
  if (text.length > 3 * MAX_PORTAL_VALUE_LENGTH) return text; // refused by its length
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new PhrError('malformed', 'Biểu mẫu không đọc được: mã hóa % không đúng', [], { cause });
  }
}

function checked(pairs: readonly (readonly [string, string])[]): PortalForm {
  if (pairs.length > MAX_PORTAL_FIELDS) throw new PhrError('malformed', `Biểu mẫu có hơn ${MAX_PORTAL_FIELDS} trường`);
  const form = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (form.has(name)) throw new PhrError('malformed', 'Biểu mẫu có trường lặp lại');
    if (name !== FILE_FIELD && value.length > MAX_PORTAL_VALUE_LENGTH) {
      throw new PhrError('malformed', `Giá trị của một trường dài hơn ${MAX_PORTAL_VALUE_LENGTH} ký tự`);
    }
    form.set(name, value);
  }
  return form;
}
