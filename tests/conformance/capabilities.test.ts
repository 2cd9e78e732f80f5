import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, CapabilityStatement } from 'fhir/r4.js';
import request from 'supertest';
import { stringifyJson } from '../../src/fhir/decimal.js';
import { SEARCHABLE_TYPES } from '../../src/fhir/search/registry.js';
import { FHIR_BASE, startFhir } from '../support/fhir-application.js';
import type { FhirApplication } from '../support/fhir-application.js';
import { asWritten, EXAMPLES } from '../support/search-examples.js';
import { aProvenance, makeTestProvenance } from '../support/provenance-type.js';

async function startWithExamples(lifetime: 'test' | 'file' = 'test'): Promise<FhirApplication> {
  const started = await startFhir({
    lifetime,
    virtualTypes: [makeTestProvenance([aProvenance('prov-1', 'Condition/condition-1')])],
  });
  await started.putAll(Object.values(EXAMPLES).map(({ resource }) => resource));
  return started;
}

async function resourcesOf({ app }: FhirApplication) {
  const res = await request(app).get('/fhir/R4/metadata').set('X-Test-Caller', 'nobody');
  return (res.body as CapabilityStatement).rest?.[0]?.resource ?? [];
}

/** For the tests that only look. */
let shared: FhirApplication;
beforeAll(async () => {
  shared = await startWithExamples('file');
});

const TYPES = [...SEARCHABLE_TYPES, 'Provenance'];

const found = (bundle: Bundle): (string | undefined)[] => (bundle.entry ?? []).map(({ fullUrl }) => fullUrl);

// https://hl7.org/fhir/R4/http.html#capabilities
describe('GET /fhir/R4/metadata', () => {
  test('answers without sign-in and says where to sign in', async () => {
    const { app } = await startFhir();

    const res = await request(app).get('/fhir/R4/metadata').set('X-Test-Caller', 'nobody');

    expect(res.status).toBe(200);
    expect(res.headers['content-type']).toBe('application/fhir+json; charset=utf-8');
    expect(res.body).toMatchObject({
      resourceType: 'CapabilityStatement',
      status: 'active',
      kind: 'instance',
      fhirVersion: '4.0.1',
      software: { name: 'Sổ Sức Khỏe', version: '0.1.0' },
      implementation: { url: FHIR_BASE },
      format: ['application/fhir+json', 'json'],
    });
    expect(res.body.rest[0].security.description).toContain(`${FHIR_BASE}/.well-known/smart-configuration`);
    // oauth-uris requires an authorization endpoint, and there is none: http://hl7.org/fhir/smart-app-launch/1.0.0/conformance
    expect(res.body.rest[0].security).not.toHaveProperty('extension');
  });

  test('claims the types that this suite exercises, no other', async () => {
    const resources = await resourcesOf(shared);

    expect(resources.map(({ type }) => type).sort()).toEqual([...TYPES].sort());
  });

  test('names the official definition of every search parameter', async () => {
    for (const { searchParam = [] } of await resourcesOf(shared)) {
      expect(searchParam.length).toBeGreaterThan(0);
      for (const { definition } of searchParam) expect(definition).toMatch(/^http:\/\/hl7\.org\/fhir\/SearchParameter\/[\w-]+$/);
    }
  });

  test('claims create of Patient only where the record room gives the way', async () => {
    const interactionsOf = async (started: FhirApplication) =>
      (await resourcesOf(started)).find(({ type }) => type === 'Patient')?.interaction?.map(({ code }) => code);

    expect(await interactionsOf(await startFhir())).toEqual(['read', 'vread', 'search-type']);
    const createPatient = () => Promise.reject(new Error('not called'));
    expect(await interactionsOf(await startFhir({ createPatient }))).toEqual(['read', 'vread', 'search-type', 'create']);
  });
});

