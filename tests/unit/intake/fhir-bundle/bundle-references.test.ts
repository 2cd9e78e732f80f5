import { describe, expect, test } from '@jest/globals';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { validateResource } from '../../../../src/fhir/validation/validate.js';
import {
  makeFhirBundleFormat,
  MAX_FACILITY_CODE_LENGTH,
  MAX_KEY_LENGTH,
  SENDER_RESTRICTED,
} from '../../../../src/intake/fhir-bundle/fhir-bundle-format.js';
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
  FACILITY,
  PATIENT_URL,
} from '../../../support/bundle-file.js';

const format = makeFhirBundleFormat({
  validate: validateResource,
  restrictionOf: (resource) => (JSON.stringify(resource).includes('Efavirenz') ? 'restricted/hiv' : undefined),
});

function one(bundle: Bundle): ParsedVisit {
  const { skeleton, segments } = format.cut(bytesOf(bundle), { maxBytes: 1_000_000, maxVisits: 10 });
  expect(segments).toHaveLength(1);
  return format.parse(segments[0] ?? new Uint8Array(), 1, format.readContext(skeleton), { clientId: 'clinic' });
}
const visitOf = (...resources: readonly FhirResource[]): ParsedVisit =>
  one(aBundle([aPatient(), ...resources].map((resource) => anEntry(resource))));
const sourcesOf = (visit: ParsedVisit) => visit.subjects[0]?.resources ?? [];
const resourceOf = (visit: ParsedVisit, type: string): unknown =>
  sourcesOf(visit).find(({ resource }) => resource.resourceType === type)?.resource;
const codesOf = (visit: ParsedVisit): readonly string[] => visit.problems.map(({ code }) => code);

/** Literal references of everything that becomes part of the record. */
function literalsOf(visit: ParsedVisit): readonly string[] {
  const found: string[] = [];
  JSON.stringify(
    sourcesOf(visit).map(({ resource }) => resource),
    (name, value: unknown) => {
      if (name === 'reference' && typeof value === 'string') found.push(value);
      return value;
    },
  );
  return [...new Set(found)].sort();
}

const subject = { reference: PATIENT_URL };
const aPrescription = (change: Record<string, unknown>): FhirResource =>
  ({ resourceType: 'MedicationRequest', status: 'active', intent: 'order', subject, ...change }) as FhirResource;

describe('references to what the record does not show', () => {
  test('an entry left out is called by its identifier, never by a reference to nothing', () => {
    const entries = [
      anEntry(aPatient()),
      anEntry(anEncounter({ status: 'sure' })),
      { ...anEntry(aCondition({ clinicalStatus: 5, identifier: [{ value: 'C-9' }] })), fullUrl: 'urn:uuid:condition' },
      anEntry(anObservation(61, { focus: [{ reference: 'urn:uuid:condition', display: 'Bệnh' }] })),
    ];
    const visit = one(aBundle(entries));

    expect(literalsOf(visit)).toEqual(['Patient/patient']);
    expect(resourceOf(visit, 'Observation')).toMatchObject({
      encounter: { type: 'Encounter', identifier: { value: 'V-1' } },
      focus: [{ type: 'Condition', identifier: { value: 'C-9' }, display: 'Bệnh' }],
    });
    expect(codesOf(visit)).toEqual(['not-valid', 'not-valid']);
  });

  test('a type without a rule is called by its name', () => {
    const visit = one(
      aBundle([
        ...(bundleOf().entry ?? []),
        anEntry(anObservation(62, { performer: [{ reference: 'Practitioner/bs' }] })),
        {
          resource: {
            resourceType: 'Practitioner',
            id: 'bs',
            name: [{ family: 'Lê', given: ['Văn', 'Bác Sĩ'] }],
          } as FhirResource,
        },
      ]),
    );

    expect(sourcesOf(visit).map(({ resource }) => (resource as { performer?: unknown }).performer)).toContainEqual([
      { type: 'Practitioner', display: 'Lê Văn Bác Sĩ' },
    ]);
  });

  test('an element that needs a reference keeps its type when the reference leads out', () => {
    const visit = visitOf(
      anEncounter({ location: [{ status: 'active', location: { reference: 'https://x.example/Location/9' } }] }),
    );

    expect(resourceOf(visit, 'Encounter')).toMatchObject({ location: [{ status: 'active', location: { type: 'Location' } }] });
    expect(codesOf(visit)).toEqual(['outside-reference']);
  });

  test('a reference inside of a reference is not forgotten', () => {
    const visit = visitOf(
      anEncounter({
        serviceProvider: {
          identifier: { system: FACILITY, value: '56902', assigner: { reference: 'Organization/9', display: 'Sở' } },
        },
      }),
    );

    expect(resourceOf(visit, 'Encounter')).toMatchObject({ serviceProvider: { identifier: { assigner: { display: 'Sở' } } } });
    expect(literalsOf(visit)).toEqual(['Patient/patient']);
  });

  test('what is contained stays, with its references', () => {
    const contained = [{ resourceType: 'Practitioner', id: 'p', name: [{ text: 'Lê' }] }];
    const visit = visitOf(anEncounter(), anObservation(61, { contained, performer: [{ reference: '#p' }] }));

    expect(resourceOf(visit, 'Observation')).toMatchObject({ contained, performer: [{ reference: '#p' }] });
  });
});

