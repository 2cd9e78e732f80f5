import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { projectRoot } from '../support/project-root.js';

/** The import table of docs/architecture.md (design.md §3). Key: folder below src (or file); value: what it may import. */
const TABLE: readonly (readonly [room: string, mayImport: readonly string[]])[] = [
  ['src/errors.ts', []],
  ['src/config.ts', ['src/errors.ts']],
  ['src/store/sqlite', ['src/store', 'src/errors.ts']],
  ['src/store/memory', ['src/store', 'src/errors.ts']],
  ['src/store/mongo', ['src/store', 'src/errors.ts']],
  ['src/queue/embedded', ['src/queue', 'src/store', 'src/errors.ts']],
  ['src/queue/bullmq', ['src/queue', 'src/store', 'src/errors.ts']],
  ['src/store', ['src/errors.ts']],
  ['src/queue', ['src/store', 'src/errors.ts']],
  ['src/fhir', ['src/store', 'src/queue', 'src/errors.ts']],
  ['src/access', ['src/fhir', 'src/store', 'src/queue', 'src/errors.ts']],
  ['src/record', ['src/fhir', 'src/store', 'src/queue', 'src/errors.ts', 'src/intake/parsed-visit.ts']],
  ['src/intake', ['src/record', 'src/fhir', 'src/store', 'src/queue', 'src/errors.ts']],
  ['src/care', ['src/fhir', 'src/record', 'src/errors.ts']],
  ['src/indicators', ['src/care', 'src/record', 'src/fhir', 'src/errors.ts']],
  ['src/web', ['src/record', 'src/care', 'src/indicators', 'src/access', 'src/intake', 'src/fhir', 'src/store', 'src/errors.ts']],
  ['src/operations', ['src/store', 'src/queue', 'src/errors.ts']],
  ['src/sample-commune', ['src/errors.ts']],
  ['src/app.ts', ['src']],
  ['src/composition.ts', ['src', 'workers']],
  ['src/worker-composition.ts', ['src', 'workers']],
  ['src/demonstration.ts', ['src', 'workers']],
  ['src/jobs-thread.ts', ['src', 'workers']],
  ['src/service.ts', ['src']],
  ['src/run-service.ts', ['src', 'workers']],
  ['src/main.ts', ['src', 'workers']],
  ['src/cli', ['src', 'workers']],
  ['workers/handlers', ['src/intake', 'src/record', 'src/care', 'src/indicators', 'src/queue', 'src/store', 'src/errors.ts']],
  ['workers', ['src', 'workers']],
];
const ENGINES = ['src/store/sqlite', 'src/store/memory', 'src/store/mongo', 'src/queue/embedded', 'src/queue/bullmq'];
const KNOWS_ENGINES = /^(src\/(composition|worker-composition|jobs-thread|main)\.ts|src\/cli\/|workers\/[^/]+\.ts$)/;

const within = (file: string, room: string): boolean => file === room || file.startsWith(`${room}/`);

function sourceFiles(folder: string): string[] {
  if (!existsSync(join(projectRoot, folder))) return [];
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function arrowsOf(file: string): Arrow[] {
  const text = readFileSync(join(projectRoot, file), 'utf8');
  const arrows: Arrow[] = [];
  for (const match of text.matchAll(
    /(?:^|\n)\s*(import|export)\s+(type\s)?[^'"]*?from\s+['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]/g,
  )) {
    const specifier = match[3] ?? match[4];
    if (specifier === undefined) continue;
    const target = relative(projectRoot, resolve(projectRoot, dirname(file), specifier)).replace(/\.js$/, '.ts');
    arrows.push({ from: file, to: target, typeOnly: match[2] !== undefined });
  }
  return arrows;
}

const files = [...sourceFiles('src'), ...sourceFiles('workers')];
const arrows = files.flatMap(arrowsOf);

describe('the import table', () => {
  test('stands in docs/architecture.md as it is here', () => {
    const page = readFileSync(join(projectRoot, 'docs', 'architecture.md'), 'utf8');
    const section = /^## Who may import whom$([^]*?)^## /m.exec(page)?.[1] ?? '';
    const rows = [...section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, room, cell = '']) => [
      room,
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    ]);
    expect(rows).toEqual(TABLE);
  });

  test('every file stands in a room of the table', () => {
    expect(files.filter((file) => !TABLE.some(([room]) => within(file, room)))).toEqual([]);
  });

  test('no import goes where the table does not allow it', () => {
    const forbidden = arrows.filter(({ from, to }) => {
      const [room, allowed] = TABLE.find(([name]) => within(from, name)) ?? ['', []];
      if (within(to, room) && !ENGINES.some((engine) => engine !== room && within(to, engine))) return false;
      if (ENGINES.some((engine) => within(to, engine)) && !KNOWS_ENGINES.test(from)) return true;
      return !allowed.some((name) => within(to, name));
    });
    expect(forbidden.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test('no cycle of files, type-only imports aside', () => {
    const next = new Map<string, string[]>();
    for (const { from, to, typeOnly } of arrows) if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
        return;
      }
      state.set(file, 'open');
      for (const target of next.get(file) ?? []) visit(target, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });
});
