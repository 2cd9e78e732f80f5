import { describe, expect, test } from '@jest/globals';
import { readMoveWords } from '../../../src/cli/move-command.js';

const sqlite = { engine: 'sqlite', path: 'a/b.sqlite' };
const mongodb = { engine: 'mongodb', uri: 'mongodb://h/d?replicaSet=r' };

describe('npm run move', () => {
  test.each([
    [['--from', 'sqlite:a/b.sqlite', '--to', 'mongodb://h/d?replicaSet=r'], { from: sqlite, to: mongodb, check: false }],
    [
      ['--to', 'sqlite:a/b.sqlite', '--from', 'mongodb://h/d?replicaSet=r', '--check'],
      { from: mongodb, to: sqlite, check: true },
    ],
    [['--from', 'sqlite:a/b.sqlite'], { from: sqlite, to: undefined, check: false }],
    [[], undefined],
    [['--check'], undefined],
    [['--from'], undefined],
    [['--from', 'postgres://h/d'], undefined],
    [['--from', 'sqlite:'], undefined],
    [['--from', 'sqlite:a', '--from', 'sqlite:b'], undefined],
    [['--into', 'sqlite:a'], undefined],
  ])('reads the words %j', (words, expected) => {
    expect(readMoveWords(words)).toEqual(expected);
  });
});
