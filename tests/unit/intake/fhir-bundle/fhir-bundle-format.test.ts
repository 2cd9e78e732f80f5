import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { validateResource } from '../../../../src/fhir/validation/validate.js';
import { makeFhirBundleFormat, SENDER_RESTRICTED } from '../../../../src/intake/fhir-bundle/fhir-bundle-format.js';
import { MAX_ENTRIES } from '../../../../src/intake/fhir-bundle/read-bundle.js';
import { issueTimeOf } from '../../../../src/intake/fhir-bundle/times.js';
import type { ParsedVisit } from '../../../../src/intake/parsed-visit.js';
import {
  aBundle,
  aCondition,
  anEncounter,
  anEntry,
  anObservation,
  aPatient,
  bundleOf,
  bytesOf,
  ENCOUNTER_URL,
  PATIENT_URL,
} from '../../../support/bundle-file.js';
import { thrownBy } from '../../../support/thrown-by.js';

const format = makeFhirBundleFormat({
  validate: validateResource,
  restrictionOf: (resource) => (JSON.stringify(resource).includes('B20') ? 'restricted/hiv' : undefined),
});
const limits = { maxBytes: 1_000_000, maxVisits: 100 };

function read(
  bundle: unknown,
  facilityCode: string | undefined = '56902',
): { readonly visits: readonly ParsedVisit[]; readonly problems: readonly string[] } {
  const cut = format.cut(bytesOf(bundle), limits);
  const context = format.readContext(cut.skeleton);
  const sender = { clientId: 'clinic', ...(facilityCode === undefined ? {} : { facilityCode }) };
  return {
    visits: cut.segments.map((segment, index) => format.parse(segment, index + 1, context, sender)),
    problems: context.problems.map(({ code, row }) => `${code} ${String(row ?? '')}`.trim()),
  };
}
const one = (bundle: unknown, facilityCode?: string): ParsedVisit => {
  const { visits } = read(bundle, facilityCode);
  expect(visits).toHaveLength(1);
  return visits[0] as ParsedVisit;
};
const typesOf = ({ subjects }: ParsedVisit): readonly string[] =>
  (subjects[0]?.resources ?? []).map(({ resource }) => `${resource.resourceType}/${resource.id ?? ''}`);
const codesOf = ({ problems }: ParsedVisit): readonly string[] => problems.map(({ code }) => code);
const resourceOf = <T extends FhirResource>(visit: ParsedVisit, type: T['resourceType']): T =>
  visit.subjects[0]?.resources.find(({ resource }) => resource.resourceType === type)?.resource as T;

describe('a Bundle at the door', () => {
  test.each([
    ['no JSON', '{', 'malformed'],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'malformed'],
    ['a list', '[]', 'malformed'],
    ['another resource', '{"resourceType":"Patient"}', 'malformed'],
    ['a searchset', '{"resourceType":"Bundle","type":"searchset"}', 'malformed'],
    ['entries that are no list', '{"resourceType":"Bundle","type":"collection","entry":{}}', 'malformed'],
    ['depth', `{"resourceType":"Bundle","type":"collection","x":${'['.repeat(70)}${']'.repeat(70)}}`, 'too-costly'],
  ])('%s is refused at once', (_, text, category) => {
    expect(thrownBy(() => format.check?.(Buffer.from(text), limits))).toMatchObject({ category });
    expect(thrownBy(() => format.cut(Buffer.from(text), limits))).toMatchObject({ category });
  });

  test('bytes, entries and visits have their bounds', () => {
    const bytes = bytesOf(bundleOf());
    const entries = (count: number): Buffer => bytesOf(aBundle(Array.from({ length: count }, () => ({}))));
    const patients = (count: number): Buffer =>
      bytesOf(
        aBundle(Array.from({ length: count }, (_, index) => ({ fullUrl: `urn:uuid:${String(index)}`, resource: aPatient() }))),
      );

    expect(() => format.check?.(bytes, { ...limits, maxBytes: bytes.length })).not.toThrow();
    expect(thrownBy(() => format.check?.(bytes, { ...limits, maxBytes: bytes.length - 1 }))).toMatchObject({
      category: 'too-large',
    });
    expect(() => format.check?.(entries(MAX_ENTRIES), limits)).not.toThrow();
    expect(thrownBy(() => format.check?.(entries(MAX_ENTRIES + 1), limits))).toMatchObject({ category: 'too-large' });
    expect(format.cut(patients(100), limits).segments).toHaveLength(100);
    expect(thrownBy(() => format.cut(patients(101), limits))).toMatchObject({ category: 'too-large' });
  });

  test('the file stays whole beside its visits', () => {
    const bytes = bytesOf(bundleOf());
    expect(format.cut(bytes, limits).skeleton).toEqual([bytes]);
  });
});

