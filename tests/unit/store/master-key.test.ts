import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadMasterKey } from '../../../src/store/master-key.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const folder = temporaryFolder();
const unavailable = expect.objectContaining({ category: 'unavailable' });

describe('the master key file', () => {
  test('is made once, for its owner only, and read again', () => {
    const file = join(folder, 'made', 'master.key');

    const first = loadMasterKey({ file, create: true });

    expect(first).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(loadMasterKey({ file, create: true })).toEqual(first);
    expect(loadMasterKey({ file, create: false })).toEqual(first);
    expect(readdirSync(join(folder, 'made'))).toEqual(['master.key']);
  });

  test('must exist where it is required', () => {
    expect(() => loadMasterKey({ file: join(folder, 'missing.key'), create: false })).toThrow(unavailable);
  });

  test.each([0o640, 0o604, 0o620])('is refused with mode %o', (mode) => {
    const file = join(folder, `open-${String(mode)}.key`);
    writeFileSync(file, 'a'.repeat(64));
    chmodSync(file, mode);

    for (const create of [true, false]) expect(() => loadMasterKey({ file, create })).toThrow(unavailable);
  });

  test.each(['', 'a'.repeat(63), 'a'.repeat(65), 'g'.repeat(64)])('is refused with the content "%s"', (content) => {
    const file = join(folder, `content-${String(content.length)}-${content.slice(0, 1)}.key`);
    writeFileSync(file, content, { mode: 0o600 });

    expect(() => loadMasterKey({ file, create: false })).toThrow(unavailable);
  });
});
