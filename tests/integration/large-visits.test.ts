import { expect, test } from '@jest/globals';
import { BHYT_XML_DOOR } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { EVENT_RESOURCES_MAX, PAGE_RESOURCES_MAX } from '../../src/record/reader/events.js';
import { drugRow, printEnvelope, printOne, printVisit, resultRow, summaryRow } from '../support/bhyt-printer.js';
import { startRecordRoom, type TestRecord } from '../support/record-room.js';

const everything = { noLabel: [] };

/** A visit with its diagnosis and `drugs` lines. */
function visit(id: string, day: string, drugs: number): Buffer {
  const rows = Array.from({ length: drugs }, (_, index) =>
    drugRow({ MA_LK: id, STT: String(index + 1), TEN_THUOC: `Thuốc ${String(index)}` }),
  );
  const summary = summaryRow({ MA_LK: id, NGAY_VAO: `${day}0735`, NGAY_RA: `${day}1020` });
  const tables = [{ type: 'XML1', rows: [summary] }, ...(drugs === 0 ? [] : [{ type: 'XML2', rows }])];
  return Buffer.from(printOne(tables, { date: day }));
}

async function historyOf(room: TestRecord) {
  const [person] = await room.reader.findByNumber('056158000117', everything);
  const history = await room.reader.history(person?.personId ?? '', everything, { count: 10 });
  return history?.events ?? [];
}

test('a stay of more resources than a page holds hides no other visit, and says that it is cut', async () => {
  const room = startRecordRoom();
  await room.send(BHYT_XML_DOOR, visit('OLD', '20250310', 1), '56901');
  await room.drain();
  await room.send(BHYT_XML_DOOR, visit('LONG-STAY', '20260110', PAGE_RESOURCES_MAX + 100), '56901');
  await room.drain();

  const events = await historyOf(room);

  expect(events.map(({ date, isCut }) => [date?.slice(0, 10), isCut])).toEqual([
    ['2026-01-10', true],
    ['2025-03-10', undefined],
  ]);
  const [stay, old] = events;
  expect(old?.resources.map(({ resourceType }) => resourceType)).toContain('MedicationRequest');
  // What a reader must not miss of the stay comes before its many lines.
  expect(stay?.resources.filter(({ resourceType }) => resourceType === 'Condition')).toHaveLength(2);
  expect(stay?.resources.length).toBeLessThanOrEqual(EVENT_RESOURCES_MAX);
});

test('a page within the bound is shown whole', async () => {
  const room = startRecordRoom();
  await room.send(BHYT_XML_DOOR, visit('STAY', '20260110', EVENT_RESOURCES_MAX + 10), '56901');
  await room.drain();

  const [stay] = await historyOf(room);

  expect(stay).not.toHaveProperty('isCut');
  expect(stay?.resources.filter(({ resourceType }) => resourceType === 'MedicationRequest')).toHaveLength(
    EVENT_RESOURCES_MAX + 10,
  );
});

test('a report too long for the record refuses its visit: neighbour, receipt and later visits of the person go on', async () => {
  const room = startRecordRoom();
  const report = Array.from({ length: 12 }, (_, index) =>
    resultRow({ MA_LK: 'ENDLESS', STT: String(index + 1), MO_TA: 'mô tả '.repeat(16_000) }),
  );
  const endless = printVisit([
    { type: 'XML1', rows: [summaryRow({ MA_LK: 'ENDLESS' })] },
    { type: 'XML4', rows: report },
  ]);
  const neighbour = printVisit([{ type: 'XML1', rows: [summaryRow({ MA_LK: 'NEIGHBOUR' })] }]);

  const receiptId = await room.send(BHYT_XML_DOOR, Buffer.from(printEnvelope([endless, neighbour])), '56901');
  await room.drain();

  const receipt = await room.submissions.receipt(receiptId);
  expect(receipt?.state).toBe('completed');
  expect(receipt?.visits.map(({ state }) => state)).toEqual(['refused', 'accepted']);
  expect(receipt?.visits[0]?.problems[0]).toMatchObject({ severity: 'error', code: 'too-large', table: 'XML4' });
  expect(await historyOf(room)).toHaveLength(1);
});
