import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Patient } from 'fhir/r4.js';
import { portalDigest } from '../../src/access/portal-passwords.js';
import type { Receipt } from '../../src/record/sources/receipt.js';
import { sampleFile } from '../support/bhyt-samples.js';
import { PLANTED, VIETNAMESE, isClean, plantedVisit } from '../support/service-at-test.js';
import {
  freePort,
  killServices,
  runCommand,
  signInsOf,
  startService,
  takeToken,
  until,
  type ServiceOptions,
  type ServiceProcess,
} from '../support/service-process.js';
import { makeServiceClient, visitFile, visitNumbers } from '../support/service-visits.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const dataDir = temporaryFolder({ inMemory: true });
const VISITS = '/api/qd130/guiHoSoXmlQD3176';
const CHECK_INS = '/api/qd130/checkInKcbQd4750';

type Session = Readonly<Record<'accessToken' | 'tokenId' | 'passwordHash', string>>;
interface Answer {
  readonly maKetQua: string;
  readonly maGiaoDich: string;
  readonly thoiGianTiepNhan: string;
  readonly thongDiep: string;
  readonly bienNhan?: Receipt;
}

let options: ServiceOptions;
let service: ServiceProcess;
/** What opens a session; must never come out. */
const seen: string[] = [];
/** Of the processes before the one that runs. */
const outputs: string[] = [];

beforeAll(async () => {
  options = { dataDir, port: await freePort(), env: { LOG_LEVEL: 'debug', INTAKE_MAX_BYTES: '1048576' } };
  service = await startService(options);
});
afterAll(killServices);

const secretOf = (clientId: string): string =>
  signInsOf(dataDir).software.find((one) => one.clientId === clientId)?.clientSecret ?? '';

const take = (username: string, password: string): Promise<Response> =>
  fetch(`${service.baseUrl}/api/token/take`, { method: 'POST', body: new URLSearchParams({ username, password }) });

/** A session as hospital software opens it: the MD5 in upper case. */
async function openSession(clientId = 'facility-56901'): Promise<Session> {
  const passwordHash = portalDigest(secretOf(clientId)).toUpperCase();
  const answer = (await (await take(clientId, passwordHash)).json()) as { readonly APIKey: Record<string, string> };
  const { access_token: accessToken = '', id_token: tokenId = '' } = answer.APIKey;
  seen.push(passwordHash, accessToken, tokenId);
  return { accessToken, tokenId, passwordHash };
}

const send = (session: Session, file: string | Uint8Array, path = VISITS): Promise<Response> =>
  fetch(`${service.baseUrl}${path}`, {
    method: 'POST',
    headers: session,
    body: new URLSearchParams({
      username: 'facility-56901',
      loaiHoSo: path === VISITS ? '130' : '0',
      maTinh: '56',
      maCSKCB: '56901',
      fileHSBase64: Buffer.from(file).toString('base64'),
    }),
  });

const answerOf = async (answer: Response): Promise<Answer> => (await answer.json()) as Answer;

/** Asks by maGiaoDich until the work is done. */
async function resultOf(session: Session, maGiaoDich: string): Promise<Answer> {
  const ask = async () =>
    answerOf(await fetch(`${service.baseUrl}/api/qd130/ketQuaGiaoDich/${maGiaoDich}`, { headers: session }));
  let result = await ask();
  await until(async () => {
    result = await ask();
    return result.bienNhan?.state === 'completed' || result.bienNhan?.state === 'refused';
  }, 'the result is there');
  return result;
}

const fhir = async () => makeServiceClient(service.baseUrl, await takeToken(dataDir, 'integrator'));

