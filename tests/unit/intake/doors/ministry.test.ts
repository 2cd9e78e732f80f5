import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { PhrError } from '../../../../src/errors.js';
import { MAX_JSON_DEPTH } from '../../../../src/intake/doors/ministry-envelope.js';
import { MAX_LOGIN_BYTES } from '../../../../src/intake/doors/ministry-routes.js';
import { startDoors } from '../../../support/door-application.js';
import { projectRoot } from '../../../support/project-root.js';

interface Push {
  header: Record<string, unknown>;
  data: unknown;
  signature: unknown;
}
const fixture = (name: string): string => readFileSync(join(projectRoot, 'tests/fixtures/health-checkup', name), 'utf8');
const PUSH = JSON.parse(fixture('push.json')) as Push;
const PATH = '/api/platform/data-sync/push';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const push = (app: ReturnType<typeof startDoors>['app'], body: unknown, token = 'token-01001') =>
  request(app)
    .post(PATH)
    .set('Authorization', `Bearer ${token}`)
    .set('service-type', '100')
    .type('application/json')
    .send(typeof body === 'string' ? body : JSON.stringify(body));

// vn-core.md §e, PL02
describe('POST /api/platform/data-sync/push', () => {
  test("keeps the file and answers in the Ministry's words", async () => {
    const { app, submissions } = startDoors();

    const answer = await push(app, PUSH);

    const id = (await submissions.receipts({ limit: 1 })).items[0]?.id ?? '';
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      header: { res_code: 'CM_SUCCESS', msg_type: '102', txn_type: 'sync_checkup', ref_msg_id: PUSH.header['msg_id'] },
      data: { data_state: '0', data_state_msg: 'Data is received', message_notify: `Biên nhận: /intake/receipts/${id}` },
      signature: '',
    });
    expect(answer.body.header.txn_id).toBe(`10-8930000000001-260602${id.replaceAll('-', '')}`);
    expect(submissions.kept[0]).toMatchObject({ messageId: PUSH.header['msg_id'], sender: { facilityCode: '01001' } });
    expect(Buffer.from(submissions.kept[0]?.bytes ?? []).toString('base64')).toBe(PUSH.data);
  });

  test('answers the same message again with the same bytes', async () => {
    const { app, submissions } = startDoors();

    const [first, second] = [await push(app, PUSH), await push(app, PUSH)];

    expect(second.text).toBe(first.text);
    expect(submissions.kept).toHaveLength(1);
  });

  test.each([
    ['an object with file_content', { ...PUSH, data: { file_content: PUSH.data } }],
    ['line breaks in Base64', { ...PUSH, data: String(PUSH.data).replace(/(.{76})/g, '$1\r\n') }],
    ['no signature', { header: PUSH.header, data: PUSH.data }],
    ['another receiver', { ...PUSH, header: { ...PUSH.header, receiver_id: 'VTS' } }],
  ])('takes data as %s', async (_name, body) => {
    const { app, submissions } = startDoors();

    const answer = await push(app, body);

    expect(answer.body.header.res_code).toBe('CM_SUCCESS');
    expect(Buffer.from(submissions.kept[0]?.bytes ?? []).toString('base64')).toBe(PUSH.data);
  });

  test.each([
    ['no JSON', 400, 'CM_INVALID_REQUEST', '{"header":'],
    ['no object', 400, 'CM_INVALID_REQUEST', '[]'],
    ['JSON nested too deep', 400, 'CM_INVALID_REQUEST', '['.repeat(100_000)],
    ['no header', 400, 'CM_INVALID_REQUEST', { data: PUSH.data }],
    ['no msg_id', 400, 'CM_INVALID_REQUEST', { ...PUSH, header: { ...PUSH.header, msg_id: '' } }],
    ['a msg_id without end', 400, 'CM_INVALID_REQUEST', { ...PUSH, header: { ...PUSH.header, msg_id: 'x'.repeat(129) } }],
    ['another transaction', 400, 'CM_INVALID_REQUEST', { ...PUSH, header: { ...PUSH.header, txn_type: 'sync_other' } }],
    ['a file that is a picture', 400, 'CM_INVALID_REQUEST', { ...PUSH, header: { ...PUSH.header, data_type: 'png/base64' } }],
    ['no data', 400, 'CM_INVALID_REQUEST', { ...PUSH, data: null }],
    ['bad Base64', 400, 'CM_INVALID_REQUEST', { ...PUSH, data: 'PD94b*WwgdmV' }],
    ['a file that is no XML', 400, 'PS_DS_VERIFY_FAIL', { ...PUSH, data: base64('xin chào') }],
    ['a file with another root', 400, 'PS_DS_VERIFY_FAIL', { ...PUSH, data: base64('<GIAMDINHHS/>') }],
    [
      'a file with an entity bomb',
      400,
      'PS_DS_VERIFY_FAIL',
      { ...PUSH, data: base64('<!DOCTYPE a [<!ENTITY b "c">]><KHAMSUCKHOE>&b;</KHAMSUCKHOE>') },
    ],
  ])('refuses %s with %i %s and keeps nothing', async (_name, status, code, body) => {
    const { app, submissions } = startDoors();

    const answer = await push(app, body);

    expect([answer.status, answer.body.header.res_code]).toEqual([status, code]);
    expect(answer.body.header.res_msg).not.toBe('');
    expect(answer.body.data.data_state).toBe('1');
    expect(submissions.kept).toEqual([]);
  });

  test('reads JSON as deep as the limit', async () => {
    const { app } = startDoors();
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const body = (depth: number) => JSON.stringify(PUSH).replace('{', `{"extra":${nested(depth - 1)},`);

    expect((await push(app, body(MAX_JSON_DEPTH))).status).toBe(200);
    expect((await push(app, body(MAX_JSON_DEPTH + 1))).status).toBe(400);
  });

  test('refuses a body above the limit with 413', async () => {
    const { app } = startDoors({ limits: { maxBytes: 2_000, maxVisits: 10 } });

    const answer = await push(app, PUSH);

    expect([answer.status, answer.body.header.res_code]).toEqual([413, 'CM_INVALID_REQUEST']);
  });

  test('refuses another service-type', async () => {
    const { app } = startDoors();

    const answer = await request(app)
      .post(PATH)
      .set('Authorization', 'Bearer token-01001')
      .type('json')
      .send(JSON.stringify(PUSH));

    expect([answer.status, answer.body.header.res_code]).toEqual([400, 'CM_INVALID_REQUEST']);
  });

  test.each([
    ['no token', {}, 401],
    ['a forged or expired token', { Authorization: 'Bearer bad' }, 401],
    ['the token of a person', { Authorization: 'Bearer token-station' }, 403],
    ['a token that may only read', { Authorization: 'Bearer token-reader' }, 403],
  ])("answers %s in the Ministry's words", async (_name, headers, status) => {
    const { app } = startDoors();

    const answer = await request(app).post(PATH).set(headers).set('service-type', '100').type('json').send(JSON.stringify(PUSH));

    expect([answer.status, answer.body.header.res_code]).toEqual([status, 'CM_AUTH_ACCOUNT_FAIL']);
  });

  test('answers 503 when nothing could be kept, and 500 with nothing told for a bug', async () => {
    const unavailable = startDoors({
      submissions: { accept: () => Promise.reject(new PhrError('unavailable', 'Tạm thời không lưu được')) },
    });
    const broken = startDoors({ submissions: { accept: () => Promise.reject(new Error('secret detail')) } });

    const [late, bug] = [await push(unavailable.app, PUSH), await push(broken.app, PUSH)];

    expect([late.status, late.body.header.res_code]).toEqual([503, 'PS_DS_SAVE_FAIL']);
    expect(late.headers['retry-after']).toBe('5');
    expect([bug.status, bug.body.header.res_code]).toEqual([500, 'CM_SYSTEM_ERROR']);
    expect(bug.text).not.toContain('secret');
    expect(broken.logged).toHaveLength(1);
  });
});

