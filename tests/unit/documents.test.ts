import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../support/project-root.js';

const pages = [
  ...readdirSync(projectRoot).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(projectRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const textOf = (page: string): string => readFileSync(join(projectRoot, page), 'utf8');

/** Anchor of a heading as code hosts make it. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

describe.each(pages)('%s', (page) => {
  const text = textOf(page);

  test('every link inside the project leads to a file, and to a heading of it', () => {
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^(https?:|mailto:)/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : join(dirname(page), path);
        if (!existsSync(join(projectRoot, file))) return true;
        if (anchor === undefined || !file.endsWith('.md')) return false;
        return ![...textOf(file).matchAll(/^#+ (.+)$/gm)].some(([, heading = '']) => anchorOf(heading) === anchor);
      });
    expect(broken).toEqual([]);
  });

  test('every file of the project that it names exists', () => {
    const missing = [...text.matchAll(/`((?:src|tests|scripts|workers|docs|fhir-profiles)\/[\w./-]*\w)\/?`/g)]
      .map(([, path = '']) => path)
      .filter((path) => !existsSync(join(projectRoot, path)) && !RESERVED.has(path));
    expect(missing).toEqual([]);
  });

  test('every command that it tells to run is one of package.json', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const unknown = [...text.matchAll(/npm run (?:--silent )?([a-z][a-z:-]*)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !Object.hasOwn(scripts, name));
    expect(unknown).toEqual([]);
  });
});

test('every page is reached from README.md', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    for (const [, target = ''] of textOf(page).matchAll(/\]\(([^)\s#]+\.md)(?:#[^)\s]*)?\)/g)) {
      if (!/^https?:/.test(target)) reached.add(join(dirname(page), target));
    }
  }
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});

/** Rooms that have a row in the import table before their first file. */
const RESERVED: ReadonlySet<string> = new Set(['src/care', 'src/indicators', 'workers/handlers']);
