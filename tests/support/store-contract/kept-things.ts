import { describe, expect, test } from '@jest/globals';
import { conflict } from './builders.js';
import { storeForEach } from './store-at-test.js';
import type { OpenForTest } from './store-at-test.js';

export function describeKeptThings(open: OpenForTest): void {
  describe('id ledger', () => {
    const at = storeForEach(open);

    test('an id is minted once under scope and key', async () => {
      const { store } = at();
      await store.commit({ ledger: [{ scope: 's', key: 'k', id: 'i1' }] });

      await store.commit({ ledger: [{ scope: 's', key: 'k', id: 'i1' }] });

      await expect(store.commit({ ledger: [{ scope: 's', key: 'k', id: 'i2' }] })).rejects.toMatchObject(conflict);
      expect([...(await store.ledgerIds('s'))]).toEqual([['k', 'i1']]);
    });

    test('one unit cannot mint two ids for one key', async () => {
      const { store } = at();

      await expect(
        store.commit({
          ledger: [
            { scope: 's', key: 'k', id: 'i1' },
            { scope: 's', key: 'k', id: 'i2' },
          ],
        }),
      ).rejects.toMatchObject(conflict);
    });

    test('a scope answers whole or for the keys asked', async () => {
      const { store } = at();
      await store.commit({
        ledger: [
          { scope: 's', key: 'a', id: '1' },
          { scope: 's', key: 'b', id: '2' },
          { scope: 't', key: 'a', id: '3' },
        ],
      });
      const entries = async (...args: Parameters<typeof store.ledgerIds>): Promise<string[]> =>
        [...(await store.ledgerIds(...args))].map(([key, id]) => `${key}=${id}`).sort();

      expect(await entries('s')).toEqual(['a=1', 'b=2']);
      expect(await entries('s', ['b', 'z'])).toEqual(['b=2']);
      expect(await entries('s', [])).toEqual([]);
      expect(await entries('u')).toEqual([]);
    });
  });

  describe('blobs', () => {
    const at = storeForEach(open);

    test('bytes come back as they were, large and empty ones too', async () => {
      const { store } = at();
      const large = Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 7) % 256);

      await store.commit({
        blobs: [
          { id: 'large', bytes: large },
          { id: 'empty', bytes: new Uint8Array() },
        ],
      });

      expect(Buffer.compare((await store.blob('large')) ?? new Uint8Array(), large)).toBe(0);
      expect(await store.blob('empty')).toHaveLength(0);
      expect(await store.blob('none')).toBeUndefined();
    });

    test('a blob is replaced, and leaves when deleted', async () => {
      const { store } = at();
      await store.commit({ blobs: [{ id: 'b', bytes: Uint8Array.of(1) }] });

      await store.commit({ blobs: [{ id: 'b', bytes: Uint8Array.of(2, 3) }] });
      expect(await store.blob('b')).toEqual(Uint8Array.of(2, 3));

      await store.commit({ deleteBlobs: ['b', 'never'] });
      expect(await store.blob('b')).toBeUndefined();
    });
  });
}
