import { describe, expect, test } from '@jest/globals';
import type { Bundle } from 'fhir/r4.js';
import request from 'supertest';
import { EVERYTHING_PAGE_SIZE_MAX } from '../../src/fhir/operations/patient-everything.js';
import { PARAMETERS_MAX_BYTES } from '../../src/fhir/http/router.js';
import { aPatient, FHIR_BASE, SENDER_LABEL, startFhir } from '../support/fhir-application.js';
import type { FhirApplication } from '../support/fhir-application.js';
import { EXAMPLES } from '../support/search-examples.js';

const linkOf = (bundle: Bundle, relation: string): string | undefined =>
  bundle.link?.find((link) => link.relation === relation)?.url;
const local = (url: string): string => url.replace('http://localhost:8080', '');
const urlsOf = (bundle: Bundle): string[] => (bundle.entry ?? []).map(({ fullUrl }) => fullUrl ?? '');
const OWN = Object.values(EXAMPLES).map(({ resource }) => `${FHIR_BASE}/${resource.resourceType}/${resource.id ?? ''}`);

/** Nga's record, one resource of each type, and things of somebody else. */
async function startWithRecord(options: Parameters<typeof startFhir>[0] = {}): Promise<FhirApplication> {
  const started = await startFhir(options);
  await started.putAll(
    Object.values(EXAMPLES).map(({ resource }) => resource),
    { labels: [SENDER_LABEL, 'commune/22651'] },
  );
  await started.put(aPatient({ id: 'binh' }));
  await started.put({ resourceType: 'Condition', id: 'of-binh', subject: { reference: 'Patient/binh' } });
  return started;
}

