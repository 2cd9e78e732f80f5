import { randomBytes } from 'node:crypto';
import { ensureIndexes } from '../../src/store/mongo/migrate.js';
import { openMongoStore } from '../../src/store/mongo/mongo-store.js';
import { describeSameAsMemory } from '../support/engine-comparison.js';
import { describeWithMongod } from '../support/mongod.js';
import { storeCodec } from '../support/store-codec.js';

describeWithMongod('on a replica set of one node', (replicaSet) => {
  let run = 0;

  describeSameAsMemory('the MongoDB engine', async (now) => {
    run += 1;
    const uri = replicaSet().uri(`run${String(run)}`);
    await ensureIndexes(uri);
    return openMongoStore({ uri, codec: storeCodec, termKey: randomBytes(32), now });
  });
});
