import { afterEach, describe, expect, test } from '@jest/globals';
import express from 'express';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_POLLS, MAX_TRIES, makeSubmitClient } from '../../../src/cli/submit-client.js';
import { readSubmitWords, runSubmit } from '../../../src/cli/submit-command.js';
import { doorOf } from '../../../src/cli/submit-door.js';
import { contentHash, openSubmitJournal } from '../../../src/cli/submit-journal.js';
import { chooseSender } from '../../../src/cli/submit-sign-in.js';
import { ADULT_CHECKUP } from '../../support/checkup-file.js';
import { startDoors } from '../../support/door-application.js';
import { aSheet } from '../../support/sheet-file.js';
import { aWorkbook, workbookParts, zipOf } from '../../support/xlsx-file.js';

const SECRET = 'secret & more';
const open: Server[] = [];
const folders: string[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function aFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'submit-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** The doors behind a token endpoint; `meddle` may break a request before it reaches them. */
function startInstance(
  options: {
    readonly meddle?: (request: number, path: string) => 'cut' | 401 | 503 | undefined;
    readonly tokens?: readonly string[];
  } = {},
) {
  const { app: doors, submissions } = startDoors();
  const app = express();
  const paths: string[] = [];
  app.use((req, res, next) => {
    paths.push(req.path);
    const fault = options.meddle?.(paths.length, req.path);
    if (fault === 'cut') req.destroy();
    else if (fault !== undefined) res.status(fault).end();
    else next();
  });
  const tokens = [...(options.tokens ?? [])];
  app.post('/oauth/token', (req, res) => {
    const expected = Buffer.from(`integrator:${encodeURIComponent(SECRET)}`).toString('base64');
    if (req.headers.authorization !== `Basic ${expected}`) res.status(401).end();
    else res.json({ access_token: tokens.shift() ?? 'token-integrator', token_type: 'Bearer', expires_in: 900 });
  });
  app.use(doors);
  const server = app.listen(0);
  open.push(server);
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { baseUrl, submissions, paths };
}

async function submit(
  baseUrl: string,
  words: readonly string[],
  hooks: { readonly work?: () => void; readonly secret?: string; readonly journal?: string } = {},
) {
  const read = readSubmitWords(['--json', ...words]);
  if (read === undefined) throw new Error('words are not understood');
  const waits: number[] = [];
  const client = makeSubmitClient(
    { baseUrl, tokenEndpoint: `${baseUrl}/oauth/token`, clientId: 'integrator', clientSecret: hooks.secret ?? SECRET },
    {
      sleep: (ms) => {
        waits.push(ms);
        hooks.work?.();
        return Promise.resolve();
      },
    },
  );
  const lines: string[] = [];
  const notes: string[] = [];
  const journal = openSubmitJournal(hooks.journal ?? join(aFolder({}), 'journal.ndjson'), { baseUrl, clientId: 'integrator' });
  const status = await runSubmit(client, journal, read, { out: (line) => lines.push(line), note: (line) => notes.push(line) });
  return { status, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), notes, waits };
}

