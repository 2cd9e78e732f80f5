import { describe, expect, test } from '@jest/globals';
import type { FhirResource } from 'fhir/r4.js';
import request from 'supertest';
import { gzipSync } from 'node:zlib';
import { PhrError } from '../../src/errors.js';
import { stringifyJson } from '../../src/fhir/decimal.js';
import { MAX_JSON_DEPTH } from '../../src/fhir/json.js';
import { aPatient, CALLERS, FHIR_BASE, NOW, SENDER_LABEL, startFhir } from '../support/fhir-application.js';
import type { FhirApplication, FhirApplicationOptions } from '../support/fhir-application.js';
import { asWritten, EXAMPLES } from '../support/search-examples.js';

const FHIR_JSON = 'application/fhir+json';
const ID = 'd2719a7e-0000-4000-8000-00000000000a';

async function startWithNga(options: FhirApplicationOptions = {}): Promise<FhirApplication> {
  const started = await startFhir({ newId: () => ID, ...options });
  await started.put(aPatient({ id: 'nga' }), { labels: [SENDER_LABEL, 'commune/22651'] });
  return started;
}

const immunization = (fields: object = {}): object => ({
  resourceType: 'Immunization',
  status: 'completed',
  vaccineCode: { text: 'Sởi' },
  patient: { reference: 'Patient/nga', display: 'Nga' },
  occurrenceDateTime: '2024-11-05',
  ...fields,
});

const post = ({ app }: FhirApplication, body: object | string, type = 'Immunization') =>
  request(app)
    .post(`/fhir/R4/${type}`)
    .type(FHIR_JSON)
    .send(typeof body === 'string' ? body : stringifyJson(body));

