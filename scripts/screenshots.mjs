#!/usr/bin/env node
// Takes the pictures of README.md from a running demonstration into docs/images/: `npm start` in one terminal, then
// `node scripts/screenshots.mjs` in another (same DATA_DIR). Needs a Chromium; CHROMIUM names it when it is somewhere unusual.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { palettePng } from './screenshots/palette-png.mjs';

/** Largest picture: a README is also read over a telephone. */
const PICTURE_BYTES_MAX = 150 * 1024;
const DESK = { viewport: { width: 1_100, height: 860 }, deviceScaleFactor: 1 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5 };
const VISIT_FILE = 'tests/fixtures/bhyt-xml/01-tang-huyet-ap-ngoai-tru-tram-y-te/submission.xml';
const BROWSERS = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const root = join(fileURLToPath(import.meta.url), '..', '..');
const folder = join(root, 'docs', 'images');
mkdirSync(folder, { recursive: true });

run('sign-ins'); // waits until the instance serves
run('submit', VISIT_FILE, '--as', 'facility-56901');
const signIns = JSON.parse(run('sign-ins', '--json', '--wait'));
const executablePath = BROWSERS.find((path) => path !== undefined && existsSync(path));
if (executablePath === undefined) throw new Error('No Chromium found: name it with CHROMIUM');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const citizen = signIns.people.find(({ nationalId }) => nationalId === '056158000117');
  // The first has what the file above says; the second lives in the sample commune, with years of visits.
  const resident = signIns.people.find(({ nationalId }) => nationalId === '056168004321');
  const station = signIns.people.find(({ role }) => role === 'station');
  const sender = signIns.people.find(({ facilityCode }) => facilityCode === '56901');

  const desk = await signedIn(station, DESK);
  await desk.fill('#name', 'nguyen thi');
  await desk.click('main button[type=submit]');
  await picture(desk, 'station-search');
  await desk.goto(`${signIns.baseUrl}/station/person/${citizen.patientId}`);
  const value = desk.locator('a[href*="/trace/Observation/"]').first();
  await desk.goto(new URL(await value.getAttribute('href'), signIns.baseUrl).href);
  await picture(desk, 'value-source');
  await desk.setViewportSize({ width: DESK.viewport.width, height: 1_400 });
  await desk.goto(`${signIns.baseUrl}/station/person/${resident.patientId}`);
  await picture(desk, 'station-history');

  const clerk = await signedIn(sender, DESK);
  await clerk.locator('main a[href^="/sender/receipts/"]').first().click();
  await picture(clerk, 'sender-receipt');

  const phone = await signedIn(citizen, PHONE);
  await picture(phone, 'citizen-summary');
  await phone.getByRole('link', { name: 'Ai đã xem' }).first().click();
  await picture(phone, 'citizen-who-looked');
} finally {
  await browser.close();
}

/** A page of `person`, in a browser of its own, at the page where that role begins. */
async function signedIn({ username, password, startPage }, device) {
  const context = await browser.newContext({ ...device, locale: 'vi-VN', timezoneId: 'Asia/Ho_Chi_Minh' });
  const page = await context.newPage();
  await page.goto(`${signIns.baseUrl}/sign-in`);
  await page.fill('#username', username);
  await page.fill('#password', password);
  await page.click('main button[type=submit]');
  await page.waitForURL(`${signIns.baseUrl}${startPage}`);
  return page;
}

/** What stands in the window, as a small PNG. */
async function picture(page, name) {
  const png = palettePng(await page.screenshot());
  if (png.length > PICTURE_BYTES_MAX)
    throw new Error(`${name} has ${png.length} bytes, at most ${PICTURE_BYTES_MAX} are allowed`);
  writeFileSync(join(folder, `${name}.png`), png);
  console.log(`docs/images/${name}.png ${Math.ceil(png.length / 1024)} kB`);
}

function run(script, ...words) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script, '--', ...words], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm run ${script}: ${stderr}`);
  return stdout;
}
