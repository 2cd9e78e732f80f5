import { beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent, Bundle, FhirResource, Observation, Patient } from 'fhir/r4.js';
import request from 'supertest';
import { makeAuditEventType } from '../../src/access/audit/audit-event-type.js';
import { makeResourceCodec } from '../../src/fhir/search/codec.js';
import { EXTENSIONS, recordNumberSystem, SYSTEMS } from '../../src/fhir/systems.js';
import { openMemoryStore } from '../../src/store/memory/memory-store.js';
import { aPatient, NOW, startFhir } from '../support/fhir-application.js';
import type { CallerName, FhirApplication } from '../support/fhir-application.js';

const FOREIGN_NUMBER = 'FOREIGN-7';
const CONFLICTING = 'PLANTED-CONFLICT';
const nga: Patient = aPatient({
  id: 'nga',
  identifier: [
    { system: SYSTEMS.nationalId, value: '056184000001' },
    { system: recordNumberSystem('56901'), value: 'OWN-1' },
    { system: recordNumberSystem('56902'), value: FOREIGN_NUMBER },
  ],
  extension: [{ url: EXTENSIONS.conflict, valueString: CONFLICTING }],
});
const weight = (id: string, patient = 'nga'): Observation => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: SYSTEMS.loinc, code: '29463-7' }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: '2026-02-01',
});