// https://hl7.org/fhir/R4/operation-patient-everything.html
describe('GET /fhir/R4/Patient/{id}/$everything', () => {
  test('answers the Patient first, then everything of the compartment, nothing of anybody else', async () => {
    const { app } = await startWithRecord();

    const res = await request(app).get('/fhir/R4/Patient/nga/$everything');

    expect(res.status).toBe(200);
    expect(res.body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
    expect(urlsOf(res.body as Bundle)[0]).toBe(`${FHIR_BASE}/Patient/nga`);
    expect(urlsOf(res.body as Bundle).toSorted()).toEqual(OWN.toSorted());
    expect(linkOf(res.body as Bundle, 'next')).toBeUndefined();
  });

  test('leaves one line with the person and all that was shown', async () => {
    const { app, lines } = await startWithRecord();

    await request(app).get('/fhir/R4/Patient/nga/$everything');

    const [line, ...more] = await lines();
    expect(more).toEqual([]);
    expect(line).toMatchObject({ action: 'E', interaction: 'patient-everything', patients: ['nga'], outcome: '0' });
    expect(line?.what).toHaveLength(OWN.length);
  });

  test('pages by _count, everything exactly once, the Patient on the first page', async () => {
    const { app } = await startWithRecord();

    const seen: string[] = [];
    let address: string | undefined = '/fhir/R4/Patient/nga/$everything?_count=4';
    let pages = 0;
    while (address !== undefined) {
      const res: request.Response = await request(app).get(local(address));
      expect(urlsOf(res.body as Bundle).length).toBeLessThanOrEqual(4);
      seen.push(...urlsOf(res.body as Bundle));
      pages += 1;
      address = linkOf(res.body as Bundle, 'next');
    }

    expect(seen.toSorted()).toEqual(OWN.toSorted());
    expect(pages).toBe(Math.ceil(OWN.length / 4));
  });

  test('answers a former id for the current person', async () => {
    const { app } = await startWithRecord({ former: new Map([['old', 'nga']]) });

    const res = await request(app).get('/fhir/R4/Patient/old/$everything');

    expect(urlsOf(res.body as Bundle).toSorted()).toEqual(OWN.toSorted());
  });

  test('_type picks types', async () => {
    const { app } = await startWithRecord();

    const res = await request(app).get('/fhir/R4/Patient/nga/$everything?_type=Immunization,Patient');

    expect(urlsOf(res.body as Bundle)).toEqual([`${FHIR_BASE}/Patient/nga`, `${FHIR_BASE}/Immunization/immunization-1`]);
  });

  test('a Patient written about the person is not a second one', async () => {
    const { app, put } = await startWithRecord();
    await put(aPatient({ id: 'written' }), { origin: 'contribution', subject: 'nga' });

    const res = await request(app).get('/fhir/R4/Patient/nga/$everything');

    expect(urlsOf(res.body as Bundle).toSorted()).toEqual(OWN.toSorted());
  });

  test('shows only what is in reach', async () => {
    const { app, put } = await startWithRecord({ everyRole: true });
    await put(
      { resourceType: 'Condition', id: 'hiv', subject: { reference: 'Patient/nga' } },
      { labels: [SENDER_LABEL, 'commune/22651', 'restricted/hiv'] },
    );
    await put(
      { resourceType: 'Condition', id: 'elsewhere', subject: { reference: 'Patient/nga' } },
      { labels: ['sender/56902'] },
    );
    const idsFor = async (caller: string): Promise<string[]> => {
      const res = await request(app).get('/fhir/R4/Patient/nga/$everything?_type=Condition').set('X-Test-Caller', caller);
      return urlsOf(res.body as Bundle).map((url) => url.split('/').at(-1) ?? '');
    };

    expect((await idsFor('facility-56901')).toSorted()).toEqual(['condition-1', 'hiv']);
    expect(await idsFor('station')).toEqual(['condition-1']);
    expect((await idsFor('citizen')).toSorted()).toEqual(['condition-1', 'elsewhere']);
  });
});

// https://hl7.org/fhir/R4/operations.html#request
describe('POST /fhir/R4/Patient/{id}/$everything', () => {
  const post = ({ app }: FhirApplication, body: object) =>
    request(app).post('/fhir/R4/Patient/nga/$everything').type('application/fhir+json').send(JSON.stringify(body));

  test('takes its parameters as a Parameters resource, and no body at all', async () => {
    const started = await startWithRecord();

    const res = await post(started, {
      resourceType: 'Parameters',
      parameter: [
        { name: '_count', valueInteger: 2 },
        { name: '_type', valueCode: 'Patient,Immunization,Condition' },
      ],
    });
    const bare = await request(started.app).post('/fhir/R4/Patient/nga/$everything');

    expect(urlsOf(res.body as Bundle)).toHaveLength(2);
    expect(linkOf(res.body as Bundle, 'next')).toContain('_count=2&_type=');
    expect(urlsOf(bare.body as Bundle)).toHaveLength(OWN.length);
  });

  test.each([
    [{ resourceType: 'Patient' }],
    [{ resourceType: 'Parameters', parameter: [{ valueInteger: 1 }] }],
    [{ resourceType: 'Parameters', parameter: [{ name: '_count', valueQuantity: {} }] }],
    [{ resourceType: 'Parameters', parameter: { name: '_count' } }],
    [{ resourceType: 'Parameters', parameter: [null] }],
    [[]],
  ])('%j is 400', async (body) => {
    expect((await post(await startWithRecord(), body)).status).toBe(400);
  });

  test('a form is 415, a body too large is 413', async () => {
    const started = await startWithRecord();

    const form = await request(started.app).post('/fhir/R4/Patient/nga/$everything').type('form').send('_count=2');
    const large = await post(started, { resourceType: 'Parameters', id: 'x'.repeat(PARAMETERS_MAX_BYTES) });

    expect([form.status, large.status]).toEqual([415, 413]);
  });
});

describe('what $everything refuses', () => {
  test.each(['Patient/nobody', 'Patient/binh'])('%s, unknown or beyond reach, is 404 alike', async (reference) => {
    const started = await startFhir();
    await started.put(aPatient({ id: 'binh' }), { labels: ['sender/56902'] });

    const res = await request(started.app).get(`/fhir/R4/${reference}/$everything`).set('X-Test-Caller', 'facility-56901');

    expect(res.status).toBe(404);
    expect(res.body.issue).toEqual([{ severity: 'error', code: 'not-found', details: { text: `${reference} is not known` } }]);
    expect(await started.lines()).toMatchObject([{ outcome: '4', patients: [], what: [reference] }]);
  });

  test('a citizen asking for another person learns nothing', async () => {
    const { app } = await startWithRecord({ everyRole: true });

    const res = await request(app).get('/fhir/R4/Patient/binh/$everything').set('X-Test-Caller', 'citizen');

    expect(res.status).toBe(404);
  });

  test.each([
    ['_since=2025-01-01', 400, 'not-supported'],
    ['start=2025-01-01', 400, 'not-supported'],
    ['_count=0', 400, 'value'],
    ['_count=x', 400, 'value'],
    ['_type=Account', 400, 'value'],
    ['_cursor=made-up', 400, 'value'],
  ])('%s is %i %s', async (query, status, code) => {
    const { app } = await startWithRecord();

    const res = await request(app).get(`/fhir/R4/Patient/nga/$everything?${query}`);

    expect([res.status, res.body.issue[0].code]).toEqual([status, code]);
  });

  test('a page is never larger than the limit', async () => {
    const commits: number[] = [];
    const { app } = await startWithRecord({
      storeOf: (store) => ({ ...store, search: (query) => (commits.push(query.count), store.search(query)) }),
    });

    await request(app).get(`/fhir/R4/Patient/nga/$everything?_count=${EVERYTHING_PAGE_SIZE_MAX}`);
    await request(app).get(`/fhir/R4/Patient/nga/$everything?_count=${EVERYTHING_PAGE_SIZE_MAX + 1}`);

    expect(commits).toEqual([EVERYTHING_PAGE_SIZE_MAX - 1, EVERYTHING_PAGE_SIZE_MAX - 1]);
  });
});
