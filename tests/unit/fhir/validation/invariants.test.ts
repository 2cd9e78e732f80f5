import { describe, expect, test } from '@jest/globals';
import { INVARIANTS } from '../../../../src/fhir/validation/invariants.js';

type Node = Record<string, unknown>;
type Case = readonly [type: string, key: string, holds: readonly Node[], broken: readonly Node[]];

const concept = (system: string, code: string): Node => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
});
const clinical = (code: string): Node => concept('condition-clinical', code);
const conditionError = concept('condition-ver-status', 'entered-in-error');
const allergyError = concept('allergyintolerance-verification', 'entered-in-error');
const bp = { coding: [{ system: 'http://loinc.org', code: '85354-9' }] };
const systolic = { coding: [{ system: 'http://loinc.org', code: '8480-6' }] };
const request = { method: 'GET', url: 'x' };
const response = { status: '200' };

// The official keys: https://hl7.org/fhir/R4/observation.html#invs and the same section of each type.
const cases: readonly Case[] = [
  [
    'Extension',
    'ext-1',
    [
      { url: 'x', valueCode: 'a' },
      { url: 'x', extension: [{}] },
      { url: 'x', _valueCode: {} },
    ],
    [{ url: 'x' }, { url: 'x', valueCode: 'a', extension: [{}] }],
  ],
  ['Attachment', 'att-1', [{ data: 'QQ==', contentType: 'a/b' }, { url: 'x' }], [{ data: 'QQ==' }]],
  ['ContactPoint', 'cpt-2', [{ value: '1', system: 'phone' }, { use: 'home' }], [{ value: '1' }]],
  [
    'Period',
    'per-1',
    [{ start: '2024', end: '2024-01' }, { start: '2024-05-02' }, { start: '2024-05-02', end: '2024-05-02' }],
    [
      { start: '2024-05-02', end: '2024-05-01' },
      { start: '2025', end: '2024' },
    ],
  ],
  ['Quantity', 'qty-3', [{ code: 'kg', system: 'x' }, { unit: 'kg' }], [{ code: 'kg' }]],
  ['Duration', 'qty-3', [{ code: 'h', system: 'x' }], [{ code: 'h' }]],
  [
    'Duration',
    'drt-1',
    [{ code: 'h', system: 'http://unitsofmeasure.org', value: 1 }, { unit: 'h' }],
    [
      { code: 'h', system: 'x', value: 1 },
      { code: 'h', system: 'http://unitsofmeasure.org' },
    ],
  ],
  ['Age', 'qty-3', [{ code: 'a', system: 'x' }], [{ code: 'a' }]],
  [
    'Age',
    'age-1',
    [{ value: 3, code: 'a', system: 'http://unitsofmeasure.org' }, { unit: 'a' }],
    [{ value: 3 }, { value: 0, code: 'a', system: 'http://unitsofmeasure.org' }, { value: 3, code: 'a', system: 'x' }],
  ],
  [
    'Range',
    'rng-2',
    [
      { low: { value: 1 }, high: { value: 1 } },
      { low: { value: 1 } },
      { low: { value: 2, code: 'g' }, high: { value: 1, code: 'kg' } },
    ],
    [{ low: { value: 2 }, high: { value: 1 } }],
  ],
  [
    'Ratio',
    'rat-1',
    [{ numerator: {}, denominator: {} }, { extension: [{}] }],
    [{ numerator: {} }, { denominator: {} }, { id: 'a' }],
  ],
  ['Timing.repeat', 'tim-1', [{ duration: 1, durationUnit: 'h' }], [{ duration: 1 }]],
  ['Timing.repeat', 'tim-2', [{ period: 1, periodUnit: 'd' }], [{ period: 1 }]],
  ['Timing.repeat', 'tim-4', [{ duration: 0 }], [{ duration: -1 }]],
  ['Timing.repeat', 'tim-5', [{ period: 0 }], [{ period: -0.5 }]],
  ['Timing.repeat', 'tim-6', [{ periodMax: 1, period: 1 }], [{ periodMax: 1 }]],
  ['Timing.repeat', 'tim-7', [{ durationMax: 1, duration: 1 }], [{ durationMax: 1 }]],
  ['Timing.repeat', 'tim-8', [{ countMax: 1, count: 1 }], [{ countMax: 1 }]],
  ['Timing.repeat', 'tim-9', [{ offset: 1, when: ['ACM'] }, { when: ['C'] }], [{ offset: 1 }, { offset: 1, when: ['C'] }]],
  ['Timing.repeat', 'tim-10', [{ timeOfDay: ['08:00:00'] }, { when: ['C'] }], [{ timeOfDay: ['08:00:00'], when: ['C'] }]],
  ['Patient.contact', 'pat-1', [{ telecom: [{}] }, { organization: {} }], [{ gender: 'male' }]],
  [
    'Condition',
    'con-4',
    [{ abatementString: 'x', clinicalStatus: clinical('resolved') }, {}],
    [{ abatementString: 'x' }, { abatementString: 'x', clinicalStatus: clinical('active') }],
  ],
  [
    'Condition',
    'con-5',
    [{ verificationStatus: conditionError }, { clinicalStatus: clinical('active') }],
    [{ verificationStatus: conditionError, clinicalStatus: clinical('active') }],
  ],
  ['Condition.stage', 'con-1', [{ summary: {} }, { assessment: [{}] }], [{ type: {} }]],
  ['Condition.evidence', 'con-2', [{ code: [{}] }, { detail: [{}] }], [{ id: 'a' }]],
  ['Observation', 'obs-6', [{ dataAbsentReason: {} }, { valueString: 'x' }], [{ dataAbsentReason: {}, valueString: 'x' }]],
  [
    'Observation',
    'obs-7',
    [
      { code: bp, component: [{ code: bp }] },
      { code: bp, valueString: 'x', component: [{ code: systolic }] },
    ],
    [{ code: bp, valueString: 'x', component: [{ code: systolic }, { code: bp }] }],
  ],
  ['Observation.referenceRange', 'obs-3', [{ low: {} }, { high: {} }, { text: 'x' }], [{ type: {} }]],
  ['Immunization.education', 'imm-1', [{ documentType: 'x' }, { reference: 'x' }], [{ publicationDate: '2024' }]],
  [
    'AllergyIntolerance',
    'ait-1',
    [{ clinicalStatus: {} }, { verificationStatus: allergyError }],
    [{}, { verificationStatus: conditionError }],
  ],
  [
    'AllergyIntolerance',
    'ait-2',
    [{ clinicalStatus: {} }, { verificationStatus: allergyError }],
    [{ clinicalStatus: {}, verificationStatus: allergyError }],
  ],
  ['AuditEvent.entity', 'sev-1', [{ name: 'x' }, { query: 'x' }], [{ name: 'x', query: 'x' }]],
  ['Organization', 'org-1', [{ name: 'x' }, { identifier: [{}] }], [{ active: true }]],
  ['Organization', 'org-2', [{ address: [{ use: 'work' }] }], [{ address: [{ use: 'work' }, { use: 'home' }] }]],
  ['Organization', 'org-3', [{ telecom: [{ use: 'work' }] }], [{ telecom: [{ use: 'home' }] }]],
  ['Bundle', 'bdl-1', [{ type: 'searchset', total: 0 }, { type: 'batch' }], [{ type: 'batch', total: 0 }]],
  ['Bundle', 'bdl-2', [{ type: 'searchset', entry: [{ search: {} }] }], [{ type: 'collection', entry: [{ search: {} }] }]],
  [
    'Bundle',
    'bdl-3',
    [
      { type: 'transaction', entry: [{ request }] },
      { type: 'collection', entry: [{}] },
    ],
    [
      { type: 'transaction', entry: [{ request }, {}] },
      { type: 'collection', entry: [{ request }] },
    ],
  ],
  [
    'Bundle',
    'bdl-4',
    [{ type: 'batch-response', entry: [{ response }] }],
    [
      { type: 'batch-response', entry: [{}] },
      { type: 'searchset', entry: [{ response }] },
    ],
  ],
  [
    'Bundle',
    'bdl-7',
    [{ entry: [{ fullUrl: 'a' }, { fullUrl: 'b' }, {}, {}] }, { type: 'history', entry: [{ fullUrl: 'a' }, { fullUrl: 'a' }] }],
    [{ entry: [{ fullUrl: 'a' }, { fullUrl: 'a' }] }],
  ],
  [
    'Bundle',
    'bdl-9',
    [{ type: 'document', identifier: { system: 'x', value: '1' } }, { type: 'batch' }],
    [{ type: 'document' }, { type: 'document', identifier: { value: '1' } }],
  ],
  ['Bundle', 'bdl-10', [{ type: 'document', timestamp: 'x' }, { type: 'batch' }], [{ type: 'document' }]],
  [
    'Bundle',
    'bdl-11',
    [{ type: 'document', entry: [{ resource: { resourceType: 'Composition' } }] }],
    [{ type: 'document', entry: [{ resource: { resourceType: 'Patient' } }] }, { type: 'document' }],
  ],
  ['Bundle', 'bdl-12', [{ type: 'message', entry: [{ resource: { resourceType: 'MessageHeader' } }] }], [{ type: 'message' }]],
  ['Bundle.entry', 'bdl-5', [{ resource: {} }, { request }, { response }], [{ fullUrl: 'x' }]],
  [
    'Bundle.entry',
    'bdl-8',
    [{ fullUrl: 'http://a.example/Patient/1' }, {}],
    [{ fullUrl: 'http://a.example/Patient/1/_history/2' }],
  ],
  [
    'Bundle.entry',
    'fullUrl',
    [
      { fullUrl: 'http://a.example/fhir/Patient/1', resource: { resourceType: 'Patient', id: '1' } },
      { fullUrl: 'http://a.example/fhir/Patient/1', resource: { resourceType: 'Patient' } },
      { fullUrl: 'http://a.example/files/1', resource: { resourceType: 'Patient', id: '2' } },
      { fullUrl: 'urn:uuid:1', resource: { resourceType: 'Patient', id: '2' } },
      { resource: { resourceType: 'Patient', id: '1' } },
    ],
    [
      { fullUrl: 'http://a.example/fhir/Patient/1', resource: { resourceType: 'Patient', id: '2' } },
      { fullUrl: 'https://a.example/Patient/1', resource: { resourceType: 'Group', id: '1' } },
    ],
  ],
];

describe('invariants', () => {
  test.each(cases)('%s %s', (type, key, holds, broken) => {
    const invariant = INVARIANTS[type]?.find((one) => one.key === key);

    expect(holds.map((node) => invariant?.holds(node))).toEqual(holds.map(() => true));
    expect(broken.map((node) => invariant?.holds(node))).toEqual(broken.map(() => false));
  });

  test('each one is tried', () => {
    const all = Object.entries(INVARIANTS).flatMap(([type, list]) => list.map(({ key }) => `${type} ${key}`));
    expect(cases.map(([type, key]) => `${type} ${key}`).sort()).toEqual(all.sort());
  });
});