describe('reach over FHIR', () => {
  let fhir: FhirApplication;
  const get = async (caller: CallerName, path: string) => request(fhir.app).get(`/fhir/R4/${path}`).set('X-Test-Caller', caller);
  const entries = (body: unknown): readonly string[] =>
    ((body as Bundle).entry ?? []).map(({ resource }) => `${resource?.resourceType}/${resource?.id}`);

  beforeAll(async () => {
    const store = openMemoryStore({ codec: makeResourceCodec(), now: () => NOW.getTime() });
    fhir = await startFhir({
      store,
      everyRole: true,
      virtualTypes: [makeAuditEventType({ store, demonstration: true })],
    });
    const put = (resource: FhirResource, ...labels: readonly string[]) => fhir.put(resource, { labels });
    await put(nga, 'sender/56901', 'sender/56902', 'commune/22651');
    await put(aPatient({ id: 'other' }), 'sender/56902', 'commune/99999');
    await put(weight('ours'), 'sender/56901', 'commune/22651');
    await put(weight('theirs'), 'sender/56902', 'commune/22651');
    await put(weight('hiv'), 'sender/56901', 'commune/22651', 'restricted/hiv');
    await put(weight('foreign', 'other'), 'sender/56902', 'commune/99999');
  });

  test.each<[CallerName, readonly string[]]>([
    ['integrator', ['foreign', 'hiv', 'ours', 'theirs']],
    ['facility-56901', ['hiv', 'ours']],
    ['facility-56902', ['foreign', 'theirs']],
    ['station', ['ours', 'theirs']],
    ['citizen', ['ours', 'theirs']],
    ['steward', []],
  ])('%s finds %j, and reads nothing else', async (caller, expected) => {
    const found = await get(caller, 'Observation');
    expect([...entries(found.body)].sort()).toEqual(expected.map((id) => `Observation/${id}`));

    for (const id of ['foreign', 'hiv', 'ours', 'theirs']) {
      const read = await get(caller, `Observation/${id}`);
      expect([id, read.status]).toEqual([id, expected.includes(id) ? 200 : 404]);
    }
  });

  test('a facility never meets another one’s record number or value, whichever way it asks', async () => {
    const paths = [
      'Patient/nga',
      'Patient?_id=nga',
      'Patient?identifier=056184000001',
      'Patient/nga/$everything',
      'Patient/nga/_history/1',
    ];

    for (const path of paths) {
      const own = await get('facility-56901', path);
      expect([path, own.status]).toEqual([path, 200]);
      expect(own.text).toContain('OWN-1');
      expect(own.text).not.toContain(FOREIGN_NUMBER);
      expect(own.text).not.toContain(CONFLICTING);
      expect((await get('integrator', path)).text).toContain(FOREIGN_NUMBER);
    }
  });

  test('a facility can not find out by searching who has another one’s record number', async () => {
    const foreign = encodeURIComponent(`${recordNumberSystem('56902')}|`);
    const total = async (caller: CallerName, query: string): Promise<unknown> =>
      ((await get(caller, `Patient?${query}&_summary=count`)).body as Bundle).total;
    for (const query of [`identifier=${foreign}${FOREIGN_NUMBER}`, `identifier=${FOREIGN_NUMBER}`, `identifier=${foreign}`]) {
      expect([query, entries((await get('facility-56901', `Patient?${query}`)).body)]).toEqual([query, []]);
      expect([query, await total('facility-56901', query)]).toEqual([query, 0]);
      expect([query, await total('integrator', query)]).toEqual([query, 1]);
    }
    for (const query of [`identifier:not=${FOREIGN_NUMBER}`, `identifier:not=${foreign}${FOREIGN_NUMBER}`]) {
      expect([query, await total('facility-56901', query)]).toEqual([query, 1]);
      expect([query, await total('integrator', query)]).toEqual([query, 1]);
    }
    const own = encodeURIComponent(`${recordNumberSystem('56901')}|OWN-1`);
    for (const query of ['identifier=OWN-1', `identifier=${own}`, 'identifier=056184000001', `identifier=${foreign}X,OWN-1`]) {
      expect([query, await total('facility-56901', query)]).toEqual([query, 1]);
    }
  });

  test('a search that answers nothing or a number leaves the person asked about on its line, inside reach only', async () => {
    const lastLine = async () => (await fhir.lines()).at(-1);
    const asked = [
      'Observation?patient=nga&code=none',
      'Observation?patient=nga&_summary=count',
      'Patient?_id=nga&gender=other',
      'Patient?identifier=OWN-1&_summary=count',
    ];
    for (const path of asked) {
      await get('facility-56901', path);
      expect([path, (await lastLine())?.patients]).toEqual([path, ['nga']]);
    }
    for (const path of ['Observation?patient=other', 'Patient?_id=other', 'Observation?patient=unknown']) {
      await get('facility-56901', path);
      expect([path, (await lastLine())?.patients]).toEqual([path, []]);
    }
  });

  test('what lies beyond reach reads like what does not exist', async () => {
    const beyond = await get('facility-56901', 'Observation/theirs');
    const absent = await get('facility-56901', 'Observation/nothing');

    expect(beyond.text.replaceAll('theirs', 'X')).toBe(absent.text.replaceAll('nothing', 'X'));
  });

  test('a look is an AuditEvent of the person for the one who looked and for the citizen, not for another facility', async () => {
    await get('facility-56901', 'Observation/ours');

    const own = await get('facility-56901', 'AuditEvent?patient=Patient/nga&entity=Observation/ours');
    const event = (own.body as Bundle).entry?.[0]?.resource as AuditEvent;
    expect(event.agent[0]?.who?.identifier?.value).toBe('client-56901');
    expect(event.recorded).toBe(NOW.toISOString());
    expect((await get('facility-56901', `AuditEvent/${event.id}`)).body).toMatchObject({ id: event.id });
    expect((await get('facility-56902', `AuditEvent/${event.id}`)).status).toBe(404);
    expect((await get('station', `AuditEvent/${event.id}`)).status).toBe(404);
    expect(entries((await get('station', 'AuditEvent')).body)).toEqual([]);
    expect((await get('citizen', `AuditEvent/${event.id}`)).status).toBe(200);
  });

  test('AuditEvent answers each parameter that it claims', async () => {
    await get('facility-56901', 'Observation/ours');
    for (const parameter of [
      'patient=nga',
      'entity=Observation/ours',
      'agent=Device/client-56901',
      'agent:identifier=client-56901',
      'date=ge2026-03-01',
      'date=2026-03-01T03:00:00Z',
      'type=rest',
      'type=http://terminology.hl7.org/CodeSystem/audit-event-type|rest',
    ]) {
      const found = await get('integrator', `AuditEvent?${parameter}`);
      expect([parameter, found.status]).toEqual([parameter, 200]);
      expect([parameter, entries(found.body).length > 0]).toEqual([parameter, true]);
    }
    expect(entries((await get('integrator', 'AuditEvent?date=lt2026-03-01')).body)).toEqual([]);
    expect((await get('integrator', 'AuditEvent?site=x')).status).toBe(400);
  });
});
