import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { PhrError } from '../errors.js';

export interface MasterKeyOptions {
  /** Holds 64 hexadecimal digits (`openssl rand -hex 32`). */
  readonly file: string;
  /** Make the file when it is missing (embedded); production requires it. */
  readonly create: boolean;
}

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/**
 * The master key: wraps the data keys and seeds the index terms and tokens, see `deriveKey`. A data folder without its key is lost.
 *
 * @returns 32 bytes
 * @throws PhrError `unavailable` when the file is missing (and not to be made), readable by others, or not a key
 */
export function loadMasterKey({ file, create }: MasterKeyOptions): Uint8Array {
  if (create) createIfMissing(file);
  const mode = statMode(file);
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    throw new PhrError('unavailable', `The master key file ${file} can be read by others than its owner: chmod 600`);
  }
  const text = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-fA-F]{64}$/.test(text))
    throw new PhrError('unavailable', `The master key file ${file} does not hold 64 hexadecimal digits`);
  return new Uint8Array(Buffer.from(text, 'hex'));
}

function statMode(file: string): number {
  try {
    return statSync(file).mode;
  } catch (cause) {
    throw new PhrError('unavailable', `The master key file ${file} is missing`, [], { cause });
  }
}

/** Written whole under another name and linked, so that of two processes that start at once both read one key. */
function createIfMissing(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const descriptor = openSync(draft, 'wx', OWNER_ONLY);
  try {
    writeSync(descriptor, `${randomBytes(KEY_BYTES).toString('hex')}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
}
