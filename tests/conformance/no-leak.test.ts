import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import request from 'supertest';
import { stringifyJson } from '../../src/fhir/decimal.js';
import { aPatient, CALLERS, startFhir } from '../support/fhir-application.js';
import type { CallerName, FhirApplication } from '../support/fhir-application.js';
import { asWritten, EXAMPLES } from '../support/search-examples.js';

/** Everything of Nga belongs to a sender, a commune and a person that none of these callers reaches. */
const STRANGERS: readonly CallerName[] = ['facility-56902', 'station', 'steward', 'stranger-citizen'];
const TYPES = Object.keys(EXAMPLES);

/** Nobody writes here, so the record is made once; and it listens once: a thousand requests are asked. */
async function startWithForeignRecord(): Promise<Omit<FhirApplication, 'app'> & { readonly app: Server }> {
  const started = await startFhir({ everyRole: true, former: new Map([['former', 'nga']]), lifetime: 'file' });
  await started.put(aPatient({ id: 'own' }), { labels: ['sender/56902', 'commune/22651'], subject: 'own' });
  await started.putAll(
    Object.values(EXAMPLES).map(({ resource }) => resource),
    { labels: ['sender/56901', 'commune/00001'] },
  );
  const app = createServer(started.app);
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  return { ...started, app };
}

let started: Awaited<ReturnType<typeof startWithForeignRecord>>;
beforeAll(async () => {
  started = await startWithForeignRecord();
});
afterAll(() => {
  started.app.close();
});

/** The part of an answer that a caller can compare, with the id asked for taken out. */
const seen = (res: request.Response, asked: string) => ({
  status: res.status,
  headers: { ...res.headers, date: '', 'content-length': '' },
  text: res.text.replaceAll(asked, '…').replaceAll(encodeURIComponent(asked), '…'),
});

describe.each(STRANGERS)('%s and the record of a stranger', (caller) => {
  const interactions: Record<string, (app: Server, type: string, id: string) => request.Test> = {
    read: (app, type, id) => request(app).get(`/fhir/R4/${type}/${id}`),
    head: (app, type, id) => request(app).head(`/fhir/R4/${type}/${id}`),
    'conditional read': (app, type, id) => request(app).get(`/fhir/R4/${type}/${id}`).set('If-None-Match', '*'),
    vread: (app, type, id) => request(app).get(`/fhir/R4/${type}/${id}/_history/1`),
    'search by id': (app, type, id) => request(app).get(`/fhir/R4/${type}?_id=${id}&_total=accurate`),
  };

  test.each(Object.keys(interactions))('%s answers as for an unknown id', async (name) => {
    const { app } = started;
    const ask = interactions[name];
    if (ask === undefined) throw new Error('no such interaction');

    for (const type of TYPES) {
      const id = EXAMPLES[type]?.resource.id ?? '';
      const foreign = await ask(app, type, id).set('X-Test-Caller', caller);
      const unknown = await ask(app, type, 'unknown').set('X-Test-Caller', caller);

      expect([type, seen({ ...foreign, text: foreign.text ?? '' } as request.Response, id)]).toEqual([
        type,
        seen({ ...unknown, text: unknown.text ?? '' } as request.Response, 'unknown'),
      ]);
    }
  });

  test('no search parameter finds or counts anything of it', async () => {
    const { app } = started;

    for (const type of TYPES) {
      for (const [param, value] of Object.entries(EXAMPLES[type]?.finds ?? {})) {
        if (type === 'Patient' && !['_id', 'identifier'].includes(param)) continue; // the caller's own person has the same name
        const res = await request(app)
          .get(`/fhir/R4/${type}`)
          .query({ [param]: value, _total: 'accurate' })
          .set('X-Test-Caller', caller);

        expect([type, param, res.status, res.body.total, res.body.entry]).toEqual([type, param, 200, 0, undefined]);
      }
    }
  });

  test.each(['nga', 'former'])('$everything of %s answers as for an unknown id', async (id) => {
    const { app } = started;

    const foreign = await request(app).get(`/fhir/R4/Patient/${id}/$everything`).set('X-Test-Caller', caller);
    const unknown = await request(app).get('/fhir/R4/Patient/unknown/$everything').set('X-Test-Caller', caller);

    expect(foreign.status).toBe(404);
    expect(seen(foreign, id)).toEqual(seen(unknown, 'unknown'));
  });

  test('create for that person answers as for an unknown one', async () => {
    const { app } = started;
    const create = (type: string, id: string) =>
      request(app)
        .post(`/fhir/R4/${type}`)
        .type('application/fhir+json')
        .set('X-Test-Caller', caller)
        .send(stringifyJson(asWritten(type)).replaceAll('Patient/nga', `Patient/${id}`));

    for (const type of TYPES.filter((name) => name !== 'Patient')) {
      const foreign = await create(type, 'nga');
      const unknown = await create(type, 'unknown');

      expect([type, foreign.status]).toEqual([type, 422]);
      expect(seen(foreign, 'nga')).toEqual(seen(unknown, 'unknown'));
    }
  });

  test('the lines that such attempts leave name no person', async () => {
    const before = (await started.lines()).length;

    await request(started.app).get('/fhir/R4/Patient/nga').set('X-Test-Caller', caller);
    await request(started.app).get('/fhir/R4/Condition?patient=nga').set('X-Test-Caller', caller);

    expect((await started.lines()).slice(before).map(({ patients, agent }) => [patients, agent.role])).toEqual([
      [[], CALLERS[caller].role],
      [[], CALLERS[caller].role],
    ]);
  });
});