describe('POST /api/auth/login', () => {
  const login = (body: string) => request(startDoors().app).post('/api/auth/login').type('json').send(body);

  test('gives the token of the client, at both places where software looks for it', async () => {
    const answer = await login('{"username":"client-01001","password":"right"}');

    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toMatchObject({
      header: { success: true, res_code: 'CM_SUCCESS' },
      data: { token: 'token-of-client-01001', duration: 900, role: 'facility' },
      token: 'token-of-client-01001',
      duration: 900,
      role: 'facility',
    });
  });

  test.each([
    ['a wrong secret', '{"username":"client-01001","password":"wrong"}', 401, 'CM_AUTH_ACCOUNT_FAIL'],
    ['no secret', '{"username":"client-01001"}', 400, 'CM_INVALID_REQUEST'],
    ['no JSON', 'username=a', 400, 'CM_INVALID_REQUEST'],
    [
      'a body above the limit',
      JSON.stringify({ username: 'a', password: 'b'.repeat(MAX_LOGIN_BYTES) }),
      413,
      'CM_INVALID_REQUEST',
    ],
  ])('refuses %s', async (_name, body, status, code) => {
    const answer = await login(body);

    expect([answer.status, answer.body.header.res_code, answer.body.header.success]).toEqual([status, code, false]);
  });
});

