import { describe, expect, test } from '@jest/globals';
import type { Bundle, FhirResource, Observation } from 'fhir/r4.js';
import request from 'supertest';
import { PARAMETERS_MAX } from '../../src/fhir/http/query.js';
import { MAX_COUNT } from '../../src/fhir/search/result-parameters.js';
import { decimal } from '../../src/fhir/decimal.js';
import { recordNumberSystem } from '../../src/fhir/systems.js';
import { aPatient, FHIR_BASE, SENDER_LABEL, startFhir } from '../support/fhir-application.js';
import type { FhirApplication } from '../support/fhir-application.js';
import { aProvenance, makeTestProvenance } from '../support/provenance-type.js';

const weight = (id: string, fields: Partial<Observation> = {}): FhirResource => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  subject: { reference: 'Patient/nga' },
  effectiveDateTime: '2025-03-10',
  ...fields,
});

const numbered = (count: number, prefix = 'w'): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(4, '0')}`);

const linkOf = (bundle: Bundle, relation: string): string | undefined =>
  bundle.link?.find((link) => link.relation === relation)?.url;
const local = (url: string): string => url.replace('http://localhost:8080', '');
const idsOf = (bundle: Bundle): (string | undefined)[] => (bundle.entry ?? []).map(({ resource }) => resource?.id);

async function startWithNga(options: Parameters<typeof startFhir>[0] = {}): Promise<FhirApplication> {
  const started = await startFhir(options);
  await started.put(aPatient({ id: 'nga' }), { labels: [SENDER_LABEL, 'commune/22651'] });
  return started;
}

// https://hl7.org/fhir/R4/http.html#search
describe('GET /fhir/R4/{type}?…', () => {
  test('answers a searchset with self link, full URLs and search modes', async () => {
    const { app, put } = await startWithNga();
    await put(weight('w1', { valueQuantity: { value: decimal('58.50') } }));

    const res = await request(app).get('/fhir/R4/Observation?code=http://loinc.org|29463-7&patient=Patient/nga&_count=5');

    expect(res.status).toBe(200);
    expect(res.headers['cache-control']).toBe('no-store');
    expect(res.body).toMatchObject({
      resourceType: 'Bundle',
      type: 'searchset',
      link: [
        {
          relation: 'self',
          url: `${FHIR_BASE}/Observation?code=http%3A%2F%2Floinc.org%7C29463-7&patient=Patient%2Fnga&_count=5`,
        },
      ],
      entry: [{ fullUrl: `${FHIR_BASE}/Observation/w1`, search: { mode: 'match' }, resource: { meta: { versionId: '1' } } }],
    });
    expect(res.body.total).toBeUndefined();
    expect(res.text).toContain('"value":58.50');
  });

  test('no hit is an empty searchset without the entry element', async () => {
    const { app } = await startWithNga();

    const res = await request(app).get('/fhir/R4/Observation?patient=nga');

    expect(res.status).toBe(200);
    expect(res.body).toEqual({
      resourceType: 'Bundle',
      type: 'searchset',
      link: [{ relation: 'self', url: `${FHIR_BASE}/Observation?patient=nga` }],
    });
  });

  test('POST _search answers the same, parameters of address and form together', async () => {
    const { app, put } = await startWithNga();
    await put(weight('w1'));
    await put(weight('w2', { effectiveDateTime: '2024-01-01' }));

    const res = await request(app)
      .post('/fhir/R4/Observation/_search?patient=nga')
      .type('form')
      .send('date=2025-03-10&_total=accurate');

    expect(res.status).toBe(200);
    expect(idsOf(res.body as Bundle)).toEqual(['w1']);
    expect(res.body.total).toBe(1);
    expect(linkOf(res.body as Bundle, 'self')).toBe(`${FHIR_BASE}/Observation?patient=nga&date=2025-03-10&_total=accurate`);
  });

  test('leaves a line that names every person and resource shown', async () => {
    const { app, put, lines } = await startWithNga();
    await put(aPatient({ id: 'hoa' }));
    await put(weight('w1'));
    await put(weight('w2', { subject: { reference: 'Patient/hoa' } }));

    await request(app).get('/fhir/R4/Observation');

    expect(await lines()).toMatchObject([
      {
        action: 'E',
        interaction: 'search-type',
        outcome: '0',
        patients: ['hoa', 'nga'],
        what: ['Observation/w2', 'Observation/w1'],
      },
    ]);
  });

  test('a search without hits names the type', async () => {
    const { app, lines } = await startWithNga();

    await request(app).get('/fhir/R4/Observation?code=none');
    await request(app).get('/fhir/R4/Observation?patient=nga');

    expect(await lines()).toMatchObject([
      { patients: [], what: ['Observation'], outcome: '0' },
      { patients: ['nga'], what: ['Observation'], outcome: '0' },
    ]);
  });

  test('maps a former person to the current one', async () => {
    const { app, put } = await startWithNga({ former: new Map([['old', 'nga']]) });
    await put(weight('w1'));

    const bySubject = await request(app).get('/fhir/R4/Observation?subject=Patient/old');
    const byPatient = await request(app).get(`/fhir/R4/Observation?patient=${FHIR_BASE}/Patient/old`);

    expect(idsOf(bySubject.body as Bundle)).toEqual(['w1']);
    expect(idsOf(byPatient.body as Bundle)).toEqual(['w1']);
  });

  test.each(['patient=nobody', 'subject=Patient/nobody', 'patient=nobody,noone'])('%s finds nothing', async (query) => {
    const { app, put } = await startWithNga();
    await put(weight('w1'));

    const res = await request(app).get(`/fhir/R4/Observation?${query}&_total=accurate`);

    expect(res.status).toBe(200);
    expect(res.body.entry).toBeUndefined();
    expect(res.body.total).toBe(0);
  });

  test('redacts every hit for a facility', async () => {
    const { app, put } = await startFhir();
    await put(aPatient({ id: 'nga', identifier: [{ system: recordNumberSystem('56902'), value: 'BN2' }] }));

    const res = await request(app).get('/fhir/R4/Patient?name=nga').set('X-Test-Caller', 'facility-56901');

    expect(idsOf(res.body as Bundle)).toEqual(['nga']);
    expect(res.text).not.toContain('BN2');
  });

  test('a Patient that was written about a person is not found as a person', async () => {
    const { app, put } = await startWithNga();
    await put(aPatient({ id: 'written' }), { origin: 'contribution', subject: 'nga' });

    const res = await request(app).get('/fhir/R4/Patient?name=nga');

    expect(idsOf(res.body as Bundle)).toEqual(['nga']);
  });
});

// https://hl7.org/fhir/R4/http.html#paging
describe('paging', () => {
  test('a walk over next links shows everything exactly once and ends', async () => {
    const { app, putAll } = await startWithNga();
    const ids = numbered(45);
    await putAll(ids.map((id) => weight(id)));

    const seen: (string | undefined)[] = [];
    let address: string | undefined = '/fhir/R4/Observation?patient=nga&_count=20&_sort=-date';
    let pages = 0;
    while (address !== undefined) {
      const res: request.Response = await request(app).get(local(address));
      const bundle = res.body as Bundle;
      seen.push(...idsOf(bundle));
      pages += 1;
      address = linkOf(bundle, 'next');
      if (address !== undefined) expect(address).toContain('_sort=-date&_cursor=');
      expect(linkOf(bundle, 'self')).toContain('patient=nga');
    }

    expect(pages).toBe(3);
    expect(seen.toSorted()).toEqual(ids);
  });

  test('a page of 20 is exact among foreign hits', async () => {
    const { app, put, putAll } = await startWithNga();
    const mine = numbered(25);
    for (const [at, id] of mine.entries()) {
      await put(weight(id));
      await putAll(
        numbered(8, `f${at}-`).map((foreign) => weight(foreign)),
        { labels: ['sender/56902'] },
      );
    }

    const res = await request(app)
      .get('/fhir/R4/Observation?code=29463-7&_count=20&_total=accurate')
      .set('X-Test-Caller', 'facility-56901');
    const next = await request(app)
      .get(local(linkOf(res.body as Bundle, 'next') ?? ''))
      .set('X-Test-Caller', 'facility-56901');

    expect(res.body.total).toBe(25);
    expect(idsOf(res.body as Bundle)).toHaveLength(20);
    expect([...idsOf(res.body as Bundle), ...idsOf(next.body as Bundle)].toSorted()).toEqual(mine);
  });

  test.each(['_count=0', '_summary=count'])('%s answers the number alone', async (query) => {
    const { app, putAll, lines } = await startWithNga();
    await putAll(numbered(3).map((id) => weight(id)));

    const res = await request(app).get(`/fhir/R4/Observation?${query}`);

    expect(res.body.total).toBe(3);
    expect(res.body.entry).toBeUndefined();
    expect(linkOf(res.body as Bundle, 'next')).toBeUndefined();
    expect(await lines()).toMatchObject([{ patients: [], what: ['Observation'] }]);
  });

  test('_count above the limit answers the largest page', async () => {
    const { app, putAll } = await startWithNga();
    await putAll(numbered(MAX_COUNT + 1).map((id) => weight(id)));

    const res = await request(app).get(`/fhir/R4/Observation?_count=${MAX_COUNT + 1}`);

    expect(idsOf(res.body as Bundle)).toHaveLength(MAX_COUNT);
    expect(linkOf(res.body as Bundle, 'next')).toBeDefined();
  });

  test.each(['_cursor=made-up', '_count=-1', '_count=many', '_total=some'])('%s is 400', async (query) => {
    const { app } = await startWithNga();

    const res = await request(app).get(`/fhir/R4/Observation?${query}`);

    expect(res.status).toBe(400);
    expect(res.body.resourceType).toBe('OperationOutcome');
  });

  test('a cursor of another search is refused', async () => {
    const { app, putAll } = await startWithNga();
    await putAll(numbered(3).map((id) => weight(id)));
    const first = await request(app).get('/fhir/R4/Observation?patient=nga&_count=2');
    const cursor = new URL(linkOf(first.body as Bundle, 'next') ?? '').searchParams.get('_cursor') ?? '';

    const res = await request(app).get('/fhir/R4/Observation').query({ code: '29463-7', _cursor: cursor });

    expect(res.status).toBe(400);
  });
});

// https://hl7.org/fhir/R4/search.html#errors
describe('what a search does not understand', () => {
  test.each([
    'nmae=nga',
    'patient.name=nga',
    '_include=Observation:patient',
    '_elements=code',
    'code:text=x',
    '_has:Provenance:target:_id=x',
  ])('%s is refused by default', async (query) => {
    const { app, lines } = await startWithNga();

    const res = await request(app).get(`/fhir/R4/Observation?${query}`);

    expect(res.status).toBe(400);
    expect(res.body.issue[0]).toMatchObject({ severity: 'error', code: 'not-supported' });
    expect(await lines()).toMatchObject([{ outcome: '4', what: ['Observation'] }]);
  });

  test('is left out with a warning in lenient handling, and from the self link', async () => {
    const { app, put } = await startWithNga();
    await put(weight('w1'));

    const res = await request(app).get('/fhir/R4/Observation?nmae=nga&patient=nga').set('Prefer', 'handling=lenient');

    expect(res.status).toBe(200);
    expect(linkOf(res.body as Bundle, 'self')).toBe(`${FHIR_BASE}/Observation?patient=nga`);
    expect(res.body.entry).toMatchObject([
      { fullUrl: `${FHIR_BASE}/Observation/w1`, search: { mode: 'match' } },
      {
        fullUrl: expect.stringMatching(/^urn:uuid:/),
        search: { mode: 'outcome' },
        resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'not-supported' }] },
      },
    ]);
  });

  test('never repeats a value that stands in the place of a name', async () => {
    const { app } = await startWithNga();

    const res = await request(app).get('/fhir/R4/Observation').query({ 'Nguyễn Thị Nga 042184000001': 'x' });

    expect(res.status).toBe(400);
    expect(res.text).not.toContain('042184000001');
  });

  test.each(['date=yesterday', 'date=2025-02-30', 'patient=Unknown/1', 'code='.padEnd(9_000, 'x')])(
    '%p is 400',
    async (query) => {
      const { app } = await startWithNga();

      expect((await request(app).get(`/fhir/R4/Observation?${query}`)).status).toBe(400);
    },
  );

  test('as many parameters as are allowed are answered, one more is too costly', async () => {
    const { app } = await startWithNga();
    const query = (count: number) => Array.from({ length: count }, () => 'patient=nga').join('&');

    const most = await request(app).get(`/fhir/R4/Observation?${query(PARAMETERS_MAX)}`);
    const more = await request(app).get(`/fhir/R4/Observation?${query(PARAMETERS_MAX + 1)}`);

    expect(most.status).toBe(200);
    expect([more.status, more.body.issue[0].code]).toEqual([400, 'too-costly']);
  });

  test('a form of another media type is 415, a form too large is 413', async () => {
    const { app } = await startWithNga();

    const json = await request(app).post('/fhir/R4/Observation/_search').send({ patient: 'nga' });
    const large = await request(app)
      .post('/fhir/R4/Observation/_search')
      .type('form')
      .send(`code=${'x'.repeat(64 * 1024)}`);

    expect(json.status).toBe(415);
    expect(large.status).toBe(413);
  });
});

describe('a type that is rendered, not stored', () => {
  const items = numbered(5, 'p').map((id) => aProvenance(id, 'Observation/w1'));
  const virtualTypes = [makeTestProvenance([...items, aProvenance('q', 'Observation/w2')])];

  test('is searched through the same parameters, pages and strictness', async () => {
    const { app, lines } = await startWithNga({ virtualTypes });

    const first = await request(app).get('/fhir/R4/Provenance?target=Observation/w1&_count=3');
    const second = await request(app).get(local(linkOf(first.body as Bundle, 'next') ?? ''));
    const unknown = await request(app).get('/fhir/R4/Provenance?agent=x');

    expect([...idsOf(first.body as Bundle), ...idsOf(second.body as Bundle)]).toEqual(numbered(5, 'p'));
    expect(linkOf(second.body as Bundle, 'next')).toBeUndefined();
    expect(unknown.status).toBe(400);
    expect((await lines())[0]).toMatchObject({
      patients: ['nga'],
      what: ['Provenance/p0000', 'Provenance/p0001', 'Provenance/p0002'],
    });
  });

  test('is read, with the persons it names in the line', async () => {
    const { app, lines } = await startWithNga({ virtualTypes });

    const res = await request(app).get('/fhir/R4/Provenance/q');
    const unknown = await request(app).get('/fhir/R4/Provenance/x');

    expect(res.body).toEqual(aProvenance('q', 'Observation/w2'));
    expect(unknown.status).toBe(404);
    expect(await lines()).toMatchObject([
      { patients: ['nga'], what: ['Provenance/q'], outcome: '0' },
      { patients: [], outcome: '4' },
    ]);
  });

  test.each(['_count=0', '_cursor=made-up'])('%s is 400', async (query) => {
    const { app } = await startWithNga({ virtualTypes });

    expect((await request(app).get(`/fhir/R4/Provenance?${query}`)).status).toBe(400);
  });
});
