import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ensureIndexes } from '../../src/store/mongo/migrate.js';
import { openMongoStore } from '../../src/store/mongo/mongo-store.js';
import { freshDatabase, TERM_KEY } from '../support/mongo-stores.js';
import type { MongoAtTest } from '../support/mongo-stores.js';
import { describeWithMongod } from '../support/mongod.js';
import { storeCodec } from '../support/store-codec.js';
import { aLine, anObservation, observations, put } from '../support/store-contract/builders.js';

const OUT_OF_DISK_SPACE = 14_031;
const WRITE_CONFLICT = 112;
const MAX_TIME_EXPIRED = 50;
const TRANSIENT = ['TransientTransactionError'];

describeWithMongod('faults of a MongoDB node', (replicaSet) => {
  let at: MongoAtTest;
  beforeEach(async () => {
    at = await freshDatabase(replicaSet());
  });
  afterEach(async () => {
    await at.close();
  });
  const key = { resourceType: 'Observation', id: 'o1' };
  const unit = { resources: [put(anObservation('o1'))], access: [aLine('l1')] };

  test('a write conflict is tried again', async () => {
    const store = await at.open();
    await at.failNext(['findAndModify'], 5, { errorCode: WRITE_CONFLICT, errorLabels: TRANSIENT });

    await store.commit(unit);

    expect(await store.resource(key)).toMatchObject({ versionId: '1' });
  });

  test('an answer that is lost on the way is asked for again, and the unit stands once', async () => {
    const store = await at.open();
    await at.failNext(['commitTransaction'], 2, { closeConnection: true });

    await store.commit(unit);

    expect(await store.history(key, 9)).toHaveLength(1);
    expect(await store.accessLines({ limit: 9 })).toHaveLength(1);
  });

  test('a connection that breaks in the middle of a transaction leaves nothing twice', async () => {
    const store = await at.open();
    await at.failNext(['update', 'insert'], 1, { closeConnection: true });

    await store.commit(unit);

    expect(await store.history(key, 9)).toHaveLength(1);
    expect(await store.accessLines({ limit: 9 })).toHaveLength(1);
  });

  test('a full disk refuses the unit as unavailable, whole, and the next one goes through', async () => {
    const store = await at.open();
    await at.failNext(['update', 'insert'], 1, { errorCode: OUT_OF_DISK_SPACE });

    await expect(store.commit(unit)).rejects.toMatchObject({ category: 'unavailable' });
    expect(await store.resource(key)).toBeUndefined();
    expect(await store.accessLine('l1')).toBeUndefined();

    await store.commit(unit);
    expect(await store.resource(key)).toBeDefined();
  });

  test('a group that fails together is tried unit by unit: one unit fails, its neighbours do not', async () => {
    const store = await at.open();
    // The group's own write, then that of the first unit alone.
    await at.failNext(['update', 'insert'], 2, { errorCode: OUT_OF_DISK_SPACE });

    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map(async (id) => store.commit({ resources: [put(anObservation(id))] })),
    );

    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect((await store.scanResources(undefined, 9)).map(({ id }) => id)).toEqual(['b', 'c']);
  });

  test('a search that takes too long is too costly, another read is unavailable', async () => {
    const store = await at.open();
    await store.commit(unit);

    await at.failNext(['find'], 1, { errorCode: MAX_TIME_EXPIRED });
    await expect(store.search(observations())).rejects.toMatchObject({ category: 'too-costly' });
    await at.failNext(['find'], 1, { errorCode: MAX_TIME_EXPIRED });
    await expect(store.record('c', 'r')).rejects.toMatchObject({ category: 'unavailable' });

    expect((await store.search(observations())).items).toHaveLength(1);
  });

  describe('opening', () => {
    test('a database that was not prepared is refused', async () => {
      const uri = replicaSet().uri('never-prepared');

      await expect(openMongoStore({ uri, codec: storeCodec, termKey: TERM_KEY, now: Date.now })).rejects.toMatchObject({
        category: 'unavailable',
      });
    });

    test('a database that was made with another key is refused, with its own key it opens', async () => {
      await at.open();

      await expect(at.open({ termKey: new Uint8Array(32) })).rejects.toMatchObject({ category: 'unavailable' });
      await (await at.open()).ping();
    });

    test('documents of another version are refused, to read and to prepare', async () => {
      await at.database.collection<{ _id: string }>('meta').updateOne({ _id: 'store' }, { $set: { schemaVersion: 2 } });

      await expect(at.open()).rejects.toMatchObject({ category: 'unavailable' });
      await expect(ensureIndexes(at.uri)).rejects.toMatchObject({ category: 'unavailable' });
    });

    test('preparing again changes nothing', async () => {
      const store = await at.open();
      const { commit } = await store.commit(unit);

      await ensureIndexes(at.uri);

      expect((await store.commit({})).commit).toBeGreaterThan(commit);
      expect(await store.resource(key)).toBeDefined();
    });
  });
});
