import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../support/project-root.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const parent = temporaryFolder();

/** A project of our scripts whose build writes one command, and a line for each time that it runs. */
function project(compile = ''): string {
  const folder = mkdtempSync(join(parent, 'project-'));
  mkdirSync(join(folder, 'scripts'));
  for (const name of ['command.mjs', 'build.mjs', 'build-lock.mjs']) {
    copyFileSync(join(projectRoot, 'scripts', name), join(folder, 'scripts', name));
  }
  writeFileSync(
    join(folder, 'scripts', 'compile.mjs'),
    `import { appendFileSync, writeFileSync } from 'node:fs';
     import { join } from 'node:path';
     import { setTimeout as delay } from 'node:timers/promises';
     export const dist = ${JSON.stringify(join(folder, 'dist'))};
     export async function compile() {
       appendFileSync(join(dist, 'builds'), 'x');
       ${compile}
       await delay(300);
       writeFileSync(join(dist, 'hello.mjs'), 'console.log(JSON.stringify(process.argv.slice(2)))');
     }`,
  );
  return folder;
}

const run = async (folder: string, script: string, ...words: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [join(folder, 'scripts', script), ...words])).stdout;
const builds = (folder: string): number => readFileSync(join(folder, 'dist', 'builds'), 'utf8').length;

describe('a command of package.json', () => {
  test('builds a folder that was never built, once, and hands on its words', async () => {
    const folder = project();

    expect(await run(folder, 'command.mjs', 'hello.mjs', '--json', 'a b')).toBe('["--json","a b"]\n');
    expect(await run(folder, 'command.mjs', 'hello.mjs')).toBe('[]\n');
    expect(builds(folder)).toBe(1);
  });

  test('waits for the build that another terminal runs, instead of building beside it', async () => {
    const folder = project();

    const [, first, second] = await Promise.all([
      run(folder, 'build.mjs'),
      run(folder, 'command.mjs', 'hello.mjs', '1'),
      run(folder, 'command.mjs', 'hello.mjs', '2'),
    ]);

    expect([first, second]).toEqual(['["1"]\n', '["2"]\n']);
    expect(builds(folder)).toBeLessThanOrEqual(2); // one of the commands, and the build that was asked for
    expect(existsSync(join(folder, 'dist', '.building'))).toBe(false);
  });

  test('does not wait for a build that was killed', async () => {
    const folder = project();
    mkdirSync(join(folder, 'dist'));
    const ended = execFile(process.execPath, ['-e', '']);
    await once(ended, 'exit');
    writeFileSync(join(folder, 'dist', '.building'), String(ended.pid));

    expect(await run(folder, 'command.mjs', 'hello.mjs')).toBe('[]\n');
  });

  test('fails with the build, and the next one builds again', async () => {
    const folder = project('process.exit(3);');

    await expect(run(folder, 'command.mjs', 'hello.mjs')).rejects.toMatchObject({ code: 3 });
    await expect(run(folder, 'build.mjs')).rejects.toMatchObject({ code: 3 });

    expect(builds(folder)).toBe(2);
    expect(existsSync(join(folder, 'dist', '.building'))).toBe(false);
  });
});