describe('hospital software at the portal’s doors', () => {
  test('opens a session, sends a visit, asks what became of it, finds it by FHIR', async () => {
    const session = await openSession();
    const numbers = plantedVisit(1);

    const sent = await answerOf(await send(session, visitFile(numbers)));
    const result = await resultOf(session, sent.maGiaoDich);

    expect(sent).toEqual({
      maKetQua: '200',
      maGiaoDich: expect.stringMatching(/^[0-9a-f-]{36}$/),
      thoiGianTiepNhan: expect.stringMatching(/^20\d{12}$/),
      thongDiep: expect.stringMatching(VIETNAMESE),
    });
    expect(result).toMatchObject({ maKetQua: '200', maGiaoDich: sent.maGiaoDich, thoiGianTiepNhan: sent.thoiGianTiepNhan });
    expect(result.bienNhan?.visits).toEqual([expect.objectContaining({ key: `56901|${numbers.visitId}`, state: 'accepted' })]);
    expect(await (await fhir()).all(`Patient?identifier=${numbers.nationalId}`)).toHaveLength(1);
  });

  test('sends again, through this door and the own one: one answer, one receipt', async () => {
    const session = await openSession();
    const file = visitFile(visitNumbers(2));

    const [first, second] = [await (await send(session, file)).text(), await (await send(session, file)).text()];
    const own = await makeServiceClient(service.baseUrl, session.accessToken).send(file);

    expect(second).toBe(first);
    expect(own.status).toBe(202);
    expect(((await own.json()) as Receipt).id).toBe((JSON.parse(first) as Answer).maGiaoDich);
  });

  test("keeps a file with another facility's visit, and refuses the visit", async () => {
    const session = await openSession();

    const sent = await answerOf(await send(session, sampleFile('delivery')));

    const { bienNhan } = await resultOf(session, sent.maGiaoDich);
    expect(bienNhan).toMatchObject({ state: 'refused', visits: [{ state: 'refused' }] });
    expect(bienNhan?.visits[0]?.problems).toContainEqual(expect.objectContaining({ code: 'foreign-facility' }));
  });

  test('a check-in brings the person with the card, no visit; the visit that follows is the same person’s', async () => {
    const session = await openSession();
    const client = await fhir();
    const reference = async () => (await client.all('Patient?identifier=056158000117')).map(({ id }) => id);

    const arrived = await answerOf(await send(session, sampleFile('hypertension', 'XML0-checkin.xml'), CHECK_INS));
    const atArrival = await resultOf(session, arrived.maGiaoDich);
    const [person, ...others] = await reference();
    const none = await client.all(`Encounter?patient=${String(person)}`);
    const left = await answerOf(await send(session, sampleFile('hypertension')));
    await resultOf(session, left.maGiaoDich);

    expect(atArrival.bienNhan).toMatchObject({
      door: 'bhyt-check-in',
      visits: [{ key: 'check-in|56901|56901.2603.000117', state: 'accepted', problems: [{ code: 'not-shown' }] }],
    });
    expect([typeof person, others, none]).toEqual(['string', [], []]);
    expect(await reference()).toEqual([person]);
    expect(await client.all(`Encounter?patient=${String(person)}`)).toHaveLength(1);
    expect(await client.all(`Coverage?patient=${String(person)}`)).toHaveLength(1);
  });

  test('a later check-in tells less of a person than a visit, and takes nothing away', async () => {
    const session = await openSession();
    const client = await fhir();
    const patient = async () => (await client.all<Patient>('Patient?identifier=056158000117'))[0];
    const before = await patient();
    const later = sampleFile('hypertension', 'XML0-checkin.xml')
      .toString('utf8')
      .replace('56901.2603.000117', '56901.2606.000117')
      .replaceAll('>20260316', '>20260616');

    await resultOf(session, (await answerOf(await send(session, later, CHECK_INS))).maGiaoDich);

    const { meta: _meta, ...after } = (await patient()) ?? {};
    expect(before).toMatchObject({ address: [{ text: expect.any(String) }], telecom: [{ value: expect.any(String) }] });
    expect({ ...after, meta: before?.meta }).toEqual(before);
  });

  test('the session opens the intake doors and nothing else', async () => {
    const session = await openSession();
    const get = async (path: string, token: string) =>
      (await fetch(`${service.baseUrl}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
    const oauth = await takeToken(dataDir, 'facility-56901');
    const paths = ['Patient', 'Patient/x', 'Patient/x/$everything', 'AuditEvent'].map((path) => `/fhir/R4/${path}`);

    for (const path of paths) {
      expect([path, await get(path, session.accessToken), await get(path, session.tokenId)]).toEqual([path, 401, 401]);
    }
    expect(await get('/fhir/R4/Patient', oauth)).toBe(200);
    expect(await get('/intake/receipts', session.accessToken)).toBe(200);
    expect(await get('/intake/receipts', session.tokenId)).toBe(401);
    expect((await send({ ...session, accessToken: oauth }, visitFile(visitNumbers(3)))).status).toBe(401);
    const mine = (await (
      await fetch(`${service.baseUrl}/intake/receipts`, { headers: { authorization: `Bearer ${session.accessToken}` } })
    ).json()) as { readonly receipts: readonly Receipt[] };
    const other = await openSession('facility-56902');
    expect(mine.receipts.length).toBeGreaterThan(0);
    expect(await get(`/intake/receipts/${mine.receipts[0]?.id ?? ''}`, other.accessToken)).toBe(404);
  });

  test('a wrong password and a client secret in clear are refused in the portal’s words', async () => {
    for (const password of [portalDigest(PLANTED.password), PLANTED.password, secretOf('facility-56901')]) {
      const answer = await take('facility-56901', password);
      expect([answer.status, await answer.json()]).toEqual([
        401,
        { maKetQua: '401', APIKey: null, thongDiep: expect.stringMatching(VIETNAMESE) },
      ]);
    }
  });
});

describe('whatever arrives', () => {
  const form = async (body: BodyInit, path = VISITS, more: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${service.baseUrl}${path}`, { method: 'POST', headers: { ...(await openSession()), ...more }, body });
  const planted = Object.values(PLANTED).join(' ');
  const file = (text: string) => new URLSearchParams({ maCSKCB: '56901', fileHSBase64: Buffer.from(text).toString('base64') });
  const json = { 'content-type': 'application/json' };

  test.each<[string, number, () => Promise<Response>]>([
    ['what is no form', 400, () => form(planted, VISITS, { 'content-type': 'application/x-www-form-urlencoded' })],
    ['what is no JSON', 400, () => form(planted, VISITS, json)],
    ['a JSON depth bomb', 400, () => form('['.repeat(200_000), VISITS, json)],
    ['no body', 400, () => form(new URLSearchParams())],
    [
      'bytes that are no text',
      400,
      () => form(Buffer.from([0xff, 0xfe, 0x26, 0x3d, 0x25]), VISITS, { 'content-type': 'application/x-www-form-urlencoded' }),
    ],
    ['another content type', 415, () => form(planted, VISITS, { 'content-type': 'text/plain' })],
    ['another encoding', 415, () => form(file(planted), VISITS, { 'content-encoding': 'br' })],
    ['text instead of XML', 400, () => form(file(planted))],
    ['a page instead of XML', 400, () => form(file(`<html>${planted}</html>`))],
    ['a DOCTYPE', 400, () => form(file(`<!DOCTYPE a [<!ENTITY b "${planted}">]><GIAMDINHHS>&b;</GIAMDINHHS>`))],
    ['a check-in that is none', 400, () => form(file(`<GIAMDINHHS>${planted}</GIAMDINHHS>`), CHECK_INS)],
    ['a value that is too long', 400, () => form(new URLSearchParams({ username: planted.repeat(20) }))],
    ["another facility's code", 403, () => form(new URLSearchParams({ maCSKCB: PLANTED.nationalId, fileHSBase64: 'PEE+' }))],
    ["another account's name", 403, () => form(new URLSearchParams({ username: PLANTED.name, fileHSBase64: 'PEE+' }))],
    ['a body above the limit', 413, () => form(file('x'.repeat(2_500_000)))],
    ['a session that is none', 401, () => form(file(planted), VISITS, { accessToken: PLANTED.password })],
    ['an unknown service', 404, () => form(file(planted), `/api/qd130/${PLANTED.nationalId}`)],
  ])('%s is refused in the portal’s shape, with nothing of it repeated', async (_name, status, ask) => {
    const answer = await ask();

    const text = await answer.text();
    expect(`${answer.status} ${text}`).toMatch(new RegExp(`^${status} `));
    expect(JSON.parse(text)).toEqual({
      maKetQua: expect.stringMatching(/^(205|401|403)$/),
      maGiaoDich: '',
      thoiGianTiepNhan: expect.stringMatching(/^20\d{12}$/),
      thongDiep: expect.stringMatching(VIETNAMESE),
    });
    expect(isClean(text)).toBe(true);
  });
});

test('a session that ended is told from one that never was, and a new one is given', async () => {
  await service.stop();
  outputs.push(service.output());
  service = await startService({ ...options, env: { ...options.env, TOKEN_TTL_SECONDS: '2' } });
  const session = await openSession();
  const file = visitFile(visitNumbers(4));
  let answer = await answerOf(await send(session, file));
  const kept = answer.maGiaoDich;

  await until(async () => {
    answer = await answerOf(await send(session, file));
    return answer.maKetQua !== '200';
  }, 'the session ends');
  const never = await answerOf(await send({ ...session, accessToken: 'x' }, file));
  const again = await answerOf(await send(await openSession(), file));

  expect(answer).toMatchObject({ maKetQua: '401', maGiaoDich: '', thongDiep: expect.stringContaining('đã hết hạn') });
  expect(never).toMatchObject({ maKetQua: '401', thongDiep: expect.stringContaining('không đúng') });
  expect(again).toMatchObject({ maKetQua: '200', maGiaoDich: kept });
});

test('what came in can be computed again, and neither logs nor folder hold what opens a session', async () => {
  const rebuilt = await runCommand('rebuild', [], options);
  await service.stop();

  expect(rebuilt).toMatchObject({ code: 0, output: expect.stringMatching(/^stored hash (\w{64})\nrecord hash \1\n$/) });
  const lines = [...outputs, service.output()].join('\n');
  const words = [...seen, ...Object.values(PLANTED)];
  expect(words.filter((word) => lines.includes(word))).toEqual([]);
  const files = readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name)));
  const digests = ['facility-56901', 'facility-56902'].map((clientId) => portalDigest(secretOf(clientId)));
  for (const digest of [...digests, ...digests.map((text) => text.toUpperCase())]) {
    expect(files.some((file) => file.includes(digest))).toBe(false);
  }
});