describe('POST /intake/health-checkup', () => {
  const send = (app: ReturnType<typeof startDoors>['app'], type: string, body: string) =>
    request(app).post('/intake/health-checkup').set('Authorization', 'Bearer token-01001').type(type).send(body);

  test('takes the plain file and the envelope: the same file, the same receipt', async () => {
    const { app, submissions } = startDoors();
    const plain = Buffer.from(String(PUSH.data), 'base64').toString('utf8');

    const [first, second] = [
      await send(app, 'application/xml', plain),
      await send(app, 'application/json', JSON.stringify(PUSH)),
    ];

    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body.id).toBe(first.body.id);
    expect(first.body.door).toBe('health-checkup');
    expect(submissions.kept).toHaveLength(1);
  });

  test.each([
    ['a file of the insurance', 'application/xml', '<GIAMDINHHS/>', 400],
    ['no XML', 'application/xml', '{}', 400],
    ['a broken envelope', 'application/json', '{}', 400],
    ['another type', 'text/plain', '<KHAMSUCKHOE/>', 415],
  ])('refuses %s', async (_name, type, body, status) => {
    const { app, submissions } = startDoors();

    const answer = await send(app, type, body);

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).resourceType).toBe('OperationOutcome');
    expect(submissions.kept).toEqual([]);
  });
});

describe('POST /intake/bhyt-xml', () => {
  const sample = readFileSync(join(projectRoot, 'tests/fixtures/bhyt-xml/01-tang-huyet-ap-ngoai-tru-tram-y-te/submission.xml'));
  const send = (app: ReturnType<typeof startDoors>['app'], body: string | Buffer, type = 'application/xml') =>
    request(app).post('/intake/bhyt-xml').set('Authorization', 'Bearer token-56901').type(type).send(body);

  test.each(['application/xml', 'text/xml; charset=utf-8'])('takes a visit file as %s', async (type) => {
    const { app, submissions } = startDoors();

    const answer = await send(app, sample, type);
    submissions.work();

    expect(answer.status).toBe(202);
    expect(answer.body.door).toBe('bhyt-xml');
    expect((await submissions.receipt(answer.body.id))?.state).toBe('completed');
  });

  test.each([
    ['no XML', 'xin chào'],
    ['another root', '<HSSK/>'],
    ['a check-up', fixture('adult.xml')],
    ['an entity bomb', '<!DOCTYPE a [<!ENTITY b "c">]><GIAMDINHHS>&b;</GIAMDINHHS>'],
  ])('refuses %s at once', async (_name, body) => {
    const { app, submissions } = startDoors();

    expect((await send(app, body)).status).toBe(400);
    expect(submissions.kept).toEqual([]);
  });
});
