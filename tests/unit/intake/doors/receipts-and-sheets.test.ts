import { describe, expect, test } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { startDoors } from '../../../support/door-application.js';
import { aWorkbook } from '../../../support/xlsx-file.js';

const HEADER = 'ma_phieu,ho_ten,ngay_sinh,gioi_tinh,ngay_do,ha_tam_thu,ha_tam_truong';
const SHEET = `${HEADER}\r\nP1,Trần Thị Bé,02/05/1960,Nữ,01/06/2026,150,95\r\nP2,Lê Văn Tám,1955,Nam,01/06/2026,120,80\r\n`;
const PATH = '/intake/sheet/blood-pressure-glucose';

/** Bytes must not be turned into JSON by the test's client. */
const asIs = (bytes: unknown): string => bytes as string;

const send = (app: ReturnType<typeof startDoors>['app'], body: string | Buffer, token = 'token-56901') =>
  request(app).post(PATH).set('Authorization', `Bearer ${token}`).type('text/csv').send(body);

// interfaces.md §3
describe('POST /intake/sheet/{template}', () => {
  test('keeps the bytes and answers 202 with Location and receipt', async () => {
    const { app, submissions } = startDoors();

    const answer = await send(app, SHEET);

    expect(answer.status).toBe(202);
    expect(answer.headers['location']).toBe(`/intake/receipts/${answer.body.id}`);
    expect(answer.body).toMatchObject({ door: 'sheet/blood-pressure-glucose', state: 'received', visits: [], problems: [] });
    expect(Buffer.from(submissions.kept[0]?.bytes ?? []).toString('utf8')).toBe(SHEET);
    expect(submissions.kept[0]?.sender).toEqual({ clientId: 'client-56901', facilityCode: '56901' });
    expect(submissions.accessLines).toMatchObject([
      { action: 'C', interaction: 'intake', what: [`Submission/${answer.body.id}`] },
    ]);
  });

  test('answers the same receipt for the same bytes again', async () => {
    const { app, submissions } = startDoors();

    const [first, second] = [await send(app, SHEET), await send(app, SHEET)];

    expect(second.status).toBe(202);
    expect(second.body.id).toBe(first.body.id);
    expect(submissions.kept).toHaveLength(1);
  });

  test('takes the file of a form, field "file"', async () => {
    const { app, submissions } = startDoors();

    const answer = await request(app)
      .post(PATH)
      .set('Authorization', 'Bearer token-56901')
      .attach('file', Buffer.from(SHEET), 'bang.csv');

    expect(answer.status).toBe(202);
    expect(Buffer.from(submissions.kept[0]?.bytes ?? []).toString('utf8')).toBe(SHEET);
  });

  test('takes a workbook, by its type or from a form, and keeps its bytes', async () => {
    const { app, submissions } = startDoors();
    const workbook = aWorkbook([{}]);
    const post = () => request(app).post(PATH).set('Authorization', 'Bearer token-56901');

    const sent = await post()
      .type('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
      .serialize(asIs)
      .send(workbook);
    const attached = await post().attach('file', workbook, 'bang.xlsx');

    expect([sent.status, attached.status]).toEqual([202, 202]);
    expect(attached.body.id).toBe(sent.body.id);
    expect(submissions.kept).toHaveLength(1);
    expect(Buffer.from(submissions.kept[0]?.bytes ?? []).equals(workbook)).toBe(true);
  });

  test('takes gzip', async () => {
    const { app, submissions } = startDoors();

    const answer = await send(app, '').set('Content-Encoding', 'gzip').serialize(asIs).send(gzipSync(SHEET));

    expect(answer.status).toBe(202);
    expect(Buffer.from(submissions.kept[0]?.bytes ?? []).toString('utf8')).toBe(SHEET);
  });

  test.each([
    ['no file in the form', 400, (app: never) => request(app).post(PATH).field('other', 'x')],
    ['a file in another field', 400, (app: never) => request(app).post(PATH).attach('tep', Buffer.from(SHEET), 'b.csv')],
    [
      'two files',
      400,
      (app: never) =>
        request(app).post(PATH).attach('file', Buffer.from(SHEET), 'a.csv').attach('file', Buffer.from(SHEET), 'b.csv'),
    ],
    ['a broken form', 400, (app: never) => request(app).post(PATH).set('Content-Type', 'multipart/form-data').send('x')],
    ['an unknown type', 415, (app: never) => request(app).post(PATH).type('image/png').send('x')],
    ['an old spreadsheet by its type', 415, (app: never) => request(app).post(PATH).type('application/vnd.ms-excel').send('x')],
    [
      'a spreadsheet that is none',
      400,
      (app: never) => request(app).post(PATH).type('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet').send('x'),
    ],
    [
      'a spreadsheet by its bytes, broken',
      400,
      (app: never) => request(app).post(PATH).type('text/csv').send('PK\u0003\u0004rest'),
    ],
    [
      'another compression',
      415,
      (app: never) => request(app).post(PATH).type('text/csv').set('Content-Encoding', 'br').send(SHEET),
    ],
    ['broken gzip', 400, (app: never) => request(app).post(PATH).type('text/csv').set('Content-Encoding', 'gzip').send(SHEET)],
    ['an empty body', 400, (app: never) => request(app).post(PATH).type('text/csv').send('')],
    ['a header of another table', 400, (app: never) => request(app).post(PATH).type('text/csv').send('a,b\n1,2\n')],
    ['an unknown template', 404, (app: never) => request(app).post('/intake/sheet/other').type('text/csv').send(SHEET)],
  ])('refuses %s with %i and a reason, and keeps nothing', async (_name, status, make) => {
    const { app, submissions } = startDoors();

    const answer = await make(app as never).set('Authorization', 'Bearer token-56901');

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: expect.arrayContaining([expect.objectContaining({ severity: 'error' })]),
    });
    expect(submissions.kept).toEqual([]);
  });

  test('names every wrong column without repeating a cell', async () => {
    const { app } = startDoors();

    const answer = await send(app, 'ma_phieu,ho_ten,ho_ten,Nguyễn Văn Kín\nP1,a,b,c\n');

    const texts = JSON.parse(answer.text).issue.map((issue: { details: { text: string } }) => issue.details.text);
    expect(texts.slice(1)).toEqual([
      'Cột "ho_ten" có hai lần',
      'Cột thứ 4 không có trong mẫu',
      'Thiếu cột bắt buộc "ngay_sinh" (Ngày sinh)',
      'Thiếu cột bắt buộc "gioi_tinh" (Giới tính)',
      'Thiếu cột bắt buộc "ngay_do" (Ngày đo)',
    ]);
    expect(answer.text).not.toContain('Kín');
  });
});

