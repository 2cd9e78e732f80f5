import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import {
  aBundle,
  aCondition,
  anEncounter,
  anEntry,
  anObservation,
  aPatient,
  bundleOf,
  bytesOf,
  PATIENT_URL,
} from '../support/bundle-file.js';
import { PERSON, sheetFile, visitFile } from '../support/one-person.js';
import { startRecordRoom, type TestRecord } from '../support/record-room.js';

const send = (room: TestRecord, bundle: Bundle): Promise<string> => room.send('fhir', bytesOf(bundle), '56902');
async function roomOf(...bundles: readonly Bundle[]): Promise<TestRecord> {
  const room = startRecordRoom();
  for (const bundle of bundles) await send(room, bundle);
  await room.drain();
  return room;
}
const weightsOf = async (room: TestRecord): Promise<readonly unknown[]> =>
  (
    await room.store.search({
      resourceTypes: ['Observation'],
      criteria: [],
      order: 'newest',
      count: 50,
      anyLabel: ['sender/56902'],
    })
  ).items.map(({ body }) => (JSON.parse(body ?? '{}') as { valueQuantity?: { value: number } }).valueQuantity?.value);
const receiptOf = async (room: TestRecord, id: string) => room.submissions.receipt(id);

describe('POST /intake/fhir into the record', () => {
  test('a Bundle joins the person that other sources name by number', async () => {
    const room = startRecordRoom();
    await room.send('bhyt-xml', visitFile(), '56901');
    await room.send('sheet/blood-pressure-glucose', sheetFile(), '56903');
    const receipt = await send(room, bundleOf());
    await room.drain();

    const patients = await room.store.search({
      resourceTypes: ['Patient'],
      criteria: [],
      order: 'newest',
      count: 9,
      anyLabel: ['sender/56902'],
    });
    expect(patients.items).toHaveLength(1);
    expect(patients.items[0]?.body).toContain(PERSON.nationalId);
    const encounters = await room.store.search({
      resourceTypes: ['Encounter'],
      criteria: [],
      order: 'newest',
      count: 9,
      subject: patients.items[0]?.id ?? '',
    });
    expect(encounters.items).toHaveLength(3);
    expect(await receiptOf(room, receipt)).toMatchObject({
      state: 'completed',
      visits: [{ key: 'fhir|56902|V-1', state: 'accepted' }],
    });
    const links = (await receiptOf(room, receipt))?.visits[0]?.links ?? [];
    expect(links.some((link) => link.startsWith('Encounter/'))).toBe(true);
  });

  test('the same bytes are one submission; a correction replaces, an old version does not, a withdrawal takes back', async () => {
    const first = bundleOf({}, 61);
    const corrected = bundleOf({ timestamp: '2026-10-02T09:00:00+07:00' }, 62);
    const room = await roomOf(first);
    expect(await send(room, first)).toBe(await send(room, first));
    await send(room, corrected);
    await room.drain();
    expect(await weightsOf(room)).toEqual([62]);

    expect(await weightsOf(await roomOf(corrected, first))).toEqual([62]);
    expect(await (await roomOf(corrected, first)).recordHash()).toBe(await room.recordHash());

    const withdrawn = aBundle([anEntry(aPatient()), anEntry(anEncounter({ status: 'entered-in-error' }))], {
      timestamp: '2026-10-03T09:00:00+07:00',
    });
    await send(room, withdrawn);
    await room.drain();
    expect(await weightsOf(room)).toEqual([]);
    expect(await (await roomOf(withdrawn, first, corrected)).recordHash()).toBe(await room.recordHash());
  });

  test('one visit that is refused does not stop its neighbours', async () => {
    const nameless = { fullUrl: 'urn:uuid:nameless', resource: aPatient({ name: undefined, identifier: undefined } as never) };
    const room = startRecordRoom();
    const id = await send(room, aBundle([...(bundleOf().entry ?? []), nameless]));
    await room.drain();

    expect((await receiptOf(room, id))?.visits.map(({ state }) => state)).toEqual(['accepted', 'refused']);
  });

  test('immunizations and allergies of a Bundle are facts of their own', async () => {
    const patient = { reference: 'urn:uuid:0f5b1c1e-0000-4000-8000-000000000001' };
    const room = await roomOf(
      aBundle([
        anEntry(aPatient()),
        {
          resource: {
            resourceType: 'Immunization',
            status: 'completed',
            vaccineCode: { text: 'Viêm gan B' },
            patient,
            occurrenceDateTime: '2026-10-01',
          } as FhirResource,
        },
        {
          resource: {
            resourceType: 'AllergyIntolerance',
            code: { text: 'Penicillin' },
            patient,
            clinicalStatus: {
              coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
            },
          } as FhirResource,
        },
      ]),
    );
    const found = await room.store.search({
      resourceTypes: ['Immunization', 'AllergyIntolerance'],
      criteria: [],
      order: 'newest',
      count: 9,
      anyLabel: ['sender/56902'],
    });
    expect(found.items.map(({ resourceType }) => resourceType).sort()).toEqual(['AllergyIntolerance', 'Immunization']);
  });

  test('rebuilt from its sources the record is the same', async () => {
    const room = await roomOf(
      bundleOf(),
      aBundle([anEntry(aPatient()), anEntry(anEncounter({ identifier: [{ value: 'V-2' }] })), anEntry(aCondition())]),
    );
    const { before, after } = await room.rebuildAll({ onBefore: () => undefined, progress: () => undefined });
    expect(after).toBe(before);
  });
});

