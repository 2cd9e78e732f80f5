import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AccessLine, AccessQuery } from '../../src/store/access-log.js';
import { openMemoryStore } from '../../src/store/memory/memory-store.js';
import { FOLD_LINES, foldLines, TAIL_LINES_MAX, tailLength } from '../../src/store/sqlite/access-tail.js';
import { openDatabase } from '../../src/store/sqlite/driver.js';
import type { SqlDatabase } from '../../src/store/sqlite/driver.js';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import type { Store } from '../../src/store/store.js';
import { storeCodec } from '../support/store-codec.js';
import { aLine, conflict } from '../support/store-contract/builders.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const termKey = new Uint8Array(32).fill(7);
const open = async (path: string): Promise<Store> => openSqliteStore({ path, codec: storeCodec, termKey, now: Date.now });
const idsOf = async (store: Store, query: Partial<AccessQuery> = {}): Promise<readonly string[]> =>
  (await store.accessLines({ limit: 100, ...query })).map(({ id }) => id);

/** The file as another process has it open. */
function beside<T>(path: string, work: (database: SqlDatabase) => T): T {
  const database = openDatabase({ path, readOnly: false, busyTimeoutMs: 5_000 });
  try {
    return work(database);
  } finally {
    database.close();
  }
}
const fold = (path: string): number =>
  beside(path, (database) => {
    database.exec('BEGIN IMMEDIATE');
    const folded = foldLines(database);
    database.exec('COMMIT');
    return folded;
  });
const lengthOf = (path: string): number => beside(path, tailLength);

const FOLDED_WITHIN_MS = 20_000;
async function untilFolded(path: string, isShort: (length: number) => boolean): Promise<void> {
  const deadline = Date.now() + FOLDED_WITHIN_MS;
  while (!isShort(lengthOf(path))) {
    if (Date.now() > deadline) throw new Error('the tail was not folded');
    await delay(20);
  }
}

