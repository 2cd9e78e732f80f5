import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { HEADERS_TIMEOUT_MS } from '../../src/operations/http-server.js';
import { openRaw, sendRaw, type RawConnection } from '../support/raw-connection.js';
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
import { freePort, killServices, signInsOf, startService, takeToken, until } from '../support/service-process.js';
import { visitFile } from '../support/service-visits.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let slow: readonly RawConnection[] = [];

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
  // Looked at again in the last test but one: their time runs while the others work.
  slow = [await openRaw(at().service.port), await openRaw(at().service.port)];
  slow[1]?.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
});
afterAll(killServices);

describe('the FHIR base refuses', () => {
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${at().service.baseUrl}/fhir/R4${path}`, { headers: { ...bearer(at().tokens.reader), ...headers } });
  const create = (body: string | Uint8Array, type = 'Observation', contentType = 'application/fhir+json'): Promise<Response> =>
    fetch(`${at().service.baseUrl}/fhir/R4/${type}`, {
      method: 'POST',
      headers: { ...bearer(at().tokens.reader), 'content-type': contentType },
      body: typeof body === 'string' ? body : Buffer.from(body),
    });
  test.each<[string, number, () => Promise<Response>]>([
    ['a JSON depth bomb', 400, () => create('['.repeat(200_000))],
    [
      'a depth bomb within a resource',
      400,
      () => create(`{"resourceType":"Observation","extension":${'[{"extension":'.repeat(2_000)}`),
    ],
    ['what is not JSON', 400, () => create(`{"name": ${PLANTED.name}`)],
    ['what is not UTF-8', 400, () => create(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]))],
    ['a list', 400, () => create('[]')],
    ['another type than the address says', 400, () => create('{"resourceType":"Condition"}')],
    [
      'an invalid resource',
      422,
      () => create(`{"resourceType":"Observation","note":"${PLANTED.name}","x${PLANTED.nationalId}":1}`),
    ],
    ['XML', 415, () => create(`<Observation>${PLANTED.name}</Observation>`, 'Observation', 'application/fhir+xml')],
    ['a body beyond 8 MiB', 413, () => create(' '.repeat(8 * MIB + 1))],
    ['an unknown type', 404, () => ask(`/${PLANTED.recordNumber}`)],
    ['an unknown type to create', 404, () => create('{"resourceType":"Foo"}', 'Foo')],
    ['an unknown parameter', 400, () => ask('/Patient?hometown=1')],
    ['a parameter of another type', 400, () => ask(`/Observation?birthdate=2020`)],
    ['a date that is none', 400, () => ask('/Patient?birthdate=2020-13-45')],
    ['an unknown id', 404, () => ask('/Patient/unknown')],
    ['an id that can be none', 404, () => ask(`/Patient/${'a'.repeat(65)}`)],
    ['an address that is not UTF-8', 404, () => ask(`/Patient/%FF${PLANTED.visitId}`)],
    ['a query that is not UTF-8', 400, () => ask('/Patient?name=%FF%FE')],
    ['an unknown operation', 404, () => ask('/Patient/$unknown')],
    ['a format that it does not have', 406, () => ask('/Patient', { accept: 'application/fhir+xml' })],
    ['no token', 401, () => ask('/Patient', { authorization: '' })],
    ['a token that is none', 401, () => ask('/Patient', bearer(PLANTED.password))],
    ['a very long token', 401, () => ask('/Patient', bearer('a'.repeat(8 * KIB)))],
  ])('%s', async (_, status, send) => {
    await refused(await send(), status);
  });

  const forgeries: readonly (readonly [string, (parts: readonly [string, string, string]) => string])[] = [
    ['without signature', ([, payload]) => `${encoded({ alg: 'none', typ: 'at+jwt' })}.${payload}.`],
    ['with another signature', ([head, payload, signature]) => `${head}.${payload}.${signature.split('').reverse().join('')}`],
    [
      'with another role',
      ([head, payload, signature]) =>
        `${head}.${encoded({ ...decoded(payload), role: 'integrator', sub: 'integrator' })}.${signature}`,
    ],
    [
      'with a later end',
      ([head, payload, signature]) => `${head}.${encoded({ ...decoded(payload), exp: 9_999_999_999 })}.${signature}`,
    ],
  ];
  test.each(forgeries)('a token forged %s', async (_, forge) => {
    const [head = '', payload = '', signature = ''] = at().tokens.sender.split('.');

    const answer = await ask('/Patient', bearer(forge([head, payload, signature])));

    expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
    await refused(answer, 401);
  });

  test('unknown parameters not, when the client asks for leniency', async () => {
    expect((await ask(`/Patient?unknown=1`, { prefer: 'handling=lenient' })).status).toBe(200);
  });
});

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part: string): object => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as object;

describe('a token', () => {
  test('is refused at doors and API once its time is over', async () => {
    const folder = `${dataDir}/short`;
    const short = await startService({ dataDir: folder, port: await freePort(), env: { TOKEN_TTL_SECONDS: '1' } });
    const token = await takeToken(folder, 'facility-56901');
    const ask = (path: string): Promise<Response> => fetch(`${short.baseUrl}${path}`, { headers: bearer(token) });

    await until(async () => (await ask('/fhir/R4/Patient')).status === 401, 'the token is over');
    const answer = await ask('/fhir/R4/Patient');
    expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
    await refused(answer, 401);
    expect(await refused(await ask('/intake/receipts'), 401)).toMatch(VIETNAMESE);
    await short.stop();
  });

  test.each<[string, number, string, RequestInit]>([
    [
      'a wrong secret',
      401,
      'invalid_client',
      {
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'integrator', client_secret: PLANTED.password }),
      },
    ],
    [
      'another grant',
      400,
      'unsupported_grant_type',
      { body: new URLSearchParams({ grant_type: 'password', username: PLANTED.name, password: PLANTED.password }) },
    ],
    ['no grant', 400, 'invalid_request', { body: new URLSearchParams({}) }],
    ['JSON', 400, 'invalid_request', { body: '{}', headers: { 'content-type': 'application/json' } }],
    ['a very long body', 413, 'invalid_request', { body: new URLSearchParams({ grant_type: 'x'.repeat(9 * KIB) }) }],
    [
      'Basic that is none',
      401,
      'invalid_client',
      {
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
        headers: { authorization: `Basic ${PLANTED.password}` },
      },
    ],
  ])('is not given for %s', async (_, status, error, init) => {
    const answer = await fetch(`${at().service.baseUrl}/oauth/token`, { method: 'POST', ...init });

    const text = await textOf(answer, status);
    expect(JSON.parse(text)).toMatchObject({ error });
    expect(isClean(text)).toBe(true);
  });
});

describe('the pages', () => {
  const post = (path: string, body: BodyInit, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${at().service.baseUrl}${path}`, {
      method: 'POST',
      redirect: 'manual',
      body,
      headers: { origin: at().service.baseUrl, ...headers },
    });
  const form = (fields: Readonly<Record<string, string>>): URLSearchParams => new URLSearchParams(fields);
  test.each<[string, number, () => Promise<Response>]>([
    ['a wrong password', 401, () => post('/sign-in', form({ username: PLANTED.name, password: PLANTED.password }))],
    [
      'a form of another site',
      403,
      () => post('/sign-in', form({ username: 'steward', password: PLANTED.password }), { origin: 'https://elsewhere.example' }),
    ],
    [
      'a form that is too large',
      413,
      () => post('/sign-in', form({ username: 'x'.repeat(20 * KIB), password: PLANTED.password })),
    ],
    [
      'a form with very many fields',
      413,
      () => post('/sign-in', form(Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}`, '1'])))),
    ],
    ['an address that is not there', 404, () => fetch(`${at().service.baseUrl}/${PLANTED.nationalId}`)],
    ['an address that is not UTF-8', 400, () => fetch(`${at().service.baseUrl}/station/person/%FF${PLANTED.nationalId}`)],
  ])('answer %s with a page', async (_, status, send) => {
    const answer = await send();

    const text = await textOf(answer, status);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).toMatch(VIETNAMESE);
    expect(text).not.toMatch(/\bat \S+\.js:\d/);
  });

  test('keep a reason and a search out of the logs', async () => {
    const station = signInsOf(dataDir).people.find(({ role }) => role === 'station');
    const welcome = await post('/sign-in', form({ username: station?.username ?? '', password: station?.password ?? '' }));
    const cookie = welcome.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
    const page = await (await fetch(`${at().service.baseUrl}/station`, { headers: { cookie } })).text();
    const token = /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? '';

    const beyond = await post('/station', form({ form_token: token, number: PLANTED.nationalId, reason: PLANTED.reason }), {
      cookie,
    });
    const named = await post('/station', form({ form_token: token, name: PLANTED.name, birthYear: '1958' }), { cookie });
    const without = await post('/station', form({ number: PLANTED.nationalId, reason: PLANTED.reason }), { cookie });

    expect([beyond.status, named.status, without.status]).toEqual([303, 303, 403]);
    expect(beyond.headers.get('location')).not.toContain(PLANTED.nationalId);
  });
});

describe('a connection', () => {
  test.each([
    ['garbage', `${PLANTED.name}\r\n\r\n`, /^HTTP\/1\.1 400 /],
    [
      'two lengths',
      'POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    ['a very long address', `GET /fhir/R4/Patient?name=${'a'.repeat(20 * KIB)} HTTP/1.1\r\nHost: x\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['very many headers', `GET / HTTP/1.1\r\nHost: x\r\n${'X-A: 1\r\n'.repeat(5_000)}\r\n`, /^HTTP\/1\.1 431 /],
    [
      'bytes that are no UTF-8 in its address',
      Buffer.concat([
        Buffer.from('GET /fhir/R4/Patient/'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from(' HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      ]),
      /^HTTP\/1\.1 40[01] /,
    ],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ])('that sends %s is answered and closed', async (_, bytes, answer) => {
    expect(await sendRaw(at().service.port, bytes)).toMatch(answer);
  });

  test('that goes away in the middle of a body leaves nothing behind', async () => {
    const before = (await at().sender.receipts()).length;
    const body = visitFile(plantedVisit(40));
    const head = `POST /intake/bhyt-xml HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer(at().tokens.sender).authorization}\r\nContent-Type: application/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const seen = at().service.output().length;

    const connections = await Promise.all(Array.from({ length: 20 }, () => openRaw(at().service.port)));
    for (const connection of connections) {
      connection.write(head + body.slice(0, 5_000));
      connection.socket.end();
    }

    const aborted = (): number => at().service.output().slice(seen).split('"aborted":true').length - 1;
    await until(() => aborted() >= 20, 'the service has seen them go');
    expect(await at().sender.receipts()).toHaveLength(before);
  });

  test('that sends nothing, or half a head, is told 408 and closed', async () => {
    const answers = await Promise.all(slow.map(({ closed }) => closed));

    expect(answers).toHaveLength(2);
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(HEADERS_TIMEOUT_MS).toBeLessThanOrEqual(60_000);
  });
});

describe('after all that', () => {
  test('the process is well, nothing failed that nobody foresaw, and no planted value was logged', async () => {
    await at().expectWellAndSilent();
  });
});
