import { afterAll, afterEach } from '@jest/globals';
import { closeStores, standOn } from '../support/fhir-application.js';
import { openOnFreshDatabase } from '../support/mongo-stores.js';
import { replicaSetOfFile } from '../support/mongod.js';

afterEach(() => closeStores('test'));
// Hooks of one kind run in their order: the stores close before their servers stop.
afterAll(() => closeStores('file'));
const replicaSet = replicaSetOfFile('the FHIR API over MongoDB');

// What the conformance suite says about the memory engine holds for this one too.
if (replicaSet !== undefined) {
  standOn((parts) => openOnFreshDatabase(replicaSet(), parts));
  await import('../conformance/capabilities.test.js');
  await import('../conformance/read.test.js');
  await import('../conformance/vread.test.js');
  await import('../conformance/search-type.test.js');
  await import('../conformance/create.test.js');
  await import('../conformance/patient-everything.test.js');
  await import('../conformance/no-leak.test.js');
}
