import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { storeCodec } from '../support/store-codec.js';
import { describeStore } from '../support/store.contract.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let opened = 0;

describeStore('sqlite', async ({ now }) => {
  opened += 1;
  return openSqliteStore({ path: join(folder, `${String(opened)}.db`), codec: storeCodec, termKey: randomBytes(32), now });
});
