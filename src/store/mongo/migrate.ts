import type { Connection } from 'mongoose';
import { PhrError } from '../../errors.js';
import { collectionsOf, connect } from './connection.js';
import type { Collections } from './connection.js';
import { SCHEMA_VERSION } from './documents.js';
import type { MetaDocument } from './documents.js';
import { explained } from './failures.js';

const MIGRATION_TIMEOUT_MS = 60_000;

/**
 * Makes the collections and their indexes and notes the version of the documents; for `npm run migrate`, before any process opens the
 * database. Safe to run again, and beside another one. Nothing is made on the fly (`autoIndex` is off).
 * @throws PhrError `unavailable` when the database can't be reached, or is of a newer version than this program
 */
export async function ensureIndexes(uri: string): Promise<void> {
  const connection = await connect(uri, MIGRATION_TIMEOUT_MS);
  try {
    await prepare(connection);
  } catch (error) {
    throw explained(error);
  } finally {
    await connection.close();
  }
}

async function prepare(connection: Connection): Promise<void> {
  const collections = collectionsOf(connection);
  const found = await collections.meta.findOne({ _id: 'store' });
  if (found !== null && found.schemaVersion > SCHEMA_VERSION) throw otherVersion(found.schemaVersion);
  for (const model of Object.values(connection.models)) {
    await model.createCollection();
    await model.createIndexes();
  }
  await collections.clock.updateOne(
    { _id: 'clock' },
    { $setOnInsert: { commit: 0, at: 0, row: 0, opened: 0 } },
    { upsert: true },
  );
  await collections.meta.updateOne({ _id: 'store' }, { $set: { schemaVersion: SCHEMA_VERSION } }, { upsert: true });
}

/**
 * Is the database prepared, and made with this key? The first to ask leaves the fingerprint of its key.
 * @throws PhrError `unavailable`
 */
export async function checkDatabase({ meta }: Collections, fingerprint: string): Promise<void> {
  const read = async (): Promise<MetaDocument | null> => meta.findOne({ _id: 'store' }, { readConcern: 'majority' });
  let found = await read();
  if (found === null) throw new PhrError('unavailable', 'The database is not prepared: npm run migrate makes its indexes');
  if (found.schemaVersion !== SCHEMA_VERSION) throw otherVersion(found.schemaVersion);
  if (found.move !== undefined) {
    throw new PhrError('unavailable', 'The database is being filled by npm run move: run it to its end, or empty the target');
  }
  if (found.termKey === undefined) {
    await meta.updateOne({ _id: 'store', termKey: { $exists: false } }, { $set: { termKey: fingerprint } });
    found = await read();
  }
  if (found?.termKey !== fingerprint) throw new PhrError('unavailable', 'The database was made with another master key');
}

const otherVersion = (version: number): PhrError =>
  new PhrError(
    'unavailable',
    `The database has documents of version ${String(version)}, this program knows ${String(SCHEMA_VERSION)}`,
  );
