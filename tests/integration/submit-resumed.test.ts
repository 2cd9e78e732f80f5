import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { freePort, killServices, runCommand, startScript, startService, until } from '../support/service-process.js';
import { visitFile, visitNumbers } from '../support/service-visits.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const FILES = 24;
const KILLED_AFTER = 7;

afterAll(killServices);
const dataDir = temporaryFolder();

test('a run that is killed in the middle of a folder goes on where it ended: each file is taken once', async () => {
  const options = { dataDir, port: await freePort() };
  const service = await startService(options);
  const folder = join(dataDir, 'to-send');
  mkdirSync(folder);
  for (let index = 0; index < FILES; index += 1) {
    writeFileSync(join(folder, `${String(index).padStart(2, '0')}.xml`), visitFile(visitNumbers(index)));
  }
  const journal = join(dataDir, 'submit-journal.ndjson');
  const handedOver = (): number =>
    existsSync(journal)
      ? readFileSync(journal, 'utf8')
          .split('\n')
          .filter((line) => line.endsWith('}')).length
      : 0;
  const words = [folder, '--json', '--as', 'facility-56901'];

  const first = startScript(join('cli', 'submit.js'), words, { DATA_DIR: dataDir, PORT: String(options.port) });
  const ended = new Promise((resolve) => first.once('close', resolve));
  await until(() => Promise.resolve(handedOver() >= KILLED_AFTER), 'some files are handed over');
  first.kill('SIGKILL');
  await ended;
  const before = handedOver();
  const again = await runCommand('submit', words, options);
  await service.stop();

  expect(before).toBeLessThan(FILES);
  expect(again.code).toBe(0);
  const lines = again.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly key: string; readonly state: string });
  expect(lines.map(({ key }) => key)).toEqual(
    Array.from({ length: FILES }, (_, index) => `56901|${visitNumbers(index).visitId}`),
  );
  expect(lines.filter(({ state }) => !state.startsWith('accepted'))).toEqual([]);
  // One file may have been on its way when the first run ended; nothing of what the journal knew was sent again.
  const posts = service
    .output()
    .split('\n')
    .filter((line) => line.includes('"route":"/intake/bhyt-xml"') && line.includes('"method":"POST"'));
  expect(posts.length).toBeGreaterThanOrEqual(FILES);
  expect(posts.length).toBeLessThanOrEqual(FILES + 1);
});