describe('a drug in a Medication of its own', () => {
  const code = { text: 'Efavirenz 600 mg' };

  test.each([
    [
      'as an entry',
      aBundle([
        anEntry(aPatient()),
        anEntry(anEncounter()),
        anEntry(aPrescription({ medicationReference: { reference: 'urn:uuid:drug' } })),
        { fullUrl: 'urn:uuid:drug', resource: { resourceType: 'Medication', code } as FhirResource },
      ]),
    ],
    [
      'contained',
      aBundle([
        anEntry(aPatient()),
        anEntry(anEncounter()),
        anEntry(
          aPrescription({ contained: [{ resourceType: 'Medication', id: 'm', code }], medicationReference: { reference: '#m' } }),
        ),
      ]),
    ],
  ])('%s is said by its code, withheld by it, and traced to the reference', (_, bundle) => {
    const visit = one(bundle);
    const source = sourcesOf(visit).find(({ resource }) => resource.resourceType === 'MedicationRequest');

    expect(source).toMatchObject({ resource: { medicationCodeableConcept: code }, restricted: 'restricted/hiv' });
    expect(source?.resource).not.toHaveProperty('medicationReference');
    expect(source?.trace).toContainEqual(
      expect.objectContaining({ path: 'medicationCodeableConcept', field: 'medicationReference' }),
    );
  });

  test('that is not in the Bundle keeps the name that stands beside', () => {
    const visit = visitOf(
      anEncounter(),
      aPrescription({ medicationReference: { reference: 'Medication/9', display: 'Paracetamol' } }),
    );

    expect(resourceOf(visit, 'MedicationRequest')).toMatchObject({ medicationReference: { display: 'Paracetamol' } });
    expect(codesOf(visit)).toEqual(['outside-reference']);
  });
});

describe("the sender's mark", () => {
  const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'V' }];
  const composition = (confidentiality: string): FhirResource =>
    ({ resourceType: 'Composition', status: 'final', confidentiality }) as FhirResource;
  const documentOf = (confidentiality: string): Bundle => ({
    ...bundleOf({ type: 'document' }),
    entry: [{ resource: composition(confidentiality) }, ...(bundleOf().entry ?? [])],
  });
  const labelsOf = (bundle: Bundle): readonly unknown[] => [
    ...new Set(sourcesOf(one(bundle)).map(({ restricted }) => restricted)),
  ];

  test.each([
    ['the Bundle', bundleOf({ meta: { security } })],
    ['the document', documentOf('R')],
    ['the Patient', aBundle([anEntry(aPatient({ meta: { security } })), anEntry(anEncounter()), anEntry(anObservation(61))])],
  ])('on %s withholds the visit', (_, bundle) => {
    expect(labelsOf(bundle)).toEqual([SENDER_RESTRICTED]);
  });

  test('of normal confidentiality withholds nothing', () => {
    expect(labelsOf(documentOf('N'))).toEqual([undefined]);
  });
});

describe('numbers that become keys', () => {
  const withNumber = (length: number): ParsedVisit => visitOf(anEncounter({ identifier: [{ value: 'v'.repeat(length) }] }));
  const withCode = (length: number): ParsedVisit =>
    visitOf(anEncounter({ serviceProvider: { identifier: { system: FACILITY, value: '5'.repeat(length) } } }));

  test.each([
    ['identifier', withNumber, MAX_KEY_LENGTH],
    ['facility code', withCode, MAX_FACILITY_CODE_LENGTH],
  ])('%s has a longest length', (_, visit, longest) => {
    expect(visit(longest)).toMatchObject({ refused: false, problems: [] });
    expect(visit(longest + 1)).toMatchObject({
      refused: true,
      subjects: [],
      problems: [{ code: 'too-long', severity: 'error' }],
    });
    expect(visit(longest + 1)).not.toHaveProperty('key');
  });
});
