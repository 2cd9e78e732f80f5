import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeResourceCodec } from '../../src/fhir/search/codec.js';
import type { OutboxRow, Store } from '../../src/store/store.js';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { checkupFile, PERSON, sheetFile, visitFile } from '../support/one-person.js';
import { sampleFile } from '../support/bhyt-samples.js';
import { startRecordRoom, type TestRecord } from '../support/record-room.js';

const folder = mkdtempSync(join(tmpdir(), 'phr-closing-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const everything = { noLabel: [] };
const SOURCES = [
  ['bhyt-xml', visitFile(), '56901'],
  ['health-checkup', checkupFile(), '56902'],
  ['sheet/blood-pressure-glucose', sheetFile(), '56903'],
  ['bhyt-xml', sampleFile('delivery'), '56902'],
] as const;

/** All orders of `items`. */
function orders<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    orders([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}

/** A seeded choice among open rows. */
function picker(seed: number): (rows: readonly OutboxRow[]) => OutboxRow {
  let state = seed + 1;
  return (rows) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return rows[state % rows.length] as OutboxRow;
  };
}

async function installation(store?: Store, order: readonly (typeof SOURCES)[number][] = SOURCES, seed = 0): Promise<TestRecord> {
  const room = startRecordRoom(store === undefined ? {} : { store });
  for (const [door, bytes, facility] of order) await room.send(door, bytes, facility);
  await room.drain(picker(seed));
  return room;
}

// Closing test 1 of issue Slice; merging.md I2, I3
describe('one person, one record, from three sources', () => {
  test('in every order of arrival and many orders of processing the content hash is the same', async () => {
    const expected = await (await installation()).recordHash();

    const hashes = new Set<string>();
    for (const [seed, order] of orders(SOURCES).entries())
      hashes.add(await (await installation(undefined, order, seed)).recordHash());

    expect([...hashes]).toEqual([expected]);
  }, 120_000);

  test('a second installation, on SQLite, has the same hash as the first, in memory', async () => {
    const store = await openSqliteStore({
      path: join(folder, 'second.sqlite'),
      codec: makeResourceCodec(),
      termKey: new Uint8Array(32),
      now: Date.now,
    });

    const second = await installation(store, [...SOURCES].reverse(), 7);

    expect(await second.recordHash()).toBe(await (await installation()).recordHash());
    await store.close();
  });

  test('visit, check-up and sheet of one person are three events of one person', async () => {
    const room = await installation();

    const found = await room.reader.findByNumber(PERSON.nationalId, everything);

    expect(found).toHaveLength(1);
    const history = await room.reader.history(found[0]?.personId ?? '', everything, { count: 10 });
    expect(history?.events.map(({ kind }) => kind)).toEqual(['screening', 'check-up', 'visit']);
    expect((await room.reader.findByNumber(PERSON.card, everything)).map(({ personId }) => personId)).toEqual([
      found[0]?.personId,
    ]);
    expect((await room.reader.findByName({ name: 'thu nghiem', birthYear: 1958, count: 5 }, everything)).items).toHaveLength(1);
  });

  test('every value shown leads to its row: field, value as sent, file, sender', async () => {
    const room = await installation();
    const [person] = await room.reader.findByNumber(PERSON.nationalId, everything);
    const history = await room.reader.history(person?.personId ?? '', everything, { count: 10 });
    const resources = (history?.events ?? []).flatMap((event) => event.resources);
    expect(resources.length).toBeGreaterThan(30);

    for (const resource of resources) {
      const trace = await room.reader.trace(person?.personId ?? '', `${resource.resourceType}/${resource.id ?? ''}`, everything);
      const [member] = trace?.members ?? [];
      expect(member?.fields.length).toBeGreaterThan(0);
      expect(member?.file.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(member?.sender).toMatch(/^5690[123]$/);
      for (const field of member?.fields ?? []) expect(field.sent).not.toBe('');
    }
  });
});
