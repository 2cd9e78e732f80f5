import { expect, test } from '@jest/globals';
import { SYSTEMS } from '../../src/fhir/systems.js';
import { BHYT_XML_DOOR } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { printSummary } from '../support/bhyt-printer.js';
import { startRecordRoom } from '../support/record-room.js';

const everything = { noLabel: [] };
const WIFE = '056158000117';
const HUSBAND = { MA_LK: 'H', HO_TEN: 'Phạm Văn Mẫu', GIOI_TINH: '1', SO_CCCD: '056058000118', MA_BN: 'H', MA_THE_BHYT: '' };

test.each([
  ['MTH', 1],
  ['FTH', 1],
  ['WIFE', 0],
  ['ECON', 0],
])('a RelatedPerson with relationship %s makes %d children of the one who bears the number', async (code, children) => {
  const room = startRecordRoom();
  await room.send(BHYT_XML_DOOR, Buffer.from(printSummary()), '56901');
  await room.send(BHYT_XML_DOOR, Buffer.from(printSummary(HUSBAND)), '56901');
  await room.drain();
  const personWith = async (number: string) => (await room.reader.findByNumber(number, everything))[0]?.personId ?? '';
  const [wife, husband] = [await personWith(WIFE), await personWith(HUSBAND.SO_CCCD)];
  await room.store.commit({
    resources: [
      {
        resourceType: 'RelatedPerson',
        id: 'related',
        origin: 'contribution',
        expected: 'absent',
        resource: {
          resourceType: 'RelatedPerson',
          id: 'related',
          patient: { reference: `Patient/${husband}` },
          identifier: [{ system: SYSTEMS.nationalId, value: WIFE }],
          relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code }] }],
        },
        subject: husband,
        labels: ['sender/56901'],
      },
    ],
  });

  const history = await room.reader.history(wife, everything, { count: 1 });

  expect(history?.summary.children).toHaveLength(children);
});
