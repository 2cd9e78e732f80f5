import { describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { FAILURES_PER_PAIR_MAX } from '../../../../src/access/attempts.js';
import { portalDigest } from '../../../../src/access/portal-passwords.js';
import { PhrError } from '../../../../src/errors.js';
import { MAX_LOGIN_BYTES } from '../../../../src/intake/doors/ministry-routes.js';
import { MAX_PORTAL_FIELDS, MAX_PORTAL_VALUE_LENGTH } from '../../../../src/intake/doors/portal-form.js';
import { aFacility } from '../../../support/access-parts.js';
import { sampleFile } from '../../../support/bhyt-samples.js';
import { startDoors } from '../../../support/door-application.js';
import { VIETNAMESE } from '../../../support/service-at-test.js';

const FILE = sampleFile('hypertension');
const CHECK_IN = sampleFile('hypertension', 'XML0-checkin.xml');
const SEND = '/api/qd130/guiHoSoXmlQD3176';
const PASSWORD = portalDigest('s').toUpperCase();

/** The form as letter 1245/BHXH-CNTT has it: bhyt-xml.md §7. */
const formOf = (file: Uint8Array, more: Readonly<Record<string, string>> = {}) => ({
  username: 'bv-56901',
  loaiHoSo: '130',
  maTinh: '56',
  maCSKCB: '56901',
  fileHSBase64: Buffer.from(file).toString('base64'),
  ...more,
});

async function start(options: Parameters<typeof startDoors>[0] = {}, client = aFacility()) {
  const doors = startDoors(options);
  await doors.access.accounts.putClient(client, 's');
  const take = (body: object | string = { username: 'bv-56901', password: PASSWORD }) =>
    request(doors.app).post('/api/token/take').type('form').send(body);
  const { access_token: accessToken, id_token: tokenId } = ((await take()).body.APIKey ?? {}) as Record<string, string>;
  const session = { accessToken: accessToken ?? '', tokenId: tokenId ?? '', passwordHash: PASSWORD };
  const send = (body: object | string, path = SEND, headers: Readonly<Record<string, string>> = session, type = 'form') =>
    request(doors.app).post(path).set(headers).type(type).send(body);
  return { ...doors, take, session, send };
}

describe('POST /api/token/take', () => {
  test("answers in the portal's fields and order, from a form and from JSON", async () => {
    const { take, app } = await start();

    const [fromForm, fromJson] = [
      await take(),
      await request(app).post('/api/token/take').type('json').send({ username: 'bv-56901', password: PASSWORD }),
    ];

    for (const answer of [fromForm, fromJson]) {
      expect(answer.status).toBe(200);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.body).toEqual({
        maKetQua: '200',
        APIKey: {
          access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
          id_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
          token_type: 'Bearer',
          username: 'bv-56901',
          expires_in: '2026-11-25T08:15:00.000Z',
        },
      });
      expect(Object.keys(answer.body.APIKey)).toEqual(['access_token', 'id_token', 'token_type', 'username', 'expires_in']);
      expect(answer.text.startsWith('{"maKetQua":"200","APIKey":{"access_token":"')).toBe(true);
    }
  });

  test.each([
    ['a wrong password', { username: 'bv-56901', password: portalDigest('x') }, 401, '401'],
    ['the secret itself', { username: 'bv-56901', password: 's' }, 401, '401'],
    ['an unknown account', { username: 'nobody', password: PASSWORD }, 401, '401'],
    ['no password', { username: 'bv-56901' }, 400, '205'],
    ['no username', { password: PASSWORD }, 400, '205'],
    ['nothing', '', 400, '205'],
    ['a repeated field', 'username=a&username=b&password=c', 400, '205'],
    ['a broken percent sign', 'username=%E0%A4&password=c', 400, '205'],
    ['a body above the limit', { username: 'bv-56901', password: 'b'.repeat(MAX_LOGIN_BYTES) }, 413, '205'],
  ])('refuses %s', async (_name, body, status, code) => {
    const { take } = await start();

    const answer = await take(body);

    expect([answer.status, answer.body]).toEqual([
      status,
      { maKetQua: code, APIKey: null, thongDiep: expect.stringMatching(VIETNAMESE) },
    ]);
    expect(answer.text).not.toContain('nobody');
  });

  test('refuses after too many failures, another content type and another method', async () => {
    const { take, app } = await start();
    for (let time = 0; time < FAILURES_PER_PAIR_MAX; time += 1) await take({ username: 'bv-56901', password: portalDigest('x') });

    const throttled = await take();
    const text = await request(app).post('/api/token/take').type('text/plain').send('username=a');
    const get = await request(app).get('/api/token/take');

    expect([throttled.status, throttled.body.maKetQua, throttled.headers['retry-after']]).toEqual([429, '403', '5']);
    expect([text.status, text.body.maKetQua]).toEqual([415, '205']);
    expect([get.status, get.body.maKetQua, get.headers['allow']]).toEqual([405, '205', 'POST']);
  });
});

