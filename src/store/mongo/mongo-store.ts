import { createHash } from 'node:crypto';
import { isPhrError, PhrError } from '../../errors.js';
import type { ResourceCodec } from '../indexing.js';
import { makeKeyedHash } from '../keyed-hash.js';
import { makePageCursors } from '../page-cursor.js';
import type { Store } from '../store.js';
import { makeAccessReads } from './access-reads.js';
import { dropUploads, sweepOrphans, uploadBlobs } from './blobs.js';
import { collectionsOf, connect } from './connection.js';
import { explained } from './failures.js';
import { makeGroupCommit } from './group-commit.js';
import { makeKeptReads } from './kept-reads.js';
import { checkDatabase } from './migrate.js';
import { makeOutboxReads } from './outbox-reads.js';
import { prepareUnit } from './prepared-unit.js';
import { makeRecordReads } from './record-reads.js';
import { makeResourceReads } from './resource-reads.js';
import { searchPage } from './search.js';

/** Longest time of one question to the database unless the caller says otherwise. */
export const MAX_TIME_MS = 10_000;

export interface MongoStoreOptions {
  /** A replica set with the name of the database, `mongodb://…/so-suc-khoe?replicaSet=…`; prepared by `ensureIndexes`. */
  readonly uri: string;
  readonly codec: ResourceCodec;
  /** Secret of the index terms; derived from the master key. A database made with another one is refused. */
  readonly termKey: Uint8Array;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Longest time of one question to the database; a search beyond it is `too-costly`. Default MAX_TIME_MS. */
  readonly maxTimeMs?: number;
}

export interface MongoStore extends Store {
  /** Deletes chunks of large blobs whose commit never came. @returns how many uploads */
  sweepBlobs(): Promise<number>;
}

/**
 * The engine at scale: a MongoDB replica set through mongoose, any number of processes. Terms and body text are computed here, before
 * the transaction begins. docs/adr/0002-store-port.md
 *
 * @throws PhrError `unavailable` when no primary is found, the database is not prepared, of another version or made with another key
 */
export async function openMongoStore(options: MongoStoreOptions): Promise<MongoStore> {
  const { uri, codec, termKey, now, maxTimeMs = MAX_TIME_MS } = options;
  const hash = makeKeyedHash(termKey);
  // Tells keys apart without giving them away.
  const fingerprint = createHash('sha256').update(hash.key('fingerprint')).digest('hex');
  const connection = await connect(uri, maxTimeMs);
  const collections = collectionsOf(connection);
  try {
    await checkDatabase(collections, fingerprint);
  } catch (error) {
    await connection.close();
    throw explained(error);
  }
  const parts = { client: connection.getClient(), collections, maxTimeMs };
  const cursors = makePageCursors(hash.key('page cursors'));
  const group = makeGroupCommit({ ...parts, dropUploads: async (uploads) => dropUploads(collections, uploads) });
  let closing: Promise<void> | undefined;
  const assertOpen = (): void => {
    if (closing !== undefined) throw new PhrError('unavailable', 'The store is closed');
  };
  const close = async (): Promise<void> => {
    await group.close();
    await connection.close();
  };
  return {
    ...makeResourceReads(parts),
    ...makeRecordReads(parts, hash),
    ...makeAccessReads(parts, hash),
    ...makeOutboxReads(parts, now),
    ...makeKeptReads(parts, hash),
    search: async (query) => searchPage(query, { ...parts, codec, hash, cursors }),
    async commit(unit) {
      assertOpen();
      const prepared = prepareUnit(unit, now(), codec, hash);
      if (unit.blobs === undefined) return group.commit({ ...prepared, blobs: [] });
      const blobs = await uploadBlobs(collections, unit.blobs, new Date()).catch((error: unknown) => {
        throw explained(error);
      });
      const bytes = prepared.bytes + blobs.reduce((sum, blob) => sum + (blob.bytes?.length ?? 0), 0);
      try {
        return await group.commit({ ...prepared, bytes, blobs });
      } catch (error) {
        // After `unavailable` the unit may stand all the same: then the sweep decides.
        if (!isPhrError(error, 'unavailable')) {
          const uploads = blobs.flatMap(({ upload }) => upload ?? []);
          await dropUploads(collections, uploads).catch(() => undefined);
        }
        throw error;
      }
    },
    async ping() {
      assertOpen();
      try {
        await checkDatabase(collections, fingerprint);
      } catch (error) {
        throw explained(error);
      }
    },
    sweepBlobs: async () => sweepOrphans(collections, Date.now()),
    async close() {
      closing ??= close();
      await closing;
    },
  };
}
