import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Session } from '../../access/sessions.js';
import type { RecordPut, RecordReads } from '../../store/record-store.js';

export const SESSION_SHELF = 'session-shelf';
/** What a session put on its shelf is gone after so long. In milliseconds. */
export const SHELF_MS = 30 * 60_000;
/** Expired entries that leave with one write. */
export const SHELF_SWEEP_MAX = 50;

interface Kept {
  /** Epoch milliseconds. */
  readonly endsMs: number;
  /** nonce, AES-256-GCM ciphertext and tag, base64. */
  readonly sealed: string;
}

/** Small things that one session needs again on its next pages: a search, a typed reason. Kept on the server, so no address holds them. */
export interface SessionShelf {
  /** The put to commit, with removals of what expired. @param endsMs at most SHELF_MS from now; later is cut */
  put(session: Session, key: string, value: unknown, endsMs?: number): Promise<readonly RecordPut[]>;
  /** undefined = never put by this session, or expired. */
  get<T>(session: Session, key: string): Promise<{ readonly value: T; readonly endsMs: number } | undefined>;
}

/**
 * Entries are found and sealed by the session's form token, which is never stored: who reads the store finds neither whose they are nor what
 * they say, and another session can't reach them.
 */
export function makeSessionShelf(deps: { readonly store: RecordReads; readonly now: () => Date }): SessionShelf {
  const nowMs = (): number => deps.now().getTime();
  return {
    async put(session, key, value, endsMs = Number.POSITIVE_INFINITY) {
      const ends = Math.min(endsMs, nowMs() + SHELF_MS);
      const id = idOf(session, key);
      const oldest = await deps.store.find<Kept>({
        collection: SESSION_SHELF,
        index: 'expiry',
        value: 'all',
        limit: SHELF_SWEEP_MAX,
      });
      const now = instant(nowMs());
      const expired = oldest.filter((entry) => entry.sort <= now && entry.id !== id);
      const kept: Kept = { endsMs: ends, sealed: seal(session, JSON.stringify(value)) };
      return [
        ...expired.map((entry): RecordPut => ({ collection: SESSION_SHELF, id: entry.id, expected: 'any' })),
        {
          collection: SESSION_SHELF,
          id,
          expected: 'any',
          value: kept,
          keys: [{ index: 'expiry', value: 'all', sort: instant(ends) }],
        },
      ];
    },
    async get<T>(session: Session, key: string) {
      const stored = await deps.store.record<Kept>(SESSION_SHELF, idOf(session, key));
      if (stored === undefined || stored.value.endsMs <= nowMs()) return undefined;
      return { value: JSON.parse(open(session, stored.value.sealed)) as T, endsMs: stored.value.endsMs };
    },
  };
}

const idOf = (session: Session, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([session.formToken, key]))
    .digest('hex');
const keyOf = (session: Session): Buffer => Buffer.from(hkdfSync('sha256', session.formToken, '', 'session-shelf 1', 32));
const instant = (ms: number): string => new Date(ms).toISOString();

function seal(session: Session, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(session), nonce);
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

function open(session: Session, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(session), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
}
