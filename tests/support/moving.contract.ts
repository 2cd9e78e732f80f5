import { describe, expect, test } from '@jest/globals';
import { isPhrError } from '../../src/errors.js';
import { moveStore } from '../../src/store/move-store.js';
import { SECTIONS } from '../../src/store/moving.js';
import type { MovedRows, StoreDump, StoreLoader } from '../../src/store/moving.js';
import type { Store } from '../../src/store/store.js';
import { aLine, anObservation, aPatient, coded, deletion, observations, put } from './store-contract/builders.js';

/** An engine as a move meets it; all of them with one key. */
export interface MovingEngine {
  readonly name: string;
  /** A fresh empty place. */
  fresh(): Promise<MovingPlace>;
}

export interface MovingPlace {
  store(): Promise<Store>;
  dump(): Promise<StoreDump>;
  loader(): Promise<StoreLoader>;
}

const LARGE = 5 * 1024 * 1024;

/** Something of everything that the port keeps. */
export async function fill(store: Store): Promise<void> {
  await store.commit({
    resources: [
      put(anObservation('o1', { ...coded('a'), effectiveDateTime: '2026-01-02' }), {
        subject: 'p1',
        labels: ['visit/1', 'l/2'],
        memo: '{}',
      }),
      put(aPatient('p1', { name: [{ text: 'Đỗ Thị Ánh' }], birthDate: '1984-05-02' }), { origin: 'contribution', subject: 'p1' }),
    ],
    records: [
      {
        collection: 'a',
        id: '1',
        expected: 'absent',
        value: { x: [1, null, 'ế'] },
        keys: [{ index: 'i', value: 'v', sort: '2' }],
      },
      { collection: 'a', id: '2', expected: 'absent', value: 1, keys: [{ index: 'i', value: 'v', sort: '1' }], schemaVersion: 3 },
      { collection: 'a-b', id: '1', expected: 'absent', value: 'text' },
    ],
    bumps: ['g1', 'g2'],
    claims: [{ key: 'c1', owner: 'o1' }],
    opens: [
      { id: 'z', kind: 'k', payload: { a: '1' } },
      { id: 'y', kind: 'k', payload: {} },
      { id: 'x', kind: 'other', payload: {} },
    ],
    access: [aLine('line-1', { patients: ['p1'], what: ['Observation/o1'] }), aLine('line-2')],
    ledger: [
      { scope: 's', key: 'k1', id: 'i1' },
      { scope: 's', key: 'k2', id: 'i2' },
      { scope: 't', key: 'k1', id: 'i3' },
    ],
    blobs: [
      { id: 'small', bytes: Uint8Array.of(0, 1, 255) },
      { id: 'large', bytes: new Uint8Array(LARGE).fill(7) },
      { id: 'empty', bytes: new Uint8Array() },
    ],
    holds: { hold: ['h/1'] },
  });
  await store.commit({ resources: [put(anObservation('o1', coded('b')), { expected: 'any', labels: ['l/3'] })], bumps: ['g1'] });
  await store.commit({ resources: [put(anObservation('o2', coded('b'))), put(anObservation('o3'))] });
  await store.commit({ resources: [deletion('o3')], records: [{ collection: 'a', id: '1', expected: 1, value: { x: 2 } }] });
  await store.commit({
    notes: [
      { id: 'z', attempts: 5, dead: 'unexpected' },
      { id: 'y', attempts: 1, notBefore: '2026-03-02T00:00:00.000Z' },
    ],
  });
}