// https://hl7.org/fhir/R4/http.html#create
describe('POST /fhir/R4/{type}', () => {
  test('answers 201 with the place, version, instant and content of what was made', async () => {
    const started = await startWithNga();

    const res = await post(started, immunization());

    expect(res.status).toBe(201);
    expect(res.headers).toMatchObject({
      location: `${FHIR_BASE}/Immunization/${ID}/_history/1`,
      etag: 'W/"1"',
      'last-modified': NOW.toUTCString(),
      'content-type': 'application/fhir+json; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(res.body).toEqual({ ...immunization(), id: ID, meta: { versionId: '1', lastUpdated: NOW.toISOString() } });
    const read = await request(started.app).get(`/fhir/R4/Immunization/${ID}`);
    expect(read.text).toBe(res.text);
  });

  test('stores it as the writer’s own, with the line of it, in one commit', async () => {
    const commits: object[] = [];
    const started = await startWithNga({
      storeOf: (store) => ({ ...store, commit: (unit) => (commits.push(unit), store.commit(unit)) }),
    });

    await post(started, immunization()).set('X-Test-Caller', 'facility-56901');

    expect(commits).toHaveLength(1);
    expect(await started.store.resource({ resourceType: 'Immunization', id: ID })).toMatchObject({
      origin: 'contribution',
      subject: 'nga',
      labels: [SENDER_LABEL, 'writer/client-56901', 'commune/22651'],
    });
    expect(await started.lines()).toMatchObject([
      { action: 'C', interaction: 'create', outcome: '0', patients: ['nga'], what: [`Immunization/${ID}`] },
    ]);
  });

  test('commits what the house adds: jobs and labels', async () => {
    const started = await startWithNga({
      onCreate: ({ resource, person, caller }) => ({
        unit: { opens: [{ id: 'job-1', kind: 'rebuild-record', payload: { identityId: person.id } }] },
        labels: [`by/${caller.role}/${resource.resourceType}`],
      }),
    });

    await post(started, immunization());

    expect(await started.store.outboxRow('job-1')).toMatchObject({ payload: { identityId: 'nga' } });
    expect((await started.store.resource({ resourceType: 'Immunization', id: ID }))?.labels).toContain(
      'by/integrator/Immunization',
    );
  });

  test('is readable and searchable at once by its writer, twice written is twice found', async () => {
    const started = await startFhir();
    await started.put(aPatient({ id: 'nga' }), { labels: ['sender/56902'] });

    for (let times = 0; times < 2; times += 1) await post(started, immunization()).set('X-Test-Caller', 'facility-56902');
    const found = await request(started.app).get('/fhir/R4/Immunization?patient=nga').set('X-Test-Caller', 'facility-56902');

    expect(found.body.entry).toHaveLength(2);
  });

  test('assigns the id and version itself, keeps the rest of meta', async () => {
    const started = await startWithNga();

    const res = await post(
      started,
      immunization({
        id: 'mine',
        meta: { versionId: '77', lastUpdated: '2001-01-01T00:00:00Z', tag: [{ system: 'urn:x', code: 'a' }] },
      }),
    );

    expect(res.body.id).toBe(ID);
    expect(res.body.meta).toEqual({ versionId: '1', lastUpdated: NOW.toISOString(), tag: [{ system: 'urn:x', code: 'a' }] });
  });

  test('keeps the digits of a decimal', async () => {
    const started = await startWithNga();
    const body = JSON.stringify({ ...asWritten('Observation'), valueQuantity: { value: 0 } }).replace(
      '"value":0',
      '"value":58.500',
    );

    const res = await post(started, body, 'Observation');

    expect(res.status).toBe(201);
    expect(res.text).toContain('"value":58.500');
    expect((await request(started.app).get(`/fhir/R4/Observation/${ID}`)).text).toContain('"value":58.500');
  });

  test('points the subject to the current person, the rest of the reference as written', async () => {
    const started = await startWithNga({ former: new Map([['old', 'nga']]) });

    const res = await post(started, immunization({ patient: { reference: `${FHIR_BASE}/Patient/old`, display: 'Nga' } }));

    expect(res.body.patient).toEqual({ reference: 'Patient/nga', display: 'Nga' });
  });

  test.each(Object.keys(EXAMPLES).filter((type) => type !== 'Patient'))('creates %s', async (type) => {
    const started = await startWithNga();

    const res = await post(started, asWritten(type), type);

    expect([res.status, res.body.issue]).toEqual([201, undefined]);
  });

  test('labels content that is never shown by default', async () => {
    const started = await startWithNga();

    await post(
      started,
      { ...asWritten('Condition'), code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'B20' }] } },
      'Condition',
    );

    expect((await started.store.resource({ resourceType: 'Condition', id: ID }))?.labels).toContain('restricted/hiv');
  });

  test('takes a compressed body', async () => {
    const started = await startWithNga();

    const res = await request(started.app)
      .post('/fhir/R4/Immunization')
      .set('Content-Type', FHIR_JSON)
      .set('Content-Encoding', 'gzip')
      .serialize((body) => body as string)
      .send(gzipSync(JSON.stringify(immunization())) as unknown as string);

    expect(res.status).toBe(201);
  });

  test('creates a Patient by the way of the record room', async () => {
    const started = await startFhir({
      newId: () => ID,
      createPatient: async ({ patient, id, labels, access }) => {
        const { store } = started;
        const put = {
          resourceType: 'Patient',
          id,
          origin: 'fact',
          expected: 'absent',
          resource: patient,
          subject: id,
          labels,
        } as const;
        await store.commit({ resources: [put], access: access([id], [`Patient/${id}`]) });
        const stored = await store.resource({ resourceType: 'Patient', id });
        if (stored === undefined) throw new Error('just written');
        return stored;
      },
    });

    const res = await post(started, { resourceType: 'Patient', id: 'mine', gender: 'female' }, 'Patient');

    expect(res.status).toBe(201);
    expect(res.body).toMatchObject({ id: ID, gender: 'female' });
    expect(await started.lines()).toMatchObject([{ action: 'C', patients: [ID], what: [`Patient/${ID}`] }]);
  });
});

