import { describe, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bulkFiles, describeLoad, intakeFiles, readLoadWords } from '../../../src/cli/load-command.js';
import type { BulkFile } from '../../../src/record/bulk/bulk-load.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const folder = temporaryFolder();

describe('npm run load', () => {
  test.each([
    [['a', 'b'], { paths: ['a', 'b'], facility: undefined }],
    [['a', '--facility', '56901'], { paths: ['a'], facility: '56901' }],
    [['--facility', '56901', 'a'], { paths: ['a'], facility: '56901' }],
    [[], undefined],
    [['a', '--facility'], undefined],
    [['a', '--facility', '5690'], undefined],
    [['a', '--other'], undefined],
  ])('reads the words %j', (words, expected) => {
    expect(readLoadWords(words)).toEqual(expected);
  });

  test('takes the facility from the folder, the door from the content', async () => {
    mkdirSync(join(folder, 'x', '56901', 'deep'), { recursive: true });
    writeFileSync(join(folder, 'x', '56901', 'deep', 'a.xml'), '<?xml version="1.0"?><GIAMDINHHS/>');
    writeFileSync(join(folder, 'x', 'b.csv'), 'ma_phieu,ho_ten\n');
    writeFileSync(join(folder, 'x', 'c.xml'), '<other/>');
    writeFileSync(join(folder, 'x', 'truth.ndjson'), '{}');

    const found: BulkFile[] = [];
    for await (const file of bulkFiles(intakeFiles({ paths: [join(folder, 'x')], facility: '56903' }))) found.push(file);

    expect(found.map(({ door, sender }) => [door, sender.facilityCode])).toEqual([
      ['bhyt-xml', '56901'],
      ['sheet/blood-pressure-glucose', '56903'],
      ['', '56903'],
    ]);
  });

  test('says what was turned away', () => {
    expect(describeLoad({ files: 2, repeated: 1, turnedAway: [{ name: 'c.xml', problem: 'x' }], failed: 0 })).toContain(
      'c.xml: x',
    );
  });
});
