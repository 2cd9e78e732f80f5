import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { describeSameAsMemory } from '../support/engine-comparison.js';
import { storeCodec } from '../support/store-codec.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let run = 0;

describeSameAsMemory('the SQLite engine', async (now) => {
  run += 1;
  return openSqliteStore({ path: join(folder, `${String(run)}.db`), codec: storeCodec, termKey: randomBytes(32), now });
});
