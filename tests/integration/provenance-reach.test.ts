import { expect, test } from '@jest/globals';
import type { Provenance } from 'fhir/r4.js';
import { makeAccessPolicy } from '../../src/access/policy.js';
import type { Caller } from '../../src/fhir/access-policy.js';
import { BHYT_XML_DOOR } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { printSummary } from '../support/bhyt-printer.js';
import { startRecordRoom } from '../support/record-room.js';

const callerOf = (role: 'facility' | 'integrator', code?: string): Caller => ({
  agent: { kind: 'software', id: `client-${code ?? role}`, role, display: 'Phần mềm' },
  role,
  scopes: ['system/*.cruds'],
  requestId: 'r1',
  purpose: 'TREAT',
  ...(code === undefined ? {} : { facilityCode: code }),
});

test('a Provenance tells a facility of its own contributions, never how often others sent', async () => {
  const room = startRecordRoom();
  await room.send(BHYT_XML_DOOR, Buffer.from(printSummary({ MA_LK: 'A' })), '56901');
  const other = { MA_LK: 'B', MA_CSKCB: '56902', NGAY_VAO: '202604160735', NGAY_RA: '202604161020' };
  await room.send(BHYT_XML_DOOR, Buffer.from(printSummary(other, { unit: '56902', date: '20260417' })), '56902');
  await room.drain();
  const [person] = await room.reader.findByNumber('056158000117', { noLabel: [] });
  const type = room.provenance(makeAccessPolicy({ demonstration: true, now: () => new Date(0), lineId: () => 'l1' }));
  const sourcesOf = async (caller: Caller): Promise<readonly (string | undefined)[]> => {
    const read = (await type.read(caller, `Patient.${person?.personId ?? ''}`)) as Provenance | undefined;
    return (read?.entity ?? []).map(({ what }) => what.reference);
  };

  const [first, second, all] = [
    await sourcesOf(callerOf('facility', '56901')),
    await sourcesOf(callerOf('facility', '56902')),
    await sourcesOf(callerOf('integrator')),
  ];

  expect([first.length, second.length]).toEqual([1, 1]);
  expect([...first, ...second].sort()).toEqual([...all].sort());
});
