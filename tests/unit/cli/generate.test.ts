import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_PERSONS, readGenerateWords, writeCommune } from '../../../src/cli/generate-command.js';
import { doorOf } from '../../../src/cli/submit-door.js';

const folder = mkdtempSync(join(tmpdir(), 'generate-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('npm run generate', () => {
  test('writes files that submit knows the doors of, and the truth of each source record', async () => {
    const count = await writeCommune({ persons: 30, seed: '1', out: folder });
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(folder, name)).isFile(),
    );
    const truth = readFileSync(join(folder, 'truth.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);

    expect(files).toHaveLength(count.files + 1);
    for (const name of files) {
      if (name !== 'truth.ndjson')
        expect(doorOf(readFileSync(join(folder, name)))?.path).toBe(
          `/intake/${name
            .split('/')
            .slice(0, name.startsWith('sheet') ? 2 : 1)
            .join('/')}`,
        );
    }
    expect(truth).toHaveLength(count.records);
    expect(truth[0]).toEqual({ source: expect.any(String), sourceId: expect.any(String), truth: 'h00001-2' });
    expect(count.persons).toBeGreaterThanOrEqual(30);
  });

  test('reads its words', () => {
    expect(readGenerateWords(['--persons', '5', '--seed', 'x', '--out', 'f'])).toEqual({ persons: 5, seed: 'x', out: 'f' });
    expect(readGenerateWords(['--out', 'f', '--persons', String(MAX_PERSONS)])?.seed).toBe('1');
  });

  test.each([
    [['--persons', '0', '--out', 'f']],
    [['--persons', String(MAX_PERSONS + 1), '--out', 'f']],
    [['--persons', 'many', '--out', 'f']],
    [['--persons', '5']],
    [['--persons', '5', '--out']],
    [['--persons', '5', '--persons', '6', '--out', 'f']],
    [['--people', '5', '--out', 'f']],
  ])('does not take %p', (words) => {
    expect(readGenerateWords(words)).toBeUndefined();
  });
});
