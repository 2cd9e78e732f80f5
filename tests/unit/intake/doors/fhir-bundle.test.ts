import { describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { bundleOf, bytesOf } from '../../../support/bundle-file.js';
import { startDoors } from '../../../support/door-application.js';

const FHIR = 'application/fhir+json';
const integrator = 'Bearer token-integrator';

describe('POST /intake/fhir', () => {
  test.each([FHIR, 'application/json'])('takes a Bundle as %s and answers its receipt', async (type) => {
    const { app, submissions } = startDoors();
    const answer = await request(app)
      .post('/intake/fhir')
      .set('Authorization', integrator)
      .set('Content-Type', type)
      .send(JSON.stringify(bundleOf()));

    expect(answer.status).toBe(202);
    expect(answer.headers['location']).toBe(`/intake/receipts/${String(answer.body.id)}`);
    expect(answer.body).toMatchObject({ door: 'fhir', state: 'received' });
    submissions.work();
    const done = await request(app)
      .get(answer.headers['location'] ?? '')
      .set('Authorization', integrator);
    expect(done.body).toMatchObject({ state: 'completed', visits: [{ key: 'fhir|56902|V-1', state: 'accepted' }] });
  });

  test('takes it as the file of a form too, and the same bytes get the same receipt', async () => {
    const { app } = startDoors();
    const sent = await request(app)
      .post('/intake/fhir')
      .set('Authorization', integrator)
      .set('Content-Type', FHIR)
      .send(JSON.stringify(bundleOf()));
    const form = await request(app)
      .post('/intake/fhir')
      .set('Authorization', integrator)
      .attach('file', bytesOf(bundleOf()), 'bundle.json');

    expect(form.status).toBe(202);
    expect(form.body.id).toBe(sent.body.id);
  });

  test.each([
    ['nothing', '', FHIR, 400],
    ['no JSON', '<Bundle/>', FHIR, 400],
    ['no Bundle', '{"resourceType":"Patient"}', FHIR, 400],
    ['a history', '{"resourceType":"Bundle","type":"history"}', FHIR, 400],
    ['XML', '<Bundle/>', 'application/fhir+xml', 415],
  ])('%s is refused at once, in Vietnamese', async (_, body, type, status) => {
    const { app, submissions } = startDoors();
    const answer = await request(app).post('/intake/fhir').set('Authorization', integrator).set('Content-Type', type).send(body);

    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ resourceType: 'OperationOutcome' });
    expect(JSON.stringify(answer.body)).toMatch(/[ạảấộướủịệ]/);
    expect(submissions.kept).toEqual([]);
  });

  test('needs a sender, and only takes POST', async () => {
    const { app } = startDoors();

    expect((await request(app).post('/intake/fhir').set('Content-Type', FHIR).send('{}')).status).toBe(401);
    expect(
      (await request(app).post('/intake/fhir').set('Authorization', 'Bearer token-station').set('Content-Type', FHIR).send('{}'))
        .status,
    ).toBe(403);
    expect((await request(app).get('/intake/fhir').set('Authorization', integrator)).status).toBe(405);
  });
});