describe('a visit of a Bundle', () => {
  test('is what its Encounter and what refers to it say', () => {
    const visit = one(bundleOf());

    expect(visit).toMatchObject({
      key: 'fhir|56902|V-1',
      sender: '56902',
      kind: 'visit',
      issueTime: '202610010900',
      withdrawal: false,
      refused: false,
      eventDate: '2026-10-01T08:00:00+07:00',
      problems: [],
    });
    expect(visit.subjects[0]?.identity).toMatchObject({
      source: '56902',
      sourceType: 'visit',
      sourcePatientId: 'BN-77',
      nationalId: '056158000117',
      birthDate: '1958-03-12',
    });
    expect(visit.subjects[0]?.patient.resource.identifier).toContainEqual(
      expect.objectContaining({ system: 'urn:so-suc-khoe:sid:mrn:56902', value: 'BN-77' }),
    );
    expect(typesOf(visit)[0]).toBe('Encounter/encounter');
    expect(resourceOf(visit, 'Observation')).toMatchObject({
      subject: { reference: 'Patient/patient' },
      encounter: { reference: 'Encounter/encounter' },
    });
  });

  test('every value leads to its entry as sent, decimals with their digits', () => {
    const bytes = Buffer.from(JSON.stringify(bundleOf()).replace('61.5', '61.50'));
    const [segment] = format.cut(bytes, limits).segments;
    const visit = format.parse(segment ?? new Uint8Array(), 1, { issueTime: '', problems: [] }, { clientId: 'clinic' });
    const weight = visit.subjects[0]?.resources.find(({ resource }) => resource.resourceType === 'Observation');

    expect(weight?.trace).toContainEqual({
      path: 'valueQuantity',
      table: 'Observation',
      row: 3,
      field: 'valueQuantity',
      sent: '{"value":61.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}',
    });
  });

  test('two Encounters are two visits, and what names none of several is one by itself', () => {
    const second = anEncounter({ identifier: [{ value: 'V-2' }] });
    const loose = anObservation(60, { encounter: undefined });
    const { visits } = read(
      aBundle([
        anEntry(aPatient()),
        anEntry(anEncounter()),
        { fullUrl: 'urn:uuid:second', resource: second },
        anEntry(anObservation(61)),
        anEntry(anObservation(62, { encounter: { reference: 'urn:uuid:second' } })),
        anEntry(loose),
      ]),
    );

    expect(visits.map(({ key }) => key)).toEqual([
      'fhir|56902|V-1',
      'fhir|56902|V-2',
      expect.stringMatching(/^fhir\|56902\|B-1#[0-9a-f]{16}$/),
    ]);
    expect(visits.map((visit) => typesOf(visit).length)).toEqual([2, 2, 1]);
  });

  test('two Patients are two people', () => {
    const other = {
      fullUrl: 'urn:uuid:other',
      resource: aPatient({ identifier: undefined, name: [{ text: 'Trần Văn Hai' }] } as Partial<FhirResource>),
    };
    const { visits } = read(
      aBundle([
        ...(bundleOf().entry ?? []),
        other,
        anEntry(anObservation(70, { subject: { reference: 'urn:uuid:other' }, encounter: undefined })),
      ]),
    );

    expect(visits.map(({ subjects }) => subjects[0]?.identity.name)).toEqual(['Nguyễn Thị Thử Nghiệm', 'Trần Văn Hai']);
  });

  test.each([
    ['the Encounter', bundleOf(), 'fhir|56902|V-1'],
    ['the Bundle', aBundle([anEntry(aPatient()), anEntry(anObservation(61, { encounter: undefined }))]), 'fhir|56902|B-1'],
    [
      'the Composition',
      aBundle(
        [
          {
            resource: {
              resourceType: 'Composition',
              status: 'final',
              type: {},
              date: '2026-10-02',
              author: [],
              title: 'x',
              identifier: { value: 'C-1' },
            } as unknown as FhirResource,
          },
          anEntry(aPatient()),
          anEntry(anObservation(61, { encounter: undefined })),
        ],
        { type: 'document', identifier: {}, timestamp: undefined as unknown as string },
      ),
      'fhir|56902|C-1',
    ],
  ])('takes its key from %s', (_, bundle, key) => {
    expect(one(bundle).key).toBe(key);
  });

  test('without any number its content is its key, and the sender is told what that means', () => {
    const bundle = aBundle([anEntry(aPatient()), anEntry(anObservation(61, { encounter: undefined }))], { identifier: {} });
    const visit = one(bundle);

    expect(visit.key).toMatch(/^fhir\|56902\|sha256:[0-9a-f]{32}$/);
    expect(codesOf(visit)).toEqual(['no-identifier']);
    expect(one({ ...bundle, entry: [...(bundle.entry ?? [])].reverse() }).key).toBe(visit.key);
  });

  test('another facility than the account is refused; who may send for all says whose it is', () => {
    expect(one(bundleOf(), '56901')).toMatchObject({
      refused: true,
      subjects: [],
      problems: [{ code: 'foreign-facility', severity: 'error' }],
    });
    const { visits } = read(bundleOf(), '');
    expect(visits[0]?.refused).toBe(true);
    const free = format.cut(bytesOf(bundleOf()), limits);
    expect(
      format.parse(free.segments[0] ?? new Uint8Array(), 1, { issueTime: '', problems: [] }, { clientId: 'integrator' }),
    ).toMatchObject({ key: 'fhir|56902|V-1', refused: false });
  });

  test('the facility may stand in an Organization of the Bundle', () => {
    const organization = {
      fullUrl: 'urn:uuid:org',
      resource: {
        resourceType: 'Organization',
        identifier: [{ system: 'http://fhir.hl7.org.vn/core/sid/ma-cskcb', value: '56903' }],
        name: 'Phòng khám mẫu',
      } as FhirResource,
    };
    const bundle = aBundle([
      anEntry(aPatient()),
      anEntry(anEncounter({ serviceProvider: { reference: 'urn:uuid:org' } })),
      organization,
    ]);

    expect(one(bundle, '56903')).toMatchObject({ key: 'fhir|56903|V-1', refused: false });
    expect(resourceOf(one(bundle, '56903'), 'Encounter')).toMatchObject({
      serviceProvider: { identifier: { value: '56903' }, display: 'Phòng khám mẫu' },
    });
    expect(read(bundle, '56903').problems).toEqual(['not-shown 3']);
    expect(one(bundle, '56901').refused).toBe(true);
  });

  test.each([
    ['the Encounter', aBundle([anEntry(aPatient()), anEntry(anEncounter({ status: 'entered-in-error' }))])],
    [
      'the Composition',
      {
        ...bundleOf({ type: 'document' }),
        entry: [{ resource: { resourceType: 'Composition', status: 'entered-in-error' } }, ...(bundleOf().entry ?? [])],
      },
    ],
  ])('%s entered in error withdraws it', (_, bundle) => {
    expect(one(bundle)).toMatchObject({ key: 'fhir|56902|V-1', withdrawal: true, refused: false, subjects: [] });
  });

  test('an entry that is not valid is left out and told, its neighbours stay', () => {
    const visit = one(
      aBundle([
        anEntry(aPatient()),
        anEntry(anEncounter()),
        anEntry(anObservation(61, { status: 'sure' })),
        anEntry(aCondition()),
      ]),
    );

    expect(typesOf(visit).map((name) => name.split('/')[0])).toEqual(['Encounter', 'Condition']);
    expect(visit.problems).toEqual([
      expect.objectContaining({
        severity: 'warning',
        code: 'not-valid',
        table: 'Observation',
        row: 3,
        field: 'Observation.status',
      }),
    ]);
    expect(visit.problems[0]?.message).not.toContain('sure');
  });

  test('a Patient that is not valid, or has no name, refuses the visit', () => {
    const withPatient = (patient: FhirResource): ParsedVisit => one(aBundle([anEntry(patient), anEntry(anEncounter())]));

    expect(withPatient(aPatient({ gender: 'f' } as unknown as Partial<FhirResource>))).toMatchObject({
      refused: true,
      subjects: [],
    });
    expect(codesOf(withPatient(aPatient({ name: [] } as unknown as Partial<FhirResource>)))).toContain('not-valid');
    expect(codesOf(withPatient(aPatient({ name: undefined } as unknown as Partial<FhirResource>)))).toContain('missing-name');
    expect(codesOf(withPatient(aPatient({ birthDate: undefined } as unknown as Partial<FhirResource>)))).toEqual([
      'missing-birth-date',
    ]);
  });

  test('what has no rule, no subject, or an unknown one is kept and not shown', () => {
    const { visits, problems } = read(
      aBundle([
        ...(bundleOf().entry ?? []),
        { resource: { resourceType: 'Practitioner' } },
        {
          resource: {
            resourceType: 'CarePlan',
            status: 'active',
            intent: 'plan',
            subject: { reference: PATIENT_URL },
          } as FhirResource,
        },
        anEntry(anObservation(9, { subject: { reference: 'Patient/elsewhere' } })),
        {},
      ]),
    );

    expect(visits[0]?.problems).toEqual([expect.objectContaining({ code: 'not-shown', table: 'CarePlan', row: 6 })]);
    expect(problems).toEqual(['not-shown 5', 'unknown-subject 7', 'not-shown 8']);
  });

  test('no Patient at all refuses the file', () => {
    expect(read(aBundle([anEntry(anObservation(1))]))).toEqual({ visits: [], problems: ['no-patient', 'unknown-subject 1'] });
  });

  test('references that leave the Bundle leave the record, an identifier stays', () => {
    const visit = one(
      aBundle([
        anEntry(aPatient()),
        anEntry(anEncounter()),
        anEntry(
          anObservation(61, {
            performer: [{ reference: 'Practitioner/9' }],
            device: { reference: 'Device/1', display: 'Cân' },
            derivedFrom: [{ reference: 'Observation/x', identifier: { value: 'i' } }],
          }),
        ),
      ]),
    );

    expect(resourceOf(visit, 'Observation')).toMatchObject({
      device: { display: 'Cân' },
      derivedFrom: [{ identifier: { value: 'i' } }],
    });
    expect(resourceOf(visit, 'Observation')).not.toHaveProperty('performer');
    expect(codesOf(visit)).toEqual(['outside-reference', 'outside-reference', 'outside-reference']);
  });

  test('references are found by fullUrl, by base and by type and id', () => {
    const patient = { ...aPatient(), id: 'p1' } as FhirResource;
    const rest = aBundle([
      { fullUrl: 'https://clinic.example/fhir/Patient/p1', resource: patient },
      {
        fullUrl: 'https://clinic.example/fhir/Observation/o1',
        resource: {
          ...anObservation(61, { subject: { reference: 'Patient/p1' }, encounter: undefined }),
          id: 'o1',
        } as FhirResource,
      },
    ]);
    const plain = aBundle([
      { resource: patient },
      { resource: anObservation(61, { subject: { reference: 'Patient/p1/_history/3' }, encounter: undefined }) },
    ]);

    for (const bundle of [rest, plain]) expect(typesOf(one(bundle))).toEqual(['Observation/e1']);
  });

  test('entries of a transaction state; those that would change or ask something are not taken', () => {
    const bundle = bundleOf({ type: 'transaction' });
    const entry = (bundle.entry ?? []).map((each, index) => ({
      ...each,
      request: { method: (['PUT', 'POST', 'POST', 'DELETE'] as const)[index] ?? 'POST', url: 'x' },
    }));
    const visit = one({ ...bundle, entry });

    expect(typesOf(visit).map((name) => name.split('/')[0])).toEqual(['Encounter', 'Observation']);
    expect(visit.problems).toEqual([expect.objectContaining({ code: 'not-taken', row: 4 })]);
  });

  test('what is restricted withholds the visit, also when the sender says so', () => {
    const restrictedOf = (bundle: Bundle): readonly (string | undefined)[] =>
      (one(bundle).subjects[0]?.resources ?? [])
        .map(({ resource, restricted }) => `${resource.resourceType} ${restricted ?? '-'}`)
        .sort();
    const hiv = aCondition({ code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'B20' }] } });
    const marked = anObservation(61, {
      meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }] },
    });

    expect(
      restrictedOf(aBundle([aPatient(), anEncounter(), anObservation(61), hiv].map((resource) => anEntry(resource)))),
    ).toEqual(['Condition restricted/hiv', 'Encounter -', 'Observation restricted/hiv']);
    expect(restrictedOf(aBundle([aPatient(), anEncounter(), marked].map((resource) => anEntry(resource))))).toEqual([
      'Encounter -',
      `Observation ${SENDER_RESTRICTED}`,
    ]);
  });

  test('an entry entered in error is not shown', () => {
    const visit = one(
      aBundle([anEntry(aPatient()), anEntry(anEncounter()), anEntry(anObservation(61, { status: 'entered-in-error' }))]),
    );
    expect([typesOf(visit), codesOf(visit)]).toEqual([['Encounter/encounter'], ['entered-in-error']]);
  });

  test('no message repeats a value', () => {
    const visit = one(
      aBundle([
        anEntry(aPatient({ identifier: [{ system: 'urn:x', value: '079099001234' }] } as Partial<FhirResource>)),
        anEntry(anEncounter({ location: [{ location: { reference: 'https://x/Location/079099001234' } }] })),
      ]),
    );
    expect(visit.problems.length).toBeGreaterThan(1);
    expect(JSON.stringify(visit.problems)).not.toContain('079099001234');
    expect(ENCOUNTER_URL).toBeDefined();
  });
});

test.each([
  ['2026-10-01T09:00:00+07:00', '202610010900'],
  ['2026-10-01T20:30:00Z', '202610020330'],
  ['2026-10-01T20:30:00', '202610012030'],
  ['2026-10-01', '20261001'],
  ['2026-10', ''],
  ['x', ''],
  [undefined, ''],
])('issue time of %s', (time, expected) => {
  expect(issueTimeOf(time)).toBe(expected);
});

test('the order of the entries says nothing', () => {
  const entries = [
    aPatient(),
    anEncounter(),
    anObservation(61),
    anObservation(62, { effectiveDateTime: '2026-10-01T09:00:00+07:00' }),
    aCondition(),
  ].map((resource) => anEntry(resource));
  const stated = (shuffled: typeof entries): unknown =>
    one(aBundle(shuffled)).subjects.map(({ identity, patient, resources }) => [
      identity,
      patient.resource,
      resources.map(({ resource }) => resource),
    ]);
  const expected = stated(entries);
  fc.assert(
    fc.property(fc.shuffledSubarray(entries, { minLength: entries.length }), (shuffled) => {
      expect(stated(shuffled)).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});
