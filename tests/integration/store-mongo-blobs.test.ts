import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CHUNK_BYTES, MAX_INLINE_BYTES, ORPHAN_AGE_MS } from '../../src/store/mongo/blobs.js';
import { freshDatabase } from '../support/mongo-stores.js';
import type { MongoAtTest } from '../support/mongo-stores.js';
import { describeWithMongod } from '../support/mongod.js';
import { conflict } from '../support/store-contract/builders.js';

const MIB = 1024 * 1024;

/** Bytes of which no two chunks are alike. */
function bytesOf(length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  for (let offset = 0; offset + 4 <= length; offset += 4_096) bytes.writeUInt32LE(offset, offset);
  return new Uint8Array(bytes);
}

describeWithMongod('blobs on MongoDB', (replicaSet) => {
  let at: MongoAtTest;
  beforeEach(async () => {
    at = await freshDatabase(replicaSet());
  });
  afterEach(async () => {
    await at.close();
  });
  const chunks = async (): Promise<number> => at.database.collection('blob_chunks').countDocuments();

  test.each([
    [MAX_INLINE_BYTES, 0],
    [MAX_INLINE_BYTES + 1, 1],
    [CHUNK_BYTES, 1],
    [CHUNK_BYTES + 1, 2],
    [64 * MIB, 16],
  ])('%i bytes come back whole and take %i chunks', async (length, expected) => {
    const store = await at.open();
    const bytes = bytesOf(length);

    await store.commit({ blobs: [{ id: 'b', bytes }] });

    expect(Buffer.compare((await store.blob('b')) ?? new Uint8Array(), bytes)).toBe(0);
    expect(await chunks()).toBe(expected);
  });

  test('a unit that is refused leaves no chunks', async () => {
    const store = await at.open();

    await expect(
      store.commit({ blobs: [{ id: 'b', bytes: bytesOf(MIB) }], guards: [{ key: 'g', version: 9 }] }),
    ).rejects.toMatchObject(conflict);

    expect(await chunks()).toBe(0);
    expect(await store.blob('b')).toBeUndefined();
  });

  test('chunks leave with their blob, and when it is replaced', async () => {
    const store = await at.open();
    await store.commit({ blobs: [{ id: 'b', bytes: bytesOf(5 * MIB) }] });

    await store.commit({ blobs: [{ id: 'b', bytes: bytesOf(MIB) }] });
    const afterReplacement = await chunks();
    await store.commit({ deleteBlobs: ['b'] });

    expect(afterReplacement).toBe(1);
    expect(await chunks()).toBe(0);
  });

  test('the sweep deletes old chunks that no blob names, and only those', async () => {
    const store = await at.open();
    await store.commit({ blobs: [{ id: 'b', bytes: bytesOf(5 * MIB) }] });
    const collection = at.database.collection<{ _id: { u: string; n: number }; at?: Date }>('blob_chunks');
    const old = new Date(Date.now() - ORPHAN_AGE_MS - 60_000);
    const young = new Date(Date.now() - ORPHAN_AGE_MS + 60_000);
    await collection.updateMany({}, { $set: { at: old } });
    await collection.insertMany([
      { _id: { u: 'orphan', n: 0 }, at: old },
      { _id: { u: 'orphan', n: 1 }, at: old },
      { _id: { u: 'under way', n: 0 }, at: young },
    ]);

    expect(await store.sweepBlobs()).toBe(1);

    expect(await collection.countDocuments({ '_id.u': 'orphan' })).toBe(0);
    expect(await collection.countDocuments({ '_id.u': 'under way' })).toBe(1);
    expect(await store.blob('b')).toHaveLength(5 * MIB);
    expect(await collection.countDocuments({ at: { $lt: young } })).toBe(0);
  });
});
