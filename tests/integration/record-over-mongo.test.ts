import { afterEach } from '@jest/globals';
import { openOnFreshDatabase } from '../support/mongo-stores.js';
import { replicaSetOfFile } from '../support/mongod.js';
import { closeRooms, standRoomsOn } from '../support/record-room.js';

const replicaSet = replicaSetOfFile('the record over MongoDB');

// The closing tests, and what else is said of the record, hold on this engine unchanged.
if (replicaSet !== undefined) {
  standRoomsOn((parts) => openOnFreshDatabase(replicaSet(), parts));
  afterEach(closeRooms);
  await import('./closing-one-record.test.js');
  await import('./closing-versions.test.js');
  await import('./merge-and-split.test.js');
  await import('./record-pipeline.test.js');
  await import('./rest-patient.test.js');
}
