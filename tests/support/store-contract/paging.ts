import { describe, expect, test } from '@jest/globals';
import type { ResourceQuery } from '../../../src/store/resource-store.js';
import type { Store } from '../../../src/store/store.js';
import { anObservation, coded, deletion, idsOf, observations, put, token } from './builders.js';
import { storeForEach } from './store-at-test.js';
import type { OpenForTest } from './store-at-test.js';

/** All ids of a walk; `between` runs after each page. */
async function walk(
  store: Store,
  query: ResourceQuery,
  between: (page: number) => Promise<unknown> = async () => undefined,
): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; ; page += 1) {
    const { items, next } = await store.search(cursor === undefined ? query : { ...query, cursor });
    seen.push(...items.map(({ id }) => id));
    if (next === undefined) return seen;
    cursor = next;
    await between(page);
  }
}

const day = (index: number): string => new Date(Date.UTC(2026, 0, 1 + (index % 5))).toISOString().slice(0, 10);

export function describePaging(open: OpenForTest): void {
  describe('pages by keyset', () => {
    const at = storeForEach(open);
    const numbered = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => `o${String(index).padStart(3, '0')}`);

    async function fill(store: Store): Promise<string[]> {
      const ids = numbered(45);
      await store.commit({
        resources: ids.map((id, index) =>
          put(anObservation(id, index % 7 === 0 ? {} : { effectiveDateTime: day(index) }), { subject: 'p1', labels: ['a/1'] }),
        ),
      });
      return ids;
    }

    test.each(['newest', 'date-desc', 'date-asc'] as const)(
      'a walk by %s gives every resource once, in the order of one page',
      async (order) => {
        const { store } = at();
        const ids = await fill(store);

        const seen = await walk(store, observations({ order, count: 4 }));
        const ofSubject = await walk(store, observations({ order, count: 10, subject: 'p1' }));

        expect([...seen].sort()).toEqual(ids);
        expect(seen).toEqual(await idsOf(store, observations({ order, count: 100 })));
        expect(ofSubject).toEqual(seen);
      },
    );

    test.each(['newest', 'date-desc', 'date-asc'] as const)(
      'by %s, what does not change is seen once while others are written',
      async (order) => {
        const { store } = at();
        const ids = await fill(store);
        const changed = new Set<string>();

        const seen = await walk(store, observations({ order, count: 4 }), async (page) => {
          const moved = ids[(page * 11) % ids.length] ?? '';
          const dropped = ids[(page * 11 + 5) % ids.length] ?? '';
          for (const id of [moved, dropped]) changed.add(id);
          await store.commit({
            resources: [
              put(anObservation(`new${String(page)}`, { effectiveDateTime: day(page) }), { subject: 'p1' }),
              put(anObservation(moved, { ...coded(`moved${String(page)}`), effectiveDateTime: day(page + 2) }), {
                expected: 'any',
              }),
              deletion(dropped),
            ],
          });
        });

        const unchanged = ids.filter((id) => !changed.has(id));
        expect(seen.filter((id) => unchanged.includes(id)).sort()).toEqual(unchanged);
        expect(new Set(seen).size).toBe(seen.length);
      },
    );

    test('a full last page has no next', async () => {
      const { store } = at();
      await fill(store);

      expect(await store.search(observations({ count: 45 }))).not.toHaveProperty('next');
      expect(await store.search(observations({ count: 44 }))).toHaveProperty('next');
    });

    test('a foreign, damaged or empty cursor is invalid, and so is that of another query', async () => {
      const { store } = at();
      await fill(store);
      const query = observations({ count: 4 });
      const next = (await store.search(query)).next ?? '';
      const damaged = `${next.slice(0, -2)}${next.endsWith('AA') ? 'BB' : 'AA'}`;

      for (const cursor of ['', 'x', 'bm90IG91cnM', damaged]) {
        await expect(store.search({ ...query, cursor })).rejects.toMatchObject({ category: 'invalid' });
      }
      for (const other of [{ order: 'date-asc' as const }, { subject: 'p1' }, { criteria: [token('code', '29463-7')] }]) {
        await expect(store.search({ ...query, ...other, cursor: next })).rejects.toMatchObject({ category: 'invalid' });
      }
    });

    test('the next page may have another size', async () => {
      const { store } = at();
      await fill(store);
      const first = await store.search(observations({ count: 4 }));

      const second = await store.search(observations({ count: 41, cursor: first.next ?? '' }));

      expect(second.items).toHaveLength(41);
      expect(second).not.toHaveProperty('next');
    });
  });
}
