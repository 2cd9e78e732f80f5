import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import type { Store } from '../../src/store/store.js';
import { storeCodec } from '../support/store-codec.js';
import { observations } from '../support/store-contract/builders.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const script = fileURLToPath(new URL('../support/commit-until-killed.js', import.meta.url));
const open = async (path: string): Promise<Store> =>
  openSqliteStore({ path, codec: storeCodec, termKey: new Uint8Array(32).fill(1), now: Date.now });

interface Acknowledged {
  readonly id: string;
  readonly commit: number;
}

function start(...parameters: readonly string[]): {
  readonly child: ChildProcess;
  readonly acknowledged: Acknowledged[];
  readonly ended: Promise<unknown>;
} {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: Acknowledged[] = [];
  if (child.stdout === null) throw new Error('the child has no output');
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const [id = '', commit = ''] = line.split(' ');
    if (commit !== '') acknowledged.push({ id, commit: Number(commit) });
    child.emit('acknowledged');
  });
  return { child, acknowledged, ended: Promise.all([once(child, 'exit'), once(lines, 'close')]) };
}

/** Every part of every unit is there, or none of it. */
async function wholeUnits(store: Store): Promise<Set<string>> {
  const records = await store.scanRecords('unit', undefined, 100_000);
  const ids = new Set(records.map(({ id }) => id));
  const resources = await store.scanResources(undefined, 100_000);
  const rows = await store.openOutbox({ limit: 100_000 });
  const lines = await store.accessLines({ limit: 100_000 });

  expect(resources.map(({ id }) => id).sort()).toEqual([...ids].flatMap((id) => [id, `${id}-b`]).sort());
  expect(rows.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(lines.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(await store.guardVersions(['shared'])).toEqual([ids.size]);
  return ids;
}

describe('a store file and the processes that write it', () => {
  test('kill -9 in mid-run loses nothing acknowledged and leaves nothing half done', async () => {
    const path = join(folder, 'killed.db');
    for (const [run, enough] of [40, 90, 150].entries()) {
      const { child, acknowledged, ended } = start(path, `r${String(run)}-`, '16');
      while (acknowledged.length < enough) await once(child, 'acknowledged');

      child.kill('SIGKILL');
      await ended;

      const store = await open(path);
      const ids = await wholeUnits(store);
      expect(acknowledged.map(({ id }) => id).filter((id) => !ids.has(id))).toEqual([]);
      const found = await store.search(observations({ subject: `r${String(run)}-`, count: 10_000 }));
      expect(found.items.length).toBeGreaterThanOrEqual(enough);
      await store.close();
    }
  });

  test('two processes commit at once: no number twice, nothing lost, and a third reads along', async () => {
    const path = join(folder, 'shared.db');
    const reader = await open(path);

    const writers = ['a', 'b'].map((prefix) => start(path, prefix, '8', '150'));
    const own = [];
    for (let index = 0; index < 30; index += 1) {
      own.push(await reader.commit({ claims: [{ key: String(index), owner: 'reader' }] }));
    }
    await Promise.all(writers.map(({ ended }) => ended));

    const commits = [...own, ...writers.flatMap(({ acknowledged }) => acknowledged)].map(({ commit }) => commit);
    expect(commits).toHaveLength(330);
    expect(new Set(commits).size).toBe(330);
    expect(Math.max(...commits)).toBe(330);
    expect((await wholeUnits(reader)).size).toBe(300);
    const resources = await reader.scanResources(undefined, 1_000);
    const inCommitOrder = [...resources].sort((a, b) => a.commit - b.commit).map(({ lastUpdated }) => lastUpdated);
    expect(inCommitOrder).toEqual([...inCommitOrder].sort());
    await reader.close();
  });
});
