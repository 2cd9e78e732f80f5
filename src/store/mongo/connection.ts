import mongoose from 'mongoose';
import type { Connection, mongo } from 'mongoose';
import { PhrError } from '../../errors.js';
import type {
  AccessDocument,
  BlobDocument,
  ChunkDocument,
  ClaimDocument,
  ClockDocument,
  GuardDocument,
  HoldDocument,
  LedgerDocument,
  MetaDocument,
  OutboxDocument,
  RecordDocument,
  RecordKeyDocument,
  ResourceDocument,
  VersionDocument,
} from './documents.js';
import { SCHEMAS } from './schemas.js';

/** How long a call waits for a primary: an election takes about 10 s. */
export const SERVER_SELECTION_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 10_000;
const SOCKETS = 50;

/** The collections with their documents, as the driver has them. */
export interface Collections {
  readonly meta: mongo.Collection<MetaDocument>;
  readonly clock: mongo.Collection<ClockDocument>;
  readonly resources: mongo.Collection<ResourceDocument>;
  readonly versions: mongo.Collection<VersionDocument>;
  readonly records: mongo.Collection<RecordDocument>;
  readonly record_keys: mongo.Collection<RecordKeyDocument>;
  readonly guards: mongo.Collection<GuardDocument>;
  readonly claims: mongo.Collection<ClaimDocument>;
  readonly outbox: mongo.Collection<OutboxDocument>;
  readonly access: mongo.Collection<AccessDocument>;
  readonly ledger: mongo.Collection<LedgerDocument>;
  readonly blobs: mongo.Collection<BlobDocument>;
  readonly blob_chunks: mongo.Collection<ChunkDocument>;
  readonly holds: mongo.Collection<HoldDocument>;
}

/**
 * A connection of its own, with the models of this engine. Everything is written to a majority and its journals and read from a
 * majority: an answer is never taken back by an election.
 * @param uri  a replica set (transactions need one) with the name of the database
 * @throws PhrError `unavailable` when no primary is found
 */
export async function connect(uri: string, maxTimeMs: number): Promise<Connection> {
  const connection = mongoose.createConnection();
  try {
    await connection.openUri(uri, {
      autoIndex: false,
      autoCreate: false,
      bufferCommands: false,
      serverSelectionTimeoutMS: SERVER_SELECTION_TIMEOUT_MS,
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
      // A server that fell silent is given up a while after it should have given up itself.
      socketTimeoutMS: 2 * maxTimeMs + CONNECT_TIMEOUT_MS,
      maxPoolSize: SOCKETS,
      readPreference: 'primary',
      readConcern: { level: 'majority' },
      writeConcern: { w: 'majority', journal: true },
      ignoreUndefined: true,
      promoteBuffers: true,
    });
  } catch (cause) {
    await connection.close().catch(() => undefined);
    throw new PhrError('unavailable', 'The database cannot be reached', [], { cause });
  }
  for (const [name, schema] of Object.entries(SCHEMAS)) connection.model(name, schema, name);
  return connection;
}

/** The driver's own collections of the models: documents pass uncast, see `SCHEMAS`. */
export function collectionsOf(connection: Connection): Collections {
  const database = connection.getClient().db(connection.name);
  return Object.fromEntries(
    Object.values(connection.models).map(({ collection: { name } }) => [name, database.collection(name)]),
  ) as unknown as Collections;
}
