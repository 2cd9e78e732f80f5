import { describe, expect, test } from '@jest/globals';
import type { Session } from '../../../src/access/sessions.js';
import { openMemoryStore } from '../../../src/store/memory/memory-store.js';
import { makeSessionShelf, SESSION_SHELF, SHELF_MS, SHELF_SWEEP_MAX } from '../../../src/web/http/session-shelf.js';
import { storeCodec } from '../../support/store-codec.js';

const session = (formToken: string): Session => ({
  account: { id: 'a', username: 'u', role: 'station', display: 'd', demonstration: true },
  formToken,
});

function start() {
  const clock = { ms: Date.parse('2026-11-25T08:00:00Z') };
  const store = openMemoryStore({ codec: storeCodec, now: () => clock.ms });
  const shelf = makeSessionShelf({ store, now: () => new Date(clock.ms) });
  const put = async (...args: Parameters<typeof shelf.put>) => store.commit({ records: await shelf.put(...args) });
  return { clock, store, shelf, put };
}

describe('the shelf of a session', () => {
  test('gives back what the same session put under the same key, until its time', async () => {
    const { shelf, put, clock } = start();
    await put(session('one'), 'search/1', { number: '056158000117' });

    expect((await shelf.get(session('one'), 'search/1'))?.value).toEqual({ number: '056158000117' });
    expect(await shelf.get(session('two'), 'search/1')).toBeUndefined();
    expect(await shelf.get(session('one'), 'search/2')).toBeUndefined();
    clock.ms += SHELF_MS - 1;
    expect(await shelf.get(session('one'), 'search/1')).toBeDefined();
    clock.ms += 1;
    expect(await shelf.get(session('one'), 'search/1')).toBeUndefined();
  });

  test('ends earlier when told so, never later', async () => {
    const { shelf, put, clock } = start();
    await put(session('one'), 'early', 1, clock.ms + 10);
    await put(session('one'), 'late', 1, clock.ms + 2 * SHELF_MS);

    clock.ms += 10;
    expect(await shelf.get(session('one'), 'early')).toBeUndefined();
    clock.ms += SHELF_MS - 10;
    expect(await shelf.get(session('one'), 'late')).toBeUndefined();
  });

  test('says nothing to who reads the store', async () => {
    const { put, store } = start();
    await put(session('one'), 'search/1', { number: '056158000117' });

    const stored = JSON.stringify(await store.scanRecords(SESSION_SHELF, undefined, 10));

    expect(stored).not.toContain('056158000117');
    expect(stored).not.toContain('search/1');
  });

  test('loses what expired with the next write, a bounded number at a time', async () => {
    const { put, store, clock } = start();
    for (let index = 0; index <= SHELF_SWEEP_MAX; index += 1) await put(session('one'), `search/${index}`, index);
    clock.ms += SHELF_MS;

    await put(session('one'), 'new', 1);

    expect(await store.scanRecords(SESSION_SHELF, undefined, 100)).toHaveLength(2);
  });
});
