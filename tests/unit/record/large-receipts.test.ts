import { expect, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { makeResourceCodec } from '../../../src/fhir/search/codec.js';
import { openMemoryStore } from '../../../src/store/memory/memory-store.js';
import type { Store } from '../../../src/store/store.js';
import { COLLECTIONS, type PartValue, type SubmissionValue } from '../../../src/record/collections.js';
import { MAX_PAGE_VISITS, MAX_RECEIPT_PROBLEMS } from '../../../src/record/sources/submissions.js';
import { startRecordRoom, type TestRecord } from '../../support/record-room.js';

/** A submission of `visits` refused visits with `problems` problems each, kept as the parser keeps it. */
async function keep(room: TestRecord, id: string, day: string, visits: number, problems: number): Promise<void> {
  const receivedAt = `${day}T08:00:00.000Z`;
  const value: SubmissionValue = {
    door: 'bhyt-xml',
    sha256: '',
    receivedAt,
    sender: { clientId: 'client', facilityCode: '56901' },
    state: 'parsed',
    parsed: visits,
    visitCount: visits,
    problems: [],
  };
  const sort = `${receivedAt}|${id}`;
  await room.store.commit({
    records: [
      { collection: COLLECTIONS.submission, id, expected: 'absent', value, keys: [{ index: 'sender', value: '56901', sort }] },
      ...Array.from({ length: visits }, (_, index) => {
        const part: PartValue = {
          submissionId: id,
          position: index + 1,
          key: `56901|${id}-${String(index)}`,
          issueTime: '',
          acceptedCommit: 1,
          withdrawal: false,
          refused: true,
          problems: Array.from({ length: problems }, (_problem, at) => ({
            severity: at === problems - 1 ? ('error' as const) : ('warning' as const),
            code: `p${String(at)}`,
            message: 'thiếu',
          })),
        };
        return {
          collection: COLLECTIONS.part,
          id: `${id}.${String(index + 1)}`,
          expected: 'absent' as const,
          value: part,
          keys: [
            { index: 'submission', value: id, sort: String(index + 1).padStart(8, '0') },
            { index: 'key', value: part.key },
          ],
        };
      }),
    ],
  });
}

test('a page of receipts ends with the one that reaches the bound of visits, and the next page goes on', async () => {
  const room = startRecordRoom();
  const half = MAX_PAGE_VISITS / 2;
  await keep(room, 'first', '2026-01-01', 1, 1);
  await keep(room, 'second', '2026-01-02', half, 1);
  await keep(room, 'third', '2026-01-03', half - 1, 1);
  await keep(room, 'fourth', '2026-01-04', 1, 1);

  const page = await room.submissions.receipts({ sender: '56901', limit: 50 });
  const after = page.next ?? '';
  const rest = await room.submissions.receipts({ sender: '56901', limit: 50, after });

  expect(page.items.map(({ id }) => id)).toEqual(['fourth', 'third', 'second']);
  expect(rest.items.map(({ id }) => id)).toEqual(['first']);
  expect(rest.next).toBeUndefined();
}, 180_000);

test('other requests have their turn while a large receipt is read', async () => {
  const room = startRecordRoom();
  await keep(room, 'large', '2026-01-01', 1_000, 1);
  const turns: string[] = [];
  const other = nextTurn().then(() => turns.push('other request'));

  await room.submissions.receipt('large').then(() => turns.push('receipt'));
  await other;

  expect(turns).toEqual(['other request', 'receipt']);
});

test('a receipt shows every visit with its error, and says when there are more', async () => {
  const room = startRecordRoom();
  const each = 100;
  await keep(room, 'within', '2026-01-01', MAX_RECEIPT_PROBLEMS / each, each);
  await keep(room, 'beyond', '2026-01-02', MAX_RECEIPT_PROBLEMS / each + 2, each);

  const within = await room.submissions.receipt('within');
  const beyond = await room.submissions.receipt('beyond');

  expect(within?.problems).toEqual([]);
  expect(within?.visits.every(({ problems }) => problems.length === each)).toBe(true);
  expect(beyond?.problems.map(({ code }) => code)).toEqual(['more-problems']);
  expect(beyond?.visits.at(-3)?.problems).toHaveLength(each);
  expect(beyond?.visits.at(-1)?.problems.map(({ severity }) => severity)).toEqual(['error']);
});

test('a key finds the receipts that hold it without reading the others', async () => {
  const memory = openMemoryStore({ codec: makeResourceCodec(), now: () => 0 });
  const read: string[] = [];
  const store: Store = {
    ...memory,
    find: (query) => {
      if (query.collection === COLLECTIONS.part && query.index === 'submission') read.push(query.value);
      return memory.find(query);
    },
  };
  const room = startRecordRoom({ store });
  await keep(room, 'one', '2026-01-01', 2, 1);
  await keep(room, 'two', '2026-01-02', 2, 1);

  const page = await room.submissions.receipts({ sender: '56901', limit: 50, key: '56901|one-1' });

  expect(page.items.map(({ id }) => id)).toEqual(['one']);
  expect(read).toEqual(['one']);
});
