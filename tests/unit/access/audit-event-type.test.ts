import { describe, expect, test } from '@jest/globals';
import type { AuditEvent } from 'fhir/r4.js';
import { makeAuditEventType } from '../../../src/access/audit/audit-event-type.js';
import { LINES_BATCH, LINES_SCANNED_MAX } from '../../../src/access/audit/line-stream.js';
import type { Caller, Role } from '../../../src/fhir/access-policy.js';
import type { AccessLine } from '../../../src/store/access-log.js';
import type { SearchCriterion } from '../../../src/store/resource-store.js';
import { aLine, FACILITY_AGENT } from '../../support/access-lines.js';
import { accessParts } from '../../support/access-parts.js';

const aCaller = (role: Role, more: Partial<Caller> = {}): Caller => ({
  agent: { kind: 'person', id: `acc-${role}`, role, display: role },
  role,
  scopes: ['system/*.cruds'],
  requestId: 'r',
  purpose: 'TREAT',
  ...more,
});
const integrator = aCaller('integrator');
const citizen = aCaller('citizen', { personId: 'p1' });
const facility = aCaller('facility', { agent: FACILITY_AGENT, facilityCode: '56901' });

async function start(lines: readonly AccessLine[], more: { demonstration?: boolean; personIds?: readonly string[] } = {}) {
  const { store } = accessParts();
  await store.commit({ access: lines });
  const { personIds } = more;
  const type = makeAuditEventType({
    store,
    demonstration: more.demonstration ?? true,
    ...(personIds === undefined ? {} : { personIds: () => Promise.resolve(personIds) }),
  });
  const search = async (caller: Caller, criteria: readonly SearchCriterion[] = [], count = 50, cursor?: string) => {
    const page = await type.search(caller, { criteria, count, ...(cursor === undefined ? {} : { cursor }) });
    return { ...page, ids: page.items.map(({ id }) => Number(id?.slice(-12))) };
  };
  return { type, search };
}
const reference = (param: string, resourceType: string | undefined, id: string): SearchCriterion => ({
  param,
  kind: 'reference',
  values: [{ kind: 'reference', id, ...(resourceType === undefined ? {} : { resourceType }) }],
});
const day = (
  prefix: 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap',
  from: number,
  to: number,
): SearchCriterion => ({
  param: 'date',
  kind: 'date',
  values: [{ kind: 'date', prefix, start: Date.parse(aLine(from).at), end: Date.parse(aLine(to).at) }],
});

