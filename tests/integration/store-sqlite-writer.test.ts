import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/store/sqlite/driver.js';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import type { SqliteStoreOptions } from '../../src/store/sqlite/sqlite-store.js';
import { startSqliteWriter } from '../../src/store/sqlite/writer.js';
import type { Store } from '../../src/store/store.js';
import { MAX_TERMS } from '../../src/store/unit-checks.js';
import { storeCodec } from '../support/store-codec.js';
import { aPatient, anObservation, coded, idsOf, observations, put, token } from '../support/store-contract/builders.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const termKey = randomBytes(32);
const unavailable = { category: 'unavailable' };
const open = async (path: string, more: Partial<SqliteStoreOptions> = {}): Promise<Store> =>
  openSqliteStore({ path, codec: storeCodec, termKey, now: Date.now, ...more });

describe('the writer of a process', () => {
  test('serves several stores, each of which reads what the others committed', async () => {
    const path = join(folder, 'shared.db');
    const writer = await startSqliteWriter({ path });
    const [first, second] = await Promise.all([open(path, { writer }), open(path, { writer: writer.port() })]);

    await first.commit({ resources: [put(anObservation('o1'))] });
    await second.commit({ resources: [put(anObservation('o2'))] });

    expect(await idsOf(first, observations())).toEqual(['o2', 'o1']);
    expect(await idsOf(second, observations())).toEqual(['o2', 'o1']);
    await first.close();
    await expect(second.commit({ bumps: ['a'] })).resolves.toMatchObject({ commit: 3 });
    await second.close();
    await writer.close();
  });

  test('serves another thread over a port that was sent there', async () => {
    const path = join(folder, 'threads.db');
    const writer = await startSqliteWriter({ path });
    const port = writer.port();
    const urls = [
      new URL('../../src/store/sqlite/sqlite-store.js', import.meta.url),
      new URL('../support/store-codec.js', import.meta.url),
    ].map((url) => JSON.stringify(url.href));
    const worker = new Worker(
      `const { workerData, parentPort } = require('node:worker_threads');
       Promise.all([import(${urls[0] ?? ''}), import(${urls[1] ?? ''})]).then(async ([{ openSqliteStore }, { storeCodec }]) => {
         const { port, path, termKey } = workerData;
         const store = await openSqliteStore({ path, codec: storeCodec, termKey, now: Date.now, writer: port });
         await store.commit({ records: [{ collection: 'c', id: 'r', expected: 'absent', value: 'from the other thread' }] });
         await store.close();
       });`,
      { eval: true, workerData: { port, path, termKey }, transferList: [port] },
    );
    await once(worker, 'exit');

    const store = await open(path, { writer });

    expect(await store.record('c', 'r')).toMatchObject({ value: 'from the other thread' });
    await store.close();
    await writer.close();
  });

  test('commits what waits before it closes', async () => {
    const path = join(folder, 'closing.db');
    const store = await open(path);

    const commits = Array.from({ length: 150 }, (_, index) => store.commit({ bumps: [String(index)] }));
    await store.close();

    expect((await Promise.allSettled(commits)).every(({ status }) => status === 'fulfilled')).toBe(true);
    const again = await open(path);
    expect(await again.guardVersions(['0', '149'])).toEqual([1, 1]);
    await again.close();
  });

  test('closed by its owner, it acknowledges exactly what it committed', async () => {
    const path = join(folder, 'owner.db');
    const writer = await startSqliteWriter({ path });
    const store = await open(path, { writer });

    const commits = Array.from({ length: 150 }, (_, index) => store.commit({ bumps: [String(index)] }));
    const settled = Promise.allSettled(commits);
    await writer.close();

    const results = await settled;
    const counted = (await store.guardVersions(results.map((_, index) => String(index)))).map((version) => version === 1);
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual(counted);
    await store.close();
  });

  test('its end rejects what waits and what comes later as unavailable; reads go on', async () => {
    const path = join(folder, 'ended.db');
    const writer = await startSqliteWriter({ path });
    const store = await open(path, { writer });
    await store.commit({ resources: [put(anObservation('o1'))] });

    const waiting = Array.from({ length: 20 }, (_, index) =>
      store.commit({ resources: [put(anObservation(`w${String(index)}`))] }),
    );
    const settled = Promise.allSettled(waiting);
    await writer.terminate();

    const results = await settled;
    const rejected = results.filter((result) => result.status === 'rejected');
    for (const { reason } of rejected) expect(reason).toMatchObject(unavailable);
    await expect(store.commit({})).rejects.toMatchObject(unavailable);
    await expect(store.ping()).rejects.toMatchObject(unavailable);
    expect(await store.resource({ resourceType: 'Observation', id: 'o1' })).toBeDefined();
    await store.close();
    const again = await open(path);
    const ids = await idsOf(again, observations({ count: 100 }));
    for (const [index, { status }] of results.entries()) if (status === 'fulfilled') expect(ids).toContain(`w${String(index)}`);
    await again.close();
  });

  test('a full disk rejects as unavailable, keeps what was acknowledged, and writing goes on when there is room', async () => {
    const path = join(folder, 'full.db');
    const writer = await startSqliteWriter({ path, maxPages: 400 });
    const store = await open(path, { writer });
    await store.commit({ blobs: [{ id: 'kept', bytes: new Uint8Array(1_000_000) }] });

    const results = await Promise.allSettled([
      store.commit({ bumps: ['neighbour'] }),
      store.commit({ blobs: [{ id: 'too-much', bytes: new Uint8Array(1_000_000) }] }),
    ]);

    expect(results[1]).toMatchObject({ status: 'rejected', reason: unavailable });
    expect(await store.blob('too-much')).toBeUndefined();
    expect(await store.blob('kept')).toHaveLength(1_000_000);
    expect((await store.guardVersions(['neighbour']))[0]).toBe(results[0].status === 'fulfilled' ? 1 : 0);
    await store.commit({ deleteBlobs: ['kept'] });
    await store.commit({ blobs: [{ id: 'fits', bytes: new Uint8Array(500_000) }] });
    expect(await store.blob('fits')).toHaveLength(500_000);
    await store.close();
    await writer.close();
  });

  test('a file that is no database is refused', async () => {
    const path = join(folder, 'text.db');
    writeFileSync(path, 'this is not a database, but long enough to look like one'.repeat(100));

    await expect(open(path)).rejects.toMatchObject(unavailable);
  });
});

