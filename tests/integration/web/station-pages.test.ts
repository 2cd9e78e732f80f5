import { describe, expect, test } from '@jest/globals';
import request from 'supertest';
import type { AccessLine } from '../../../src/store/access-log.js';
import { PhrError } from '../../../src/errors.js';
import { SHELF_MS } from '../../../src/web/http/session-shelf.js';
import type { WebApplication } from '../../support/web-application.js';
import { HYPERTENSION, MOTHER, search, startWeb, STATION_00001, STATION_22651 } from '../../support/web-application.js';

const linesOf = (web: WebApplication, patient?: string): Promise<readonly AccessLine[]> =>
  web.store.accessLines({ limit: 50, ...(patient === undefined ? {} : { patient }) });
const personLink = (html: string): string | undefined => /href="(\/station\/person\/[a-z0-9]+)"/.exec(html)?.[1];

describe('a station finds a person of its catchment', () => {
  test.each([
    ['by citizen number', { number: '0561 5800 0117' }],
    ['by card number', { number: HYPERTENSION.card }],
    ['by folded name and birth year', { name: 'nguyen thi thu', birthYear: HYPERTENSION.birthYear }],
  ])('%s, and the look at the result is written down', async (_how, fields) => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_22651.username);
    const personId = await web.personWith(HYPERTENSION.number);

    const found = await search(agent, fields);

    expect(found.status).toBe(200);
    expect(found.text).toContain(HYPERTENSION.name);
    expect(personLink(found.text)).toBe(`/station/person/${personId}`);
    const [line] = await linesOf(web, personId);
    expect(line).toMatchObject({ interaction: 'station-search', action: 'E', purpose: 'TREAT', patients: [personId] });
    expect(line).not.toHaveProperty('reason');
  });

  test('not by the name when the birth year is another', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_22651.username);

    const found = await search(agent, { name: 'nguyen thi thu', birthYear: '1959' });

    expect(found.text).not.toContain('/station/person/');
    expect(found.text).not.toContain('name="reason"');
    expect((await linesOf(web))[0]).toMatchObject({ interaction: 'station-search', patients: [], what: ['Patient'] });
  });

  test('on pages whose addresses hold neither name nor number', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_22651.username);

    const found = await search(agent, { number: HYPERTENSION.number });
    const history = await agent.get(personLink(found.text) ?? '');

    const addresses = [found, history].flatMap(({ text }) =>
      [...text.matchAll(/(?:href|action)="([^"]+)"/g)].map(([, address = '']) => decodeURIComponent(address)),
    );
    expect(addresses.length).toBeGreaterThan(20);
    for (const planted of [HYPERTENSION.number, HYPERTENSION.card, 'Nghiệm', '0900000117', '1958']) {
      expect(addresses.filter((address) => address.includes(planted))).toEqual([]);
    }
    expect(`${found.text}${history.text}`.match(/<title>[^<]*Nghiệm/)).toBeNull();
  });
});

describe('beyond the catchment', () => {
  test('the answer to a number is the same whether such a person exists or not', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_00001.username);

    const existing = await search(agent, { number: HYPERTENSION.number });
    const unknown = await search(agent, { number: '056158000999' });

    expect(existing.text).toContain('name="reason"');
    const neutral = (html: string): string =>
      html
        .replaceAll(HYPERTENSION.number, 'N')
        .replaceAll('056158000999', 'N')
        .replaceAll(/search\/[\w-]+/g, 'search/S');
    expect(neutral(existing.text)).toBe(neutral(unknown.text));
    expect(existing.status).toBe(unknown.status);
    expect(await linesOf(web, await web.personWith(HYPERTENSION.number))).toEqual([]);
  });

  test('a typed reason opens the person for a while, and stands on every line', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_00001.username);
    const personId = await web.personWith(HYPERTENSION.number);
    expect((await agent.get(`/station/person/${personId}`)).status).toBe(404);

    const found = await search(agent, { number: HYPERTENSION.number, reason: 'Cấp cứu tại trạm' });
    const history = await agent.get(`/station/person/${personId}`);
    const trace = await agent.get(/\/station\/person\/[a-z0-9]+\/trace\/Observation\/[a-z0-9]+/.exec(history.text)?.[0] ?? '');

    expect(personLink(found.text)).toBe(`/station/person/${personId}`);
    expect(history.status).toBe(200);
    expect(history.text).toContain('Cấp cứu tại trạm');
    expect(trace.status).toBe(200);
    const lines = await linesOf(web, personId);
    expect(lines.map(({ interaction }) => interaction)).toEqual(['station-trace', 'station-history', 'station-search']);
    for (const line of lines) expect(line).toMatchObject({ reason: 'Cấp cứu tại trạm', purpose: 'BTG' });
  });

  test('the reason ends after its time, and is worth nothing in another session', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_00001.username);
    const other = await web.signedIn(STATION_00001.username);
    const personId = await web.personWith(HYPERTENSION.number);
    await search(agent, { number: HYPERTENSION.number, reason: 'Cấp cứu tại trạm' });

    expect((await other.get(`/station/person/${personId}`)).status).toBe(404);
    web.clock.ms += SHELF_MS - 1;
    expect((await agent.get(`/station/person/${personId}`)).status).toBe(200);
    web.clock.ms += 1;
    expect((await agent.get(`/station/person/${personId}`)).status).toBe(404);
  });

  test('a reason too short is asked for again, and shows nobody', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_00001.username);

    const again = await search(agent, { number: HYPERTENSION.number, reason: 'abc' });

    expect(again.status).toBe(422);
    expect(again.text).toContain('name="reason"');
    expect(again.text).not.toContain('/station/person/');
    expect(await linesOf(web)).toEqual([]);
  });

  test('a reason for one person opens no other', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_00001.username);
    await search(agent, { number: HYPERTENSION.number, reason: 'Cấp cứu tại trạm' });

    expect((await agent.get(`/station/person/${await web.personWith(MOTHER.number)}`)).status).toBe(404);
  });
});

