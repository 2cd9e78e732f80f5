import { describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { aPatient, startFhir } from '../support/fhir-application.js';

// https://hl7.org/fhir/R4/http.html#vread
describe('GET /fhir/R4/{type}/{id}/_history/{version}', () => {
  test('answers the current version as a read does, with its own line', async () => {
    const { app, put, lines } = await startFhir();
    await put(aPatient({ id: 'nga' }));
    await put(aPatient({ id: 'nga', birthDate: '1984-05-03' }));
    const read = await request(app).get('/fhir/R4/Patient/nga');

    const res = await request(app).get('/fhir/R4/Patient/nga/_history/2');

    expect(res.status).toBe(200);
    expect(res.text).toBe(read.text);
    expect(res.headers['etag']).toBe('W/"2"');
    expect((await lines())[1]).toMatchObject({ action: 'R', interaction: 'vread', patients: ['nga'], outcome: '0' });
  });

  test('an earlier version is 404 with the reason: it may hold what an unmerge took out', async () => {
    const { app, put, lines } = await startFhir();
    await put(aPatient({ id: 'nga', name: [{ text: 'Of another person' }] }));
    await put(aPatient({ id: 'nga' }));

    const res = await request(app).get('/fhir/R4/Patient/nga/_history/1');

    expect(res.status).toBe(404);
    expect(res.body.issue[0].details.text).toBe('Only the current version of Patient/nga is served');
    expect(res.text).not.toContain('another person');
    expect(await lines()).toMatchObject([{ interaction: 'vread', outcome: '4', patients: [] }]);
  });

  test.each(['Patient/nobody/_history/1', 'Patient/binh/_history/1', 'Patient/binh/_history/9'])(
    '%s, unknown or beyond reach, does not say that there is a version',
    async (path) => {
      const { app, put } = await startFhir();
      await put(aPatient({ id: 'binh' }), { labels: ['sender/56902'] });

      const res = await request(app).get(`/fhir/R4/${path}`).set('X-Test-Caller', 'facility-56901');

      expect(res.status).toBe(404);
      expect(res.body.issue[0].details.text).toBe(`Patient/${path.split('/')[1] ?? ''} is not known`);
    },
  );

  test('a deleted resource is 410', async () => {
    const { app, put, delete: remove } = await startFhir();
    await put(aPatient({ id: 'nga' }));
    await remove('Patient', 'nga', { subject: 'nga' });

    expect((await request(app).get('/fhir/R4/Patient/nga/_history/2')).status).toBe(410);
  });

  test('unchanged is 304', async () => {
    const { app, put } = await startFhir();
    await put(aPatient({ id: 'nga' }));

    const res = await request(app).get('/fhir/R4/Patient/nga/_history/1').set('If-None-Match', 'W/"1"');

    expect(res.status).toBe(304);
  });
});