describe('limits of a body', () => {
  const limits = (maxBytes: number) => ({ limits: { maxBytes, maxVisits: 2 } });

  test.each(['plain', 'gzip', 'form'])('%s: as long as the limit is taken, one byte more is 413', async (form) => {
    const body = Buffer.from(SHEET);
    const post = (maxBytes: number) => {
      const { app } = startDoors(limits(maxBytes));
      const to = request(app).post(PATH).set('Authorization', 'Bearer token-56901');
      if (form === 'form') return to.attach('file', body, 'bang.csv');
      if (form === 'gzip') return to.type('text/csv').set('Content-Encoding', 'gzip').serialize(asIs).send(gzipSync(body));
      return to.type('text/csv').send(body);
    };

    expect((await post(body.length)).status).toBe(202);
    expect((await post(body.length - 1)).status).toBe(413);
  });

  test('a body that does not say its length is cut at the limit', async () => {
    const post = async (maxBytes: number): Promise<number> => {
      const server = startDoors(limits(maxBytes)).app.listen(0);
      try {
        const { port } = server.address() as AddressInfo;
        const headers = { authorization: 'Bearer token-56901', 'content-type': 'text/csv' };
        const body = new Blob([SHEET]).stream();
        // `duplex` is Node's; the types of a browser, which come with Preact, don't know it.
        const request = { method: 'POST', headers, body, duplex: 'half' };
        return (await fetch(`http://127.0.0.1:${port}${PATH}`, request)).status;
      } finally {
        server.close();
      }
    };
    const length = Buffer.byteLength(SHEET);

    expect(await post(length)).toBe(202);
    expect(await post(length - 1)).toBe(413);
  });

  test('a small gzip that unfolds to more than the limit is 413', async () => {
    const { app } = startDoors(limits(64 * 1024));

    const answer = await send(app, '')
      .set('Content-Encoding', 'gzip')
      .send(gzipSync(Buffer.alloc(50 * 1024 * 1024, 'a')));

    expect(answer.status).toBe(413);
  });

  test('as many rows as the limit are taken, one more is 413', async () => {
    const { app } = startDoors(limits(1024 * 1024));

    expect((await send(app, SHEET)).status).toBe(202);
    expect((await send(app, `${SHEET}P3,a,1950,1,01/06/2026,,\n`)).status).toBe(413);
  });
});

