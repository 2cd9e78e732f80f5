import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib';
import { PhrError } from '../errors.js';

/**
 * Sources at rest: compressed, then AES-256-GCM under a data key of their own, which the master key wraps. Destroying the wrapped
 * data key erases the source (merging.md I1, the exception). The associated text binds a sealed piece to its place: a piece moved to
 * another row does not open.
 *
 * A sealed piece is: format (1 byte), nonce (12), tag (16), ciphertext.
 */
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** Format byte: what the ciphertext holds. */
const FORMAT = { wrappedKey: 1, deflated: 2 } as const;

/** 256 random bits for one visit. */
export const newDataKey = (): Uint8Array => randomBytes(KEY_BYTES);

/**
 * A key for one purpose out of the master key (HKDF-SHA-256, RFC 5869), so that no two uses share a key.
 * @param purpose e.g. `index-terms`, `access-tokens`; a constant, never data
 */
export function deriveKey(master: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', master, new Uint8Array(), `so-suc-khoe/${purpose}`, KEY_BYTES));
}

/** @param aad what the key belongs to, e.g. the id of the blob; the same text unwraps it */
export const wrapDataKey = (master: Uint8Array, dataKey: Uint8Array, aad: string): Uint8Array =>
  encrypt(deriveKey(master, 'data-key-wrapping'), FORMAT.wrappedKey, dataKey, aad);

/** @throws PhrError `unavailable` when the master key, the text or a byte differs */
export const unwrapDataKey = (master: Uint8Array, wrapped: Uint8Array, aad: string): Uint8Array =>
  decrypt(deriveKey(master, 'data-key-wrapping'), FORMAT.wrappedKey, wrapped, aad);

/** Compresses and encrypts. Blocks for about 30 ms a MiB: for large files take `sealInBackground`. */
export const seal = (dataKey: Uint8Array, bytes: Uint8Array, aad: string): Uint8Array =>
  encrypt(dataKey, FORMAT.deflated, deflateRawSync(bytes), aad);

/**
 * What was sealed, byte for byte.
 * @param dataKey undefined = destroyed by a lawful erasure
 * @throws PhrError `gone` when the key was destroyed, `unavailable` when key, text or a byte differs
 */
export const open = (dataKey: Uint8Array | undefined, sealed: Uint8Array, aad: string): Uint8Array =>
  new Uint8Array(inflateRawSync(decrypt(existing(dataKey), FORMAT.deflated, sealed, aad)));

/** As `seal`, compressing off the calling thread. */
export async function sealInBackground(dataKey: Uint8Array, bytes: Uint8Array, aad: string): Promise<Uint8Array> {
  return encrypt(dataKey, FORMAT.deflated, await promisify<Uint8Array, Buffer>(deflateRaw)(bytes), aad);
}

/** As `open`, inflating off the calling thread. */
export async function openInBackground(dataKey: Uint8Array | undefined, sealed: Uint8Array, aad: string): Promise<Uint8Array> {
  const deflated = decrypt(existing(dataKey), FORMAT.deflated, sealed, aad);
  return new Uint8Array(await promisify<Uint8Array, Buffer>(inflateRaw)(deflated));
}

function existing(dataKey: Uint8Array | undefined): Uint8Array {
  if (dataKey === undefined) throw new PhrError('gone', 'The key of this source was destroyed');
  return dataKey;
}

/** The format byte is authenticated with the text, so one kind of piece never passes for another. */
const associated = (format: number, aad: string): Buffer => Buffer.concat([Uint8Array.of(format), Buffer.from(aad)]);

function encrypt(key: Uint8Array, format: number, bytes: Uint8Array, aad: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(associated(format, aad));
  const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return new Uint8Array(Buffer.concat([Uint8Array.of(format), nonce, cipher.getAuthTag(), ciphertext]));
}

function decrypt(key: Uint8Array, format: number, sealed: Uint8Array, aad: string): Uint8Array {
  if (sealed.length < HEADER_BYTES || sealed[0] !== format) throw unreadable();
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const tag = sealed.subarray(1 + NONCE_BYTES, HEADER_BYTES);
  try {
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(associated(format, aad))
      .setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES)), decipher.final()]);
  } catch (cause) {
    throw unreadable(cause);
  }
}

const unreadable = (cause?: unknown): PhrError =>
  new PhrError('unavailable', 'A sealed source cannot be opened: wrong key or damaged bytes', [], { cause });