describe('a store file', () => {
  test('is refused with another term key, for writing and for reading', async () => {
    const path = join(folder, 'key.db');
    await (await open(path)).close();

    await expect(open(path, { termKey: randomBytes(32) })).rejects.toMatchObject(unavailable);
    await expect(open(path, { termKey: randomBytes(32), readOnly: true })).rejects.toMatchObject(unavailable);
    await (await open(path)).close();
  });

  test('is refused when its tables are of another version', async () => {
    const path = join(folder, 'version.db');
    await (await open(path)).close();
    const database = openDatabase({ path, readOnly: false, busyTimeoutMs: 1_000 });
    database.exec(`UPDATE meta SET value = '999' WHERE name = 'schemaVersion'`);
    database.close();

    await expect(open(path)).rejects.toMatchObject(unavailable);
    await expect(open(path, { readOnly: true })).rejects.toMatchObject(unavailable);
  });

  test('opened for reading answers and refuses to write; a missing file is refused', async () => {
    const path = join(folder, 'read.db');
    const store = await open(path);
    await store.commit({ resources: [put(anObservation('o1'))] });

    const reader = await open(path, { readOnly: true });

    expect(await idsOf(reader, observations())).toEqual(['o1']);
    await expect(reader.commit({})).rejects.toMatchObject(unavailable);
    await expect(open(join(folder, 'missing.db'), { readOnly: true })).rejects.toMatchObject(unavailable);
    expect(existsSync(join(folder, 'missing.db'))).toBe(false);
    await Promise.all([store.close(), reader.close()]);
  });

  test('keeps no term, label key, claim, guard or record key as plain text', async () => {
    const path = join(folder, 'plain.db');
    const number = '079184005217';
    const blind = { ...storeCodec, serialize: () => '{"resourceType":"Patient","id":"p1","meta":{}}' };
    const store = await open(path, { codec: blind });
    await store.commit({
      resources: [put(aPatient('p1', { identifier: [{ value: number }] }))],
      records: [
        { collection: 'c', id: 'r', expected: 'absent', value: 1, keys: [{ index: 'number', value: number, sort: '1' }] },
      ],
      claims: [{ key: number, owner: 'o' }],
      bumps: [number],
      ledger: [{ scope: number, key: 'k', id: 'i' }],
    });
    const page = { resourceTypes: ['Patient'], criteria: [token('identifier', number)], order: 'newest', count: 5 } as const;
    await store.search(page);
    await store.close();

    const bytes = Buffer.concat([path, `${path}-wal`].filter(existsSync).map((name) => readFileSync(name)));

    expect(bytes.length).toBeGreaterThan(10_000);
    expect(bytes.includes(number)).toBe(false);
    expect(bytes.includes(Buffer.from(number, 'utf16le'))).toBe(false);
    expect(bytes.includes('"resourceType":"Patient"')).toBe(true);
  });

  test('keeps nothing of a destroyed blob', async () => {
    const path = join(folder, 'destroyed.db');
    const key = randomBytes(48);
    const store = await open(path);
    await store.commit({ blobs: [{ id: 'key', bytes: key }] });
    await store.commit({ deleteBlobs: ['key'] });
    await store.close();

    const bytes = Buffer.concat([path, `${path}-wal`].filter(existsSync).map((name) => readFileSync(name)));

    expect(bytes.includes(key)).toBe(false);
  });

  test('holds a resource with the greatest number of terms and refuses one more', async () => {
    const many = (count: number): SqliteStoreOptions['codec'] => ({
      ...storeCodec,
      terms: () => ({
        equal: Array.from({ length: count }, (_, index) => `Observation|code|${String(index)}`),
        strings: [],
        ranges: [],
      }),
    });
    const path = join(folder, 'terms.db');
    const [full, over] = [await open(path, { codec: many(MAX_TERMS) }), await open(path, { codec: many(MAX_TERMS + 1) })];

    await full.commit({ resources: [put(anObservation('o1'))] });

    await expect(over.commit({ resources: [put(anObservation('o2'))] })).rejects.toMatchObject({ category: 'too-large' });
    await Promise.all([full.close(), over.close()]);
  });

  test('finds only what matches when two terms share a hash', async () => {
    const path = join(folder, 'collision.db');
    const colliding = {
      ...storeCodec,
      terms: (resource: Parameters<typeof storeCodec.terms>[0]) => ({
        ...storeCodec.terms(resource),
        equal: ['Observation|code|a'],
      }),
    };
    const store = await open(path, { codec: colliding });
    await store.commit({
      resources: Array.from({ length: 50 }, (_, index) =>
        put(anObservation(`o${String(index).padStart(2, '0')}`, coded(index % 10 === 0 ? 'a' : 'b'))),
      ),
    });
    const query = observations({ criteria: [token('code', 'a')], count: 3 });

    const first = await store.search(query);
    const second = await store.search({ ...query, cursor: first.next ?? '' });

    expect(first.items.map(({ id }) => id)).toEqual(['o40', 'o30', 'o20']);
    expect(second.items.map(({ id }) => id)).toEqual(['o10', 'o00']);
    expect(second).not.toHaveProperty('next');
    await store.close();
  });
});

describe('the driver port', () => {
  test.each([[undefined], [new Date()], [true], [{}], [Number.NaN]])('refuses the parameter %p', (parameter) => {
    const database = openDatabase({ path: join(folder, 'driver.db'), readOnly: false, busyTimeoutMs: 1_000 });

    expect(() => database.prepare('SELECT ?').get(parameter as never)).toThrow(TypeError);
    database.close();
  });

  test('refuses text that would be cut, and keeps the rest as it is', () => {
    const database = openDatabase({ path: join(folder, 'driver.db'), readOnly: false, busyTimeoutMs: 1_000 });
    const echo = database.prepare('SELECT ? AS value');

    expect(() => echo.get('a\0b')).toThrow(expect.objectContaining({ category: 'invalid' }));
    for (const value of ['ễ 𠀀', '', null, 0.5, -1, Uint8Array.of(0, 1)]) expect(echo.get(value)?.['value']).toEqual(value);
    database.close();
  });
});
