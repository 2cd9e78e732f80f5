import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { printEnvelope } from '../support/bhyt-printer.js';
import { openRaw } from '../support/raw-connection.js';
import {
  isClean,
  PLANTED,
  plantedVisit,
  refused,
  startServiceAtTest,
  textOf,
  VIETNAMESE,
  type ServiceAtTest,
} from '../support/service-at-test.js';
import { killServices, until } from '../support/service-process.js';
import { printedVisit, visitFile, visitNumbers } from '../support/service-visits.js';
import { temporaryFolder } from '../support/temporary-folder.js';

jest.setTimeout(600_000);
const dataDir = temporaryFolder();
let started: ServiceAtTest | undefined;
const at = (): ServiceAtTest => {
  if (started === undefined) throw new Error('not started');
  return started;
};
const bearer = (token: string): { readonly authorization: string } => ({ authorization: `Bearer ${token}` });
const KIB = 1024;
const MIB = 1024 * KIB;

beforeAll(async () => {
  started = await startServiceAtTest(dataDir);
});
afterAll(killServices);

const BOMB = `<?xml version="1.0"?><!DOCTYPE GIAMDINHHS [<!ENTITY a "${'x'.repeat(10)}">${[...'bcdefghij']
  .map((name, index) => `<!ENTITY ${name} "${`&${'abcdefghij'.charAt(index)};`.repeat(10)}">`)
  .join('')}]>`;

describe('the insurance door refuses at once, in Vietnamese', () => {
  const body = (): string => visitFile(plantedVisit(1));
  test.each<[string, number, () => Promise<Response>]>([
    ['nothing', 400, () => at().sender.send('')],
    ['what is not XML', 400, () => at().sender.send(`${PLANTED.name} ${PLANTED.nationalId}`)],
    ['another root', 400, () => at().sender.send(`<HOSO_KHAC><HO_TEN>${PLANTED.name}</HO_TEN></HOSO_KHAC>`)],
    ['a DOCTYPE with entities', 400, () => at().sender.send(BOMB + body().replace(/^<\?xml[^>]*\?>/, ''))],
    ['JSON', 415, () => at().sender.send(`{"name":"${PLANTED.name}"}`, { 'content-type': 'application/json' })],
    ['an unknown encoding', 415, () => at().sender.send(body(), { 'content-encoding': 'br' })],
    ['broken gzip', 400, () => at().sender.send(gzipSync(body()).subarray(0, 900), { 'content-encoding': 'gzip' })],
    ['text that says it is gzip', 400, () => at().sender.send(body(), { 'content-encoding': 'gzip' })],
    ['a gzip bomb', 413, () => at().sender.send(gzipSync(Buffer.alloc(80 * MIB, 32)), { 'content-encoding': 'gzip' })],
    [
      'a broken form',
      400,
      () =>
        at().sender.send(`--x\r\nContent-Disposition: form-data; name="file"\r\n${PLANTED.name}`, {
          'content-type': 'multipart/form-data; boundary=x',
        }),
    ],
    ['no token', 401, () => fetch(`${at().service.baseUrl}/intake/bhyt-xml`, { method: 'POST', body: body() })],
    [
      'an unknown sheet',
      404,
      () => fetch(`${at().service.baseUrl}/intake/sheet/unknown`, { headers: bearer(at().tokens.sender) }),
    ],
    [
      'an unknown receipt',
      404,
      () => fetch(`${at().service.baseUrl}/intake/receipts/${PLANTED.visitId}`, { headers: bearer(at().tokens.sender) }),
    ],
    [
      'an unknown parameter',
      400,
      () => fetch(`${at().service.baseUrl}/intake/receipts?${PLANTED.visitId}=1`, { headers: bearer(at().tokens.sender) }),
    ],
    [
      'a door that is not there',
      404,
      () => fetch(`${at().service.baseUrl}/intake/${PLANTED.visitId}`, { headers: bearer(at().tokens.sender) }),
    ],
    [
      'a method that is not there',
      405,
      () => fetch(`${at().service.baseUrl}/intake/bhyt-xml`, { method: 'DELETE', headers: bearer(at().tokens.sender) }),
    ],
    [
      'an address that is not UTF-8',
      400,
      () => fetch(`${at().service.baseUrl}/intake/receipts/%FF${PLANTED.visitId}`, { headers: bearer(at().tokens.sender) }),
    ],
  ])('%s', async (_, status, send) => {
    const text = await refused(await send(), status);

    expect(text).toMatch(VIETNAMESE);
  });

  test('a length beyond the limit, without waiting for the body', async () => {
    const head = `POST /intake/bhyt-xml HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${bearer(at().tokens.sender).authorization}\r\n`;
    const connection = await openRaw(at().service.port);
    connection.write(`${head}Content-Type: application/xml\r\nContent-Length: ${64 * MIB + 1}\r\n\r\n<?xml`);

    await until(() => connection.received().includes('</') || connection.received().includes('"issue"'), 'the answer');
    expect(connection.received()).toMatch(/^HTTP\/1\.1 413 /);
    connection.socket.destroy();
  });
});

