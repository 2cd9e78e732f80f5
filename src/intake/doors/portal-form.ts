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
  const pairs = body.toString('latin1').split('&', MAX_PORTAL_FIELDS + 1);
  return pairs
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      const name = decoded(at < 0 ? pair : pair.slice(0, at));
      const value = at < 0 ? '' : pair.slice(at + 1);
      return [name, name === FILE_FIELD ? base64Value(value) : decoded(value)];
    });
}

/** A plus sign in this field is Base64's own that a client forgot to encode, never a blank. */
const base64Value = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

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
