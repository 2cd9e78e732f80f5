import { describe, expect, test } from '@jest/globals';
import { anObservation, coded, deletion, put } from './builders.js';
import { storeForEach } from './store-at-test.js';
import type { OpenForTest } from './store-at-test.js';

const o1 = { resourceType: 'Observation', id: 'o1' };

export function describeResources(open: OpenForTest): void {
  describe('versions of a resource', () => {
    const at = storeForEach(open);

    test('the first version is 1, carries the commit and its instant, and reads as written', async () => {
      const { store } = at();
      const resource = anObservation('o1', { valueString: 'huyết áp 120/80' });

      const result = await store.commit({
        resources: [put(resource, { origin: 'contribution', subject: 'p1', labels: ['sender/56901'], memo: '{"m":1}' })],
      });
      const stored = await store.resource(o1);

      expect(result.resources).toEqual([{ versionId: '1', lastUpdated: result.at, changed: true }]);
      expect(stored).toEqual({
        ...o1,
        origin: 'contribution',
        versionId: '1',
        lastUpdated: result.at,
        commit: result.commit,
        body: stored?.body,
        subject: 'p1',
        labels: ['sender/56901'],
        memo: '{"m":1}',
      });
      expect(JSON.parse(stored?.body ?? '')).toEqual({ ...resource, meta: {} });
    });

    test('a version written by a client is not kept in the body', async () => {
      const { store } = at();

      await store.commit({
        resources: [put(anObservation('o1', { meta: { versionId: '9', lastUpdated: '2000-01-01', source: 's' } }))],
      });

      expect((await store.resource(o1))?.body).toContain('"meta":{"source":"s"}');
    });

    test('a changed body makes the next version', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1'))] });

      const second = await store.commit({ resources: [put(anObservation('o1', coded('b')), { expected: { versionId: '1' } })] });

      expect(second.resources[0]).toEqual({ versionId: '2', lastUpdated: second.at, changed: true });
      expect(await store.resource(o1)).toMatchObject({ versionId: '2', commit: second.commit });
    });

    test('equal content makes no version but replaces labels, subject and memo', async () => {
      const { store } = at();
      const first = await store.commit({ resources: [put(anObservation('o1'), { subject: 'p1', labels: ['a/1'], memo: '1' })] });

      const second = await store.commit({
        resources: [put(anObservation('o1'), { expected: 'any', subject: 'p2', labels: ['a/2'], memo: '2' })],
      });

      expect(second.resources).toEqual([{ versionId: '1', lastUpdated: first.at, changed: false }]);
      expect(await store.resource(o1)).toMatchObject({
        versionId: '1',
        commit: first.commit,
        subject: 'p2',
        labels: ['a/2'],
        memo: '2',
      });
      expect(await store.history(o1, 10)).toHaveLength(1);
    });

    test('equal content drops a subject and a memo that the put leaves out', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1'), { subject: 'p1', memo: '1' })] });

      await store.commit({ resources: [put(anObservation('o1'), { expected: 'any' })] });

      const stored = await store.resource(o1);
      expect(stored).not.toHaveProperty('subject');
      expect(stored).not.toHaveProperty('memo');
    });

    test('a deletion leaves a marker version without body', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1'), { subject: 'p1', labels: ['a/1'] })] });

      const result = await store.commit({ resources: [deletion('o1', { labels: ['a/2'], memo: 'why' })] });

      const marker = await store.resource(o1);
      expect(result.resources[0]).toMatchObject({ versionId: '2', changed: true });
      expect(marker).toMatchObject({ versionId: '2', labels: ['a/2'], memo: 'why' });
      expect(marker).not.toHaveProperty('body');
    });

    test('deleting again makes no further version, writing again does', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1'))] });
      await store.commit({ resources: [deletion('o1')] });

      const again = await store.commit({ resources: [deletion('o1')] });
      const back = await store.commit({ resources: [put(anObservation('o1'), { expected: { versionId: '2' } })] });

      expect(again.resources[0]).toMatchObject({ versionId: '2', changed: false });
      expect(back.resources[0]).toMatchObject({ versionId: '3', changed: true });
    });

    test('history is newest first and bounded; every version stays readable', async () => {
      const { store } = at();
      for (const code of ['a', 'b', 'c'])
        await store.commit({ resources: [put(anObservation('o1', coded(code)), { expected: 'any' })] });
      await store.commit({ resources: [deletion('o1')] });

      const history = await store.history(o1, 3);
      const first = await store.version(o1, '1');

      expect(history.map(({ versionId }) => versionId)).toEqual(['4', '3', '2']);
      expect(history[0]).not.toHaveProperty('body');
      expect(first?.body).toContain('"a"');
      expect(await store.version(o1, '4')).toEqual(history[0]);
      expect(await store.version(o1, '5')).toBeUndefined();
      expect(await store.version(o1, 'x')).toBeUndefined();
    });

    test('an unknown id is undefined and has no history', async () => {
      const { store } = at();

      expect(await store.resource(o1)).toBeUndefined();
      expect(await store.version(o1, '1')).toBeUndefined();
      expect(await store.history(o1, 10)).toEqual([]);
    });

    test('several keys answer in the order asked, a type apart from another of the same id', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1')), put({ resourceType: 'Patient', id: 'o1' })] });

      const found = await store.resources([{ resourceType: 'Patient', id: 'o1' }, { resourceType: 'Patient', id: 'x' }, o1]);

      expect(found.map((stored) => stored?.resourceType)).toEqual(['Patient', undefined, 'Observation']);
    });

    test('a scan goes through every current resource by type and id, by origin when asked, without deleted ones', async () => {
      const { store } = at();
      await store.commit({
        resources: [
          put({ resourceType: 'Patient', id: 'a' }),
          put(anObservation('b'), { origin: 'contribution' }),
          put(anObservation('a')),
          put(anObservation('c')),
        ],
      });
      await store.commit({ resources: [deletion('c')] });
      const keys = async (...args: Parameters<typeof store.scanResources>): Promise<string[]> =>
        (await store.scanResources(...args)).map(({ resourceType, id }) => `${resourceType}/${id}`);

      expect(await keys(undefined, 10)).toEqual(['Observation/a', 'Observation/b', 'Patient/a']);
      expect(await keys({ resourceType: 'Observation', id: 'a' }, 1)).toEqual(['Observation/b']);
      expect(await keys(undefined, 10, 'fact')).toEqual(['Observation/a', 'Patient/a']);
    });

    test('what a reader does to a result changes nothing in the store', async () => {
      const { store } = at();
      const resource = anObservation('o1');
      await store.commit({ resources: [put(resource, { labels: ['a/1'] })] });

      resource.status = 'amended';
      ((await store.resource(o1))?.labels as string[]).push('a/2');

      expect(await store.resource(o1)).toMatchObject({ labels: ['a/1'], body: expect.stringContaining('final') });
    });
  });

  describe('held labels', () => {
    const at = storeForEach(open);

    test('a held resource reads on no path until its label is released', async () => {
      const { store } = at();
      const query = { resourceTypes: ['Observation'], criteria: [], order: 'newest', count: 5, total: true } as const;
      await store.commit({ resources: [put(anObservation('o1'), { labels: ['identity/i1'] }), put(anObservation('o2'))] });

      await store.commit({ holds: { hold: ['identity/i1'] } });

      expect(await store.resource(o1)).toBeUndefined();
      expect((await store.resources([o1]))[0]).toBeUndefined();
      expect(await store.version(o1, '1')).toBeUndefined();
      expect(await store.history(o1, 5)).toEqual([]);
      expect(await store.search(query)).toMatchObject({ items: [{ id: 'o2' }], total: 1 });
      expect(await store.resource(o1, { includeHeld: true })).toMatchObject({ id: 'o1' });
      expect((await store.search({ ...query, includeHeld: true })).items).toHaveLength(2);
      expect(await store.heldLabels()).toEqual(['identity/i1']);

      await store.commit({ holds: { release: ['identity/i1'] } });

      expect(await store.resource(o1)).toMatchObject({ id: 'o1' });
      expect(await store.heldLabels()).toEqual([]);
    });

    test('an earlier version with a held label stays hidden when the current one no longer carries it', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1'), { labels: ['identity/i1'] })] });
      await store.commit({ resources: [put(anObservation('o1', coded('b')), { expected: 'any', labels: ['identity/i2'] })] });

      await store.commit({ holds: { hold: ['identity/i1'] } });

      expect(await store.resource(o1)).toMatchObject({ versionId: '2' });
      expect(await store.version(o1, '1')).toBeUndefined();
      expect(await store.history(o1, 5)).toHaveLength(1);
    });

    test('a unit that releases and holds a label leaves it held', async () => {
      const { store } = at();

      await store.commit({ holds: { hold: ['identity/i1'], release: ['identity/i1'] } });

      expect(await store.heldLabels()).toEqual(['identity/i1']);
    });
  });
}