describe('the insurance door keeps and refuses in the receipt', () => {
  const edited = (index: number, from: string | RegExp, to: string): string =>
    visitFile(plantedVisit(index), (inner) => inner.replace(from, to));
  const broken = (index: number, change: (hoso: string) => string): string =>
    printEnvelope([change(printedVisit(plantedVisit(index)))]);
  test.each<[string, () => string]>([
    ['markup that ends too early', () => broken(10, (hoso) => hoso.slice(0, hoso.length - 200))],
    ['bad base64', () => broken(11, (hoso) => hoso.replace(/<NOIDUNGFILE>/g, '<NOIDUNGFILE>*!*'))],
    ['an inner document that is not XML', () => edited(12, /^[\s\S]*$/, PLANTED.name)],
    ['an entity bomb inside', () => edited(13, /^<\?xml[^>]*\?>/, BOMB)],
    ['an inner document cut off', () => edited(14, /<\/[A-Z_]+>\s*$/, '')],
    [
      'another visit among its tables',
      () =>
        visitFile(plantedVisit(15), (inner) =>
          inner.includes('<TONG_HOP>') ? inner : inner.replace(/<MA_LK>[^<]*/g, '<MA_LK>OTHER'),
        ),
    ],
    ['no MA_LK', () => edited(16, /<MA_LK>[^<]*<\/MA_LK>/g, '')],
    ['no name', () => edited(17, /<HO_TEN>[\s\S]*?<\/HO_TEN>/, '<HO_TEN/>')],
    ['no birth date', () => edited(18, /<NGAY_SINH>[^<]*<\/NGAY_SINH>/, '')],
    ['no beginning', () => edited(19, /<NGAY_VAO>[^<]*<\/NGAY_VAO>/, '<NGAY_VAO/>')],
    ['a beginning that is no day', () => edited(20, /<NGAY_VAO>[^<]*/, '<NGAY_VAO>202602310735')],
    ["another facility's code", () => edited(21, /<MA_CSKCB>56901/g, '<MA_CSKCB>56902')],
    ['depth', () => edited(22, /<TONG_HOP>/, `<TONG_HOP>${'<A>'.repeat(100_000)}`)],
  ])('%s', async (_, file) => {
    const receipt = await at().accepted(await at().sender.send(file()));

    const problems = [...receipt.problems, ...receipt.visits.flatMap((visit) => visit.problems)];
    expect({ state: receipt.state, visits: receipt.visits.map(({ state }) => state) }).toEqual({
      state: 'refused',
      visits: receipt.visits.map(() => 'refused'),
    });
    expect(problems.filter(({ severity }) => severity === 'error').length).toBeGreaterThan(0);
    for (const { message } of problems) {
      expect(message).toMatch(VIETNAMESE);
      expect(isClean(message)).toBe(true);
    }
  });

  test('the bad visits of a file, and does the good ones between them', async () => {
    const good = [31, 33, 35].map((index) => printedVisit(visitNumbers(index)));
    const nameless = printedVisit(plantedVisit(32), (inner) => inner.replace(/<HO_TEN>[\s\S]*?<\/HO_TEN>/, ''));
    const cut = printedVisit(plantedVisit(34)).replace('</NOIDUNGFILE>', '');
    const [first = '', second = '', third = ''] = good;

    const receipt = await at().accepted(await at().sender.send(printEnvelope([first, nameless, second, cut, third])));

    expect(receipt.state).toBe('completed');
    const states = new Map(receipt.visits.map(({ key, state }) => [key, state]));
    for (const index of [31, 33, 35]) expect(states.get(`56901|${visitNumbers(index).visitId}`)).toMatch(/^accepted/);
    expect(receipt.visits.filter(({ state }) => state === 'refused')).toHaveLength(2);
    const found = await at().reader.all(`Patient?identifier=${visitNumbers(33).nationalId}`);
    expect(found).toHaveLength(1);
  });
});

describe('the check-up door of the Ministry', () => {
  const push = (body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${at().service.baseUrl}/api/platform/data-sync/push`, {
      method: 'POST',
      headers: { ...bearer(at().tokens.sender), 'content-type': 'application/json', 'service-type': '100', ...headers },
      body,
    });
  test.each<[string, number, () => Promise<Response>]>([
    ['what is not JSON', 400, () => push(PLANTED.name)],
    ['a JSON depth bomb', 400, () => push('['.repeat(200_000))],
    ['an object depth bomb', 400, () => push('{"data":'.repeat(50_000))],
    ['a list', 400, () => push('[]')],
    ['an empty object', 400, () => push('{}')],
    ['no service type', 400, () => push('{}', { 'service-type': '' })],
    ['no token', 401, () => push('{}', { authorization: '' })],
    ['a wrong password', 401, () => login(JSON.stringify({ username: 'facility-56901', password: PLANTED.password }))],
    ['a login that is too large', 413, () => login(' '.repeat(17 * KIB))],
  ])('answers %s in its own words', async (_, status, send) => {
    const answer = await send();

    const text = await textOf(answer, status);
    const { header } = JSON.parse(text) as { readonly header: { readonly res_code: string; readonly res_msg: string } };
    expect(header.res_code).toMatch(/^(CM|PS)_/);
    expect(header.res_msg).not.toBe('');
    expect(isClean(text)).toBe(true);
  });

  const login = (body: string): Promise<Response> =>
    fetch(`${at().service.baseUrl}/api/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
});

describe('after all that', () => {
  test('the process is well, nothing failed that nobody foresaw, and no planted value was logged', async () => {
    await at().expectWellAndSilent();
  });
});
