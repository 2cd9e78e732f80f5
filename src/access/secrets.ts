import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { PhrError } from '../errors.js';
import { makeHashQueue, type HashQueue } from './hash-queue.js';

/** scrypt work factors (RFC 7914): N and p have no unit, a hash takes `128 * N * r` bytes. */
export interface HashCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** One of the equal-strength rows of the OWASP Password Storage Cheat Sheet, the one with the least memory (16 MiB). */
export const HASH_COST: HashCost = { N: 2 ** 14, r: 8, p: 5 };
export const SALT_BYTES = 16;
export const HASH_BYTES = 32;
/** A longer secret is refused unread: hashing must not cost what a stranger chooses. In bytes of UTF-8. */
export const SECRET_BYTES_MAX = 256;
/** Entropy of a secret that we make, in bytes. */
export const RANDOM_SECRET_BYTES = 24;

/** Hashes and checks secrets; a record keeps only what `hash` returns. */
export interface Secrets {
  /** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. @throws PhrError `invalid` (too long), `throttled` */
  hash(secret: string): Promise<string>;
  /** The same work whether `stored` exists or not; constant-time comparison. @throws PhrError `throttled` */
  verify(secret: string, stored: string | undefined): Promise<boolean>;
}

/** The same for a password that a person may have to type. */
export const RANDOM_PASSWORD_BYTES = 12;

/** A new secret of `bytes` random bytes, base64url: safe in a form, a header and a shell. */
export const randomSecret = (bytes = RANDOM_SECRET_BYTES): string => randomBytes(bytes).toString('base64url');

/**
 * @param cost only tests pass another than `HASH_COST`
 * @param queue shared with the other hashes of the process
 */
export function makeSecrets(cost: HashCost = HASH_COST, queue: HashQueue = makeHashQueue()): Secrets {
  const derive = (secret: string, salt: Buffer, { N, r, p }: HashCost): Promise<Buffer> =>
    queue(
      () =>
        new Promise<Buffer>((resolve, reject) => {
          scrypt(secret.normalize('NFC'), salt, HASH_BYTES, { N, r, p }, (error, key) => (error ? reject(error) : resolve(key)));
        }),
    );

  return {
    async hash(secret) {
      if (isTooLong(secret)) throw new PhrError('invalid', `A secret has at most ${SECRET_BYTES_MAX} bytes`);
      const salt = randomBytes(SALT_BYTES);
      const key = await derive(secret, salt, cost);
      return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
    },

    async verify(secret, stored) {
      if (isTooLong(secret)) return false;
      const known = stored === undefined ? undefined : parseHash(stored);
      // For an unknown account the same work is done over a hash that nothing can equal.
      const key = await derive(secret, known?.salt ?? Buffer.alloc(SALT_BYTES), known?.cost ?? cost);
      const equal = timingSafeEqual(key, known?.key ?? Buffer.alloc(HASH_BYTES));
      return equal && known !== undefined;
    },
  };
}

const isTooLong = (secret: string): boolean => Buffer.byteLength(secret) > SECRET_BYTES_MAX;

function parseHash(stored: string): { readonly cost: HashCost; readonly salt: Buffer; readonly key: Buffer } {
  const [kind, N, r, p, salt = '', key = ''] = stored.split('$');
  const parsed = {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
  // Our own record: anything else is a bug, not an input.
  if (kind !== 'scrypt' || parsed.key.length !== HASH_BYTES) throw new Error('a stored secret hash is not of our form');
  return parsed;
}
