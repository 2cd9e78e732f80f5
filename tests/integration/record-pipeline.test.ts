import { describe, expect, test } from '@jest/globals';
import { BHYT_XML_DOOR } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { sampleFile } from '../support/bhyt-samples.js';
import { startRecordRoom } from '../support/record-room.js';

const everything = { noLabel: [] };

describe('from a kept submission to a record', () => {
  test('a visit becomes one person with its facts, each traced to its row', async () => {
    const room = startRecordRoom();

    const receiptId = await room.send(BHYT_XML_DOOR, sampleFile('hypertension'), '56901');
    await room.drain();

    const receipt = await room.submissions.receipt(receiptId);
    expect(receipt?.state).toBe('completed');
    expect(receipt?.visits[0]?.key).toBe('56901|56901.2603.000117');
    const [person] = await room.reader.findByNumber('056158000117', everything);
    expect(person?.patient.name?.[0]?.text).toBe('Nguyễn Thị Thử Nghiệm');
    const history = await room.reader.history(person?.personId ?? '', everything, { count: 10 });
    expect(history?.events).toHaveLength(1);
    expect(history?.updating).toBe(false);
    const types = new Set(history?.events[0]?.resources.map(({ resourceType }) => resourceType));
    expect(types).toEqual(
      new Set(['Encounter', 'Condition', 'MedicationRequest', 'Procedure', 'DiagnosticReport', 'Observation']),
    );
    const weight = history?.events[0]?.resources.find(
      (resource) => resource.resourceType === 'Observation' && resource.code.coding?.[0]?.code === '29463-7',
    );
    const trace = await room.reader.trace(person?.personId ?? '', `Observation/${weight?.id ?? ''}`, everything);
    expect(trace?.members[0]?.fields).toContainEqual(
      expect.objectContaining({ table: 'XML1', field: 'CAN_NANG', sent: '58.50' }),
    );
    expect(trace?.members[0]?.file.receiptId).toBe(receiptId);
  });

  test('mother and newborn stay two people, the child reachable from the mother', async () => {
    const room = startRecordRoom();

    await room.send(BHYT_XML_DOOR, sampleFile('delivery'), '56902');
    await room.drain();

    const [mother] = await room.reader.findByNumber('056196000441', everything);
    const history = await room.reader.history(mother?.personId ?? '', everything, { count: 10 });
    expect(history?.summary.children).toHaveLength(1);
    expect(history?.summary.children[0]?.personId).not.toBe(mother?.personId);
    const tasks = await room.reader.reviewTasks({ count: 10 });
    expect(tasks.items.map(({ reasons }) => reasons)).toEqual([['newborn-of']]);
  });

  test('the same bytes give the same receipt and change nothing', async () => {
    const room = startRecordRoom();
    const first = await room.send(BHYT_XML_DOOR, sampleFile('hypertension'), '56901');
    await room.drain();
    const hash = await room.recordHash();

    const second = await room.send(BHYT_XML_DOOR, sampleFile('hypertension'), '56901');
    await room.drain();

    expect(second).toBe(first);
    expect(await room.recordHash()).toBe(hash);
  });

  test('rebuilding from the sources gives the same hash, and repairs what was tampered with', async () => {
    const room = startRecordRoom();
    for (const sample of ['hypertension', 'delivery', 'diabetes'] as const) await room.send(BHYT_XML_DOOR, sampleFile(sample));
    await room.drain();
    const hash = await room.recordHash();

    const result = await room.rebuildAll({ onBefore: () => undefined, progress: () => undefined });

    expect(result).toEqual({ before: hash, after: hash });

    const [fact] = await room.store.scanResources({ resourceType: 'Condition', id: '' }, 1, 'fact');
    await room.store.commit({
      resources: [{ resourceType: fact?.resourceType ?? '', id: fact?.id ?? '', origin: 'fact', expected: 'any', labels: [] }],
    });
    const repaired = await room.rebuildAll({ onBefore: () => undefined, progress: () => undefined });
    expect(repaired.before).not.toBe(hash);
    expect(repaired.after).toBe(hash);
  });
});

// design.md §5: a source resource stays readable under its own id, marked as a contribution and pointing to its fact
describe('contributions', () => {
  test('every member that Provenance names can be read as sent and points to the fact', async () => {
    const room = startRecordRoom();
    await room.send(BHYT_XML_DOOR, sampleFile('hypertension'), '56901');
    await room.drain();
    const facts = await room.store.scanResources(undefined, 500, 'fact');
    expect(facts.length).toBeGreaterThan(20);

    for (const { resourceType, id, memo } of facts) {
      if (resourceType === 'Patient') continue;
      const [member] = (JSON.parse(memo ?? '') as { members: { source: string }[] }).members;
      const found = await room.contributions.contribution({ resourceType, id: member?.source ?? '' });
      expect(found?.labels).toContain('sender/56901');
      expect(found?.resource.meta?.tag?.[0]?.code).toBe('contribution');
      expect(JSON.stringify(found?.resource)).toContain(`"${resourceType}/${id}"`);
    }
  });

  test('an id that is none of ours, or of another type, is unknown', async () => {
    const room = startRecordRoom();

    expect(await room.contributions.contribution({ resourceType: 'Observation', id: 'x' })).toBeUndefined();
    expect(
      await room.contributions.contribution({ resourceType: 'Observation', id: '927a06e7-98da-5e76-b1d4-8fec7a760c49.x2-1' }),
    ).toBeUndefined();
  });
});
