import { describe, expect, test } from '@jest/globals';
import type { UnitOfWrite } from '../../../src/store/store.js';
import { aLine, anObservation, coded, conflict, deletion, idsOf, observations, put } from './builders.js';
import { storeForEach } from './store-at-test.js';
import type { OpenForTest } from './store-at-test.js';

const o1 = { resourceType: 'Observation', id: 'o1' };

export function describeBeliefs(open: OpenForTest): void {
  describe('expected versions of a resource', () => {
    const at = storeForEach(open);

    test.each([
      ['absent, when it is there', put(anObservation('o1', coded('x')))],
      ['an older version', put(anObservation('o1', coded('x')), { expected: { versionId: '1' } })],
      ['a newer version', put(anObservation('o1', coded('x')), { expected: { versionId: '3' } })],
      ['a version of what is missing', put(anObservation('o2'), { expected: { versionId: '1' } })],
      ['an older version, for deletion', deletion('o1', { expected: { versionId: '1' } })],
    ])('a belief in %s fails', async (_, resource) => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1'))] });
      await store.commit({ resources: [put(anObservation('o1', coded('b')), { expected: { versionId: '1' } })] });

      await expect(store.commit({ resources: [resource] })).rejects.toMatchObject(conflict);

      expect(await store.resource(o1)).toMatchObject({ versionId: '2' });
    });

    test('a deletion marker is a version, not an absence', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1'))] });
      await store.commit({ resources: [deletion('o1', { expected: { versionId: '1' } })] });

      await expect(store.commit({ resources: [put(anObservation('o1'))] })).rejects.toMatchObject(conflict);
    });

    test('of racing creates with one id, exactly one goes through', async () => {
      const { store } = at();

      const results = await Promise.allSettled(
        Array.from({ length: 30 }, (_, index) => store.commit({ resources: [put(anObservation('o1', coded(String(index))))] })),
      );

      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await store.resource(o1)).toMatchObject({ versionId: '1' });
    });
  });

  describe('one failing belief changes nothing', () => {
    const at = storeForEach(open);
    const failing: readonly (readonly [string, UnitOfWrite])[] = [
      ['resource', { resources: [put(anObservation('new')), put(anObservation('o1', coded('z')))] }],
      ['record', { records: [{ collection: 'c', id: 'r1', expected: 'absent', value: 2 }] }],
      ['guard', { guards: [{ key: 'g1', version: 0 }] }],
      ['claim', { claims: [{ key: 'k1', owner: 'other' }] }],
      ['closed outbox row', { closes: ['never-opened'] }],
      ['open outbox row', { opens: [{ id: 'j1', kind: 'k', payload: {} }] }],
      ['ledger', { ledger: [{ scope: 's', key: 'k', id: 'other' }] }],
      ['access line', { access: [aLine('l1')] }],
    ];

    test.each(failing)('%s', async (_, belief) => {
      const { store } = at();
      await store.commit({
        resources: [put(anObservation('o1'), { labels: ['a/1'] })],
        records: [{ collection: 'c', id: 'r1', expected: 'absent', value: 1 }],
        bumps: ['g1'],
        claims: [{ key: 'k1', owner: 'me' }],
        opens: [{ id: 'j1', kind: 'k', payload: {} }],
        ledger: [{ scope: 's', key: 'k', id: 'i' }],
        access: [aLine('l1')],
        blobs: [{ id: 'b1', bytes: Uint8Array.of(1) }],
      });
      const rest: UnitOfWrite = {
        resources: [put(anObservation('extra'))],
        records: [{ collection: 'c', id: 'extra', expected: 'absent', value: 1, keys: [{ index: 'i', value: 'v' }] }],
        bumps: ['g2'],
        claims: [{ key: 'k2', owner: 'me' }],
        releases: ['k3'],
        opens: [{ id: 'j2', kind: 'k', payload: {} }],
        notes: [{ id: 'j1', attempts: 3 }],
        ledger: [{ scope: 's', key: 'k2', id: 'i' }],
        access: [aLine('l2')],
        blobs: [{ id: 'b2', bytes: Uint8Array.of(1) }],
        deleteBlobs: ['b1'],
        holds: { hold: ['a/1'] },
      };
      const unit: UnitOfWrite = {
        ...rest,
        ...belief,
        resources: [...(rest.resources ?? []), ...(belief.resources ?? [])],
        records: [...(rest.records ?? []), ...(belief.records ?? [])],
        claims: [...(rest.claims ?? []), ...(belief.claims ?? [])],
        opens: [...(rest.opens ?? []), ...(belief.opens ?? [])],
        ledger: [...(rest.ledger ?? []), ...(belief.ledger ?? [])],
        access: [...(rest.access ?? []), ...(belief.access ?? [])],
      };

      await expect(store.commit(unit)).rejects.toMatchObject(conflict);

      expect(await store.resource({ resourceType: 'Observation', id: 'extra' })).toBeUndefined();
      expect(await idsOf(store, observations())).toEqual(['o1']);
      expect(await store.scanRecords('c', undefined, 9)).toHaveLength(1);
      expect(await store.find({ collection: 'c', index: 'i', value: 'v', limit: 9 })).toEqual([]);
      expect(await store.guardVersions(['g1', 'g2'])).toEqual([1, 0]);
      expect(await store.claimOwner('k2')).toBeUndefined();
      expect(await store.outboxRow('j2')).toBeUndefined();
      expect(await store.outboxRow('j1')).toMatchObject({ attempts: 0 });
      expect([...(await store.ledgerIds('s'))]).toEqual([['k', 'i']]);
      expect(await store.accessLine('l2')).toBeUndefined();
      expect(await store.blob('b2')).toBeUndefined();
      expect(await store.blob('b1')).toEqual(Uint8Array.of(1));
      expect(await store.heldLabels()).toEqual([]);
    });
  });

  describe('guards and bumps', () => {
    const at = storeForEach(open);

    test('a key begins at 0 and grows by one with every bump', async () => {
      const { store } = at();

      await store.commit({ bumps: ['a', 'b'] });
      await store.commit({ bumps: ['a'] });

      expect(await store.guardVersions(['b', 'a', 'c'])).toEqual([1, 2, 0]);
    });

    test('a guard sees the version before the bump of its own unit', async () => {
      const { store } = at();

      await store.commit({ guards: [{ key: 'a', version: 0 }], bumps: ['a'] });

      await expect(store.commit({ guards: [{ key: 'a', version: 0 }], bumps: ['a'] })).rejects.toMatchObject(conflict);
      expect(await store.guardVersions(['a'])).toEqual([1]);
    });

    test('of racing units that guard and bump one key, exactly one goes through', async () => {
      const { store } = at();

      const results = await Promise.allSettled(
        Array.from({ length: 20 }, () => store.commit({ guards: [{ key: 'a', version: 0 }], bumps: ['a'] })),
      );

      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });

  describe('unique claims', () => {
    const at = storeForEach(open);

    test('one owner holds a claim, may claim it again, and another may after the release', async () => {
      const { store } = at();
      await store.commit({ claims: [{ key: 'k', owner: 'a' }] });
      await store.commit({ claims: [{ key: 'k', owner: 'a' }] });

      await expect(store.commit({ claims: [{ key: 'k', owner: 'b' }] })).rejects.toMatchObject(conflict);
      expect(await store.claimOwner('k')).toBe('a');

      await store.commit({ releases: ['k'] });
      expect(await store.claimOwner('k')).toBeUndefined();
      await store.commit({ claims: [{ key: 'k', owner: 'b' }] });
      expect(await store.claimOwner('k')).toBe('b');
    });

    test('a unit may hand a claim over', async () => {
      const { store } = at();
      await store.commit({ claims: [{ key: 'k', owner: 'a' }] });

      await store.commit({ releases: ['k'], claims: [{ key: 'k', owner: 'b' }] });

      expect(await store.claimOwner('k')).toBe('b');
    });

    test('of racing owners exactly one wins', async () => {
      const { store } = at();

      const results = await Promise.allSettled(
        Array.from({ length: 40 }, (_, index) => store.commit({ claims: [{ key: 'k', owner: String(index) }] })),
      );

      const winners = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [String(index)] : []));
      expect(winners).toEqual([await store.claimOwner('k')]);
    });
  });
}
