import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { startSqliteWriter } from '../../src/store/sqlite/writer.js';
import { storeCodec } from '../support/store-codec.js';
import { describeStore } from '../support/store.contract.js';
import { anObservation, put } from '../support/store-contract/builders.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const termKey = new Uint8Array(32).fill(7);
let opened = 0;

describeStore('sqlite, reads of one turn together', async ({ now }) => {
  opened += 1;
  const path = join(folder, `${String(opened)}.db`);
  return openSqliteStore({ path, codec: storeCodec, termKey, now, turnSnapshots: true });
});

describe('reads of one turn together', () => {
  const key = { resourceType: 'Observation', id: 'o1' };

  test('see what this store has committed at once, and what another one has from the next turn on', async () => {
    const path = join(folder, 'turns.db');
    const writer = await startSqliteWriter({ path });
    const options = { path, codec: storeCodec, termKey, now: Date.now };
    const [ours, theirs] = await Promise.all([
      openSqliteStore({ ...options, writer: writer.port(), turnSnapshots: true }),
      openSqliteStore({ ...options, writer: writer.port() }),
    ]);

    expect(await ours.resource(key)).toBeUndefined();
    const committing = ours.commit({ resources: [put(anObservation('o1'))] });
    void ours.resource(key);
    await committing;
    expect(await ours.resource(key)).toMatchObject({ versionId: '1' });

    await theirs.commit({ resources: [{ ...put(anObservation('o1', { status: 'amended' })), expected: 'any' }] });
    await nextTurn();
    expect(await ours.resource(key)).toMatchObject({ versionId: '2' });

    await ours.close();
    await theirs.close();
    await writer.close();
  });
});
