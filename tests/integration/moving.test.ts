import { join } from 'node:path';
import { openMemoryStore } from '../../src/store/memory/memory-store.js';
import { ensureIndexes } from '../../src/store/mongo/migrate.js';
import { openMongoDump, openMongoLoader } from '../../src/store/mongo/mongo-moving.js';
import { openMongoStore } from '../../src/store/mongo/mongo-store.js';
import { openSqliteDump, openSqliteLoader } from '../../src/store/sqlite/sqlite-moving.js';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { describeWithMongod } from '../support/mongod.js';
import { describeMoving, describeMovingInto, type MovingEngine } from '../support/moving.contract.js';
import { matchesCriterion, storeCodec as codec } from '../support/store-codec.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder({ inMemory: true });
const termKey = new Uint8Array(32).fill(9);
const now = (): number => Date.UTC(2026, 2, 1);
let places = 0;

const sqlite: MovingEngine = {
  name: 'sqlite',
  fresh: async () => {
    places += 1;
    const path = join(folder, `${String(places)}.db`);
    return {
      store: async () => openSqliteStore({ path, codec, termKey, now }),
      dump: async () => openSqliteDump({ path, termKey }),
      loader: async () => openSqliteLoader({ path, codec, termKey }),
    };
  },
};

const memory: MovingEngine = {
  name: 'memory',
  fresh: async () => {
    const kept = openMemoryStore({ codec, now, matches: matchesCriterion, termKey });
    const store = { ...kept, close: async () => undefined };
    const loader = kept.loader();
    return { store: async () => store, dump: async () => kept.dump(), loader: async () => loader };
  },
};

describeMoving([
  [sqlite, sqlite],
  [sqlite, memory],
  [memory, sqlite],
  [memory, memory],
]);
describeMovingInto(sqlite);
describeMovingInto(memory);

describeWithMongod('with MongoDB', (replicaSet) => {
  const mongo: MovingEngine = {
    name: 'mongo',
    fresh: async () => {
      places += 1;
      const uri = replicaSet().uri(`moving${String(places)}`);
      return {
        store: async () => {
          await ensureIndexes(uri);
          return openMongoStore({ uri, codec, termKey, now });
        },
        dump: async () => openMongoDump({ uri, termKey }),
        loader: async () => openMongoLoader({ uri, codec, termKey }),
      };
    },
  };
  describeMoving([
    [mongo, mongo],
    [mongo, sqlite],
    [sqlite, mongo],
    [mongo, memory],
    [memory, mongo],
  ]);
  describeMovingInto(mongo);
});