// https://hl7.org/fhir/R4/http.html#ops
describe('Prefer: return', () => {
  test('minimal answers no body', async () => {
    const res = await post(await startWithNga(), immunization()).set('Prefer', 'return=minimal');

    expect([res.status, res.text, res.headers['location']]).toEqual([201, '', `${FHIR_BASE}/Immunization/${ID}/_history/1`]);
  });

  test('OperationOutcome answers what was done', async () => {
    const res = await post(await startWithNga(), immunization()).set('Prefer', 'return=OperationOutcome');

    expect(res.status).toBe(201);
    expect(res.body).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'information', code: 'informational' }],
    });
  });
});

// https://hl7.org/fhir/R4/http.html#create
describe('what a create refuses', () => {
  const nothingStored = async ({ store }: FhirApplication): Promise<void> => {
    expect(await store.resource({ resourceType: 'Immunization', id: ID })).toBeUndefined();
  };

  test.each([
    ['no subject', { patient: undefined }, 'required'],
    ['an unknown subject', { patient: { reference: 'Patient/nobody' } }, 'not-found'],
    ['a subject of another type', { patient: { reference: 'Group/nga' } }, 'value'],
    ['a subject of another server', { patient: { reference: 'https://elsewhere.example/Patient/nga' } }, 'value'],
    ['a subject by identifier only', { patient: { identifier: { system: 'urn:x', value: '1' } } }, 'value'],
    ['a contained subject', { patient: { reference: '#p' }, contained: [{ resourceType: 'Patient', id: 'p' }] }, 'value'],
  ])('%s is 422 and names the element', async (_name, fields, code) => {
    const started = await startWithNga();

    const res = await post(started, immunization(fields));

    expect(res.status).toBe(422);
    expect(res.body.issue).toMatchObject([
      { code, expression: [expect.stringMatching(/^Immunization\.patient(\.reference)?$/)] },
    ]);
    expect(await started.lines()).toMatchObject([{ action: 'C', outcome: '4', patients: [], what: ['Immunization'] }]);
    await nothingStored(started);
  });

  test('a subject beyond reach gets what an unknown one gets', async () => {
    const started = await startWithNga();

    const foreign = await post(started, immunization()).set('X-Test-Caller', 'facility-56902');
    const unknown = await post(started, immunization({ patient: { reference: 'Patient/nobody' } })).set(
      'X-Test-Caller',
      'facility-56902',
    );

    expect(foreign.status).toBe(422);
    expect(foreign.body).toEqual(unknown.body);
    await nothingStored(started);
  });

  test('every finding of the validation is answered at once', async () => {
    const issues = [
      { code: 'required', expression: 'Immunization.status', text: 'is missing' },
      { code: 'value', expression: 'Immunization.lotNumber', text: 'is no string' },
    ];
    const seen: FhirResource[] = [];
    const started = await startWithNga({
      validate: (resource) => {
        seen.push(resource);
        throw new PhrError('invalid', 'Immunization is not valid', issues);
      },
    });

    const res = await post(started, immunization({ id: 'not an id' }));

    expect(res.status).toBe(422);
    expect(res.body.issue).toHaveLength(2);
    expect(seen[0]?.id).toBe(ID);
    await nothingStored(started);
  });

  test.each([
    ['no JSON', '{"resourceType":', 400, 'structure'],
    ['no resource', '[]', 400, 'structure'],
    ['nothing', '', 400, 'structure'],
    ['a repeated member', '{"resourceType":"Immunization","status":"completed","status":"not-done"}', 400, 'structure'],
    ['another type', '{"resourceType":"Patient"}', 400, 'invalid'],
    ['no type', '{"status":"completed"}', 400, 'invalid'],
    [
      'a depth bomb',
      `{"resourceType":"Immunization","x":${'['.repeat(MAX_JSON_DEPTH)}${']'.repeat(MAX_JSON_DEPTH)}}`,
      400,
      'too-costly',
    ],
  ])('%s is %s', async (_name, body, status, code) => {
    const started = await startWithNga();

    const res = await post(started, body);

    expect([res.status, res.body.issue?.[0].code]).toEqual([status, code]);
    await nothingStored(started);
  });

  test('bytes that are no UTF-8 are 400', async () => {
    const { app } = await startWithNga();

    const res = await request(app)
      .post('/fhir/R4/Immunization')
      .set('Content-Type', FHIR_JSON)
      .serialize((body) => body as string)
      .send(Buffer.from([0x7b, 0xff, 0x7d]) as unknown as string);

    expect([res.status, res.body.issue[0].code]).toEqual([400, 'structure']);
  });

  test.each(['application/fhir+xml', 'text/plain', 'application/fhir+json; charset=utf-16', 'application/x-www-form-urlencoded'])(
    'a body of %s is 415',
    async (type) => {
      const { app } = await startWithNga();

      const res = await request(app).post('/fhir/R4/Immunization').set('Content-Type', type).send('{}');

      expect([res.status, res.body.issue[0].code]).toEqual([415, 'not-supported']);
    },
  );

  test('a body of the largest size is read, one byte more is 413', async () => {
    const text = JSON.stringify(immunization());
    const started = await startWithNga({ bodyMaxBytes: Buffer.byteLength(text) });

    const fits = await post(started, text);
    const large = await post(started, `${text} `);

    expect(fits.status).toBe(201);
    expect([large.status, large.body.issue[0].code]).toEqual([413, 'too-long']);
  });

  test('a compressed body above the size is 413, one that is not compressed is 400', async () => {
    const started = await startWithNga({ bodyMaxBytes: 1_000 });
    const send = (bytes: Buffer) =>
      request(started.app)
        .post('/fhir/R4/Immunization')
        .set('Content-Type', FHIR_JSON)
        .set('Content-Encoding', 'gzip')
        .serialize((body) => body as string)
        .send(bytes as unknown as string);

    expect((await send(gzipSync(' '.repeat(100_000)))).status).toBe(413);
    expect((await send(Buffer.from('not gzip'))).status).toBe(400);
  });

  test('If-None-Exist is refused, not ignored', async () => {
    const started = await startWithNga();

    const res = await post(started, immunization()).set('If-None-Exist', 'identifier=urn:x|1');

    expect([res.status, res.body.issue[0].code]).toEqual([412, 'not-supported']);
    await nothingStored(started);
  });

  test('a type that is not created is 405', async () => {
    const started = await startWithNga();

    const res = await post(started, { resourceType: 'Patient' }, 'Patient');

    expect([res.status, res.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });

  test('a token without the scope is 403', async () => {
    const started = await startWithNga();

    const res = await post(started, immunization()).set('X-Test-Caller', 'read-only');

    expect(CALLERS['read-only'].scopes).toEqual(['system/*.rs']);
    expect([res.status, res.body.issue[0].code]).toEqual([403, 'forbidden']);
    await nothingStored(started);
  });

  test('a store that can’t keep it is 503, and nothing is claimed to be written', async () => {
    const started = await startWithNga({
      storeOf: (store) => ({ ...store, commit: () => Promise.reject(new PhrError('unavailable', 'disk full')) }),
    });

    const res = await post(started, immunization());

    expect([res.status, res.headers['location']]).toEqual([503, undefined]);
  });

  test('answers never repeat what was written', async () => {
    const started = await startWithNga();

    const res = await post(
      started,
      immunization({ patient: { reference: 'Nguyễn Thị Nga' }, note: [{ text: 'Nguyễn Thị Nga' }] }),
    );

    expect(res.status).toBe(422);
    expect(res.text).not.toContain('Nguyễn');
  });
});
