import { describe, expect, test } from '@jest/globals';
import { writtenForLabel } from '../../src/record/facts/settle-contributions.js';
import { startRecordRoom, type TestRecord } from '../support/record-room.js';
import { SAMPLE_CARD, SAMPLE_NUMBER, visitFileOf } from '../support/visit-file.js';

const everything = { noLabel: [] };
const byNumber = visitFileOf({ maLk: 'A-1', number: SAMPLE_NUMBER });
const byCard = visitFileOf({ maLk: 'B-1', card: SAMPLE_CARD });
const bridge = visitFileOf({ maLk: 'C-1', number: SAMPLE_NUMBER, card: SAMPLE_CARD });
const withdrawBridge = visitFileOf({ maLk: 'C-1', number: SAMPLE_NUMBER, card: SAMPLE_CARD, issued: '20260320', withdraw: true });

async function send(room: TestRecord, ...files: readonly Buffer[]): Promise<void> {
  for (const file of files) await room.send('bhyt-xml', file, '56901');
  await room.drain();
}

const personsOf = async (room: TestRecord) => [
  (await room.reader.findByNumber(SAMPLE_NUMBER, everything)).map(({ personId }) => personId),
  (await room.reader.findByNumber(SAMPLE_CARD, everything)).map(({ personId }) => personId),
];

const allergyOf = async (room: TestRecord, subject: string) =>
  (
    await room.store.search({ resourceTypes: ['AllergyIntolerance'], criteria: [], subject, order: 'newest', count: 10 })
  ).items.map(({ body }) => (JSON.parse(body ?? '') as { patient: { reference: string } }).patient.reference);

// merging.md I3, I6, I9, §3.4
describe('a bridging record joins two persons, its withdrawal parts them again', () => {
  test('the record is the same as if the bridge had come first, and after its withdrawal as if it had never come', async () => {
    const room = startRecordRoom();
    await send(room, byNumber, byCard);
    const apart = await room.recordHash();
    const [[first], [second]] = (await personsOf(room)) as [string[], string[]];
    expect(first).not.toBe(second);

    await send(room, bridge);

    const bridgeFirst = startRecordRoom();
    await send(bridgeFirst, bridge, byCard, byNumber);
    expect(await room.recordHash()).toBe(await bridgeFirst.recordHash());
    const [[joined], [joinedToo]] = (await personsOf(room)) as [string[], string[]];
    expect(joined).toBe(joinedToo);
    expect([first, second]).toContain(joined);

    await send(room, withdrawBridge);

    expect(await room.recordHash()).toBe(apart);
    expect(await personsOf(room)).toEqual([[first], [second]]);
    expect(await room.store.heldLabels()).toEqual([]);
  });

  test('the replaced person leads to the current one, its history and its REST entries are there, and go back after the split', async () => {
    const room = startRecordRoom();
    await send(room, byNumber, byCard);
    const [[first = ''], [second = '']] = (await personsOf(room)) as [string[], string[]];
    for (const personId of [first, second]) {
      await room.store.commit({
        resources: [
          {
            resourceType: 'AllergyIntolerance',
            id: `allergy-${personId}`,
            origin: 'contribution',
            expected: 'absent',
            resource: {
              resourceType: 'AllergyIntolerance',
              id: `allergy-${personId}`,
              patient: { reference: `Patient/${personId}` },
            },
            subject: personId,
            labels: [writtenForLabel(personId)],
          },
        ],
      });
    }

    await send(room, bridge);

    const current = (await room.patients.currentPerson(first)) ?? '';
    const replaced = current === first ? second : first;
    expect(await room.patients.currentPerson(replaced)).toBe(current);
    expect((await room.patients.formerPatient(replaced))?.link).toEqual([
      { other: { reference: `Patient/${current}` }, type: 'replaced-by' },
    ]);
    expect(
      (await room.reader.history(replaced, everything, { count: 10 }))?.events.filter(({ kind }) => kind === 'visit'),
    ).toHaveLength(3);
    expect(await allergyOf(room, current)).toEqual([`Patient/${current}`, `Patient/${current}`]);

    await send(room, withdrawBridge);

    expect(await allergyOf(room, first)).toEqual([`Patient/${first}`]);
    expect(await allergyOf(room, second)).toEqual([`Patient/${second}`]);
  });

  test('between the split and the rebuild nobody sees the other person’s facts', async () => {
    const room = startRecordRoom();
    await send(room, byNumber, byCard, bridge);
    const [[joined = '']] = (await personsOf(room)) as [string[]];
    await room.send('bhyt-xml', withdrawBridge, '56901');

    const kindsSeen = new Set<string>();
    for (;;) {
      const [row] = await room.store.openOutbox({ limit: 1 });
      if (row === undefined) break;
      await room.handlers[row.kind]?.(row);
      kindsSeen.add(row.kind);
      const visible = await room.store.search({ criteria: [], subject: joined, order: 'newest', count: 500 });
      const linked = new Set(
        (await room.store.find<{ personId?: string }>({ collection: 'link', index: 'person', value: joined, limit: 50 }))
          .filter(({ value }) => value.personId === joined)
          .map(({ id }) => `identity/${id}`),
      );
      for (const { labels, origin } of visible.items) {
        if (origin === 'fact') expect(labels.some((label) => linked.has(label))).toBe(true);
      }
    }
    expect(kindsSeen).toEqual(new Set(['parse-submission', 'link-person', 'rebuild-record']));
  });
});