// Every claim of the CapabilityStatement is exercised: the statement itself says what there is to try.
describe.each(TYPES)('what the statement claims of %s', (type) => {
  test('every search parameter finds by its value, and only by its value', async () => {
    const { searchParam = [] } = (await resourcesOf(shared)).find((resource) => resource.type === type) ?? {};
    const provenance = {
      finds: { _id: 'prov-1', target: 'Condition/condition-1', recorded: '2025-03-11T07:00:00+07:00' },
      misses: { _id: 'prov-2', target: 'Condition/condition-2', recorded: '2024' },
    };
    const { finds, misses }: { readonly finds: Record<string, string>; readonly misses: Record<string, string> } =
      type === 'Provenance' ? provenance : (EXAMPLES[type] ?? { finds: {}, misses: {} });
    const self = `${FHIR_BASE}/${type}/${finds['_id'] ?? ''}`;

    for (const { name } of searchParam) {
      const hit = await request(shared.app)
        .get(`/fhir/R4/${type}`)
        .query({ [name]: finds[name] ?? 'no example' });
      const miss = await request(shared.app)
        .get(`/fhir/R4/${type}`)
        .query({ [name]: misses[name] ?? 'no example' });

      expect([name, hit.status, found(hit.body as Bundle)]).toEqual([name, 200, [self]]);
      expect([name, miss.status, found(miss.body as Bundle)]).toEqual([name, 200, []]);
    }
  });

  test('every interaction is answered', async () => {
    const started = await startWithExamples();
    const { interaction = [] } = (await resourcesOf(started)).find((resource) => resource.type === type) ?? {};
    const id = type === 'Provenance' ? 'prov-1' : (EXAMPLES[type]?.resource.id ?? '');
    const ask = {
      read: () => request(started.app).get(`/fhir/R4/${type}/${id}`),
      vread: () => request(started.app).get(`/fhir/R4/${type}/${id}/_history/1`),
      'search-type': () => request(started.app).get(`/fhir/R4/${type}`),
      create: () =>
        request(started.app)
          .post(`/fhir/R4/${type}`)
          .type('application/fhir+json')
          .send(stringifyJson(asWritten(type))),
    } as const;

    for (const { code } of interaction) {
      const { status } = await ask[code as keyof typeof ask]();
      expect([code, status]).toEqual([code, code === 'create' ? 201 : 200]);
    }
  });

  test('nothing else is answered', async () => {
    const { interaction = [], operation = [] } = (await resourcesOf(shared)).find((resource) => resource.type === type) ?? {};
    const claimed = new Set<string>(interaction.map(({ code }) => code));
    const { app } = shared;
    const unclaimed: [string, request.Test][] = [
      ['update', request(app).put(`/fhir/R4/${type}/x`)],
      ['patch', request(app).patch(`/fhir/R4/${type}/x`)],
      ['delete', request(app).delete(`/fhir/R4/${type}/x`)],
      ['history-instance', request(app).get(`/fhir/R4/${type}/x/_history`)],
      ['history-type', request(app).get(`/fhir/R4/${type}/_history`)],
      ['conditional delete', request(app).delete(`/fhir/R4/${type}?_id=x`)],
      ['conditional update', request(app).put(`/fhir/R4/${type}?_id=x`)],
      ['$validate', request(app).post(`/fhir/R4/${type}/$validate`)],
      ['$meta', request(app).get(`/fhir/R4/${type}/x/$meta`)],
      ['compartment search', request(app).get(`/fhir/R4/${type}/x/Observation`)],
      ...(claimed.has('create') ? [] : [['create', request(app).post(`/fhir/R4/${type}`)] as [string, request.Test]]),
      ...(claimed.has('vread') ? [] : [['vread', request(app).get(`/fhir/R4/${type}/x/_history/1`)] as [string, request.Test]]),
      ...(operation.length > 0
        ? []
        : [['$everything', request(app).get(`/fhir/R4/${type}/x/$everything`)] as [string, request.Test]]),
    ];

    for (const [name, asked] of unclaimed) {
      const res = await asked;
      expect([name, [404, 405].includes(res.status), res.body.resourceType, res.body.issue[0].code]).toEqual([
        name,
        true,
        'OperationOutcome',
        'not-supported',
      ]);
      expect(res.headers['allow'] !== undefined).toBe(res.status === 405);
    }
  });
});

// https://hl7.org/fhir/R4/http.html#summary
describe('what no statement claims', () => {
  test.each([
    ['POST', '/fhir/R4'],
    ['GET', '/fhir/R4'],
    ['GET', '/fhir/R4/_history'],
    ['POST', '/fhir/R4/_search'],
    ['GET', '/fhir/R4/Account'],
    ['GET', '/fhir/R4/Bundle/x'],
    ['GET', '/fhir/R4/Patient/$everything'],
    ['POST', '/fhir/R4/$convert'],
  ])('%s %s is 404 not-supported', async (method, path) => {
    const { app } = await startFhir();

    const res = await (method === 'GET' ? request(app).get(path) : request(app).post(path));

    expect(res.status).toBe(404);
    expect(res.body.issue[0].code).toBe('not-supported');
  });
});
