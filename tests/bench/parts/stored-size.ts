import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import mongoose from 'mongoose';

/** What a store keeps, seen behind the service's back. */
export interface StoredSize {
  /** Current resources: sources, facts, persons. */
  readonly resources: number;
  /** On the disk, everything counted: bodies, terms, history, sealed sources, access lines; without journals. */
  readonly bytes: number;
}

/** @param environment that of the process that filled the store */
export async function storedSize(environment: Readonly<Record<string, string>>): Promise<StoredSize> {
  const { STORE: uri, DATA_DIR: dataDir = '' } = environment;
  if (uri === undefined) {
    const path = join(dataDir, 'so-suc-khoe.sqlite');
    const database = new DatabaseSync(path, { readOnly: true });
    const { n } = database.prepare('SELECT count(*) AS n FROM res').get() as { n: number };
    database.close();
    return { resources: n, bytes: statSync(path).size };
  }
  const client = new mongoose.mongo.MongoClient(uri);
  try {
    const database = client.db();
    await client.db('admin').command({ fsync: 1 });
    const { storageSize, indexSize } = (await database.command({ dbStats: 1 })) as unknown as {
      storageSize: number;
      indexSize: number;
    };
    return { resources: await database.collection('resources').estimatedDocumentCount(), bytes: storageSize + indexSize };
  } finally {
    await client.close();
  }
}
