import { describe, expect, test } from '@jest/globals';
import type { Patient } from 'fhir/r4.js';
import { randomUUID } from 'node:crypto';
import type { Caller } from '../../src/fhir/access-policy.js';
import { PERSON, visitFile } from '../support/one-person.js';
import { startRecordRoom, type TestRecord } from '../support/record-room.js';

const everything = { noLabel: [] };
const caller: Caller = {
  agent: { kind: 'software', id: 'integrator', role: 'integrator', display: 'thử' },
  role: 'integrator',
  scopes: ['system/*.cruds'],
  requestId: 'r',
  purpose: 'HOPERAT',
};

const create = (room: TestRecord, patient: Omit<Patient, 'resourceType'>, id: string = randomUUID()) =>
  room.createPatient({ patient: { resourceType: 'Patient', ...patient, id }, id, caller, labels: [], access: () => [] });

const cccd = { system: 'http://fhir.hl7.org.vn/core/sid/cccd', value: PERSON.nationalId };
const named = { name: [{ text: PERSON.name }], gender: 'female' as const, birthDate: '1958-03-12' };

// design.md §5: what a write of a Patient means beside the computed record
describe('a Patient written through REST', () => {
  test('founds a person under its own id, exactly as written, readable and found at once', async () => {
    const room = startRecordRoom();
    const written = { ...named, maritalStatus: { text: 'góa' }, contact: [{ name: { text: 'Người thân' } }] };

    const stored = await create(room, written);

    const { meta: _meta, ...body } = JSON.parse(stored.body ?? '') as Patient;
    expect(body).toEqual({ resourceType: 'Patient', id: stored.id, ...written });
    expect(stored.origin).toBe('fact');
    const found = await room.reader.findByName({ name: 'thu nghiem', count: 5 }, everything);
    expect(found.items.map(({ personId }) => personId)).toEqual([stored.id]);
  });

  test('whoever creates twenty alike finds twenty: likeness makes tasks, never a link', async () => {
    const room = startRecordRoom();

    const ids = new Set<string>();
    for (let index = 0; index < 20; index += 1) ids.add((await create(room, named)).id);

    expect(ids.size).toBe(20);
    const found = await room.reader.findByName({ name: 'thu nghiem', count: 50 }, everything);
    expect(new Set(found.items.map(({ personId }) => personId))).toEqual(ids);
    expect((await room.reader.reviewTasks({ count: 5 })).items.length).toBeGreaterThan(0);
  });

  test('with the number of a known person it joins that person, stays readable as written and refers to the person', async () => {
    const room = startRecordRoom();
    await room.send('bhyt-xml', visitFile(), '56901');
    await room.drain();
    const [person] = await room.reader.findByNumber(PERSON.nationalId, everything);

    const stored = await create(room, { ...named, identifier: [cccd], maritalStatus: { text: 'góa' } });

    expect(stored.origin).toBe('contribution');
    expect(stored.subject).toBe(person?.personId);
    const read = await room.patients.formerPatient(stored.id);
    expect(read?.maritalStatus?.text).toBe('góa');
    expect(read?.link).toEqual([{ other: { reference: `Patient/${person?.personId ?? ''}` }, type: 'refer' }]);
    expect(await room.patients.currentPerson(stored.id)).toBe(person?.personId);
    const [merged] = await room.reader.findByNumber(PERSON.nationalId, everything);
    expect(merged?.patient.maritalStatus?.text).toBe('góa');
  });

  test('one that came first keeps its id when the visit arrives', async () => {
    const room = startRecordRoom();
    const stored = await create(room, { ...named, identifier: [cccd] });

    await room.send('bhyt-xml', visitFile(), '56901');
    await room.drain();

    const [person] = await room.reader.findByNumber(PERSON.nationalId, everything);
    expect(person?.personId).toBe(stored.id);
    const other = startRecordRoom();
    await other.send('bhyt-xml', visitFile(), '56901');
    await other.drain();
    await create(other, { ...named, identifier: [cccd] }, stored.id);
    expect(await room.recordHash()).toBe(await other.recordHash());
  });

  test('is rebuilt from its source like everything else', async () => {
    const room = startRecordRoom();
    await create(room, { ...named, identifier: [cccd], photo: [{ title: 'ảnh' }] });
    await room.drain();

    const { before, after } = await room.rebuildAll({ onBefore: () => undefined, progress: () => undefined });

    expect(after).toBe(before);
  });
});
