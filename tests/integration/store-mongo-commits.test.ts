import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MAX_RECORD_BYTES } from '../../src/store/mongo/prepared-unit.js';
import { MAX_GROUP_UNITS } from '../../src/store/mongo/group-commit.js';
import { MAX_TERMS } from '../../src/store/unit-checks.js';
import { freshDatabase } from '../support/mongo-stores.js';
import type { MongoAtTest } from '../support/mongo-stores.js';
import { describeWithMongod } from '../support/mongod.js';
import { aLine, anObservation, coded, conflict, put } from '../support/store-contract/builders.js';

describeWithMongod('commits on MongoDB', (replicaSet) => {
  let at: MongoAtTest;
  beforeEach(async () => {
    at = await freshDatabase(replicaSet());
  });
  afterEach(async () => {
    await at.close();
  });

  async function transactionsDuring(work: () => Promise<unknown>): Promise<number> {
    const count = async (): Promise<number> =>
      Number(((await at.database.admin().serverStatus())['transactions'] as { totalCommitted: unknown }).totalCommitted);
    const before = await count();
    await work();
    return (await count()) - before;
  }

  describe('of one process', () => {
    test.each([
      [MAX_GROUP_UNITS, 1],
      [MAX_GROUP_UNITS + 1, 2],
    ])('%i units that wait take %i transactions', async (units, transactions) => {
      const store = await at.open();

      const taken = await transactionsDuring(async () =>
        Promise.all(Array.from({ length: units }, async (_, index) => store.commit({ access: [aLine(String(index))] }))),
      );

      expect(taken).toBe(transactions);
    });

    test('a unit that is refused begins nothing that stays', async () => {
      const store = await at.open();
      await store.commit({ resources: [put(anObservation('o1'))] });

      const taken = await transactionsDuring(async () =>
        expect(store.commit({ resources: [put(anObservation('o1'))] })).rejects.toMatchObject(conflict),
      );

      expect(taken).toBe(0);
      expect(await at.database.collection('clock').findOne({})).toMatchObject({ commit: 1 });
    });

    test('several versions of one resource in one transaction all stay', async () => {
      const store = await at.open();
      await store.commit({ resources: [put(anObservation('o1', coded('0')))] });

      await Promise.all(
        ['1', '2', '3'].map(async (code) =>
          store.commit({ resources: [put(anObservation('o1', coded(code)), { expected: 'any', labels: [`a/${code}`] })] }),
        ),
      );

      const history = await store.history({ resourceType: 'Observation', id: 'o1' }, 9);
      expect(history.map(({ versionId, body, labels }) => [versionId, body?.match(/"code":"(\d)"/)?.[1], labels])).toEqual([
        ['4', '3', ['a/3']],
        ['3', '2', ['a/2']],
        ['2', '1', ['a/1']],
        ['1', '0', []],
      ]);
    });

    test('a relabelled version that is replaced in the same transaction is kept with its new labels', async () => {
      const store = await at.open();
      await store.commit({ resources: [put(anObservation('o1'), { labels: ['a/1'] })] });

      await Promise.all([
        store.commit({ resources: [put(anObservation('o1'), { expected: 'any', labels: ['a/2'] })] }),
        store.commit({ resources: [put(anObservation('o1', coded('b')), { expected: 'any', labels: ['a/3'] })] }),
      ]);

      expect((await store.history({ resourceType: 'Observation', id: 'o1' }, 9)).map(({ labels }) => labels)).toEqual([
        ['a/3'],
        ['a/2'],
      ]);
    });
  });

  describe('of several processes', () => {
    test('of racing creates with one id exactly one goes through', async () => {
      const stores = await Promise.all([at.open(), at.open(), at.open()]);

      const results = await Promise.allSettled(
        stores.flatMap((store, index) =>
          Array.from({ length: 10 }, async () => store.commit({ resources: [put(anObservation('o1', coded(String(index))))] })),
        ),
      );

      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject(conflict);
    });

    test('a guard that is only read still meets the bump of another: of a crossed pair one goes through', async () => {
      const [one, other] = await Promise.all([at.open(), at.open()]);
      const outcomes: number[] = [];
      for (let round = 0; round < 20; round += 1) {
        const [x, y] = [`x${String(round)}`, `y${String(round)}`];
        const results = await Promise.allSettled([
          one.commit({ guards: [{ key: x, version: 0 }], bumps: [y] }),
          other.commit({ guards: [{ key: y, version: 0 }], bumps: [x] }),
        ]);
        outcomes.push(results.filter(({ status }) => status === 'fulfilled').length);
      }

      expect(outcomes).toEqual(outcomes.map(() => 1));
    });

    test('two hundred units of four processes are all there, numbered in the order in which they can be seen', async () => {
      const stores = await Promise.all([at.open(), at.open(), at.open(), at.open()]);

      const results = await Promise.all(
        Array.from({ length: 200 }, async (_, index) =>
          stores[index % 4]?.commit({
            resources: [put(anObservation(`o${String(index)}`))],
            opens: [{ id: `j${String(index)}`, kind: 'k', payload: {} }],
          }),
        ),
      );

      const rows = await at.database
        .collection('resources')
        .find({}, { sort: { row: 1 } })
        .toArray();
      const openings = await at.database
        .collection('outbox')
        .find({}, { sort: { n: 1 } })
        .toArray();
      const ascending = [...results.map((result) => result?.commit ?? 0)].sort((a, b) => a - b);
      expect(new Set(ascending).size).toBe(200);
      expect(rows.map(({ c }) => Number(c))).toEqual(ascending);
      expect(openings.map(({ openedCommit }) => Number(openedCommit))).toEqual(ascending);
    });

    test('an instant never goes back, whatever another process’s clock says', async () => {
      const ahead = await at.open({ now: () => Date.UTC(2026, 2, 2) });
      const behind = await at.open({ now: () => Date.UTC(2026, 2, 1) });

      const first = await ahead.commit({});
      const second = await behind.commit({});

      expect(second.at).toBe(first.at);
    });

    test('what one process holds the other does not show', async () => {
      const [one, other] = await Promise.all([at.open(), at.open()]);
      await one.commit({ resources: [put(anObservation('o1'), { labels: ['identity/i1'] })] });
      expect(await other.resource({ resourceType: 'Observation', id: 'o1' })).toBeDefined();

      await one.commit({ holds: { hold: ['identity/i1'] } });

      expect(await other.resource({ resourceType: 'Observation', id: 'o1' })).toBeUndefined();
    });
  });

  describe('bounds', () => {
    test('a record has a greatest size', async () => {
      const store = await at.open();
      const sized = (bytes: number): Promise<unknown> =>
        store.commit({ records: [{ collection: 'c', id: 'r', expected: 'any', value: 'x'.repeat(bytes - 2) }] });

      await expect(sized(MAX_RECORD_BYTES + 1)).rejects.toMatchObject({ category: 'too-large' });
      await sized(MAX_RECORD_BYTES);

      expect(await store.record('c', 'r')).toBeDefined();
    });

    test('a resource has a greatest number of terms', async () => {
      const store = await at.open();
      const withCodes = (count: number): Promise<unknown> => {
        const coding = Array.from({ length: count }, (_, index) => ({ code: String(index) }));
        return store.commit({ resources: [put(anObservation('o1', { code: { coding } }))] });
      };

      await expect(withCodes(MAX_TERMS + 1)).rejects.toMatchObject({ category: 'too-large' });
      await withCodes(MAX_TERMS);

      expect(await store.resource({ resourceType: 'Observation', id: 'o1' })).toBeDefined();
    });

    test('collections whose names and ids look alike stay apart', async () => {
      const store = await at.open();
      await store.commit({ records: [{ collection: 'a/b', id: 'c', expected: 'absent', value: 1 }] });
      await store.commit({ records: [{ collection: 'a', id: 'b/c', expected: 'absent', value: 2 }] });
      await store.commit({ records: [{ collection: 'a%2Fb', id: 'c', expected: 'absent', value: 3 }] });

      expect((await store.record('a/b', 'c'))?.value).toBe(1);
      expect((await store.scanRecords('a', undefined, 9)).map(({ value }) => value)).toEqual([2]);
      expect((await store.scanRecords('a%2Fb', undefined, 9)).map(({ value }) => value)).toEqual([3]);
    });
  });
});