describe('who may send and read', () => {
  test.each([
    ['nobody', undefined, 401],
    ['a token that is not known', 'Bearer bad', 401],
    ['a person', 'Bearer token-station', 403],
    ['a token that may only read', 'Bearer token-reader', 403],
  ])('%s is refused', async (_name, authorization, status) => {
    const { app, submissions } = startDoors();
    const to = request(app).post(PATH).type('text/csv');

    const answer = await (authorization === undefined ? to : to.set('Authorization', authorization)).send(SHEET);

    expect(answer.status).toBe(status);
    expect(submissions.kept).toEqual([]);
  });

  test("a receipt is its sender's: anybody else finds nothing", async () => {
    const { app } = startDoors();
    const { body } = await send(app, SHEET);
    const read = (token: string) => request(app).get(`/intake/receipts/${body.id}`).set('Authorization', `Bearer ${token}`);

    expect((await read('token-56901')).body.id).toBe(body.id);
    expect((await read('token-reader')).status).toBe(200);
    expect((await read('token-01001')).status).toBe(404);
    expect((await read('token-integrator')).status).toBe(404);
    expect((await read('token-station')).status).toBe(403);
    expect((await request(app).get(`/intake/receipts/${body.id}`)).status).toBe(401);
  });
});

describe('GET /intake/receipts', () => {
  const list = (app: ReturnType<typeof startDoors>['app'], query: string, token = 'token-56901') =>
    request(app).get(`/intake/receipts${query}`).set('Authorization', `Bearer ${token}`);

  test('lists the own ones, newest first, page by page', async () => {
    const { app } = startDoors();
    const sent: string[] = [];
    for (const slip of ['A', 'B', 'C']) sent.push((await send(app, `${HEADER}\n${slip},a,1950,1,01/06/2026,,\n`)).body.id);
    await send(app, SHEET, 'token-01001');

    const first = await list(app, '?limit=2&state=received');
    const second = await list(app, first.body.next.slice('/intake/receipts'.length));

    expect(first.body.receipts.map(({ id }: { id: string }) => id)).toEqual([sent[2], sent[1]]);
    expect(first.headers['link']).toBe(`<${first.body.next}>; rel="next"`);
    expect(second.body.receipts.map(({ id }: { id: string }) => id)).toEqual([sent[0]]);
    expect(second.body.next).toBeUndefined();
  });

  test('finds by key, state and time', async () => {
    const { app, submissions } = startDoors();
    await send(app, SHEET);
    submissions.work();
    const count = async (query: string) => (await list(app, query)).body.receipts.length;

    expect(await count('?key=P2')).toBe(1);
    expect(await count('?key=P9')).toBe(0);
    expect(await count('?state=completed&from=2026-06-02&to=2026-06-03')).toBe(1);
    expect(await count('?to=2026-06-02T01:00:00.000Z')).toBe(0);
  });

  test.each([
    '?state=done',
    '?from=yesterday',
    '?from=2026-02-31T00:00:00Z',
    '?limit=0',
    '?limit=201',
    '?foo=1',
    '?key=a&key=b',
    `?key=${'x'.repeat(301)}`,
  ])('refuses %s with 400', async (query) => {
    const answer = await list(startDoors().app, query);

    expect(answer.status).toBe(400);
  });

  test('takes the largest page and the longest key', async () => {
    const { app } = startDoors();

    expect((await list(app, `?limit=200&key=${'x'.repeat(300)}`)).status).toBe(200);
  });
});

describe('GET /intake/sheet/{template}', () => {
  test('gives the header row as CSV with byte order mark, which the door takes when filled in', async () => {
    const { app } = startDoors();
    const get = (path: string) => request(app).get(path).set('Authorization', 'Bearer token-56901').responseType('blob');

    const answer = await get(PATH);
    const empty = (answer.body as Buffer).toString('utf8');

    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(answer.headers['content-disposition']).toBe('attachment; filename="blood-pressure-glucose.csv"');
    expect(empty.startsWith('\uFEFFma_phieu,ho_ten,ngay_sinh,gioi_tinh,so_cccd,')).toBe(true);
    expect((await send(app, `${empty}P1,Trần Thị Bé,1960,2,,,,,01/06/2026,150,95,,,,\r\n`)).status).toBe(202);
    expect((await get('/intake/sheet/other')).status).toBe(404);
  });
});
