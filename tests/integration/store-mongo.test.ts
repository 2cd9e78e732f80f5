import { randomBytes } from 'node:crypto';
import { ensureIndexes } from '../../src/store/mongo/migrate.js';
import { openMongoStore } from '../../src/store/mongo/mongo-store.js';
import { describeWithMongod } from '../support/mongod.js';
import { storeCodec } from '../support/store-codec.js';
import { describeStore } from '../support/store.contract.js';

describeWithMongod('on a replica set of one node', (replicaSet) => {
  let opened = 0;

  describeStore('mongo', async ({ now }) => {
    opened += 1;
    const uri = replicaSet().uri(`contract${String(opened)}`);
    await ensureIndexes(uri);
    return openMongoStore({ uri, codec: storeCodec, termKey: randomBytes(32), now });
  });
});
