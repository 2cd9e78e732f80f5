import { describe, expect, test } from '@jest/globals';
import { BHYT_XML_DOOR } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import type { IdentityInput } from '../../src/intake/parsed-visit.js';
import { printSummary } from '../support/bhyt-printer.js';
import { startRecordRoom } from '../support/record-room.js';

const LE_THI_MAU: IdentityInput = {
  source: 'portal',
  sourceType: 'portal',
  name: 'Lê Thị Mẫu',
  birthDate: '1958-03-12',
  sex: 'female',
  nationalId: '056158000117',
};
const { nationalId: _number, ...WITHOUT_NUMBER } = LE_THI_MAU;
const CARD = { insuranceCards: ['HT3565690000117'] };

async function personSeenBy(account: IdentityInput, isAccountFirst: boolean): Promise<string | undefined> {
  const room = startRecordRoom();
  const send = () => room.send(BHYT_XML_DOOR, Buffer.from(printSummary()), '56901');
  if (!isAccountFirst) await send();
  const identityId = await room.registerIdentity(account);
  await room.drain();
  if (isAccountFirst) await send();
  await room.drain();
  return room.reader.personOfIdentity(identityId);
}

describe.each([false, true])('a portal account, registered before the visit: %s', (isAccountFirst) => {
  test.each<[string, IdentityInput]>([
    ['number, name and birth date', LE_THI_MAU],
    ['card, name and birth date', { ...WITHOUT_NUMBER, ...CARD }],
  ])('opens the own record by %s', async (_by, account) => {
    expect(await personSeenBy(account, isAccountFirst)).toBeDefined();
  });

  test.each<[string, IdentityInput]>([
    ['with another name', { ...LE_THI_MAU, name: 'Phạm Thị Khác' }],
    ['with a given name one letter off', { ...LE_THI_MAU, name: 'Lê Thị Màn' }],
    ['with another birth date', { ...LE_THI_MAU, birthDate: '1959-11-30' }],
    ['with another sex', { ...LE_THI_MAU, sex: 'male' }],
    ['with the card and another name', { ...WITHOUT_NUMBER, ...CARD, name: 'Lê Thị Mai' }],
    ['with the card and another day', { ...WITHOUT_NUMBER, ...CARD, birthDate: '1958-03-13' }],
    ['with the card and another number', { ...LE_THI_MAU, ...CARD, nationalId: '056158000992' }],
    ['without a number at all', WITHOUT_NUMBER],
  ])('opens nobody else’s record %s', async (_case, account) => {
    expect(await personSeenBy(account, isAccountFirst)).toBeUndefined();
  });
});

test('a source that is withdrawn leaves the account without a record', async () => {
  const room = startRecordRoom();
  const identityId = await room.registerIdentity(LE_THI_MAU);
  await room.send(BHYT_XML_DOOR, Buffer.from(printSummary()), '56901');
  await room.drain();
  expect(await room.reader.personOfIdentity(identityId)).toBeDefined();

  await room.send(BHYT_XML_DOOR, Buffer.from(printSummary({ MA_DOITUONG_KCB: '8' }, { date: '20260401' })), '56901');
  await room.drain();

  expect(await room.reader.personOfIdentity(identityId)).toBeUndefined();
  expect(await room.store.heldLabels()).toEqual([]);
});
