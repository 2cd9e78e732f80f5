import { createHash, randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford's base 32, lower case: no i, l, o, u
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 12;
/** Home buckets: 256, two hexadecimal digits; a read by id goes to one shard (design.md §6). */
export const BUCKET_LENGTH = 2;

/**
 * Ledger ids of persons and facts: home bucket, then time, then 60 random bits; 24 characters.
 * @param deps.random for tests; bytes of cryptographic randomness otherwise
 */
export function makeLedgerIds(deps: { readonly now: () => Date; readonly random?: (length: number) => Uint8Array }) {
  const random = deps.random ?? randomBytes;
  const tail = (): string => {
    let time = deps.now().getTime();
    let text = '';
    for (let index = 0; index < TIME_LENGTH; index += 1) {
      text = (ALPHABET[time % 32] ?? '0') + text;
      time = Math.floor(time / 32);
    }
    for (const byte of random(RANDOM_LENGTH)) text += ALPHABET[byte % 32] ?? '0';
    return text;
  };
  return {
    /** The bucket comes from the founding identity record, so that it is spread evenly and says nothing. */
    newPersonId: (anchor: string): string => createHash('sha256').update(anchor).digest('hex').slice(0, BUCKET_LENGTH) + tail(),
    /** A fact begins with its person's bucket. */
    newFactId: (personId: string): string => personId.slice(0, BUCKET_LENGTH) + tail(),
  };
}