describe('an AuditEvent', () => {
  test('says who, what, when, why and from where', async () => {
    const { type } = await start([
      aLine(1, { reason: 'khám lại', patients: ['p1'], what: ['Patient/p1', 'Condition/c1', 'Observation'] }),
    ]);

    expect(await type.read(integrator, aLine(1).id)).toEqual({
      resourceType: 'AuditEvent',
      id: aLine(1).id,
      type: { system: 'urn:so-suc-khoe:cs:audit-event-type', code: 'page', display: 'Page' },
      subtype: [{ system: 'urn:so-suc-khoe:cs:access-interaction', code: 'station-history' }],
      action: 'R',
      recorded: '2026-11-25T01:01:00.000Z',
      outcome: '0',
      purposeOfEvent: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }], text: 'khám lại' },
      ],
      agent: [
        {
          role: [{ coding: [{ system: 'urn:so-suc-khoe:cs:role', code: 'station' }] }],
          who: {
            type: 'Practitioner',
            identifier: { system: 'urn:so-suc-khoe:sid:account', value: 'acc-station' },
            display: 'Trạm Y tế 22651',
          },
          requestor: true,
          network: { address: '10.0.0.9', type: '2' },
        },
      ],
      source: { observer: { display: 'Sổ Sức Khỏe' } },
      entity: [
        {
          what: { reference: 'Patient/p1' },
          type: { system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type', code: '1', display: 'Person' },
          role: { system: 'http://terminology.hl7.org/CodeSystem/object-role', code: '1', display: 'Patient' },
        },
        {
          what: { reference: 'Condition/c1' },
          type: { system: 'http://hl7.org/fhir/resource-types', code: 'Condition' },
          role: { system: 'http://terminology.hl7.org/CodeSystem/object-role', code: '4', display: 'Domain Resource' },
        },
        {
          type: { system: 'http://hl7.org/fhir/resource-types', code: 'Observation' },
          role: { system: 'http://terminology.hl7.org/CodeSystem/object-role', code: '24', display: 'Query' },
        },
      ],
    });
  });

  test('of software is a REST event with the interaction of the specification', async () => {
    const { type } = await start([aLine(1, { agent: FACILITY_AGENT, interaction: 'search-type', patients: [], what: [] })]);

    const event = (await type.read(facility, aLine(1).id)) as AuditEvent;

    expect(event.type).toMatchObject({ system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' });
    expect(event.subtype).toEqual([{ system: 'http://hl7.org/fhir/restful-interaction', code: 'search-type' }]);
    expect(event.agent[0]?.who?.type).toBe('Device');
    expect(event).not.toHaveProperty('entity');
  });

  test('of an operation says so in the code of the specification, beside our own', async () => {
    const { type } = await start([aLine(1, { agent: FACILITY_AGENT, interaction: 'patient-everything' })]);

    const event = (await type.read(facility, aLine(1).id)) as AuditEvent;

    expect(event.subtype).toEqual([
      { system: 'http://hl7.org/fhir/restful-interaction', code: 'operation' },
      { system: 'urn:so-suc-khoe:cs:access-interaction', code: 'patient-everything' },
    ]);
  });

  test('names a kept file by an identifier: a submission is no type of FHIR', async () => {
    const line = aLine(1, { agent: FACILITY_AGENT, interaction: 'intake', patients: [], what: ['Submission/s1', 'Submission'] });
    const { type } = await start([line]);

    const event = (await type.read(facility, line.id)) as AuditEvent;

    const kept = {
      type: { system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type', code: '2', display: 'System Object' },
      role: { system: 'http://terminology.hl7.org/CodeSystem/object-role', code: '3', display: 'Report' },
    };
    expect(event.entity).toEqual([
      { what: { identifier: { system: 'urn:so-suc-khoe:sid:submission', value: 's1' }, display: 'Submission' }, ...kept },
      { what: { display: 'Submission' }, ...kept },
    ]);
  });
});

describe('reach', () => {
  const lines = [
    aLine(1),
    aLine(2, { patients: ['p2'], what: ['Patient/p2', 'Condition/c2'] }),
    aLine(3, { agent: FACILITY_AGENT, patients: ['p1', 'p2'], what: ['Observation/o1', 'Observation/o2', 'Patient/p2'] }),
    aLine(4, { agent: { ...FACILITY_AGENT, id: 'other' } }),
  ];

  test('the integrator sees all lines, in production none', async () => {
    expect((await (await start(lines)).search(integrator)).ids).toEqual([4, 3, 2, 1]);
    expect((await (await start(lines, { demonstration: false })).search(integrator)).ids).toEqual([]);
  });

  test('a facility sees its own accesses only', async () => {
    const { search, type } = await start(lines);

    expect((await search(facility)).ids).toEqual([3]);
    expect((await search(facility)).patients).toEqual(['p1', 'p2']);
    expect(await type.read(facility, aLine(1).id)).toBeUndefined();
    expect(await type.read(facility, aLine(4).id)).toBeUndefined();
  });

  test('a citizen sees the lines of the own person, and of a look at several nothing of the others', async () => {
    const { search, type } = await start(lines);

    const page = await search(citizen);

    expect(page.ids).toEqual([4, 3, 1]);
    expect(page.patients).toEqual(['p1']);
    const text = JSON.stringify(page.items);
    for (const hidden of ['p2', 'Observation/o', 'acc-station', '10.0.0.9']) expect(text).not.toContain(hidden);
    expect(await type.read(citizen, aLine(2).id)).toBeUndefined();
    expect(JSON.stringify(await type.read(citizen, aLine(3).id))).not.toContain('p2');
  });

  test('a citizen finds nothing by what is hidden from the citizen', async () => {
    const { search } = await start(lines);

    expect((await search(citizen, [reference('patient', undefined, 'p2')])).ids).toEqual([]);
    expect((await search(citizen, [reference('entity', 'Patient', 'p2')])).ids).toEqual([]);
    expect((await search(citizen, [reference('entity', 'Observation', 'o2')])).ids).toEqual([]);
    expect((await search(citizen, [reference('agent', undefined, 'acc-station')])).ids).toEqual([]);
    expect((await search(citizen, [reference('entity', 'Condition', 'c1')])).ids).toEqual([4, 1]);
  });

  test('after a merge the lines of every earlier id count', async () => {
    const { search } = await start(lines, { personIds: ['p1', 'p2'] });

    expect((await search(citizen)).ids).toEqual([4, 3, 2, 1]);
  });

  test.each<[Role]>([['station'], ['steward'], ['sender'], ['operator']])('%s sees none', async (role) => {
    const { search, type } = await start(lines);
    const caller = aCaller(role, { personId: 'p1', communeCode: '22651' });

    expect((await search(caller)).ids).toEqual([]);
    expect(await type.read(caller, aLine(1).id)).toBeUndefined();
  });

  test('a citizen without person sees none', async () => {
    const { search, type } = await start(lines);

    expect((await search(aCaller('citizen'))).ids).toEqual([]);
    expect(await type.read(aCaller('citizen'), aLine(1).id)).toBeUndefined();
  });
});

describe('search', () => {
  const lines = [
    aLine(1),
    aLine(2, { agent: FACILITY_AGENT, interaction: 'read', patients: ['p2'], what: ['Observation/o2'] }),
    aLine(3, { patients: ['p2'], what: ['Patient/p2'] }),
  ];
  const tokens = (param: string, ...codes: readonly { system?: string; code?: string }[]): SearchCriterion => ({
    param,
    kind: 'token',
    values: codes.map((code) => ({ kind: 'token', ...code })),
  });

  test.each<[string, readonly SearchCriterion[], readonly number[]]>([
    ['patient', [reference('patient', 'Patient', 'p2')], [3, 2]],
    ['entity of a patient', [reference('entity', 'Patient', 'p2')], [3, 2]],
    ['entity of a resource', [reference('entity', 'Observation', 'o2')], [2]],
    ['entity without type', [reference('entity', undefined, 'c1')], [1]],
    ['agent', [reference('agent', 'Device', 'bv-56901')], [2]],
    ['agent of another kind', [reference('agent', 'Practitioner', 'bv-56901')], []],
    ['agent:identifier', [{ ...tokens('agent', { code: 'acc-station' }), modifier: 'identifier' }], [3, 1]],
    ['type', [tokens('type', { code: 'rest' })], [2]],
    ['type of a system', [tokens('type', { system: 'urn:so-suc-khoe:cs:audit-event-type', code: 'page' })], [3, 1]],
    ['type of another system', [tokens('type', { system: 'urn:other', code: 'page' })], []],
    ['either of two types', [tokens('type', { code: 'rest' }, { code: 'page' })], [3, 2, 1]],
    ['_id', [tokens('_id', { code: aLine(2).id })], [2]],
    ['date eq', [day('eq', 2, 3)], [2]],
    ['date ne', [day('ne', 2, 3)], [3, 1]],
    ['date gt', [day('gt', 1, 2)], [3, 2]],
    ['date sa', [day('sa', 2, 3)], [3]],
    ['date ge', [day('ge', 2, 3)], [3, 2]],
    ['date lt', [day('lt', 2, 3)], [1]],
    ['date eb', [day('eb', 3, 4)], [2, 1]],
    ['date le', [day('le', 2, 3)], [2, 1]],
    ['a range of dates', [day('ge', 2, 3), day('lt', 3, 4)], [2]],
    [
      'either of two agents',
      [
        {
          ...reference('agent', 'Device', 'bv-56901'),
          values: [
            { kind: 'reference', id: 'bv-56901' },
            { kind: 'reference', id: 'acc-station' },
          ],
        },
      ],
      [3, 2, 1],
    ],
    ['a patient and another entity', [reference('patient', undefined, 'p1'), reference('entity', 'Patient', 'p2')], []],
    [
      'more alternatives than streams',
      [
        {
          ...reference('patient', undefined, 'p2'),
          values: Array.from({ length: 30 }, (_, index) => ({ kind: 'reference', id: `p${index}` })),
        },
      ],
      [3, 2, 1],
    ],
    ['several at once', [reference('patient', undefined, 'p2'), tokens('type', { code: 'page' })], [3]],
  ])('by %s', async (_, criteria, expected) => {
    expect((await (await start(lines)).search(integrator, criteria)).ids).toEqual(expected);
  });

  test.each<[string, SearchCriterion]>([
    ['a modifier', { ...tokens('type', { code: 'rest' }), modifier: 'not' }],
    ['missing', { param: 'patient', kind: 'reference', values: [{ kind: 'missing', missing: true }] }],
    ['an approximate date', day('ap', 1, 2)],
    ['an unknown parameter', tokens('site', { code: 'x' })],
  ])('refuses %s', async (_, criterion) => {
    await expect((await start(lines)).search(integrator, [criterion])).rejects.toMatchObject({ category: 'unsupported' });
  });

  test('a rare line is found behind any number of others when the store can narrow the search', async () => {
    const { search } = await start([
      aLine(0, { agent: FACILITY_AGENT, patients: ['p9'], what: ['Patient/p9', 'Observation/rare'] }),
      ...Array.from({ length: LINES_SCANNED_MAX }, (_, index) => aLine(index + 1)),
    ]);

    for (const criterion of [
      reference('patient', 'Patient', 'p9'),
      reference('entity', 'Patient', 'p9'),
      reference('entity', 'Observation', 'rare'),
      reference('agent', 'Device', 'bv-56901'),
      { ...tokens('agent', { code: 'bv-56901' }), modifier: 'identifier' },
    ]) {
      expect((await search(integrator, [criterion])).ids).toEqual([0]);
    }
  });

  test('a page goes on where it ended, and each line comes once', async () => {
    const { search } = await start(Array.from({ length: 7 }, (_, index) => aLine(index)));

    const first = await search(integrator, [], 3);
    const second = await search(integrator, [], 3, first.next);
    const third = await search(integrator, [], 3, second.next);

    expect([first.ids, second.ids, third.ids]).toEqual([[6, 5, 4], [3, 2, 1], [0]]);
    expect(third.next).toBeUndefined();
    await expect(search(integrator, [], 3, 'nonsense')).rejects.toMatchObject({ category: 'invalid' });
  });

  test('lines of two persons merge in order across batches', async () => {
    const { search } = await start(
      Array.from({ length: 3 * LINES_BATCH }, (_, index) => aLine(index, { patients: [index % 3 === 0 ? 'p2' : 'p1'] })),
      { personIds: ['p1', 'p2'] },
    );

    const { ids } = await search(citizen, [], 3 * LINES_BATCH);

    expect(ids).toEqual(Array.from({ length: 3 * LINES_BATCH }, (_, index) => 3 * LINES_BATCH - 1 - index));
  });

  test('a page looks through a bounded number of lines, then goes on from there', async () => {
    // Without its type the store can't narrow it down.
    const rare = reference('entity', undefined, 'rare');
    const haystack = (length: number) => [
      aLine(0, { what: ['Observation/rare'] }),
      ...Array.from({ length }, (_, index) => aLine(index + 1)),
    ];

    const within = await (await start(haystack(LINES_SCANNED_MAX - 1))).search(integrator, [rare]);
    const { search } = await start(haystack(LINES_SCANNED_MAX));
    const beyond = await search(integrator, [rare]);

    expect(within.ids).toEqual([0]);
    expect(beyond.ids).toEqual([]);
    expect((await search(integrator, [rare], 50, beyond.next)).ids).toEqual([0]);
  });
});
