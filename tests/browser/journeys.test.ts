import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { chromiumPath, launchChromium, listen, openPage, saySkipped, signIn } from '../support/chromium.js';
import type { WebApplication } from '../support/web-application.js';
import {
  HYPERTENSION,
  MOTHER,
  OPERATOR,
  PASSWORD,
  SENDER_56901,
  startWeb,
  STATION_00001,
  STATION_22651,
  STEWARD,
} from '../support/web-application.js';

// A browser on a busy machine takes its time.
jest.setTimeout(180_000);

const executablePath = chromiumPath();
if (executablePath === undefined) saySkipped();
const journey = executablePath === undefined ? describe.skip : describe;

journey('in a browser without JavaScript', () => {
  let browser: Browser;
  let web: WebApplication;
  let server: Awaited<ReturnType<typeof listen>>;

  beforeAll(async () => {
    browser = await launchChromium(executablePath ?? '');
    web = await startWeb();
    await web.putCitizen('nguoi-dan', { name: HYPERTENSION.name, number: HYPERTENSION.number, birthDate: '1958-03-12' });
    server = await listen(web.app);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  test.each([
    ['citizen number', async (fill: Fill) => fill('Số căn cước', HYPERTENSION.number)],
    ['card number', async (fill: Fill) => fill('Số căn cước', HYPERTENSION.card)],
    [
      'folded name and birth year',
      async (fill: Fill) => {
        await fill('Họ và tên', 'nguyen thi thu nghiem');
        await fill('Năm sinh', HYPERTENSION.birthYear);
      },
    ],
  ])('a station finds a person by %s and reads one page of history', async (_how, type) => {
    const page = await openPage(browser, server.baseUrl);
    await signIn(page, STATION_22651.username, PASSWORD);

    await type((label, text) => page.getByRole('textbox', { name: label }).fill(text));
    await page.getByRole('button', { name: 'Tìm', exact: true }).click();
    await page.getByRole('link', { name: `Mở hồ sơ của ${HYPERTENSION.name}` }).click();

    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(HYPERTENSION.name);
    expect(await page.getByRole('region', { name: 'Dị ứng' }).textContent()).toContain('Chưa có thông tin');
    expect(await page.getByRole('region', { name: 'Bệnh đã được chẩn đoán' }).textContent()).toContain('I10');
    expect(await page.getByRole('region', { name: 'Đơn thuốc gần nhất' }).textContent()).toContain('Amlodipin 5mg');
    await page.context().close();
  });

  test('every value leads in two clicks to its row, and back', async () => {
    const page = await openPage(browser, server.baseUrl);
    await signIn(page, STATION_22651.username, PASSWORD);
    await page.goto(`/station/person/${await web.personWith(HYPERTENSION.number)}`);

    await page.getByRole('link', { name: 'Nguồn của: Cân nặng' }).first().click();

    const row = page.getByRole('row', { name: /CAN_NANG/ });
    expect(await row.getByRole('cell').allTextContents()).toEqual(['Giá trị như đã gửi58.50', 'BảngXML1', 'Dòng1']);
    await page.getByRole('link', { name: 'Trở lại hồ sơ' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(HYPERTENSION.name);
    await page.context().close();
  });

  test('an operator has given up work tried again, and drops another after a question', async () => {
    const ids = ['browser-a', 'browser-b'];
    await web.store.commit({ opens: ids.map((id) => ({ id, kind: 'link-person', payload: { identityId: id } })) });
    await web.store.commit({ notes: ids.map((id) => ({ id, attempts: 8, dead: 'unavailable' })) });
    const page = await openPage(browser, server.baseUrl);
    await signIn(page, OPERATOR.username, PASSWORD);

    await page.getByRole('button', { name: 'Làm lại việc browser-a' }).click();
    expect(await page.getByRole('status').textContent()).toBe('Đã cho làm lại.');
    await page.getByRole('link', { name: 'Bỏ hẳn… việc browser-b' }).click();
    await page.getByRole('link', { name: 'Không bỏ, trở lại' }).click();
    await page.getByRole('link', { name: 'Bỏ hẳn… việc browser-b' }).click();
    await page.getByRole('button', { name: 'Bỏ hẳn' }).click();

    expect(await page.getByRole('status').textContent()).toBe('Đã bỏ hẳn.');
    expect(await page.getByText('Không có việc nào bị bỏ lại.').count()).toBe(1);
    expect([(await web.store.outboxRow('browser-a'))?.attempts, await web.store.outboxRow('browser-b')]).toEqual([0, undefined]);
    await web.store.commit({ closes: ['browser-a'] });
    await page.context().close();
  });

  test('a station beyond its catchment writes a reason, and the citizen reads it', async () => {
    const far = await openPage(browser, server.baseUrl);
    await signIn(far, STATION_00001.username, PASSWORD);
    await far.getByRole('textbox', { name: 'Số căn cước' }).fill(HYPERTENSION.number);
    await far.getByRole('button', { name: 'Tìm', exact: true }).click();
    await far.getByLabel('Lý do xem người ngoài địa bàn').fill('Cấp cứu lúc nửa đêm');
    await far.getByRole('button', { name: 'Tìm trong cả tỉnh' }).click();
    await far.getByRole('link', { name: `Mở hồ sơ của ${HYPERTENSION.name}` }).click();
    expect(await far.getByRole('heading', { level: 1 }).textContent()).toBe(HYPERTENSION.name);

    const citizen = await openPage(browser, server.baseUrl, { viewport: { width: 360, height: 740 } });
    await signIn(citizen, 'nguoi-dan', PASSWORD);
    expect(await citizen.getByRole('heading', { level: 1 }).textContent()).toContain(HYPERTENSION.name);
    await citizen.getByRole('link', { name: 'Dòng thời gian' }).click();
    expect(await citizen.getByRole('article').count()).toBe(2);
    await citizen.getByRole('link', { name: 'Ai đã xem', exact: true }).click();

    const look = citizen.getByRole('listitem').filter({ hasText: STATION_00001.display });
    expect(await look.first().textContent()).toContain('“Cấp cứu lúc nửa đêm”');
    await far.context().close();
    await citizen.context().close();
  });

  test('back leads from the record to the list, without a form to send again', async () => {
    const page = await openPage(browser, server.baseUrl);
    await signIn(page, STATION_22651.username, PASSWORD);
    await page.getByRole('textbox', { name: 'Họ và tên' }).fill('thi');
    await page.getByRole('button', { name: 'Tìm', exact: true }).click();
    await page
      .getByRole('link', { name: /Mở hồ sơ/ })
      .first()
      .click();

    await page.goBack();

    expect(await page.getByRole('link', { name: /Mở hồ sơ/ }).count()).toBe(3);
    await page.context().close();
  });

  test('the keyboard alone is enough: skip link, sign-in, search, record', async () => {
    const page = await openPage(browser, server.baseUrl);
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = page.locator(':focus');
    const tabTo = async (accept: () => Promise<boolean>): Promise<void> => {
      for (let step = 0; step < 40; step += 1) {
        await press('Tab');
        if (await accept()) return;
      }
      throw new Error('the keyboard does not get there');
    };
    const tabToId = (id: string): Promise<void> => tabTo(async () => (await focused.getAttribute('id')) === id);

    await page.goto('/sign-in');
    await press('Tab');
    expect(await focused.textContent()).toContain('Đến nội dung chính');
    const box = await focused.boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    await press('Enter');
    await tabToId('username');
    await page.keyboard.type(STATION_22651.username);
    await press('Tab');
    await page.keyboard.type(PASSWORD);
    await press('Enter');
    await page.waitForURL('**/station');
    await tabToId('number');
    await page.keyboard.type(HYPERTENSION.number);
    await press('Enter');
    await page.waitForURL('**/station/search/*');
    await tabTo(async () => ((await focused.getAttribute('href')) ?? '').startsWith('/station/person/'));
    await press('Enter');
    await page.waitForURL('**/station/person/*');

    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(HYPERTENSION.name);
    await page.context().close();
  });

  test.each([360, 1366])('no page is wider than a screen of %i px, and every one is named', async (width) => {
    const mother = await web.personWith(MOTHER.number);
    const submissionId = 'b1f0a3f4-7f57-5d0e-9f0a-2a6f1c9f7d11';
    const dead = `parse-${submissionId}`;
    if ((await web.store.outboxRow(dead)) === undefined) {
      await web.store.commit({ opens: [{ id: dead, kind: 'parse-submission', payload: { submissionId } }] });
      await web.store.commit({ notes: [{ id: dead, attempts: 5, dead: 'unavailable' }] });
    }
    const visits: Readonly<Record<string, readonly string[]>> = {
      'nguoi-dan': ['/citizen', '/citizen/timeline', '/citizen/who-looked'],
      [STATION_22651.username]: ['/station', `/station/person/${mother}`, `/station/person/${mother}/trace/Patient/${mother}`],
      [SENDER_56901.username]: ['/sender'],
      [STEWARD.username]: ['/steward'],
      [OPERATOR.username]: ['/operator', `/operator/work/${dead}/discard`],
      '': ['/', '/sign-in', '/no/such/page'],
    };
    for (const [username, paths] of Object.entries(visits)) {
      // Scripts of the test itself measure; the pages have none.
      const page = await openPage(browser, server.baseUrl, { viewport: { width, height: 800 }, javaScriptEnabled: true });
      if (username !== '') await signIn(page, username, PASSWORD);
      for (const path of paths) {
        await page.goto(path);
        const found = await page.evaluate(
          `({ wide: document.documentElement.scrollWidth, headings: document.querySelectorAll('h1').length, title: document.title,
              scripts: document.scripts.length, unlabelled: [...document.querySelectorAll('input:not([type=hidden]), select')].filter((field) => !field.labels?.length).length,
              ids: [...document.querySelectorAll('[id]')].map(({ id }) => id) })`,
        );
        const { wide, headings, title, scripts, unlabelled, ids } = found as Measured;
        expect([path, wide, headings, scripts, unlabelled]).toEqual([path, width, 1, 0, 0]);
        expect(title).toContain('Sổ Sức Khỏe');
        expect(new Set(ids).size).toBe(ids.length);
      }
      await page.context().close();
    }
  });
});

type Fill = (label: string, text: string) => Promise<void>;

interface Measured {
  readonly wide: number;
  readonly headings: number;
  readonly title: string;
  readonly scripts: number;
  readonly unlabelled: number;
  readonly ids: readonly string[];
}
