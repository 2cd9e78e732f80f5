import mongoose from 'mongoose';
import { ensureIndexes } from '../../src/store/mongo/migrate.js';
import { openMongoStore } from '../../src/store/mongo/mongo-store.js';
import type { MongoStore, MongoStoreOptions } from '../../src/store/mongo/mongo-store.js';
import type { Store } from '../../src/store/store.js';
import type { ReplicaSet } from './mongod.js';
import { storeCodec } from './store-codec.js';

export const TERM_KEY = new Uint8Array(32).fill(7);

/** A fresh database, and what a test wants of it. */
export interface MongoAtTest {
  readonly uri: string;
  /** One more store on it, as another process would open it. */
  open(more?: Partial<MongoStoreOptions>): Promise<MongoStore>;
  /** The database behind the store's back. */
  readonly database: mongoose.mongo.Db;
  /** Lets the next `times` commands of these names fail on the primary. */
  failNext(commands: readonly string[], times: number, how: mongoose.mongo.Document): Promise<void>;
  close(): Promise<void>;
}

/** Opens a store on a database of its own and drops the database when it is closed; for tests that hold on any engine. */
export async function openOnFreshDatabase(
  replicaSet: ReplicaSet,
  { codec, now }: Pick<MongoStoreOptions, 'codec' | 'now'>,
): Promise<Store> {
  const { uri, database, close } = await freshDatabase(replicaSet);
  const store = await openMongoStore({ uri, codec, now, termKey: TERM_KEY });
  return {
    ...store,
    async close() {
      await store.close();
      await database.dropDatabase();
      await close();
    },
  };
}

let databases = 0;

export async function freshDatabase(replicaSet: ReplicaSet): Promise<MongoAtTest> {
  databases += 1;
  const uri = replicaSet.uri(`test${String(databases)}`);
  await ensureIndexes(uri);
  const connection = await mongoose.createConnection(uri).asPromise();
  const client = connection.getClient();
  const stores: MongoStore[] = [];
  const failPoint = async (mode: unknown, data: mongoose.mongo.Document): Promise<void> => {
    await client.db('admin').command({ configureFailPoint: 'failCommand', mode, data });
  };
  return {
    uri,
    database: client.db(connection.name),
    async open(more = {}) {
      const store = await openMongoStore({ uri, codec: storeCodec, termKey: TERM_KEY, now: () => Date.UTC(2026, 2, 1), ...more });
      stores.push(store);
      return store;
    },
    failNext: async (commands, times, how) => failPoint({ times }, { failCommands: commands, ...how }),
    async close() {
      await failPoint('off', {});
      await Promise.all(stores.map(async (store) => store.close()));
      await connection.close();
    },
  };
}
