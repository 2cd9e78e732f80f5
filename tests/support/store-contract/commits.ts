import { describe, expect, test } from '@jest/globals';
import type { ResourcePut } from '../../../src/store/resource-store.js';
import { MAX_BODY_BYTES } from '../../../src/store/unit-checks.js';
import { aLine, anObservation, conflict, put } from './builders.js';
import { storeForEach } from './store-at-test.js';
import type { OpenForTest } from './store-at-test.js';

export function describeCommits(open: OpenForTest): void {
  describe('commits', () => {
    const at = storeForEach(open);

    test('commit numbers grow strictly, one for a unit', async () => {
      const { store } = at();

      const first = await store.commit({ resources: [put(anObservation('o1')), put(anObservation('o2'))] });
      const second = await store.commit({});
      const third = await store.commit({ records: [{ collection: 'c', id: 'r', expected: 'any', value: 1 }] });

      expect(second.commit).toBeGreaterThan(first.commit);
      expect(third.commit).toBeGreaterThan(second.commit);
      expect(await store.resource({ resourceType: 'Observation', id: 'o2' })).toMatchObject({ commit: first.commit });
      expect(second.resources).toEqual([]);
    });

    test('the instant of a commit follows the clock but never goes back', async () => {
      const { store, setClock } = at();
      const first = await store.commit({});
      setClock('2026-02-01T00:00:00.000Z');
      const earlier = await store.commit({ resources: [put(anObservation('o1'))] });
      setClock('2026-03-02T00:00:00.000Z');
      const later = await store.commit({});

      expect(first.at).toBe('2026-03-01T00:00:00.000Z');
      expect(earlier.at).toBe(first.at);
      expect(earlier.resources[0]?.lastUpdated).toBe(first.at);
      expect(later.at).toBe('2026-03-02T00:00:00.000Z');
    });

    test('two hundred units at once are all durable, each with a number of its own', async () => {
      const { store } = at();

      const results = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          store.commit({
            resources: [put(anObservation(`o${String(index)}`))],
            access: [aLine(`l${String(index)}`)],
            opens: [{ id: `j${String(index)}`, kind: 'k', payload: {} }],
          }),
        ),
      );

      expect(new Set(results.map(({ commit }) => commit)).size).toBe(200);
      expect(await store.scanResources(undefined, 1_000)).toHaveLength(200);
      expect(await store.accessLines({ limit: 1_000 })).toHaveLength(200);
      expect(await store.openOutbox({ limit: 1_000 })).toHaveLength(200);
    });

    test('a unit that fails takes no neighbour with it', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('taken'))] });

      const results = await Promise.allSettled(
        Array.from({ length: 40 }, (_, index) =>
          store.commit({
            resources: [put(anObservation(`o${String(index)}`)), ...(index % 2 === 0 ? [] : [put(anObservation('taken'))])],
          }),
        ),
      );

      expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(20);
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject(conflict);
      expect(await store.scanResources(undefined, 100)).toHaveLength(21);
    });

    test.each([
      ['resource', { resources: [put(anObservation('o1')), put(anObservation('o1'), { expected: 'any' })] }],
      ['record', { records: [1, 2].map((value) => ({ collection: 'c', id: 'r', expected: 'any' as const, value })) }],
      ['claim', { claims: ['a', 'b'].map((owner) => ({ key: 'k', owner })) }],
      ['bump', { bumps: ['g', 'g'] }],
      ['outbox row', { opens: [1, 2].map(() => ({ id: 'j', kind: 'k', payload: {} })) }],
      ['closed outbox row', { closes: ['j', 'j'] }],
      ['access line', { access: [aLine('l'), aLine('l')] }],
    ])('a unit that names one %s twice is invalid', async (_, unit) => {
      const { store } = at();

      await expect(store.commit(unit)).rejects.toMatchObject({ category: 'invalid' });
    });

    test('a body has a greatest size', async () => {
      const { store } = at();
      const empty = JSON.stringify({ ...anObservation('o1', { valueString: '' }), meta: {} }).length;
      const sized = (bytes: number): ResourcePut => put(anObservation('o1', { valueString: 'x'.repeat(bytes - empty) }));

      await expect(store.commit({ resources: [sized(MAX_BODY_BYTES + 1)] })).rejects.toMatchObject({ category: 'too-large' });
      await store.commit({ resources: [sized(MAX_BODY_BYTES)] });

      expect((await store.resource({ resourceType: 'Observation', id: 'o1' }))?.body).toHaveLength(MAX_BODY_BYTES);
    });

    test('a closed store refuses to write', async () => {
      const { store } = at();
      await store.ping();

      await store.close();

      await expect(store.commit({})).rejects.toMatchObject({ category: 'unavailable' });
      await expect(store.ping()).rejects.toMatchObject({ category: 'unavailable' });
    });
  });
}
