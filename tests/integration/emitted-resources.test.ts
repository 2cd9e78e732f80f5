import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import request from 'supertest';
import { makeAccessLineId } from '../../src/access/audit/access-line-id.js';
import { makeAuditEventType } from '../../src/access/audit/audit-event-type.js';
import { makeAccessPolicy } from '../../src/access/policy.js';
import { isPhrError } from '../../src/errors.js';
import { validateResource } from '../../src/fhir/validation/validate.js';
import { BHYT_XML_DOOR } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { sampleFile } from '../support/bhyt-samples.js';
import { ADULT_CHECKUP, checkupFormat } from '../support/checkup-file.js';
import { startFhir, type FhirApplication } from '../support/fhir-application.js';
import { startRecordRoom, type TestRecord } from '../support/record-room.js';
import { aSheet, sheetFormat } from '../support/sheet-file.js';

/** Types of which the samples make at least one resource. */
const TYPES = [
  'AuditEvent',
  'Condition',
  'Coverage',
  'DiagnosticReport',
  'Encounter',
  'MedicationRequest',
  'Observation',
  'Patient',
  'Procedure',
  'RelatedPerson',
];

let room: TestRecord;
let fhir: FhirApplication;
beforeAll(async () => {
  room = startRecordRoom();
  for (const sample of ['hypertension', 'delivery', 'diabetes'] as const) await room.send(BHYT_XML_DOOR, sampleFile(sample));
  await room.send(checkupFormat.door, Buffer.from(ADULT_CHECKUP));
  await room.send(sheetFormat.door, Buffer.from(aSheet({}, { ma_phieu: 'SL-2', don_vi: undefined, duong_huyet: 'cao' })));
  await room.drain();
  const policy = makeAccessPolicy({
    demonstration: true,
    now: () => new Date('2026-11-25T08:00:00Z'),
    lineId: makeAccessLineId(),
  });
  fhir = await startFhir({
    store: room.store,
    virtualTypes: [room.provenance(policy), makeAuditEventType({ store: room.store, demonstration: true })],
  });
});

function findingsOf(resource: unknown): readonly string[] {
  try {
    validateResource(resource);
    return [];
  } catch (error) {
    if (!isPhrError(error)) throw error;
    return error.issues.length === 0 ? [error.message] : error.issues.map(({ text }) => text);
  }
}

async function answer(path: string): Promise<FhirResource> {
  const res = await request(fhir.app).get(`/fhir/R4/${path}`);
  return JSON.parse(res.text) as FhirResource;
}

async function bundle(path: string): Promise<Bundle> {
  const found = await answer(path);
  if (found.resourceType !== 'Bundle') throw new Error(`${path} did not answer a Bundle`);
  return found;
}

// docs/conformance.md: the same validator that guards what is written judges what is shown
describe('what the service makes of the samples is valid R4', () => {
  test('every fact, and every source resource under its own id', async () => {
    const facts = await room.store.scanResources(undefined, 1_000, 'fact');
    expect(facts.length).toBeGreaterThan(80);

    for (const { resourceType, id, body, memo } of facts) {
      expect([resourceType, id, findingsOf(JSON.parse(String(body)))]).toEqual([resourceType, id, []]);
      const { members = [] } = JSON.parse(memo ?? '{}') as { readonly members?: readonly { readonly source: string }[] };
      for (const { source } of members) {
        const found = await room.contributions.contribution({ resourceType, id: source });
        if (found !== undefined) expect([source, findingsOf(found.resource)]).toEqual([source, []]);
      }
    }
  });

  test.each(TYPES)('a search of %s: the Bundle and every entry', async (type) => {
    if (type === 'AuditEvent') await answer('Patient');
    const found = await bundle(`${type}?_count=100`);

    expect(found.entry?.length).toBeGreaterThan(0);
    expect(findingsOf(found)).toEqual([]);
    expect(found.entry?.filter(({ fullUrl }) => fullUrl === undefined)).toEqual([]);
  });

  test('the Provenance of a person', async () => {
    const patients = await bundle('Patient?_count=100');

    for (const { resource } of patients.entry ?? []) {
      const found = await bundle(`Provenance?patient=${resource?.id ?? ''}&_count=100`);
      expect(found.entry?.length).toBeGreaterThan(0);
      expect(findingsOf(found)).toEqual([]);
    }
  });

  test('everything of a person', async () => {
    const patients = await bundle('Patient?_count=100');

    for (const { resource } of patients.entry ?? []) {
      expect(findingsOf(await bundle(`Patient/${resource?.id ?? ''}/$everything`))).toEqual([]);
    }
  });

  test.each(['metadata', 'Patient?unknown=1', 'Patient/none', 'Nothing/1', 'Patient?birthdate=x'])('%s', async (path) => {
    const res = await request(fhir.app).get(`/fhir/R4/${path}`).set('Prefer', 'handling=lenient');

    expect(findingsOf(JSON.parse(res.text))).toEqual([]);
  });
});
