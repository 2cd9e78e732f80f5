import { expect, test } from '@jest/globals';
import { BHYT_XML_DOOR } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { printEnvelope, printVisit, summaryRow, type PrintedRow } from '../support/bhyt-printer.js';
import { startRecordRoom, type TestRecord } from '../support/record-room.js';

const SLIPS = [
  'ma_phieu,ho_ten,ngay_sinh,gioi_tinh,ngay_do,ha_tam_thu,ha_tam_truong',
  'P-1,Nguyễn Thị Mẫu,12/03/1958,Nữ,20/09/2026,180,110',
  'P-1,Trần Văn Giả,05/05/1960,Nam,20/09/2026,120,80',
].join('\r\n');

const visitOf = (changes: PrintedRow): string => printVisit([{ type: 'XML1', rows: [summaryRow(changes)] }]);

async function visitsOf(room: TestRecord, receiptId: string) {
  await room.drain();
  const receipt = await room.submissions.receipt(receiptId);
  return receipt?.visits.map(({ state, problems }) => [
    state,
    problems.filter(({ code }) => code === 'key-twice-in-file').length,
  ]);
}

test('two people under one slip number in one file: the sender is told that one was not taken', async () => {
  const room = startRecordRoom();
  const receiptId = await room.send('sheet/blood-pressure-glucose', Buffer.from(SLIPS), '56901');

  expect(await visitsOf(room, receiptId)).toEqual([
    ['superseded', 1],
    ['accepted', 0],
  ]);
});

test('two visits under one MA_LK in one file, too; a correction in another file is no fault', async () => {
  const room = startRecordRoom();
  const both = printEnvelope([visitOf({ HO_TEN: 'Nguyễn Thị Mẫu' }), visitOf({ HO_TEN: 'Trần Thị Giả' })]);
  const twice = await room.send(BHYT_XML_DOOR, Buffer.from(both), '56901');
  expect((await visitsOf(room, twice))?.[0]).toEqual(['superseded', 1]);

  const corrected = printEnvelope([visitOf({ HO_TEN: 'Trần Thị Giả Định' })], { date: '20260320' });
  await room.send(BHYT_XML_DOOR, Buffer.from(corrected), '56901');
  expect(await visitsOf(room, twice)).toEqual([
    ['superseded', 0],
    ['superseded', 0],
  ]);
});