// interfaces.md §1 and §3
describe('npm run submit', () => {
  test('sends each file to the door that its content names and prints a line a visit', async () => {
    const { baseUrl, submissions } = startInstance();
    const folder = aFolder({
      'a/checkup.xml': `\uFEFF<?xml version="1.0"?><!-- x --><KHAMSUCKHOE>${ADULT_CHECKUP.split('<KHAMSUCKHOE>')[1] ?? ''}`,
      'b-sheet.csv': aSheet({ ma_phieu: 'A' }, { ma_phieu: 'B', mach: 'cao' }),
      'readme.xml': '<other/>',
      'note.txt': 'not sent',
    });

    const { status, lines, notes } = await submit(baseUrl, [folder], { work: () => submissions.work() });

    expect(status).toBe(0);
    expect(lines.map(({ key, state }) => [key, state])).toEqual([
      ['check-up|01001|KSK20260601000123', 'accepted-with-warnings'],
      ['A', 'accepted'],
      ['B', 'accepted-with-warnings'],
    ]);
    expect(lines[2]).toEqual({
      file: join(folder, 'b-sheet.csv'),
      receipt: expect.any(String),
      key: 'B',
      state: 'accepted-with-warnings',
      problems: [expect.objectContaining({ severity: 'warning', row: 2, field: 'mach' })],
    });
    expect(notes).toContain(`${join(folder, 'readme.xml')}: bỏ qua, không phải tệp của cửa tiếp nhận nào`);
    expect(notes).toContain('đã gửi 3/3, đã có kết quả 3/3');
  });

  test('exits 1 when a visit is refused, and when a file named is refused at once', async () => {
    const { baseUrl, submissions } = startInstance();
    const folder = aFolder({ 'bad-row.csv': aSheet({ ngay_sinh: 'x' }, {}), 'other.xml': '<other/>' });
    const work = () => submissions.work();

    const row = await submit(baseUrl, [join(folder, 'bad-row.csv')], { work });
    const file = await submit(baseUrl, [join(folder, 'other.xml')], { work });

    expect([row.status, row.lines.map(({ state }) => state)]).toEqual([1, ['refused', 'accepted']]);
    expect([file.status, file.lines]).toEqual([
      1,
      [
        expect.objectContaining({
          receipt: null,
          key: null,
          state: 'refused',
          problems: expect.arrayContaining([expect.objectContaining({ severity: 'error' })]),
        }),
      ],
    ]);
  });

  test('started again it sends only what the journal does not know, and prints the result of everything', async () => {
    const { baseUrl, submissions, paths } = startInstance();
    const folder = aFolder({ '1.csv': aSheet({ ma_phieu: 'A' }), '2.csv': aSheet({ ma_phieu: 'B' }) });
    const journal = join(aFolder({}), 'of', 'journal.ndjson');
    const hooks = { journal, work: () => submissions.work() };

    const first = await submit(baseUrl, [join(folder, '1.csv')], hooks);
    appendFileSync(journal, '{"baseUrl":"cut o');
    const again = await submit(baseUrl, [folder], hooks);

    expect(paths.filter((path) => path.startsWith('/intake/sheet/'))).toHaveLength(2);
    expect(again.status).toBe(0);
    expect(again.lines.map(({ key }) => key)).toEqual(['A', 'B']);
    expect(again.lines[0]).toEqual(first.lines[0]);
    expect(readFileSync(journal, 'utf8')).not.toContain('ma_phieu');
  });

  test('a receipt that the instance does not know any more is asked for once, and the file is sent', async () => {
    const folder = aFolder({ 'a.csv': aSheet({}) });
    const journal = join(aFolder({}), 'journal.ndjson');
    const { baseUrl, submissions, paths } = startInstance();
    const sha256 = contentHash(readFileSync(join(folder, 'a.csv')));
    openSubmitJournal(journal, { baseUrl, clientId: 'integrator' }).note(sha256, 'of-an-instance-that-was-set-up-anew');

    const { status, lines } = await submit(baseUrl, [folder], { journal, work: () => submissions.work() });

    expect(status).toBe(0);
    expect(submissions.kept).toHaveLength(1);
    expect(lines[0]?.['receipt']).not.toBe('of-an-instance-that-was-set-up-anew');
    expect(paths.filter((path) => path === '/intake/receipts/of-an-instance-that-was-set-up-anew')).toHaveLength(1);
    expect(openSubmitJournal(journal, { baseUrl, clientId: 'integrator' }).receiptOf(sha256)).toBe(lines[0]?.['receipt']);
  });

  test('a journal knows each instance and each client by itself', () => {
    const journal = join(aFolder({}), 'journal.ndjson');
    openSubmitJournal(journal, { baseUrl: 'https://a', clientId: 'one' }).note('00', 'r1');

    expect(openSubmitJournal(journal, { baseUrl: 'https://a', clientId: 'one' }).receiptOf('00')).toBe('r1');
    expect(openSubmitJournal(journal, { baseUrl: 'https://b', clientId: 'one' }).receiptOf('00')).toBeUndefined();
    expect(openSubmitJournal(journal, { baseUrl: 'https://a', clientId: 'two' }).receiptOf('00')).toBeUndefined();
  });

  test('tries again after connection errors and 503, and nothing is sent twice for it', async () => {
    const { baseUrl, submissions } = startInstance({
      meddle: (request) => (request === 2 ? 'cut' : request === 3 ? 503 : request === 5 ? 'cut' : undefined),
    });
    const folder = aFolder({ 'a.csv': aSheet({}) });

    const { status, waits } = await submit(baseUrl, [folder], { work: () => submissions.work() });

    expect(status).toBe(0);
    expect(waits.slice(0, 2)).toEqual([250, 500]);
    expect(submissions.kept).toHaveLength(1);
  });

  test('takes a new token when the old one ran out, once', async () => {
    const renewed = startInstance({ tokens: ['expired', 'token-integrator'] });
    const never = startInstance({ tokens: ['expired', 'expired', 'expired'] });
    const folder = aFolder({ 'a.csv': aSheet({}) });

    const good = await submit(renewed.baseUrl, [folder], { work: () => renewed.submissions.work() });
    const bad = await submit(never.baseUrl, [folder]);

    expect(good.status).toBe(0);
    expect(bad.status).toBe(2);
    expect(never.paths.filter((path) => path === '/oauth/token')).toHaveLength(2);
  });

  test('exits 2 when the instance can not be reached, after the tries of one file only', async () => {
    const { baseUrl, paths } = startInstance({ meddle: () => 'cut' });
    const folder = aFolder({ 'a.csv': aSheet({}), 'b.csv': aSheet({}) });

    const { status, notes } = await submit(baseUrl, [folder]);

    expect(status).toBe(2);
    expect(paths).toHaveLength(MAX_TRIES);
    expect(notes.filter((note) => note.includes('không gửi được'))).toHaveLength(2);
  });

  test('exits 2 when the secret is wrong, a path is not there, or a receipt never comes', async () => {
    const { baseUrl, paths } = startInstance();
    const folder = aFolder({ 'a.csv': aSheet({}) });

    expect((await submit(baseUrl, [folder], { secret: 'wrong' })).status).toBe(2);
    expect((await submit(baseUrl, [join(folder, 'missing.csv')])).status).toBe(2);
    expect((await submit(baseUrl, [folder])).status).toBe(2);
    expect(paths.filter((path) => path.startsWith('/intake/receipts/'))).toHaveLength(MAX_POLLS);
  });

  test('keeps the order of the files, and of those in a folder', async () => {
    const { baseUrl, submissions } = startInstance();
    const folder = aFolder(Object.fromEntries(['c', 'a', 'b'].map((name) => [`${name}.csv`, aSheet({ ma_phieu: name })])));

    const { lines } = await submit(baseUrl, [join(folder, 'c.csv'), folder], { work: () => submissions.work() });

    expect(lines.map(({ key }) => key)).toEqual(['c', 'a', 'b', 'c']);
    expect(lines[0]?.['receipt']).toBe(lines[3]?.['receipt']);
  });

  test.each([
    [[]],
    [['--as']],
    [['--as', '--json', 'a']],
    [['a', '--unknown']],
    [['a', '--concurrency', '0']],
    [['a', '--concurrency', '17']],
  ])('does not understand %j', (words) => {
    expect(readSubmitWords(words)).toBeUndefined();
  });

  test('understands the words', () => {
    expect(
      readSubmitWords(['a', '--json', 'b', '--as', 'c', '--sign-ins', 'd', '--journal', 'j', '--concurrency', '16']),
    ).toEqual({
      paths: ['a', 'b'],
      json: true,
      as: 'c',
      signIns: 'd',
      journal: 'j',
      concurrency: 16,
    });
  });
});