describe('the tail of the access lines', () => {
  test('a line is found by everything in it, before and after it was folded', async () => {
    const path = join(folder, 'found.db');
    const store = await open(path);
    await store.commit({ access: [aLine('a', { patients: ['p1'], what: ['Patient/p1'] })] });
    const found = async (): Promise<unknown> => [
      await store.accessLine('a'),
      await idsOf(store),
      await idsOf(store, { patient: 'p1' }),
      await idsOf(store, { agentId: 'clerk-1' }),
      await idsOf(store, { reference: 'Patient/p1' }),
      await idsOf(store, { reference: 'Patient/p2' }),
    ];

    const before = await found();
    await untilFolded(path, (length) => length === 0);

    expect(before).toEqual([expect.objectContaining({ id: 'a' }), ['a'], ['a'], ['a'], ['a'], []]);
    expect(await found()).toEqual(before);
    await store.close();
  });

  test('a line is never written twice, wherever the first one is', async () => {
    const path = join(folder, 'twice.db');
    const store = await open(path);
    await store.commit({ access: [aLine('a')] });

    await expect(store.commit({ access: [aLine('a', { purpose: 'BTG' })] })).rejects.toMatchObject(conflict);
    await untilFolded(path, (length) => length === 0);
    await expect(store.commit({ access: [aLine('a', { purpose: 'BTG' })] })).rejects.toMatchObject(conflict);
    expect(await store.accessLine('a')).toMatchObject({ purpose: 'TREAT' });
    await store.close();
  });

  test('a step moves the oldest lines and says how many', async () => {
    const path = join(folder, 'steps.db');
    await (await open(path)).close();
    const ids = Array.from({ length: FOLD_LINES + 3 }, (_, index) => String(index).padStart(6, '0'));
    beside(path, (database) => {
      for (const id of [...ids].reverse()) {
        database.prepare('INSERT INTO access_tail VALUES (?, ?, ?, ?)').run(id, aLine(id).at, '[1,-9223372036854775808]', '{}');
      }
      database.exec('BEGIN');
      expect(foldLines(database)).toBe(FOLD_LINES);
      expect(
        database
          .prepare('SELECT id FROM access_tail ORDER BY id')
          .all()
          .map(({ id }) => id),
      ).toEqual(ids.slice(-3));
      expect(foldLines(database)).toBe(3);
      expect(foldLines(database)).toBe(0);
      database.exec('COMMIT');
      const entries = database.prepare('SELECT count(*) AS n FROM access_by WHERE h = ?');
      expect(entries.get(-9223372036854775808n)?.['n']).toBe(ids.length);
    });
  });

  test('a writer that is never idle folds a full tail beside its commits', async () => {
    const path = join(folder, 'full.db');
    const store = await open(path);
    const LINES = TAIL_LINES_MAX + 2 * FOLD_LINES;
    const lines = Array.from({ length: LINES }, (_, index) => aLine(String(index).padStart(6, '0'), { patients: ['p1'] }));
    let longest = 0;
    for (let start = 0; start < LINES; start += FOLD_LINES) {
      await store.commit({ access: lines.slice(start, start + FOLD_LINES) });
      longest = Math.max(longest, lengthOf(path));
    }

    expect(longest).toBeLessThanOrEqual(TAIL_LINES_MAX + FOLD_LINES);
    expect(await idsOf(store, { patient: 'p1', limit: LINES + 1 })).toHaveLength(LINES);
    await untilFolded(path, (length) => length === 0);
    expect(await idsOf(store, { patient: 'p1', limit: LINES + 1 })).toHaveLength(LINES);
    await store.close();
  });

  test('a file of before the tail gets one and keeps its lines', async () => {
    const path = join(folder, 'older.db');
    const store = await open(path);
    await store.commit({ access: [aLine('a')] });
    await untilFolded(path, (length) => length === 0);
    await store.close();
    beside(path, (database) => {
      database.exec(`DROP TABLE access_tail; UPDATE meta SET value = '1' WHERE name = 'schemaVersion'`);
    });

    const again = await open(path);
    await again.commit({ access: [aLine('b')] });

    expect(await idsOf(again)).toEqual(['b', 'a']);
    await again.close();
  });

  test('wherever the lines are, questions are answered as by the memory store', async () => {
    const few = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
    const patient = few('p1', 'p2');
    const what = few('Patient/p1', 'Observation/o1', 'Observation');
    const at = few('2026-03-01T00:01:00.000Z', '2026-03-01T00:02:00.000Z', '2026-03-01T00:03:00.000Z');
    const agentId = few('clerk-1', 'clerk-2');
    const parts = fc.record({
      at,
      agentId,
      patients: fc.uniqueArray(patient),
      what: fc.uniqueArray(what),
      action: few<AccessLine['action']>('R', 'C'),
    });
    const question = fc.record(
      { patient, agentId, reference: what, action: few<AccessLine['action']>('R', 'C'), from: at, to: at },
      { requiredKeys: [] },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ parts, foldAfter: fc.boolean() }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.record({ question, limit: fc.integer({ min: 1, max: 13 }), before: fc.nat({ max: 11 }) }), { minLength: 5 }),
        async (lines, questions) => {
          run += 1;
          const path = join(folder, `random-${String(run)}.db`);
          const store = await open(path);
          const oracle = openMemoryStore({ codec: storeCodec, now: Date.now });
          for (const [index, { parts: given, foldAfter }] of lines.entries()) {
            const { agentId: id, ...rest } = given;
            const line = aLine(`l${String(index).padStart(2, '0')}`, { ...rest, agent: { ...aLine('x').agent, id } });
            await store.commit({ access: [line] });
            await oracle.commit({ access: [line] });
            if (foldAfter) fold(path);
          }
          for (const { question: asked, limit, before } of questions) {
            const query = {
              ...asked,
              limit,
              ...(before < lines.length ? { before: `l${String(before).padStart(2, '0')}` } : {}),
            };
            expect(await idsOf(store, query)).toEqual(await idsOf(oracle, query));
          }
          await store.close();
        },
      ),
      { numRuns: 20 },
    );
  });
});