const plain = (row: unknown): string =>
  JSON.stringify(row, (_key, value: unknown) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    const buffer = value as { type?: unknown; data?: number[] } | null;
    if (buffer?.type === 'Buffer' && buffer.data !== undefined) return Buffer.from(buffer.data).toString('base64');
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

/** All rows of a store; engines order them in ways of their own, but for the outbox. */
export async function rowsOf(dump: StoreDump): Promise<Record<string, readonly string[]>> {
  const all: Record<string, readonly string[]> = {};
  for (const section of SECTIONS) {
    const rows: MovedRows[typeof section][] = [];
    for await (const page of dump.pages(section)) rows.push(...page.rows);
    const texts = rows.map(plain);
    all[section] = section === 'outbox' ? texts : texts.sort();
  }
  return all;
}

async function filled(engine: MovingEngine): Promise<MovingPlace> {
  const place = await engine.fresh();
  const store = await place.store();
  await fill(store);
  await store.close();
  return place;
}

async function move(from: MovingPlace, to: MovingPlace): Promise<void> {
  const [source, target] = [await from.dump(), await to.loader()];
  try {
    await moveStore(source, target);
  } finally {
    await source.close();
    await target.close();
  }
}

/** What a move promises, whatever the pair of engines. */
export function describeMoving(pairs: readonly (readonly [from: MovingEngine, to: MovingEngine])[]): void {
  describe.each(pairs.map(([from, to]) => ({ from, to, name: `${from.name} -> ${to.name}` })))('a move $name', ({ from, to }) => {
    test('brings every row, and the clock', async () => {
      const source = await filled(from);
      const target = await to.fresh();

      await move(source, target);

      const [before, after] = [await source.dump(), await target.dump()];
      const rows = await rowsOf(before);
      expect(await rowsOf(after)).toEqual(rows);
      expect(Object.values(rows).every((section) => section.length > 0)).toBe(true);
      expect(await after.clock()).toEqual(await before.clock());
      await before.close();
      await after.close();
    });

    test('leaves a store that answers as the source does, and goes on above its numbers', async () => {
      const source = await filled(from);
      const target = await to.fresh();
      await move(source, target);

      const [old, store] = [await source.store(), await target.store()];
      const key = { resourceType: 'Observation', id: 'o1' };
      expect(await store.history(key, 10)).toEqual(await old.history(key, 10));
      expect(await store.history({ resourceType: 'Observation', id: 'o3' }, 10)).toHaveLength(2);
      expect((await store.search(observations())).items).toEqual((await old.search(observations())).items);
      const named = observations({
        resourceTypes: ['Patient'],
        criteria: [{ param: 'name', kind: 'string', values: [{ kind: 'string', text: 'đỗ' }] }],
      });
      expect((await store.search(named)).items).toHaveLength(1);
      const found = await store.find({ collection: 'a', index: 'i', value: 'v', limit: 5 });
      expect(found).toEqual(await old.find({ collection: 'a', index: 'i', value: 'v', limit: 5 }));
      expect(await store.guardVersions(['g1', 'g2', 'g3'])).toEqual([2, 1, 0]);
      expect(await store.claimOwner('c1')).toBe('o1');
      expect(await store.ledgerIds('s')).toEqual(
        new Map([
          ['k1', 'i1'],
          ['k2', 'i2'],
        ]),
      );
      expect(await store.accessLines({ patient: 'p1', limit: 5 })).toEqual(await old.accessLines({ patient: 'p1', limit: 5 }));
      expect(Buffer.compare((await store.blob('large')) ?? new Uint8Array(), new Uint8Array(LARGE).fill(7))).toBe(0);
      expect(await store.heldLabels()).toEqual(['h/1']);
      const rows = await store.openOutbox({ limit: 5, dueAt: '2027-01-01T00:00:00.000Z' });
      expect(rows.map(({ id }) => id)).toEqual(['y', 'x']);
      expect((await store.deadOutbox(5)).map(({ id }) => id)).toEqual(['z']);

      const last = (await old.commit({ bumps: ['g9'] })).commit;
      const { commit } = await store.commit({
        resources: [put(anObservation('o2', coded('z')), { expected: { versionId: '1' } })],
        opens: [{ id: 'w', kind: 'k', payload: {} }],
        claims: [{ key: 'c2', owner: 'o2' }],
      });
      expect(commit).toBeGreaterThanOrEqual(last);
      expect((await store.search(observations())).items.map(({ id }) => id)).toEqual(['o2', 'o1']);
      expect((await store.openOutbox({ limit: 9, dueAt: '2027-01-01T00:00:00.000Z' })).map(({ id }) => id)).toEqual([
        'y',
        'x',
        'w',
      ]);
      await expect(store.commit({ claims: [{ key: 'c1', owner: 'other' }] })).rejects.toThrow(/claim/i);
      await old.close();
      await store.close();
    });
  });
}

/** What a target refuses, and how a move goes on. */
export function describeMovingInto(engine: MovingEngine): void {
  describe(`a move into ${engine.name}`, () => {
    test('is refused when something is there already', async () => {
      const [source, target] = [await filled(engine), await filled(engine)];

      const refused = move(source, target);

      await expect(refused).rejects.toThrow('not empty');
    });

    test('fails when the source was written meanwhile, and its part stays closed', async () => {
      const [source, target] = [await filled(engine), await engine.fresh()];
      const [dump, loader, store] = [await source.dump(), await target.loader(), await source.store()];
      let written = false;

      const moved = moveStore(dump, loader, ({ section }) => {
        if (section !== 'record' || written) return;
        written = true;
        void store.commit({ bumps: ['meanwhile'] });
      });

      await expect(moved).rejects.toThrow('written while');
      await dump.close();
      await loader.close();
      await store.close();
      await expect(move(source, target)).rejects.toThrow('part of another move');
      if (engine.name !== 'memory') {
        const opened = await target.store().catch((error: unknown) => error);
        expect(isPhrError(opened, 'unavailable')).toBe(true);
      }
    });

    test('goes on behind what an interrupted one has brought', async () => {
      const [source, target] = [await filled(engine), await engine.fresh()];
      for (const stopAt of ['history', 'record', 'outbox', 'blob', 'hold']) {
        const [dump, loader] = [await source.dump(), await target.loader()];
        const cut = moveStore(dump, loader, ({ section }) => {
          if (section === stopAt) throw new Error('cut off');
        });
        await expect(cut).rejects.toThrow('cut off');
        await dump.close();
        await loader.close();
      }

      await move(source, target);

      const [before, after] = [await source.dump(), await target.dump()];
      expect(await rowsOf(after)).toEqual(await rowsOf(before));
      await before.close();
      await after.close();
    });

    test('passes over rows that a killed one left without their mark, and refuses a second mover', async () => {
      const [source, target] = [await filled(engine), await engine.fresh()];
      const [dump, loader] = [await source.dump(), await target.loader()];
      const mark = await loader.begin({ fingerprint: dump.fingerprint, ...(await dump.clock()) });
      for (const section of ['history', 'record', 'outbox', 'blob'] as const) {
        for await (const { rows } of dump.pages(section)) {
          const stale = loader.load(section, rows, { ...mark, rows: 99 }, mark);
          await expect(stale).rejects.toThrow('Another process');
        }
      }
      await dump.close();
      await loader.close();
      if (engine.name === 'memory') return; // keeps no mark beyond its loader

      await move(source, target);

      const [before, after] = [await source.dump(), await target.dump()];
      expect(await rowsOf(after)).toEqual(await rowsOf(before));
      await before.close();
      await after.close();
    });
  });
}