describe.each(['guiHoSoXmlQD130', 'guiHoSoXmlQD4750', 'guiHoSoXmlQD3176', 'guihosoxmlqd3176'])(
  'POST /api/qd130/%s',
  (service) => {
    test('keeps the file, and answers the same bytes with the same bytes', async () => {
      const { send, submissions } = await start();
      const path = `/api/qd130/${service}`;

      const [first, second] = [await send(formOf(FILE), path), await send(formOf(FILE), path)];

      const [receipt] = (await submissions.receipts({ limit: 1 })).items;
      expect(first.status).toBe(200);
      expect(first.body).toEqual({
        maKetQua: '200',
        maGiaoDich: receipt?.id,
        thoiGianTiepNhan: '20260602080000',
        thongDiep: expect.stringMatching(/không phải Cổng giám định BHYT/),
      });
      expect(second.text).toBe(first.text);
      expect(submissions.kept).toHaveLength(1);
      expect(submissions.kept[0]).toMatchObject({ sender: { clientId: 'bv-56901', facilityCode: '56901' } });
      expect(Buffer.from(submissions.kept[0]?.bytes ?? [])).toEqual(FILE);
    });
  },
);

describe('the file in its form', () => {
  const encoded = FILE.toString('base64');
  const urlEncoded = (text: string) => new URLSearchParams({ ...formOf(FILE), fileHSBase64: text }).toString();

  test.each([
    ['line breaks in Base64', urlEncoded(encoded.replace(/(.{76})/g, '$1\r\n')), 'form'],
    ['a plus sign that was not encoded', `maCSKCB=56901&fileHSBase64=${encoded}`, 'form'],
    ['the file alone', `fileHSBase64=${encodeURIComponent(encoded)}`, 'form'],
    ['the form as JSON', JSON.stringify(formOf(FILE)), 'json'],
    ['loaiHoSo by its decision', new URLSearchParams(formOf(FILE, { loaiHoSo: '3176' })).toString(), 'form'],
  ])('takes %s', async (_name, body, type) => {
    const { send, session, submissions } = await start();
    expect(encoded).toContain('+');

    const answer = await send(body, SEND, session, type);

    expect(answer.body.maKetQua).toBe('200');
    expect(Buffer.from(submissions.kept[0]?.bytes ?? [])).toEqual(FILE);
  });

  test('is the same submission through the own door', async () => {
    const { app, send, submissions } = await start();

    const portal = await send(formOf(FILE));
    const own = await request(app)
      .post('/intake/bhyt-xml')
      .set('Authorization', 'Bearer token-56901')
      .type('application/xml')
      .send(FILE.toString('utf8'));

    expect(own.body.id).toBe(portal.body.maGiaoDich);
    expect(submissions.kept).toHaveLength(1);
  });

  test.each([
    ['no file', { ...formOf(FILE), fileHSBase64: '' }, 400, '205'],
    ['bad Base64', { ...formOf(FILE), fileHSBase64: 'PD94b*WwgdmV' }, 400, '205'],
    ['a file that is no XML', formOf(Buffer.from('xin chào')), 400, '205'],
    ['a file with another root', formOf(Buffer.from('<KHAMSUCKHOE/>')), 400, '205'],
    ['a check-in', formOf(CHECK_IN), 400, '205'],
    ['an entity bomb', formOf(Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><GIAMDINHHS>&b;</GIAMDINHHS>')), 400, '205'],
    ['the kind of a check-in', formOf(FILE, { loaiHoSo: '0' }), 400, '205'],
    ["another facility's code", formOf(FILE, { maCSKCB: '56902' }), 403, '403'],
    ["another account's name", formOf(FILE, { username: 'bv-56902' }), 403, '403'],
    ['a value without end', formOf(FILE, { maTinh: '5'.repeat(MAX_PORTAL_VALUE_LENGTH + 1) }), 400, '205'],
    ['an object as JSON value', JSON.stringify({ ...formOf(FILE), maTinh: {} }), 400, '205', 'json'],
    ['no JSON', '{"username":', 400, '205', 'json'],
    ['raw XML', FILE.toString('utf8'), 415, '205', 'application/xml'],
  ])('refuses %s and keeps nothing', async (_name, body, status, code, type = 'form') => {
    const { send, session, submissions } = await start();

    const answer = await send(body, SEND, session, type);

    expect([answer.status, answer.body]).toEqual([
      status,
      { maKetQua: code, maGiaoDich: '', thoiGianTiepNhan: '20260602080000', thongDiep: expect.stringMatching(VIETNAMESE) },
    ]);
    expect(submissions.kept).toEqual([]);
  });

  test('is bounded on both sides: bytes of the file, of the body, fields, length of a value', async () => {
    const exact = await start({ limits: { maxBytes: FILE.length, maxVisits: 10 } });
    const less = await start({ limits: { maxBytes: FILE.length - 1, maxVisits: 10 } });
    const small = await start({ limits: { maxBytes: 1_024, maxVisits: 10 } });
    const many = (count: number) =>
      formOf(FILE, Object.fromEntries(Array.from({ length: count - 5 }, (_, at) => [`f${at}`, 'x'])));

    expect((await exact.send(formOf(FILE))).body.maKetQua).toBe('200');
    const tooLong = await less.send(formOf(FILE));
    expect([tooLong.status, tooLong.body.maKetQua]).toEqual([413, '205']);
    const large = await small.send(formOf(Buffer.alloc(128 * 1024, 'x')));
    expect([large.status, large.body.maKetQua]).toEqual([413, '205']);
    expect((await exact.send(many(MAX_PORTAL_FIELDS))).status).toBe(200);
    expect((await exact.send(many(MAX_PORTAL_FIELDS + 1))).status).toBe(400);
    expect((await exact.send(formOf(FILE, { maTinh: '5'.repeat(MAX_PORTAL_VALUE_LENGTH) }))).status).toBe(200);
  });

  test('without a session, with half of one, or with a token of OAuth is refused with 401', async () => {
    const { send, session, submissions } = await start();

    for (const headers of [
      {},
      { ...session, tokenId: '' },
      { Authorization: 'Bearer token-56901' },
      { ...session, passwordHash: 'x' },
    ]) {
      const answer = await send(formOf(FILE), SEND, headers);
      expect([answer.status, answer.body.maKetQua, answer.body.maGiaoDich]).toEqual([401, '401', '']);
      expect(answer.body.thongDiep).toMatch(VIETNAMESE);
    }
    expect(submissions.kept).toEqual([]);
  });

  test('of a client that may only read is refused with 403', async () => {
    const { send } = await start({}, aFacility({ scopes: ['system/*.rs'] }));

    const answer = await send(formOf(FILE));

    expect([answer.status, answer.body.maKetQua]).toEqual([403, '403']);
    expect(answer.body.thongDiep).toMatch(VIETNAMESE);
  });

  test('answers 503 when nothing could be kept, and 500 with nothing told for a bug', async () => {
    const late = await start({
      submissions: { accept: () => Promise.reject(new PhrError('unavailable', 'Tạm thời không lưu được')) },
    });
    const broken = await start({ submissions: { accept: () => Promise.reject(new Error('secret detail')) } });

    const [unavailable, bug] = [await late.send(formOf(FILE)), await broken.send(formOf(FILE))];

    expect([unavailable.status, unavailable.body.maKetQua, unavailable.headers['retry-after']]).toEqual([503, '500', '5']);
    expect([bug.status, bug.body.maKetQua]).toEqual([500, '500']);
    expect(bug.text).not.toContain('secret');
    expect(broken.logged).toHaveLength(1);
  });
});

describe.each(['checkInKcbQd130', 'checkInKcbQd4750', 'checkInKcbQD3176'])('POST /api/qd130/%s', (service) => {
  const path = `/api/qd130/${service}`;

  test('keeps a check-in under a door of its own; a visit is refused', async () => {
    const { send, submissions } = await start();

    const kept = await send(formOf(CHECK_IN, { loaiHoSo: '0' }), path);
    const visit = await send(formOf(FILE, { loaiHoSo: '0' }), path);
    const kind = await send(formOf(CHECK_IN), path);

    expect(kept.body).toMatchObject({ maKetQua: '200', maGiaoDich: expect.stringMatching(/./) });
    expect([visit.status, visit.body.maKetQua, kind.body.maKetQua]).toEqual([400, '205', '205']);
    expect((await submissions.receipts({ limit: 5 })).items.map(({ door }) => door)).toEqual(['bhyt-check-in']);
  });
});

describe('GET /api/qd130/ketQuaGiaoDich/{maGiaoDich}', () => {
  test('gives the receipt to its sender, and is unknown to another', async () => {
    const { app, access, send, session, take } = await start();
    const { maGiaoDich } = (await send(formOf(FILE))).body as { maGiaoDich: string };
    const path = `/api/qd130/ketQuaGiaoDich/${maGiaoDich}`;
    await access.accounts.putClient(aFacility({ clientId: 'bv-56902', facilityCode: '56902' }), 's');
    const other = (await take({ username: 'bv-56902', password: PASSWORD })).body.APIKey as Record<string, string>;

    const own = await request(app).get(path).set(session);
    const foreign = await request(app)
      .get(path)
      .set({ accessToken: other['access_token'] ?? '', tokenId: other['id_token'] ?? '' });

    expect(own.body).toMatchObject({
      maKetQua: '200',
      maGiaoDich,
      thoiGianTiepNhan: '20260602080000',
      thongDiep: expect.stringMatching(VIETNAMESE),
      bienNhan: { id: maGiaoDich, door: 'bhyt-xml' },
    });
    expect([foreign.status, foreign.body.maKetQua, foreign.body.bienNhan]).toEqual([404, '205', undefined]);
    expect((await request(app).get(path)).status).toBe(401);
  });

  test('an address that can not be read, and a service that we do not have', async () => {
    const { app, session, send } = await start();

    const broken = await request(app).get('/api/qd130/ketQuaGiaoDich/%E0%A4%A').set(session);
    const unknown = await send(formOf(FILE), '/api/qd130/guiDuLieuGdykQd130');
    const method = await request(app).get(SEND).set(session);

    expect([broken.status, broken.body.maKetQua]).toEqual([400, '205']);
    expect([unknown.status, unknown.body.maKetQua]).toEqual([404, '205']);
    expect([method.status, method.body.maKetQua, method.headers['allow']]).toEqual([405, '205', 'POST']);
  });
});
