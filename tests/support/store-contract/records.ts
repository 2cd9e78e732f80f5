import { describe, expect, test } from '@jest/globals';
import type { RecordKey, RecordPut } from '../../../src/store/record-store.js';
import { conflict } from './builders.js';
import { storeForEach } from './store-at-test.js';
import type { OpenForTest } from './store-at-test.js';

const aRecord = (id: string, value: unknown, more: Partial<RecordPut> = {}): RecordPut => ({
  collection: 'person',
  id,
  expected: 'absent',
  value,
  ...more,
});

export function describeRecords(open: OpenForTest): void {
  describe('records', () => {
    const at = storeForEach(open);

    test('a record reads as written, with its version and the commits of its first and of this version', async () => {
      const { store } = at();
      const value = { name: 'Bé Tí', list: [1, 2.5, null, { deep: true }], text: 'a\u0000b' };

      const first = await store.commit({ records: [aRecord('r1', value)] });
      const read = await store.record('person', 'r1');
      const second = await store.commit({ records: [aRecord('r1', { n: 2 }, { expected: 1 })] });

      expect(read).toEqual({
        collection: 'person',
        id: 'r1',
        version: 1,
        createdCommit: first.commit,
        commit: first.commit,
        value,
      });
      expect(await store.record('person', 'r1')).toEqual({
        collection: 'person',
        id: 'r1',
        version: 2,
        createdCommit: first.commit,
        commit: second.commit,
        value: { n: 2 },
      });
    });

    test('a record says in which shape its value is kept, unless it is the first', async () => {
      const { store } = at();
      await store.commit({ records: [aRecord('r1', 1, { schemaVersion: 2 }), aRecord('r2', 1, { schemaVersion: 1 })] });

      expect(await store.record('person', 'r1')).toMatchObject({ schemaVersion: 2 });
      expect(await store.record('person', 'r2')).not.toHaveProperty('schemaVersion');
    });

    test('false, null, zero and the empty text are values', async () => {
      const { store } = at();

      for (const [index, value] of [false, null, 0, ''].entries()) {
        await store.commit({ records: [aRecord(`r${String(index)}`, value)] });
        expect((await store.record('person', `r${String(index)}`))?.value).toBe(value);
      }
    });

    test('collections are apart, several ids answer in the order asked', async () => {
      const { store } = at();
      await store.commit({ records: [aRecord('r1', 1), aRecord('r1', 2, { collection: 'task' }), aRecord('r2', 3)] });

      expect((await store.records('person', ['r2', 'x', 'r1'])).map((record) => record?.value)).toEqual([3, undefined, 1]);
      expect((await store.record('task', 'r1'))?.value).toBe(2);
      expect(await store.record('other', 'r1')).toBeUndefined();
    });

    test('a record without value leaves, its keys with it, and may be written anew from version 1', async () => {
      const { store } = at();
      const keys = [{ index: 'number', value: '079' }];
      await store.commit({ records: [aRecord('r1', 1, { keys })] });

      await store.commit({ records: [{ collection: 'person', id: 'r1', expected: 1 }] });

      expect(await store.record('person', 'r1')).toBeUndefined();
      expect(await store.find({ collection: 'person', index: 'number', value: '079', limit: 9 })).toEqual([]);
      const again = await store.commit({ records: [aRecord('r1', 2)] });
      expect(await store.record('person', 'r1')).toMatchObject({ version: 1, createdCommit: again.commit });
    });

    test.each([
      ['absent', aRecord('r1', 2)],
      ['another version', aRecord('r1', 2, { expected: 2 })],
      ['a version of a missing record', aRecord('r2', 2, { expected: 1 })],
    ])('a belief in %s fails', async (_, record) => {
      const { store } = at();
      await store.commit({ records: [aRecord('r1', 1)] });

      await expect(store.commit({ records: [record] })).rejects.toMatchObject(conflict);

      expect(await store.record('person', 'r1')).toMatchObject({ version: 1, value: 1 });
    });

    test('a put without belief always goes through, a deletion of nothing too', async () => {
      const { store } = at();

      await store.commit({ records: [aRecord('r1', 1, { expected: 'any' })] });
      await store.commit({
        records: [aRecord('r1', 2, { expected: 'any' }), { collection: 'person', id: 'x', expected: 'any' }],
      });

      expect(await store.record('person', 'r1')).toMatchObject({ version: 2, value: 2 });
    });

    test('keys find by exact value within index and collection, ordered by sort and id', async () => {
      const { store } = at();
      const key = (sort?: string, value = 'open'): RecordKey[] => [
        { index: 'state', value, ...(sort === undefined ? {} : { sort }) },
      ];
      await store.commit({
        records: [
          aRecord('b', 1, { keys: key('2026-02') }),
          aRecord('a', 2, { keys: key('2026-02') }),
          aRecord('c', 3, { keys: key('2026-01') }),
          aRecord('d', 4, { keys: key('2026-03', 'closed') }),
          aRecord('e', 5, { keys: key(), collection: 'task' }),
          aRecord('f', 6, { keys: [{ index: 'other', value: 'open' }] }),
        ],
      });
      const query = { collection: 'person', index: 'state', value: 'open', limit: 9 };

      expect((await store.find(query)).map(({ id, sort }) => [id, sort])).toEqual([
        ['c', '2026-01'],
        ['a', '2026-02'],
        ['b', '2026-02'],
      ]);
      expect((await store.find({ ...query, descending: true })).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
      expect((await store.find({ ...query, limit: 1 })).map(({ value }) => value)).toEqual([3]);
      expect((await store.find({ ...query, after: { sort: '2026-02', id: 'a' } })).map(({ id }) => id)).toEqual(['b']);
      expect((await store.find({ ...query, descending: true, after: { sort: '2026-02', id: 'b' } })).map(({ id }) => id)).toEqual(
        ['a', 'c'],
      );
      expect((await store.find({ ...query, collection: 'task' })).map(({ sort }) => sort)).toEqual(['e']);
    });

    test('a put replaces the whole set of keys', async () => {
      const { store } = at();
      const find = async (value: string): Promise<number> =>
        (await store.find({ collection: 'person', index: 'n', value, limit: 9 })).length;
      const keys = (...values: string[]): RecordKey[] => values.map((value) => ({ index: 'n', value }));
      await store.commit({ records: [aRecord('r1', 1, { keys: keys('1', '2', '2') })] });

      expect([await find('1'), await find('2')]).toEqual([1, 1]);
      await store.commit({ records: [aRecord('r1', 1, { expected: 'any', keys: keys('2', '3') })] });

      expect([await find('1'), await find('2'), await find('3')]).toEqual([0, 1, 1]);
      await store.commit({ records: [aRecord('r1', 1, { expected: 'any' })] });

      expect([await find('2'), await find('3')]).toEqual([0, 0]);
    });

    test('a scan gives a collection in id order', async () => {
      const { store } = at();
      await store.commit({ records: ['c', 'a', 'b'].map((id) => aRecord(id, id)) });
      await store.commit({ records: [aRecord('a', 1, { collection: 'task' })] });

      expect((await store.scanRecords('person', undefined, 2)).map(({ id }) => id)).toEqual(['a', 'b']);
      expect((await store.scanRecords('person', 'b', 2)).map(({ id }) => id)).toEqual(['c']);
    });
  });
}
