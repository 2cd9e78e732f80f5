import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.js';
import { bulkLoad } from '../../src/record/bulk/bulk-load.js';
import { generateCommune } from '../../src/sample-commune/commune.js';
import { composeRecord } from '../../src/worker-composition.js';
import { describeWithMongod } from '../support/mongod.js';
import { projectRoot } from '../support/project-root.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder({ inMemory: true });
const env = (dataDir: string): Record<string, string> => ({
  NODE_ENV: 'test',
  PATH: process.env['PATH'] ?? '',
  DATA_DIR: dataDir,
  MASTER_KEY_FILE: join(folder, 'master.key'),
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly told: string;
}

/** The command as an operator runs it; killed as soon as it says that it is at `killAt`. */
async function run(words: readonly string[], killAt?: string, more: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(projectRoot, 'dist/src/cli/move.js'), ...words], {
    env: { ...env(folder), ...more },
  });
  let [out, told] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => {
    told += text.toString();
    if (killAt !== undefined && told.includes(killAt)) child.kill('SIGKILL');
  });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, out, told });
    });
  });
}

describeWithMongod('npm run move', (replicaSet) => {
  test('moves to MongoDB and back, killed on the way, with the record hash equal at all three', async () => {
    writeFileSync(join(folder, 'master.key'), randomBytes(32).toString('hex'), { mode: 0o600 });
    const config = readConfig(env(folder));
    const parts = await composeRecord(config);
    const files = [...generateCommune({ households: 5, seed: 'move' })].map(({ path, door, bytes, facilityCode }) => ({
      name: path,
      door,
      bytes,
      sender: { clientId: 'c', facilityCode },
    }));
    await bulkLoad({ ...parts, formats: Object.values(parts.formats), limits: config.intake }, files);
    const hash = await parts.room.recordHash();
    await parts.close();
    const source = `sqlite:${join(folder, 'so-suc-khoe.sqlite')}`;
    const target = replicaSet().uri('moved');

    for (const killAt of ['resource', 'record', 'blob']) {
      expect(await run(['--from', source, '--to', target], killAt)).toMatchObject({ code: null, out: '' });
    }
    const there = await run(['--from', source, '--to', target]);
    expect(there).toMatchObject({ code: 0, out: `record hash ${hash}\n` });
    expect(there.told).not.toContain('history'); // not begun anew

    const again = await run(['--from', source, '--to', target]);
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.told).toContain('not empty');

    const back = `sqlite:${join(folder, 'back', 'again.sqlite')}`;
    for (const killAt of ['resource', 'ledger']) {
      expect(await run(['--from', target, '--to', back], killAt)).toMatchObject({ code: null, out: '' });
    }
    expect(await run(['--from', target, '--to', back])).toMatchObject({ code: 0, out: `record hash ${hash}\n` });
    expect(await run(['--from', back, '--to', source, '--check'])).toMatchObject({ code: 0, out: `record hash ${hash}\n` });
  }, 120_000);

  test('refuses another master key, and a source that is not there', async () => {
    const otherKey = join(folder, 'other.key');
    writeFileSync(otherKey, randomBytes(32).toString('hex'), { mode: 0o600 });
    const source = `sqlite:${join(folder, 'so-suc-khoe.sqlite')}`;
    const target = replicaSet().uri('refused');

    const refused = await run(['--from', source, '--to', target], undefined, { MASTER_KEY_FILE: otherKey });
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.told).toContain('another master key');

    const missing = await run(['--from', `sqlite:${join(folder, 'nothing.sqlite')}`, '--to', target]);
    expect(missing).toMatchObject({ code: 1, out: '' });
    rmSync(otherKey);
    expect(await run(['--from', source, '--to', target], undefined, { MASTER_KEY_FILE: otherKey })).toMatchObject({ code: 1 });
    expect((await run(['--from', 'x'])).code).toBe(2);
  }, 60_000);
});
