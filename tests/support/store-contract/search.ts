import { describe, expect, test } from '@jest/globals';
import { MAX_TOTAL } from '../../../src/store/resource-store.js';
import type { ResourceQuery, SearchPrefix } from '../../../src/store/resource-store.js';
import { aPatient, anObservation, coded, deletion, idsOf, observations, put, token } from './builders.js';
import { storeForEach } from './store-at-test.js';
import type { OpenForTest } from './store-at-test.js';

const DAY = 86_400_000;
const dated = (prefix: SearchPrefix, day: string, param = 'date'): ResourceQuery['criteria'][number] => ({
  param,
  kind: 'date',
  values: [{ kind: 'date', prefix, start: Date.parse(day), end: Date.parse(day) + DAY }],
});
const named = (text: string): ResourceQuery => ({
  resourceTypes: ['Patient'],
  criteria: [{ param: 'name', kind: 'string', values: [{ kind: 'string', text }] }],
  order: 'newest',
  count: 20,
});

export function describeSearch(open: OpenForTest): void {
  describe('search by criteria', () => {
    const at = storeForEach(open);

    test('a token finds its resources, the newest first', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1', coded('a'))), put(anObservation('o2', coded('b')))] });
      await store.commit({ resources: [put(anObservation('o3', coded('a')))] });

      expect(await idsOf(store, observations({ criteria: [token('code', 'a')] }))).toEqual(['o3', 'o1']);
      expect(await idsOf(store, observations({ criteria: [token('code', 'z')] }))).toEqual([]);
    });

    test('values are alternatives, criteria all hold, :not turns round', async () => {
      const { store } = at();
      const subject = { subject: { reference: 'Patient/p1' } };
      await store.commit({
        resources: [
          put(anObservation('o1', { ...coded('a'), ...subject })),
          put(anObservation('o2', { ...coded('b'), ...subject })),
          put(anObservation('o3', coded('a'))),
          put(anObservation('o4', coded('c'))),
        ],
      });
      const either: ResourceQuery['criteria'][number] = {
        param: 'code',
        kind: 'token',
        values: [
          { kind: 'token', code: 'a' },
          { kind: 'token', code: 'b' },
        ],
      };
      const ofP1: ResourceQuery['criteria'][number] = {
        param: 'subject',
        kind: 'reference',
        values: [{ kind: 'reference', resourceType: 'Patient', id: 'p1' }],
      };

      expect(await idsOf(store, observations({ criteria: [either] }))).toEqual(['o3', 'o2', 'o1']);
      expect(await idsOf(store, observations({ criteria: [either, ofP1] }))).toEqual(['o2', 'o1']);
      expect(await idsOf(store, observations({ criteria: [token('code', 'a', 'not')] }))).toEqual(['o4', 'o2']);
      expect(await idsOf(store, observations({ criteria: [token('code', 'a', 'not'), ofP1] }))).toEqual(['o2']);
    });

    test('a string finds by prefix, marks and beyond-the-plane letters included', async () => {
      const { store } = at();
      await store.commit({
        resources: [
          put(aPatient('p1', { name: [{ text: 'Nguyễn Văn An' }] })),
          put(aPatient('p2', { name: [{ text: 'Nguyên' }, { text: 'Bình' }] })),
          put(aPatient('p3', { name: [{ text: '𠀀 Hán Nôm' }] })),
          put(aPatient('p4', { name: [{ text: 'nguy%' }] })),
        ],
      });

      expect(await idsOf(store, named('nguyễn'))).toEqual(['p1']);
      expect(await idsOf(store, named('NGUY'))).toEqual(['p4', 'p2', 'p1']);
      expect(await idsOf(store, named('nguy%'))).toEqual(['p4']);
      expect(await idsOf(store, named('𠀀'))).toEqual(['p3']);
      expect(await idsOf(store, named(''))).toEqual(['p4', 'p3', 'p2', 'p1']);
    });

    test('a date finds by its bounds, whatever the length of the stored range', async () => {
      const { store } = at();
      await store.commit({
        resources: [
          put(anObservation('day', { effectiveDateTime: '2026-01-10' })),
          put(anObservation('week', { effectivePeriod: { start: '2026-01-08', end: '2026-01-14' } })),
          put(anObservation('years', { effectivePeriod: { start: '2001-01-01', end: '2026-01-10' } })),
          put(anObservation('open', { effectivePeriod: { start: '2026-01-11' } })),
          put(anObservation('undated')),
        ],
      });
      const find = async (prefix: SearchPrefix, day: string): Promise<string[]> =>
        (await idsOf(store, observations({ criteria: [dated(prefix, day)] }))).sort();

      expect(await find('eq', '2026-01-10')).toEqual(['day']);
      expect(await find('ge', '2026-01-10')).toEqual(['day', 'open', 'week', 'years']);
      expect(await find('ge', '2026-01-12')).toEqual(['open', 'week']);
      expect(await find('ge', '2126-01-12')).toEqual(['open']);
      expect(await find('lt', '2026-01-10')).toEqual(['week', 'years']);
      expect(await find('lt', '2026-01-09')).toEqual(['week', 'years']);
      expect(await find('lt', '1990-01-01')).toEqual([]);
    });

    test('an id list finds by id, and only in the types asked for', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('x1')), put(aPatient('x1')), put(anObservation('x2'))] });

      const page = await store.search(observations({ criteria: [token('_id', 'x1')] }));

      expect(page.items.map(({ resourceType, id }) => `${resourceType}/${id}`)).toEqual(['Observation/x1']);
    });

    test('one query goes over several types', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1')), put(aPatient('p1'))] });
      await store.commit({ resources: [put(anObservation('o2'))] });

      expect(await idsOf(store, observations({ resourceTypes: ['Observation', 'Patient'] }))).toEqual(['o2', 'p1', 'o1']);
      expect(await idsOf(store, observations({ resourceTypes: [] }))).toEqual([]);
    });

    test('terms follow the content: the old value no longer finds, a deleted resource never', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1', coded('a')), { subject: 'p1' })] });
      await store.commit({ resources: [put(anObservation('o1', coded('b')), { expected: 'any', subject: 'p1' })] });

      expect(await idsOf(store, observations({ criteria: [token('code', 'a')] }))).toEqual([]);
      expect(await idsOf(store, observations({ criteria: [token('code', 'b')], subject: 'p1' }))).toEqual(['o1']);

      await store.commit({ resources: [deletion('o1', { subject: 'p1', labels: ['a/1'] })] });

      expect(await idsOf(store, observations({ criteria: [token('code', 'b')] }))).toEqual([]);
      expect(await idsOf(store, observations({ subject: 'p1' }))).toEqual([]);
      expect(await idsOf(store, observations({ anyLabel: ['a/1'] }))).toEqual([]);
    });

    test('orders by clinical date, the undated last in both directions', async () => {
      const { store } = at();
      await store.commit({
        resources: [
          put(anObservation('n1'), { subject: 'p1' }),
          put(anObservation('d2', { effectiveDateTime: '2026-01-02' }), { subject: 'p1' }),
          put(anObservation('d1', { effectiveDateTime: '1950-01-01' }), { subject: 'p1' }),
          put(anObservation('d3', { effectiveDateTime: '2026-01-03' }), { subject: 'p1' }),
          put(anObservation('n2'), { subject: 'p1' }),
        ],
      });

      for (const subject of [{}, { subject: 'p1' }]) {
        expect(await idsOf(store, observations({ order: 'date-desc', ...subject }))).toEqual(['d3', 'd2', 'd1', 'n2', 'n1']);
        expect(await idsOf(store, observations({ order: 'date-asc', ...subject }))).toEqual(['d1', 'd2', 'd3', 'n1', 'n2']);
      }
    });

    test('an update moves a resource to the front of the newest', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1')), put(anObservation('o2'))] });
      await store.commit({ resources: [put(anObservation('o1', coded('b')), { expected: 'any' })] });

      expect(await idsOf(store, observations())).toEqual(['o1', 'o2']);
    });

    test('origin parts facts from contributions', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('f')), put(anObservation('c'), { origin: 'contribution' })] });

      expect(await idsOf(store, observations({ origin: 'contribution' }))).toEqual(['c']);
      expect(await idsOf(store, observations({ origin: 'fact' }))).toEqual(['f']);
    });

    test('a search over every type needs a subject or a label', async () => {
      const { store } = at();

      await expect(store.search({ criteria: [], order: 'newest', count: 5 })).rejects.toMatchObject({ category: 'invalid' });
    });
  });

  describe('the size of a page', () => {
    const at = storeForEach(open);

    test.each([-1, 0.5, Number.NaN, Infinity])('%p is invalid', async (count) => {
      const { store } = at();

      await expect(store.search(observations({ count }))).rejects.toMatchObject({ category: 'invalid' });
    });
  });

  describe('subject and labels of a search', () => {
    const at = storeForEach(open);

    test('a subject finds what is in the compartment, of one type or of all', async () => {
      const { store } = at();
      await store.commit({
        resources: [
          put(aPatient('p1'), { subject: 'p1' }),
          put(anObservation('o1'), { subject: 'p1' }),
          put(anObservation('o2'), { subject: 'p2' }),
        ],
      });

      expect(await idsOf(store, observations({ subject: 'p1' }))).toEqual(['o1']);
      expect(await idsOf(store, { subject: 'p1', criteria: [], order: 'newest', count: 9 })).toEqual(['o1', 'p1']);
    });

    test('a change of subject or labels alone moves the resource between searches', async () => {
      const { store } = at();
      await store.commit({ resources: [put(anObservation('o1', coded('a')), { subject: 'p1', labels: ['a/1', 'a/2'] })] });
      await store.commit({
        resources: [put(anObservation('o1', coded('a')), { expected: 'any', subject: 'p2', labels: ['a/2', 'a/3'] })],
      });
      const criteria = [token('code', 'a')];

      expect(await idsOf(store, observations({ subject: 'p1', criteria }))).toEqual([]);
      expect(await idsOf(store, observations({ subject: 'p2', criteria }))).toEqual(['o1']);
      expect(await idsOf(store, observations({ anyLabel: ['a/1'] }))).toEqual([]);
      expect(await idsOf(store, observations({ anyLabel: ['a/2'] }))).toEqual(['o1']);
      expect(await idsOf(store, observations({ anyLabel: ['a/3'] }))).toEqual(['o1']);
    });

    test('anyLabel and alsoAnyLabel both hold; an empty list finds nothing', async () => {
      const { store } = at();
      await store.commit({
        resources: [
          put(anObservation('o1'), { labels: ['sender/1', 'visit/1'] }),
          put(anObservation('o2'), { labels: ['sender/1', 'visit/2'] }),
          put(anObservation('o3'), { labels: ['sender/2', 'visit/1'] }),
        ],
      });

      expect(await idsOf(store, observations({ anyLabel: ['sender/1', 'sender/9'] }))).toEqual(['o2', 'o1']);
      expect(await idsOf(store, observations({ anyLabel: ['sender/1'], alsoAnyLabel: ['visit/1'] }))).toEqual(['o1']);
      expect(await idsOf(store, observations({ anyLabel: [] }))).toEqual([]);
      expect(await idsOf(store, observations({ alsoAnyLabel: [] }))).toEqual([]);
      expect(await idsOf(store, { anyLabel: ['sender/2'], criteria: [], order: 'newest', count: 9 })).toEqual(['o3']);
    });

    test('noLabel denies a label, and a kind when it ends with a slash', async () => {
      const { store } = at();
      await store.commit({
        resources: [
          put(anObservation('o1'), { labels: ['restricted/hiv', 'sender/1'] }),
          put(anObservation('o2'), { labels: ['sender/1', 'restricted/psychiatry'] }),
          put(anObservation('o3'), { labels: ['unrestricted/hiv', 'a,"restricted/hiv"'] }),
          put(anObservation('o4')),
        ],
      });

      expect(await idsOf(store, observations({ noLabel: ['restricted/hiv'] }))).toEqual(['o4', 'o3', 'o2']);
      expect(await idsOf(store, observations({ noLabel: ['restricted/'] }))).toEqual(['o4', 'o3']);
      expect(await idsOf(store, observations({ noLabel: ['restricted/h'] }))).toEqual(['o4', 'o3', 'o2', 'o1']);
      expect(await idsOf(store, observations({ noLabel: [] }))).toHaveLength(4);
    });

    test('the total counts what is in reach, up to its bound', async () => {
      const { store } = at();
      await store.commit({
        resources: Array.from({ length: 7 }, (_, index) =>
          put(anObservation(`o${String(index)}`), { labels: [`a/${String(index % 2)}`] }),
        ),
      });

      expect(await store.search(observations({ anyLabel: ['a/0'], count: 2, total: true }))).toMatchObject({ total: 4 });
      expect(await store.search(observations({ noLabel: ['a/0'], count: 0, total: true }))).toMatchObject({
        total: 3,
        items: [],
      });
      expect(await store.search(observations())).not.toHaveProperty('total');
    });

    test('a page is exact among ten thousand foreign hits, and the total stops at its bound', async () => {
      const { store } = at();
      const labels = ['sender/foreign'];
      for (let from = 0; from < MAX_TOTAL; from += 1_000) {
        const resources = Array.from({ length: 1_000 }, (_, index) => put(anObservation(`f${String(from + index)}`), { labels }));
        await store.commit({ resources });
        const own = String(from / 1_000).padStart(2, '0');
        await store.commit({
          resources: ['a', 'b', 'c'].map((part) => put(anObservation(`own${own}${part}`), { labels: ['sender/own'] })),
        });
      }
      const criteria = [token('code', '29463-7')];

      const first = await store.search(observations({ criteria, anyLabel: ['sender/own'], total: true }));
      const second = await store.search(observations({ criteria, anyLabel: ['sender/own'], cursor: first.next ?? '' }));
      const denied = await store.search(observations({ criteria, noLabel: ['sender/foreign'] }));
      const everything = await store.search(observations({ criteria, total: true }));
      const foreign = await store.search(observations({ criteria, noLabel: ['sender/own'], total: true }));

      expect(first.items).toHaveLength(20);
      expect(first.items.every(({ labels: [label] }) => label === 'sender/own')).toBe(true);
      expect(first.total).toBe(30);
      expect(second.items).toHaveLength(10);
      expect(second).not.toHaveProperty('next');
      expect(denied.items).toEqual(first.items);
      expect(everything).not.toHaveProperty('total');
      expect(foreign.total).toBe(MAX_TOTAL);
    });
  });
}