/** A visit whose entries name each other: a cover, a report with results, an immunization with a reaction. */
const ENTRIES = [
  anEntry(aPatient()),
  anEntry(anEncounter({ diagnosis: [{ condition: { reference: 'urn:uuid:condition' } }] })),
  { ...anEntry(aCondition()), fullUrl: 'urn:uuid:condition' },
  { ...anEntry(anObservation(61)), fullUrl: 'urn:uuid:weight' },
  { ...anEntry(anObservation(62)), fullUrl: 'urn:uuid:weight-again' },
  {
    ...anEntry(
      anObservation(0, {
        code: { coding: [{ system: 'http://loinc.org', code: '882-1' }] },
        valueQuantity: undefined,
        valueCodeableConcept: { text: 'A Rh+' },
      }),
    ),
    fullUrl: 'urn:uuid:blood-group',
  },
  ...(
    [
      { resourceType: 'Coverage', status: 'active', beneficiary: { reference: PATIENT_URL }, payor: [{ display: 'BHXH' }] },
      {
        resourceType: 'DiagnosticReport',
        status: 'final',
        code: { text: 'Tổng quát' },
        subject: { reference: PATIENT_URL },
        result: ['weight', 'weight-again', 'blood-group'].map((name) => ({ reference: `urn:uuid:${name}` })),
      },
      {
        resourceType: 'Immunization',
        status: 'completed',
        vaccineCode: { text: 'Viêm gan B' },
        patient: { reference: PATIENT_URL },
        occurrenceDateTime: '2026-10-01',
        reaction: [{ detail: { reference: 'urn:uuid:weight' } }],
      },
      {
        resourceType: 'MedicationRequest',
        status: 'active',
        intent: 'order',
        medicationCodeableConcept: { text: 'Metformin' },
        subject: { reference: PATIENT_URL },
        insurance: [{ reference: 'urn:uuid:Coverage' }],
        reasonReference: [{ reference: 'urn:uuid:condition' }],
      },
    ] as FhirResource[]
  ).map((resource) => ({ resource, fullUrl: `urn:uuid:${resource.resourceType}` })),
];

describe('entries that name each other', () => {
  const factsOf = async (room: TestRecord) =>
    (
      await room.store.search({
        resourceTypes: [
          'Patient',
          'Encounter',
          'Condition',
          'Observation',
          'Coverage',
          'DiagnosticReport',
          'Immunization',
          'MedicationRequest',
        ],
        criteria: [],
        order: 'newest',
        count: 50,
        anyLabel: ['sender/56902'],
      })
    ).items;

  test('every reference of the record leads to something of the record', async () => {
    const room = await roomOf(aBundle(ENTRIES));
    const facts = await factsOf(room);
    const known = new Set(facts.map(({ resourceType, id }) => `${resourceType}/${id}`));
    const named = facts.flatMap(({ body }) =>
      [...(body ?? '').matchAll(/"reference":"([^"]+)"/g)].map(([, literal]) => literal ?? ''),
    );

    expect(facts).toHaveLength(ENTRIES.length);
    expect(named.length).toBeGreaterThan(ENTRIES.length);
    expect([...new Set(named)].filter((literal) => !known.has(literal))).toEqual([]);
  });

  test('in another order, under other names, they are the same facts', async () => {
    const contentOf = async (room: TestRecord) =>
      (await factsOf(room))
        .map(({ resourceType, id, body }) => {
          const { meta: _meta, ...content } = JSON.parse(body ?? '{}') as { readonly meta?: unknown };
          return { ...content, is: `${resourceType}/${id}` };
        })
        .sort((a, b) => (a.is < b.is ? -1 : 1));
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(ENTRIES, { minLength: ENTRIES.length }), fc.uuid(), async (shuffled, name) => {
        const room = await roomOf(aBundle(ENTRIES));
        const before = await contentOf(room);
        const again = JSON.stringify(aBundle(shuffled)).replaceAll('urn:uuid:', `urn:uuid:${name}`);
        const receipt = await room.send('fhir', Buffer.from(again), '56902');
        await room.drain();

        expect((await receiptOf(room, receipt))?.visits).toMatchObject([{ state: 'accepted' }]);
        expect(await contentOf(room)).toEqual(before);
      }),
      { numRuns: 25 },
    );
  });
});
