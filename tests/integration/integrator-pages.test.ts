import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { patternOf, snippetsOf, type Snippet } from '../support/page-snippets.js';
import { projectRoot } from '../support/project-root.js';
import { freePort, killServices, signInsOf, startService, type ServiceProcess } from '../support/service-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const FOLDER = 'docs/integrators';
const PAGES = readdirSync(join(projectRoot, FOLDER))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `${FOLDER}/${name}`)
  .filter((page) => snippetsOf(page).length > 0);
/** What a reader of the shell's pages has; without it those pages are left out, except in CI. */
const hasShell = ['bash', 'curl'].every((command) => spawnSync(command, ['--version']).status === 0);
const isLeftOut = (language: string): boolean => language === 'sh' && !hasShell && process.env['CI'] !== 'true';
if (isLeftOut('sh')) process.stderr.write('bash or curl not found: the shell snippets of docs/integrators are not run\n');
/** Stands between the outputs of two snippets. */
const MARK = '--- next snippet ---';

const dataDir = temporaryFolder({ inMemory: true });
const workDir = temporaryFolder();
let service: ServiceProcess;

beforeAll(async () => {
  service = await startService({ dataDir, port: await freePort() });
});
afterAll(killServices);

/** Runs the snippets of one language as one program, as a reader does who pastes one after the other. */
async function run(snippets: readonly Snippet[], command: string, words: readonly string[], mark: string) {
  const program = snippets
    .map(({ code }) => code)
    .join(`\n${mark}\n`)
    .replaceAll('http://localhost:8080', service.baseUrl);
  const { clientSecret = '' } = signInsOf(dataDir).software.find(({ clientId }) => clientId === 'facility-56903') ?? {};
  const child = spawn(command, words, {
    cwd: projectRoot,
    env: {
      PATH: process.env['PATH'] ?? '',
      DATA_DIR: dataDir,
      PORT: String(service.port),
      TMPDIR: workDir,
      HOME: workDir,
      CLIENT_SECRET: clientSecret,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  child.stdin.end(program);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    code,
    errors: Buffer.concat(errors).toString('utf8'),
    outputs: Buffer.concat(output).toString('utf8').split(MARK),
  };
}

// A page that nobody runs tells of a service that was.
describe.each(PAGES)('%s', (page) => {
  const snippets = snippetsOf(page);
  const languages = [...new Set(snippets.map(({ language }) => language))];

  test('has code that this test knows how to run', () => {
    expect(languages.filter((language) => language !== 'sh' && language !== 'js')).toEqual([]);
  });

  for (const language of languages) {
    const runs = isLeftOut(language) ? test.skip : test;
    runs(`its ${language} snippets do what it says`, async () => {
      const ofLanguage = snippets.filter((snippet) => snippet.language === language);

      const { code, errors, outputs } =
        language === 'sh'
          ? await run(ofLanguage, 'bash', ['-euo', 'pipefail'], `echo '${MARK}'`)
          : await run(ofLanguage, process.execPath, ['--input-type=module', '-'], `console.log('${MARK}');`);

      const printed = ofLanguage.map(({ heading, prints }, at) => ({ heading, prints, is: (outputs[at] ?? '').trim() }));
      expect({ code, errors, outputs: outputs.length }).toEqual({ code: 0, errors: '', outputs: ofLanguage.length });
      expect(printed.filter(({ prints, is }) => !patternOf(prints ?? '').test(is))).toEqual([]);
    });
  }
});
