import { PhrError } from '../../errors.js';
import { decodeBase64 } from '../base64.js';

/** Levels of objects and arrays in a JSON body of the Ministry's interface; the form itself has three. */
export const MAX_JSON_DEPTH = 16;
/** Characters of msg_id and sender_id; the form of the Ministry has 51 and 13. */
export const MAX_HEADER_VALUE_LENGTH = 128;

/** What the door needs of a push: vn-core.md §e, PL02. */
export interface PushEnvelope {
  readonly messageId: string;
  readonly senderId: string;
  /** Decoded bytes of `data`: the KHAMSUCKHOE file. */
  readonly file: Buffer;
  /** The envelope's own signature is there; it is kept nowhere and not checked yet. */
  readonly signed: boolean;
}

/** A JSON object from bounded bytes. @throws PhrError `malformed` (not UTF-8, not JSON, too deep, no object) */
export function readJsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PhrError('malformed', 'Nội dung JSON không phải mã hóa UTF-8', [], { cause });
  }
  if (jsonDepth(text) > MAX_JSON_DEPTH) throw new PhrError('malformed', `Nội dung JSON lồng sâu hơn ${MAX_JSON_DEPTH} cấp`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PhrError('malformed', 'Nội dung JSON không đúng cú pháp', [], { cause });
  }
  if (!isObject(value)) throw new PhrError('malformed', 'Nội dung JSON phải là một đối tượng');
  return value;
}

/**
 * Reads `{ header, data, signature }`. `data` is Base64 text, or `{ file_content }` holding it (the sources disagree, so both).
 *
 * @throws PhrError `malformed` naming every header field that is missing or has another value than the Ministry's
 */
export function readPushEnvelope(bytes: Uint8Array): PushEnvelope {
  const body = readJsonObject(bytes);
  const header = isObject(body['header']) ? body['header'] : {};
  const wrong: string[] = [];
  const field = (name: string, isRight: (value: string) => boolean): string => {
    const value = header[name];
    const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
    if (text === '' || text.length > MAX_HEADER_VALUE_LENGTH || !isRight(text)) wrong.push(`header.${name}`);
    return text;
  };
  const any = (): boolean => true;
  const messageId = field('msg_id', any);
  const senderId = field('sender_id', any);
  field('txn_type', (value) => value === 'sync_checkup');
  field('msg_type', (value) => value === '101');
  field('data_type', (value) => value.toLowerCase() === 'xml/base64');
  const file = decodeBase64(dataText(body['data']));
  if (file === undefined) wrong.push('data');
  if (wrong.length > 0 || file === undefined) {
    throw new PhrError(
      'malformed',
      `Gói tin thiếu hoặc sai: ${wrong.join(', ')} (txn_type sync_checkup, msg_type 101, data_type xml/base64, data là Base64)`,
      wrong.map((name) => ({ code: 'required', expression: name, text: `Thiếu hoặc sai ${name}` })),
    );
  }
  const signature = body['signature'];
  return { messageId, senderId, file, signed: typeof signature === 'string' && signature.trim() !== '' };
}

function dataText(data: unknown): string | undefined {
  if (typeof data === 'string') return data;
  const content = isObject(data) ? data['file_content'] : undefined;
  return typeof content === 'string' ? content : undefined;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Deepest nesting of brackets outside of strings; of malformed text too. */
function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return deepest;
}
