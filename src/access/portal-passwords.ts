import { hash, verify } from '@node-rs/argon2';
import { createHash } from 'node:crypto';
import { makeHashQueue, type HashQueue } from './hash-queue.js';

/** argon2id work factors (RFC 9106): memory in KiB, passes, lanes. */
export interface PortalHashCost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

/** The recommended row of the OWASP Password Storage Cheat Sheet for argon2id: 19 MiB, 2 passes, 1 lane. */
export const PORTAL_HASH_COST: PortalHashCost = { memoryKiB: 19_456, passes: 2, lanes: 1 };

const MD5_HEX = /^[0-9a-f]{32}$/;

/**
 * Passwords of the insurance portal's interface: clients send the MD5 of the password (bhyt-xml.md §7). A record keeps argon2id of that MD5, so what
 * it holds can't be sent; the MD5 itself opens the intake doors only.
 */
export interface PortalPasswords {
  /** @param secret the client secret itself. @returns argon2id of its MD5, in PHC form. @throws PhrError `throttled` */
  hash(secret: string): Promise<string>;
  /**
   * The same work whether `stored` exists or not, and whether `sent` has the form of an MD5 or not.
   * @param sent MD5 in hexadecimal digits, upper or lower case: the portal's own documents have it in upper case
   * @throws PhrError `throttled`
   */
  verify(sent: string, stored: string | undefined): Promise<boolean>;
}

/** MD5 of a secret as the portal's clients send it, in lower case. */
export const portalDigest = (secret: string): string => createHash('md5').update(secret, 'utf8').digest('hex');

/** The one spelling of a sent MD5; undefined when it is none. */
export function readPortalDigest(sent: string): string | undefined {
  const digest = sent.trim().toLowerCase();
  return MD5_HEX.test(digest) ? digest : undefined;
}

/**
 * @param deps.queue shared with the other hashes of the process
 * @param deps.cost only tests pass another than `PORTAL_HASH_COST`
 */
export function makePortalPasswords(deps: { readonly queue?: HashQueue; readonly cost?: PortalHashCost } = {}): PortalPasswords {
  const { queue = makeHashQueue(), cost = PORTAL_HASH_COST } = deps;
  const options = { memoryCost: cost.memoryKiB, timeCost: cost.passes, parallelism: cost.lanes };
  const derive = (digest: string): Promise<string> => queue(() => hash(digest, options));
  return {
    hash: (secret) => derive(portalDigest(secret)),
    async verify(sent, stored) {
      const digest = readPortalDigest(sent);
      if (digest !== undefined && stored !== undefined) return queue(() => verify(stored, digest));
      await derive('');
      return false;
    },
  };
}
