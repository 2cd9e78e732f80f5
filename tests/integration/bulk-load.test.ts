import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { makeResourceCodec } from '../../src/fhir/search/codec.js';
import { makeBhytXmlFormat } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { makeHealthCheckupFormat } from '../../src/intake/health-checkup/health-checkup-format.js';
import { makeSheetFormat } from '../../src/intake/sheet/sheet-format.js';
import { BLOOD_PRESSURE_GLUCOSE } from '../../src/intake/sheet/template.js';
import { loadRestrictedCodes } from '../../src/fhir/restricted-codes.js';
import { restrictionOf } from '../../src/fhir/sensitivity.js';
import { bulkLoad, type BulkFile } from '../../src/record/bulk/bulk-load.js';
import { generateCommune } from '../../src/sample-commune/commune.js';
import { openMongoStore } from '../../src/store/mongo/mongo-store.js';
import { ensureIndexes } from '../../src/store/mongo/migrate.js';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { startSqliteWriter } from '../../src/store/sqlite/writer.js';
import type { Store } from '../../src/store/store.js';
import { describeWithMongod } from '../support/mongod.js';
import { projectRoot } from '../support/project-root.js';
import { startRecordRoom, type TestRecord } from '../support/record-room.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const restricted = loadRestrictedCodes(projectRoot);
const rules = { restrictionOf: (content: Parameters<typeof restrictionOf>[0]) => restrictionOf(content, restricted) };
const formats = [makeBhytXmlFormat(rules), makeHealthCheckupFormat(rules), makeSheetFormat(BLOOD_PRESSURE_GLUCOSE)];
const limits = { maxBytes: 64 * 1024 * 1024, maxVisits: 20_000 };
const termKey = new Uint8Array(32).fill(3);
const codec = makeResourceCodec();
const folder = temporaryFolder();

const files: readonly BulkFile[] = [...generateCommune({ households: 4, seed: 'bulk' })].map(
  ({ path, door, bytes, facilityCode }) => ({
    name: path,
    door,
    bytes,
    sender: { clientId: `client-${facilityCode}`, facilityCode },
  }),
);
const partsOf = (record: TestRecord) => ({ store: record.store, room: record, formats, limits });

/** File by file, each worked off before the next one comes. */
let doorsHash: Promise<string> | undefined;
const throughTheDoors = async (): Promise<string> => {
  doorsHash ??= (async () => {
    const record = startRecordRoom();
    for (const { door, bytes, sender } of files) {
      await record.send(door, bytes, sender.facilityCode);
      await record.drain();
    }
    return record.recordHash();
  })();
  return doorsHash;
};

async function sqliteStore(name: string): Promise<Store> {
  const path = join(folder, name);
  const writer = await startSqliteWriter({ path, bulk: true });
  const store = await openSqliteStore({ path, codec, termKey, now: Date.now, writer });
  return {
    ...store,
    close: async () => {
      await store.close();
      await writer.close();
    },
  };
}

describe('the bulk loader', () => {
  test('gives the record that the doors give, and leaves no open row', async () => {
    const record = startRecordRoom();

    const result = await bulkLoad(partsOf(record), files, { windowFiles: 15 });

    expect(result).toEqual({ files: files.length, repeated: 0, turnedAway: [], failed: 0 });
    expect(await record.store.outboxDepth()).toEqual([]);
    expect(await record.recordHash()).toBe(await throughTheDoors());
  });

  test('does the same on SQLite, and is durable when the writer has closed', async () => {
    const store = await sqliteStore('whole.db');
    await bulkLoad(partsOf(startRecordRoom({ store })), files);
    await store.close();

    const again = await openSqliteStore({ path: join(folder, 'whole.db'), codec, termKey, now: Date.now, readOnly: true });
    expect(await startRecordRoom({ store: again }).recordHash()).toBe(await throughTheDoors());
    await again.close();
  });

  test('keeps what a door would keep: a resend is a duplicate, its receipt is completed', async () => {
    const record = startRecordRoom();
    await bulkLoad(partsOf(record), files);
    const [file] = files;
    if (file === undefined) throw new Error('no file');

    const sent = await record.submissions.accept({ ...file, access: () => [] });

    expect(sent.repeated).toBe(true);
    const receipt = await record.submissions.receipt(sent.receiptId, file.sender.facilityCode);
    expect(receipt?.state).toBe('completed');
    expect(receipt?.visits.every(({ links }) => links.length > 0)).toBe(true);
  });

  test('goes on where it was cut off: known files are passed over, open rows are done', async () => {
    const record = startRecordRoom();
    let taken = 0;
    const cutOff = (function* (): Generator<BulkFile> {
      for (const file of files.slice(0, 20)) {
        if (taken === 12) throw new Error('killed');
        taken += 1;
        yield file;
      }
    })();
    await expect(bulkLoad(partsOf(record), cutOff, { windowFiles: 5 })).rejects.toThrow('killed');
    for (const { door, bytes, sender } of files.slice(10, 14)) await record.send(door, bytes, sender.facilityCode); // open rows

    const result = await bulkLoad(partsOf(record), files, { windowFiles: 50 });

    expect(result).toMatchObject({ files: files.length, repeated: 14, failed: 0 });
    expect(await record.recordHash()).toBe(await throughTheDoors());
  });

  test('turns away what a door turns away, and keeps nothing of it', async () => {
    const record = startRecordRoom();
    const sender = { clientId: 'x', facilityCode: '56901' };
    const none = { name: 'empty.xml', door: 'bhyt-xml', bytes: new Uint8Array(), sender };
    const other = { name: 'other.xml', door: 'bhyt-xml', bytes: Buffer.from('<a/>'), sender };
    const nowhere = { name: 'nowhere.txt', door: '', bytes: Buffer.from('?'), sender };

    const { turnedAway, files: seen } = await bulkLoad(partsOf(record), [none, other, nowhere]);

    expect(seen).toBe(3);
    expect(turnedAway.map(({ name }) => name).sort()).toEqual(['empty.xml', 'nowhere.txt', 'other.xml']);
    expect(await record.store.scanRecords('submission', undefined, 10)).toEqual([]);
  });
});

describeWithMongod('the bulk loader on MongoDB', (replicaSet) => {
  test('gives the record that the doors give', async () => {
    const uri = replicaSet().uri('bulk');
    await ensureIndexes(uri);
    const store = await openMongoStore({ uri, codec, termKey, now: Date.now });
    try {
      const record = startRecordRoom({ store });
      expect(await bulkLoad(partsOf(record), files)).toMatchObject({ files: files.length, failed: 0 });
      expect(await record.recordHash()).toBe(await throughTheDoors());
    } finally {
      await store.close();
    }
  });
});