describe('the door of a file', () => {
  test.each([
    ['<?xml version="1.0"?>\n<GIAMDINHHS xmlns:x="y">', '/intake/bhyt-xml'],
    ['<KHAMSUCKHOE/>', '/intake/health-checkup'],
    ['{"header":{"msg_id":"1"}}', '/intake/health-checkup'],
    ['"ma_phieu";"ho_ten"\r\n', '/intake/sheet/blood-pressure-glucose'],
    ['\uFEFFMA_PHIEU,ho_ten\n', '/intake/sheet/blood-pressure-glucose'],
    ['<constructor/>', undefined],
    ['{"resourceType": "Bundle"}', '/intake/fhir'],
    ['{"resourceType":"Patient"}', undefined],
    ['a,b\n', undefined],
    ['', undefined],
  ])('%j', (text, path) => {
    expect(doorOf(Buffer.from(text))?.path).toBe(path);
  });

  test('of a workbook is told by its header row', () => {
    expect(doorOf(aWorkbook([{}]))).toEqual({
      path: '/intake/sheet/blood-pressure-glucose',
      type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    });
    expect(doorOf(zipOf(workbookParts([['a'], ['b']])))).toBeUndefined();
    expect(doorOf(zipOf([{ name: 'a', content: 'a' }]))).toBeUndefined();
  });
});

describe('who sends', () => {
  const signIns = {
    baseUrl: 'http://localhost:1/',
    tokenEndpoint: 'http://localhost:1/oauth/token',
    software: [
      { role: 'facility', clientId: 'f', clientSecret: '1' },
      { role: 'integrator', clientId: 'i', clientSecret: '2' },
    ],
  };

  test('is the one named, else the integrator, else the only one', () => {
    const [facility] = signIns.software;

    expect(chooseSender(signIns, 'f')).toMatchObject({ clientId: 'f', clientSecret: '1', baseUrl: 'http://localhost:1' });
    expect(chooseSender(signIns, undefined)).toMatchObject({ clientId: 'i' });
    expect(chooseSender({ ...signIns, software: [facility] }, undefined)).toMatchObject({ clientId: 'f' });
  });

  test.each([
    [undefined],
    [null],
    [{}],
    [{ ...signIns, software: 'x' }],
    [{ ...signIns, software: [null] }],
    [{ ...signIns, baseUrl: 'x' }],
  ])('%j gives a sentence', (file) => {
    expect(typeof chooseSender(file, 'i')).toBe('string');
  });
});
