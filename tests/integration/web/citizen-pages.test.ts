import { describe, expect, test } from '@jest/globals';
import { PhrError } from '../../../src/errors.js';
import type { WebApplication } from '../../support/web-application.js';
import { HYPERTENSION, MOTHER, search, startWeb, STATION_00001, STATION_22651 } from '../../support/web-application.js';

const CITIZEN = { name: HYPERTENSION.name, number: HYPERTENSION.number, birthDate: '1958-03-12' };
const PAGES = ['/citizen', '/citizen/timeline', '/citizen/who-looked'];

async function signInCitizen(web: WebApplication) {
  await web.putCitizen('nguoi-dan', CITIZEN);
  return web.signedIn('nguoi-dan');
}

describe('a citizen', () => {
  test('reads summary and timeline, each written down as an own look', async () => {
    const web = await startWeb();
    const agent = await signInCitizen(web);
    const personId = await web.personWith(HYPERTENSION.number);

    const summary = await agent.get('/citizen');
    const timeline = await agent.get('/citizen/timeline');

    for (const shown of [HYPERTENSION.name, 'Amlodipin 5mg', 'Tăng huyết áp vô căn', '150/95 mmHg', HYPERTENSION.card]) {
      expect(summary.text).toContain(shown);
    }
    for (const shown of ['Khám định kỳ tăng huyết áp, nhức đầu nhẹ', 'Sàng lọc huyết áp, đường huyết', 'Creatinin']) {
      expect(timeline.text).toContain(shown);
    }
    const lines = await web.store.accessLines({ patient: personId, limit: 10 });
    expect(lines.map(({ interaction, purpose }) => [interaction, purpose])).toEqual([
      ['citizen-timeline', 'PATRQT'],
      ['citizen-summary', 'PATRQT'],
    ]);
  });

  test('finds "Ai đã xem" on every page, and no personal data in an address', async () => {
    const web = await startWeb();
    const agent = await signInCitizen(web);

    for (const path of PAGES) {
      const { text } = await agent.get(path);

      expect(text).toMatch(/<a href="\/citizen\/who-looked"[^>]*>Ai đã xem<\/a>/);
      const addresses = [...text.matchAll(/(?:href|action)="([^"]+)"/g)].map(([, address]) => address).join(' ');
      for (const planted of [HYPERTENSION.number, HYPERTENSION.card, '0900000117']) expect(addresses).not.toContain(planted);
    }
  });

  test('sees who looked, with the reason as typed, own looks marked', async () => {
    const web = await startWeb();
    const agent = await signInCitizen(web);
    const far = await web.signedIn(STATION_00001.username);
    await agent.get('/citizen');
    await search(far, { number: HYPERTENSION.number, reason: 'Cấp cứu <lúc nửa đêm>' });

    const { text } = await agent.get('/citizen/who-looked');

    expect(text).toContain('Trạm Y tế 00001');
    expect(text).toContain('Cấp cứu &lt;lúc nửa đêm>');
    expect(text).toContain('Xem ngoài địa bàn, có ghi lý do');
    expect(text).toContain('Chính bạn');
    expect(text).not.toContain(STATION_00001.username);
  });

  test('pages through the looks', async () => {
    const web = await startWeb();
    const station = await web.signedIn(STATION_22651.username);
    const personId = await web.personWith(HYPERTENSION.number);
    for (let index = 0; index < 25; index += 1) {
      await station.get(`/station/person/${personId}`);
      web.clock.ms += 16 * 60_000;
    }
    const agent = await signInCitizen(web);

    const first = await agent.get('/citizen/who-looked');
    const next = await agent.get(/href="(\/citizen\/who-looked\?before=[^"]+)"/.exec(first.text)?.[1] ?? '');

    expect(first.text.match(/<li class="look/g)).toHaveLength(20);
    expect(next.text.match(/<li class="look/g)).toHaveLength(5);
    expect(next.text).not.toContain('?before=');
  });

  test('reaches the row of a value, and no value of somebody else', async () => {
    const web = await startWeb();
    const agent = await signInCitizen(web);
    const foreign = await web.personWith(MOTHER.number);

    const trace = await agent.get(
      /href="(\/citizen\/trace\/Observation\/[a-z0-9]+)"/.exec((await agent.get('/citizen')).text)?.[1] ?? '',
    );

    expect(trace.text).toMatch(/<code class="hash">[0-9a-f]{64}<\/code>/);
    expect((await agent.get(`/citizen/trace/Patient/${foreign}`)).status).toBe(404);
    expect((await agent.get('/citizen/trace/Patient/nobody')).status).toBe(404);
  });

  test('without a source yet is told so, in a friendly way', async () => {
    const web = await startWeb();
    await web.putCitizen('nguoi-moi', { name: 'Lê Văn Mới', number: '056199000999', birthDate: '1999-01-01' });
    const agent = await web.signedIn('nguoi-moi');

    for (const path of PAGES) {
      const { status, text } = await agent.get(path);

      expect(status).toBe(200);
      expect(text).toContain('Chưa có dữ liệu nào về bạn');
      expect(text).toContain('>Ai đã xem</a>');
    }
  });

  test('gets nothing when the look cannot be written down', async () => {
    let isBroken = false;
    const web = await startWeb({
      wrap: (store) => ({
        ...store,
        commit: (unit) => (isBroken ? Promise.reject(new PhrError('unavailable', 'disk full')) : store.commit(unit)),
      }),
    });
    const agent = await signInCitizen(web);
    isBroken = true;

    for (const path of PAGES) {
      const { status, text } = await agent.get(path);

      expect(status).toBe(503);
      expect(text).not.toContain(HYPERTENSION.name);
    }
  });

  test('may open no page of another role, nor may they open the citizen’s', async () => {
    const web = await startWeb();
    const citizen = await signInCitizen(web);
    const station = await web.signedIn(STATION_22651.username);

    for (const path of ['/station', '/sender', '/steward']) expect((await citizen.get(path)).status).toBe(403);
    for (const path of [...PAGES, '/sender', '/steward']) expect((await station.get(path)).status).toBe(403);
  });
});
