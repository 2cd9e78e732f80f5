import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPhrError } from '../../src/errors.js';
import { makeResourceCodec } from '../../src/fhir/search/codec.js';
import type { OutboxRow } from '../../src/store/store.js';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { startRecordRoom, type TestRecord } from '../support/record-room.js';
import { visitFileOf, type VisitChange } from '../support/visit-file.js';

const folder = mkdtempSync(join(tmpdir(), 'phr-order-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Few numbers, cards, patient ids and names, so that records meet, bridge, contradict and part. */
const change: fc.Arbitrary<VisitChange> = fc.record(
  {
    maLk: fc.constantFrom('V1', 'V2', 'V3', 'V4', 'V5', 'V6'),
    number: fc.constantFrom('056158000117', '056158000118', ''),
    card: fc.constantFrom('HT3565690000117', 'HT3565690000118', ''),
    patientId: fc.constantFrom('P1', 'P2', 'P3'),
    name: fc.constantFrom('Nguyễn Thị Thử Nghiệm', 'Nguyen Thi Thu Nghiem', 'Nguyễn Thị Khác Hẳn', 'Nguyễn Nghiệm'),
    weight: fc.constantFrom('58.50', '59'),
    issued: fc.constantFrom('20260316', '20260317', '20260318'),
    commune: fc.constantFrom('22651', '22652'),
    admitted: fc.constantFrom('202603160735', '202604010800'),
  },
  { requiredKeys: ['maLk', 'issued'] },
);
/** A withdrawal in eight. */
const scenario = fc.array(
  fc.tuple(change, fc.nat(7)).map(([visit, luck]) => ({ ...visit, withdraw: luck === 0 })),
  { minLength: 3, maxLength: 12 },
);

async function keep(room: TestRecord, files: readonly Buffer[]): Promise<void> {
  for (const file of files) await room.send('bhyt-xml', file, '56901');
}

/** Runs open rows several at a time, in an order drawn from `draws`; a row that loses a race is offered again. */
async function work(room: TestRecord, workers: number, draws: readonly number[]): Promise<void> {
  let drawn = 0;
  const busy = new Set<string>();
  const run = async (row: OutboxRow): Promise<void> => {
    try {
      await room.handlers[row.kind]?.(row);
    } catch (error) {
      if (!isPhrError(error, 'precondition-failed')) throw error;
    } finally {
      busy.delete(row.id);
    }
  };
  for (;;) {
    const rows = await room.store.openOutbox({ limit: 100 });
    if (rows.length === 0) return;
    const batch: Promise<void>[] = [];
    for (let worker = 0; worker < workers; worker += 1) {
      const free = rows.filter(({ id }) => !busy.has(id));
      const row = free[(draws[drawn++ % draws.length] ?? 0) % Math.max(free.length, 1)];
      if (row === undefined) break;
      busy.add(row.id);
      batch.push(run(row));
    }
    await Promise.all(batch);
  }
}

async function hashOf(files: readonly Buffer[], workers: number, draws: readonly number[]): Promise<string> {
  const room = startRecordRoom();
  await keep(room, files);
  await work(room, workers, draws);
  expect(await room.store.heldLabels()).toEqual([]);
  return room.recordHash();
}

// merging.md I2, I3, I4, I5
describe('the record is a function of its sources', () => {
  test('any order of processing, by one worker or four, gives the same hash', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, fc.array(fc.nat(1_000), { minLength: 20, maxLength: 20 }), async (changes, draws) => {
        const files = changes.map((visit) => visitFileOf(visit));

        const serial = await hashOf(files, 1, [0]);

        expect(await hashOf(files, 1, draws)).toBe(serial);
        expect(await hashOf(files, 4, draws)).toBe(serial);
      }),
      { numRuns: 25, seed: 20261125 },
    );
  }, 240_000);

  test('work between the arrivals, in one file or in many, and everything sent twice, change nothing', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (changes) => {
        const files = changes.map((visit) => visitFileOf(visit));
        const expected = await hashOf(files, 1, [0]);

        const stepwise = startRecordRoom();
        for (const file of files) {
          await keep(stepwise, [file]);
          await work(stepwise, 1, [0]);
        }
        await keep(stepwise, files);
        await work(stepwise, 1, [0]);

        expect(await stepwise.recordHash()).toBe(expected);
        const { before, after } = await stepwise.rebuildAll({ onBefore: () => undefined, progress: () => undefined });
        expect([before, after]).toEqual([expected, expected]);
      }),
      { numRuns: 20, seed: 20261126 },
    );
  }, 240_000);

  test('SQLite with four workers agrees with memory and one', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(scenario, fc.array(fc.nat(1_000), { minLength: 20, maxLength: 20 }), async (changes, draws) => {
        const files = changes.map((visit) => visitFileOf(visit));
        const store = await openSqliteStore({
          path: join(folder, `order-${String((number += 1))}.sqlite`),
          codec: makeResourceCodec(),
          termKey: new Uint8Array(32),
          now: Date.now,
        });
        const room = startRecordRoom({ store });
        await keep(room, files);
        await work(room, 4, draws);

        const hash = await room.recordHash();

        await store.close();
        expect(hash).toBe(await hashOf(files, 1, [0]));
      }),
      { numRuns: 4, seed: 20261127 },
    );
  }, 240_000);
});
