import { afterAll, afterEach } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { closeStores, standOn } from '../support/fhir-application.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder({ inMemory: true });
let opened = 0;

standOn(({ codec, now }) => {
  opened += 1;
  return openSqliteStore({ path: join(folder, `${String(opened)}.db`), codec, termKey: randomBytes(32), now });
});
afterEach(() => closeStores('test'));
afterAll(() => closeStores('file'));

// What the conformance suite says about the memory engine holds for this one too.
await import('../conformance/capabilities.test.js');
await import('../conformance/read.test.js');
await import('../conformance/vread.test.js');
await import('../conformance/search-type.test.js');
await import('../conformance/create.test.js');
await import('../conformance/patient-everything.test.js');
await import('../conformance/no-leak.test.js');