describe('the page of history', () => {
  test('shows who, allergies not known, problems, medicines as sent, measures, events', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_22651.username);
    const personId = await web.personWith(HYPERTENSION.number);

    const { text } = await agent.get(`/station/person/${personId}`);

    for (const shown of [
      HYPERTENSION.name,
      HYPERTENSION.number,
      'Chưa có thông tin',
      'Tăng huyết áp vô căn (nguyên phát)',
      'I10',
      'Amlodipin 5mg',
      '1 viên/lần * 1 lần/ngày * 28 ngày [1 viên/ngày]; Uống buổi sáng',
      '150/95 mmHg',
      '148/88 mmHg',
      '58,50 kg',
      '7,20 mmol/L',
      'Creatinin',
      'Điện tim trong giới hạn bình thường',
    ]) {
      expect(text).toContain(shown);
    }
    expect(text).not.toContain('Không dị ứng');
  });

  test('is written down before it is sent, with everything that it shows', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_22651.username);
    const personId = await web.personWith(HYPERTENSION.number);

    const { text } = await agent.get(`/station/person/${personId}`);

    const links = [...new Set([...text.matchAll(/\/trace\/([A-Za-z]+\/[a-z0-9]+)"/g)].map(([, reference]) => reference))];
    const [line] = await linesOf(web, personId);
    expect(line).toMatchObject({ interaction: 'station-history', action: 'R', outcome: '0', purpose: 'TREAT' });
    expect(line?.what).toEqual(expect.arrayContaining(links));
  });

  test('is not sent when the look cannot be written down', async () => {
    let isBroken = false;
    const web = await startWeb({
      wrap: (store) => ({
        ...store,
        commit: (unit) => (isBroken ? Promise.reject(new PhrError('unavailable', 'disk full')) : store.commit(unit)),
      }),
    });
    const agent = await web.signedIn(STATION_22651.username);
    const personId = await web.personWith(HYPERTENSION.number);
    isBroken = true;

    const answer = await agent.get(`/station/person/${personId}`);

    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain(HYPERTENSION.name);
    expect(answer.headers['retry-after']).toBeDefined();
    expect(JSON.stringify(web.logged)).not.toContain(HYPERTENSION.number);
  });

  test('leads every value to the row as sent, with file and sender', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_22651.username);
    const personId = await web.personWith(HYPERTENSION.number);
    const { text } = await agent.get(`/station/person/${personId}`);
    const weight = /58,50 kg.*?href="([^"]+)"/s.exec(text)?.[1];

    const trace = await agent.get(weight ?? '');

    expect(trace.status).toBe(200);
    for (const shown of ['CAN_NANG', '58.50', 'XML1', 'Cơ sở 56901']) expect(trace.text).toContain(shown);
    expect(trace.text).toMatch(/<code class="hash">[0-9a-f]{64}<\/code>/);
    expect((await linesOf(web, personId))[0]).toMatchObject({ interaction: 'station-trace' });
  });

  test('a foreign person, an unknown one and a foreign fact are the same 404', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_00001.username);
    const personId = await web.personWith(HYPERTENSION.number);

    const answers = await Promise.all([
      agent.get(`/station/person/${personId}`),
      agent.get('/station/person/0000nobody'),
      agent.get(`/station/person/${personId}/trace/Patient/${personId}`),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    const neutral = ({ text }: { text: string }): string =>
      text.replaceAll(/[0-9a-f-]{36}/g, 'ID').replaceAll(/\/station\/person\/[\w/]+/g, 'PATH');
    expect(new Set(answers.map(neutral)).size).toBe(1);
    expect(await linesOf(web)).toEqual([]);
  });

  test('the newborn is reached from the mother', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_22651.username);

    const mother = await agent.get(`/station/person/${await web.personWith(MOTHER.number)}`);
    const child = await agent.get(personLink(mother.text) ?? '');

    expect(mother.text).toContain('Phạm Thị Bé Mẫu');
    expect(child.text).toContain('Phạm Thị Bé Mẫu');
  });
});

describe('who may open the pages of a station', () => {
  test('nobody without a sign-in: they come to the form and back', async () => {
    const web = await startWeb();

    const answer = await request(web.app).get('/station/person/abc');

    expect(answer.status).toBe(303);
    expect(answer.headers['location']).toBe('/sign-in?return=%2Fstation%2Fperson%2Fabc');
  });

  test('a form without token or from elsewhere is refused', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STATION_22651.username);

    expect((await agent.post('/station').type('form').send({ number: HYPERTENSION.number })).status).toBe(403);
    expect((await agent.post('/station').set('Origin', 'http://evil.example').type('form').send({})).status).toBe(403);
  });
});
