import { describe, expect, test } from '@jest/globals';
import { conflict } from './builders.js';
import { storeForEach } from './store-at-test.js';
import type { OpenForTest } from './store-at-test.js';

const job = (id: string, kind = 'parse'): { id: string; kind: string; payload: Record<string, string> } => ({
  id,
  kind,
  payload: { of: id },
});

export function describeOutbox(open: OpenForTest): void {
  describe('outbox', () => {
    const at = storeForEach(open);
    const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);

    test('an opened row stands with its commit and instant, untried', async () => {
      const { store } = at();

      const { commit, at: openedAt } = await store.commit({ opens: [job('j1')] });

      expect(await store.outboxRow('j1')).toEqual({ ...job('j1'), openedCommit: commit, openedAt, attempts: 0 });
      expect(await store.outboxRow('j2')).toBeUndefined();
    });

    test('open rows come in the order of opening, by kind when asked, bounded', async () => {
      const { store } = at();
      await store.commit({ opens: [job('z'), job('b', 'link')] });
      await store.commit({ opens: [job('a'), job('c', 'rebuild')] });

      expect(ids(await store.openOutbox({ limit: 9 }))).toEqual(['z', 'b', 'a', 'c']);
      expect(ids(await store.openOutbox({ limit: 3 }))).toEqual(['z', 'b', 'a']);
      expect(ids(await store.openOutbox({ kinds: ['rebuild', 'parse'], limit: 9 }))).toEqual(['z', 'a', 'c']);
      expect(ids(await store.openOutbox({ kinds: ['rebuild', 'parse'], limit: 2 }))).toEqual(['z', 'a']);
      expect(await store.openOutbox({ kinds: [], limit: 9 })).toEqual([]);
    });

    test('a row is closed once', async () => {
      const { store } = at();
      await store.commit({ opens: [job('j1')] });

      await store.commit({ closes: ['j1'] });

      expect(await store.outboxRow('j1')).toBeUndefined();
      expect(await store.openOutbox({ limit: 9 })).toEqual([]);
      await expect(store.commit({ closes: ['j1'] })).rejects.toMatchObject(conflict);
    });

    test('a unit closes one row and opens the next', async () => {
      const { store } = at();
      await store.commit({ opens: [job('j1')] });

      await store.commit({ closes: ['j1'], opens: [job('j2', 'link')] });

      expect(ids(await store.openOutbox({ limit: 9 }))).toEqual(['j2']);
    });

    test('a unit that closes a row may open it anew, behind the others', async () => {
      const { store } = at();
      await store.commit({ opens: [job('j1'), job('j2')] });
      await store.commit({ notes: [{ id: 'j1', attempts: 3 }] });

      await store.commit({ closes: ['j1'], opens: [job('j1')] });

      expect(ids(await store.openOutbox({ limit: 9 }))).toEqual(['j2', 'j1']);
      expect(await store.outboxRow('j1')).toMatchObject({ attempts: 0 });
    });

    test('a failed attempt leaves its count and its time; the row comes back when due', async () => {
      const { store, setClock } = at();
      await store.commit({ opens: [job('j1')] });

      await store.commit({ notes: [{ id: 'j1', attempts: 1, notBefore: '2026-03-01T00:00:10.000Z' }] });

      expect(await store.outboxRow('j1')).toMatchObject({ attempts: 1, notBefore: '2026-03-01T00:00:10.000Z' });
      expect(await store.openOutbox({ limit: 9 })).toEqual([]);
      expect(await store.openOutbox({ dueAt: '2026-03-01T00:00:09.999Z', limit: 9 })).toEqual([]);
      expect(await store.openOutbox({ dueAt: '2026-03-01T00:00:10.000Z', kinds: ['parse'], limit: 9 })).toHaveLength(1);
      setClock('2026-03-01T00:00:11.000Z');
      expect(await store.openOutbox({ limit: 9 })).toHaveLength(1);
    });

    test('a dead row leaves the open list, and comes back when requeued', async () => {
      const { store } = at();
      await store.commit({ opens: [job('j1'), job('j2')] });
      await store.commit({ notes: [{ id: 'j1', attempts: 5, notBefore: '2026-04-01T00:00:00.000Z', dead: 'invalid' }] });

      expect(ids(await store.openOutbox({ dueAt: '2027-01-01T00:00:00.000Z', limit: 9 }))).toEqual(['j2']);
      expect(await store.deadOutbox(9)).toMatchObject([{ id: 'j1', attempts: 5, dead: 'invalid' }]);

      await store.commit({ notes: [{ id: 'j1', attempts: 0 }] });

      expect(ids(await store.openOutbox({ limit: 9 }))).toEqual(['j1', 'j2']);
      expect(await store.outboxRow('j1')).not.toHaveProperty('dead');
      expect(await store.outboxRow('j1')).not.toHaveProperty('notBefore');
      expect(await store.deadOutbox(9)).toEqual([]);
    });

    test('a dead row can be closed; a note on a closed row changes nothing', async () => {
      const { store } = at();
      await store.commit({ opens: [job('j1')] });
      await store.commit({ notes: [{ id: 'j1', attempts: 5, dead: 'invalid' }] });

      await store.commit({ closes: ['j1'] });
      await store.commit({ notes: [{ id: 'j1', attempts: 6 }] });

      expect(await store.outboxRow('j1')).toBeUndefined();
    });

    test('the depth counts by kind, dead ones apart, with the oldest opening', async () => {
      const { store, setClock } = at();
      const first = await store.commit({ opens: [job('j1'), job('j2')] });
      setClock('2026-03-01T00:01:00.000Z');
      const second = await store.commit({ opens: [job('j3'), job('j4', 'link')] });
      await store.commit({
        notes: [
          { id: 'j1', attempts: 1, dead: 'invalid' },
          { id: 'j4', attempts: 1, dead: 'invalid' },
        ],
      });

      expect(await store.outboxDepth()).toEqual([
        { kind: 'link', open: 0, dead: 1 },
        { kind: 'parse', open: 2, dead: 1, oldest: first.at },
      ]);
      await store.commit({ closes: ['j2'] });
      expect((await store.outboxDepth())[1]).toEqual({ kind: 'parse', open: 1, dead: 1, oldest: second.at });
    });

    test('of racing workers exactly one closes a row', async () => {
      const { store } = at();
      await store.commit({ opens: [job('j1')] });

      const results = await Promise.allSettled(Array.from({ length: 10 }, () => store.commit({ closes: ['j1'] })));

      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });
}
