import { describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { PhrError } from '../../src/errors.js';
import { decimal } from '../../src/fhir/decimal.js';
import { recordNumberSystem } from '../../src/fhir/systems.js';
import { aPatient, NOW, startFhir } from '../support/fhir-application.js';
import type { CallerName } from '../support/fhir-application.js';

const notKnown = (reference: string) => [
  { severity: 'error', code: 'not-found', details: { text: `${reference} is not known` } },
];

// https://hl7.org/fhir/R4/http.html#read
describe('GET /fhir/R4/{type}/{id}', () => {
  test('answers the resource with its version, instant and media type', async () => {
    const { app, put } = await startFhir();
    await put(aPatient({ id: 'nga' }));

    const res = await request(app).get('/fhir/R4/Patient/nga');

    expect(res.status).toBe(200);
    expect(res.headers).toMatchObject({
      etag: 'W/"1"',
      'last-modified': NOW.toUTCString(),
      'content-type': 'application/fhir+json; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(res.body).toEqual({
      ...aPatient({ id: 'nga' }),
      meta: { versionId: '1', lastUpdated: NOW.toISOString() },
    });
  });

  test('keeps the digits of a decimal, pretty or not', async () => {
    const { app, put } = await startFhir();
    await put(aPatient({ id: 'nga' }));
    await put({
      resourceType: 'Observation',
      id: 'weight',
      status: 'final',
      code: { text: 'weight' },
      subject: { reference: 'Patient/nga' },
      valueQuantity: { value: decimal('58.50'), unit: 'kg' },
    });

    const compact = await request(app).get('/fhir/R4/Observation/weight');
    const pretty = await request(app).get('/fhir/R4/Observation/weight?_pretty=true');

    expect(compact.text).toContain('"value":58.50,');
    expect(pretty.text).toContain('\n    "value": 58.50,');
    expect(Number(pretty.headers['content-length'])).toBe(Buffer.byteLength(pretty.text));
  });

  test('HEAD answers the headers alone', async () => {
    const { app, put } = await startFhir();
    await put(aPatient({ id: 'nga' }));
    const whole = await request(app).get('/fhir/R4/Patient/nga');

    const res = await request(app).head('/fhir/R4/Patient/nga');

    expect(res.status).toBe(200);
    expect(res.headers['content-length']).toBe(whole.headers['content-length']);
    expect(res.headers['etag']).toBe('W/"1"');
    expect(res.text ?? '').toBe('');
  });

  test('leaves one access line that names reader, person and resource', async () => {
    const { app, put, lines } = await startFhir();
    await put(aPatient({ id: 'nga' }));

    await request(app).get('/fhir/R4/Patient/nga').set('X-Test-Caller', 'facility-56901');

    expect(await lines()).toMatchObject([
      {
        action: 'R',
        interaction: 'read',
        outcome: '0',
        patients: ['nga'],
        what: ['Patient/nga'],
        agent: { id: 'client-56901' },
        purpose: 'TREAT',
      },
    ]);
  });

  test('shows nothing when the access line could not be kept', async () => {
    const { app, put } = await startFhir({
      storeOf: (store) => ({ ...store, commit: () => Promise.reject(new PhrError('unavailable', 'disk full')) }),
    });
    await put(aPatient({ id: 'nga' }));

    const res = await request(app).get('/fhir/R4/Patient/nga');

    expect(res.status).toBe(503);
    expect(res.headers['retry-after']).toBe('5');
    expect(res.text).not.toContain('Nguyễn');
    expect(res.body.issue[0].code).toBe('transient');
  });

  test('redacts what the caller may not see, version kept', async () => {
    const { app, put } = await startFhir();
    await put(
      aPatient({
        id: 'nga',
        identifier: [
          { system: recordNumberSystem('56901'), value: 'BN1' },
          { system: recordNumberSystem('56902'), value: 'BN2' },
        ],
      }),
    );

    const res = await request(app).get('/fhir/R4/Patient/nga').set('X-Test-Caller', 'facility-56901');

    expect(res.body.identifier).toEqual([{ system: recordNumberSystem('56901'), value: 'BN1' }]);
    expect(res.body.meta).toEqual({ versionId: '1', lastUpdated: NOW.toISOString() });
  });

  test('answers a former Patient with the link to the current one', async () => {
    const { app, put, lines } = await startFhir({ former: new Map([['old', 'nga']]) });
    await put(aPatient({ id: 'nga' }));

    const res = await request(app).get('/fhir/R4/Patient/old');

    expect(res.status).toBe(200);
    expect(res.body.link).toEqual([{ other: { reference: 'Patient/nga' }, type: 'replaced-by' }]);
    expect(await lines()).toMatchObject([{ patients: ['nga'], what: ['Patient/old'], outcome: '0' }]);
  });
});

// What one sender wrote about a person is not another sender's to read, though both reach the person (interfaces.md §1).
describe('a Patient as one sender wrote it', () => {
  const contributions = new Map([['written', ['nga', 'sender/56901']]] as const);

  test.each<[CallerName, number]>([
    ['integrator', 200],
    ['facility-56901', 200],
    ['facility-56902', 404],
    ['citizen', 200],
    ['stranger-citizen', 404],
    ['station', 404],
  ])('%s gets %i', async (caller, status) => {
    const { app, put } = await startFhir({ everyRole: true, contributions });
    await put(aPatient({ id: 'nga' }), { labels: ['sender/56901', 'sender/56902', 'commune/22651'] });

    const res = await request(app).get('/fhir/R4/Patient/written').set('X-Test-Caller', caller);

    expect(res.status).toBe(status);
    expect(res.body[status === 200 ? 'link' : 'issue']).toEqual(
      status === 200 ? [{ other: { reference: 'Patient/nga' }, type: 'refer' }] : notKnown('Patient/written'),
    );
  });
});

// https://hl7.org/fhir/R4/http.html#read
describe('what a read refuses', () => {
  test('an unknown id is 404 and leaves a line of a refused access', async () => {
    const { app, lines } = await startFhir();

    const res = await request(app).get('/fhir/R4/Patient/nobody');

    expect(res.status).toBe(404);
    expect(res.body).toMatchObject({ resourceType: 'OperationOutcome', issue: notKnown('Patient/nobody') });
    expect(res.body.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await lines()).toMatchObject([{ outcome: '4', patients: [], what: ['Patient/nobody'] }]);
  });

  test('what is no id never enters the log', async () => {
    const { app, lines } = await startFhir();

    const res = await request(app).get('/fhir/R4/Patient/Nguy%E1%BB%85n%20Th%E1%BB%8B%20Nga');

    expect(res.status).toBe(404);
    expect(await lines()).toMatchObject([{ what: ['Patient'] }]);
  });

  test('a deleted resource is 410 with issue code "deleted"', async () => {
    const { app, put, delete: remove } = await startFhir();
    await put(aPatient({ id: 'nga' }));
    await remove('Patient', 'nga', { subject: 'nga' });

    const res = await request(app).get('/fhir/R4/Patient/nga');

    expect(res.status).toBe(410);
    expect(res.body.issue).toEqual([{ severity: 'error', code: 'deleted', details: { text: 'Patient/nga was deleted' } }]);
  });

  test.each<[CallerName, string]>([
    ['facility-56902', 'Patient/nga'],
    ['facility-56902', 'Patient/old'],
    ['facility-56902', 'Condition/gone'],
    ['station', 'Condition/hiv'],
    ['citizen', 'Condition/hiv'],
    ['citizen', 'Patient/binh'],
    ['steward', 'Patient/nga'],
  ])('%s asking for %s beyond reach gets what an unknown id gets', async (caller, reference) => {
    const { app, put, delete: remove } = await startFhir({ everyRole: true, former: new Map([['old', 'nga']]) });
    await put(aPatient({ id: 'nga' }), { labels: ['sender/56901', 'commune/22651'] });
    await put(aPatient({ id: 'binh' }));
    await put(
      { resourceType: 'Condition', id: 'hiv', subject: { reference: 'Patient/nga' } },
      { labels: ['sender/56901', 'commune/22651', 'restricted/hiv'] },
    );
    await put({ resourceType: 'Condition', id: 'gone', subject: { reference: 'Patient/nga' } });
    await remove('Condition', 'gone', { subject: 'nga' });

    const foreign = await request(app).get(`/fhir/R4/${reference}`).set('X-Test-Caller', caller);
    const unknown = await request(app)
      .get(`/fhir/R4/${reference.split('/')[0] ?? ''}/unknown`)
      .set('X-Test-Caller', caller);

    expect(foreign.status).toBe(404);
    expect(foreign.body.issue).toEqual(notKnown(reference));
    const visible = ({ headers }: request.Response) => ({ ...headers, date: '', 'content-length': '' });
    expect(visible(foreign)).toEqual(visible(unknown));
  });

  test('a held resource reads as unknown', async () => {
    const { app, put, store } = await startFhir();
    await put(aPatient({ id: 'nga' }), { labels: ['identity/i1'] });
    await store.commit({ holds: { hold: ['identity/i1'] } });

    expect((await request(app).get('/fhir/R4/Patient/nga')).status).toBe(404);
  });

  test('a caller who is not signed in gets 401 with the challenge', async () => {
    const { app } = await startFhir();

    const res = await request(app).get('/fhir/R4/Patient/nga').set('X-Test-Caller', 'nobody');

    expect(res.status).toBe(401);
    expect(res.headers['www-authenticate']).toBe('Bearer realm="fhir"');
    expect(res.body.issue[0].code).toBe('login');
  });

  test('a role without the interface gets 403, and a line of it', async () => {
    const { app, lines } = await startFhir();

    const res = await request(app).get('/fhir/R4/Patient/nga').set('X-Test-Caller', 'citizen');

    expect(res.status).toBe(403);
    expect(await lines()).toMatchObject([{ outcome: '4', interaction: 'read' }]);
  });

  test.each(['_summary=true', '_elements=name', 'name=nga'])('the parameter %s is refused', async (query) => {
    const { app, put } = await startFhir();
    await put(aPatient({ id: 'nga' }));

    const strict = await request(app).get(`/fhir/R4/Patient/nga?${query}`);
    const lenient = await request(app).get(`/fhir/R4/Patient/nga?${query}`).set('Prefer', 'handling=lenient');

    expect(strict.status).toBe(400);
    expect(strict.body.issue[0].code).toBe('not-supported');
    expect(lenient.status).toBe(200);
  });

  test('a bug answers the request id and nothing more, and is logged', async () => {
    const bug = new Error('SELECT broke for Nguyễn Thị Nga');
    const { app, logged } = await startFhir({ storeOf: (store) => ({ ...store, resource: () => Promise.reject(bug) }) });

    const res = await request(app).get('/fhir/R4/Patient/nga');

    expect(res.status).toBe(500);
    expect(res.body.issue).toEqual([
      { severity: 'fatal', code: 'exception', details: { text: `Internal error; request ${res.body.id as string}` } },
    ]);
    expect(logged).toEqual([{ requestId: res.body.id, err: bug }]);
  });
});

// https://hl7.org/fhir/R4/http.html#cread
describe('conditional read', () => {
  test.each([
    ['If-None-Match', 'W/"1"', 304],
    ['If-None-Match', '"7", W/"1"', 304],
    ['If-None-Match', '*', 304],
    ['If-None-Match', 'W/"2"', 200],
    ['If-Modified-Since', NOW.toUTCString(), 304],
    ['If-Modified-Since', new Date(NOW.getTime() - 1_000).toUTCString(), 200],
    ['If-Modified-Since', 'yesterday', 200],
  ])('%s: %s answers %i', async (name, value, status) => {
    const { app, put } = await startFhir();
    await put(aPatient({ id: 'nga' }));

    const res = await request(app).get('/fhir/R4/Patient/nga').set(name, value);

    expect(res.status).toBe(status);
    expect(res.headers['etag']).toBe('W/"1"');
    expect(res.text === '').toBe(status === 304);
  });

  test('If-None-Match decides alone when both are sent', async () => {
    const { app, put } = await startFhir();
    await put(aPatient({ id: 'nga' }));

    const res = await request(app)
      .get('/fhir/R4/Patient/nga')
      .set('If-None-Match', 'W/"2"')
      .set('If-Modified-Since', NOW.toUTCString());

    expect(res.status).toBe(200);
  });

  test('"unchanged" is a look too: it leaves a line', async () => {
    const { app, put, lines } = await startFhir();
    await put(aPatient({ id: 'nga' }));

    await request(app).get('/fhir/R4/Patient/nga').set('If-None-Match', 'W/"1"');

    expect(await lines()).toHaveLength(1);
  });
});

// https://hl7.org/fhir/R4/http.html#mime-type
describe('the media type of an answer', () => {
  test.each([
    [{ Accept: 'application/fhir+xml' }, ''],
    [{}, '?_format=xml'],
    [{ Accept: 'application/fhir+json; fhirVersion=5.0' }, ''],
  ])('%j%s is 406', async (headers, query) => {
    const { app, put } = await startFhir();
    await put(aPatient({ id: 'nga' }));

    const res = await request(app).get(`/fhir/R4/Patient/nga${query}`).set(headers);

    expect(res.status).toBe(406);
    expect(res.body.resourceType).toBe('OperationOutcome');
  });

  test('application/json is answered as such', async () => {
    const { app, put } = await startFhir();
    await put(aPatient({ id: 'nga' }));

    const res = await request(app).get('/fhir/R4/Patient/nga').set('Accept', 'application/json');

    expect(res.headers['content-type']).toBe('application/json; charset=utf-8');
  });
});
