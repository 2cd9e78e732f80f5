import { expect, test } from '@jest/globals';
import { BHYT_XML_DOOR } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { COLLECTIONS } from '../../src/record/collections.js';
import type { Dossier } from '../../src/record/sources/dossier.js';
import { printSummary } from '../support/bhyt-printer.js';
import { startRecordRoom } from '../support/record-room.js';

test('a superseded version is still about its person: a look at it can stand in that person’s log', async () => {
  const room = startRecordRoom();
  await room.send(BHYT_XML_DOOR, Buffer.from(printSummary({ LY_DO_VV: 'Nhức đầu' })), '56901');
  await room.send(BHYT_XML_DOOR, Buffer.from(printSummary({ LY_DO_VV: 'Chóng mặt' }, { date: '20260320' })), '56901');
  await room.drain();
  const [person] = await room.reader.findByNumber('056158000117', { noLabel: [] });
  const [dossier] = await room.store.scanRecords<Dossier>(COLLECTIONS.dossier, undefined, 1);
  const [old, current] = dossier?.value.versions ?? [];

  const read = (sourceId = '') => room.contributions.contribution({ resourceType: 'Encounter', id: `${sourceId}.encounter` });
  const [superseded, counting] = [await read(old?.sourceId), await read(current?.sourceId)];

  expect(superseded?.resource.meta?.tag?.[0]?.code).toBe('superseded-contribution');
  expect(superseded?.subject).toBe(person?.personId);
  expect(counting?.subject).toBe(person?.personId);
});
