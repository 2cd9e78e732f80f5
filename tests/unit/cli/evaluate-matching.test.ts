import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  MAX_LINE_LENGTH,
  MAX_NAMED_LINES,
  readEvaluationWords,
  runEvaluation,
} from '../../../src/cli/evaluate-matching-command.js';
import { outsidePopulation } from '../../support/outside-population.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const folder = temporaryFolder();

/** Files of one run, in a folder of their own. */
function start(files: { readonly input?: string; readonly truth?: string }) {
  const own = mkdtempSync(join(folder, 'run-'));
  const at = (name: string): string => join(own, name);
  if (files.input !== undefined) writeFileSync(at('input'), files.input);
  if (files.truth !== undefined) writeFileSync(at('truth'), files.truth);
  const words = {
    input: at('input'),
    output: at('output'),
    reviews: at('reviews'),
    truth: files.truth === undefined ? undefined : at('truth'),
  };
  return {
    words,
    run: async (changed: Partial<typeof words> = {}) => {
      const out: string[] = [];
      const notes: string[] = [];
      let time = 0;
      const deps = {
        out: (line: string) => void out.push(line),
        note: (line: string) => void notes.push(line),
        now: () => (time += 500),
      };
      const status = await runEvaluation({ ...words, ...changed }, deps);
      const printed = new Map(out.map((line) => line.split(/ {2,}/) as [string, string]));
      return { status, printed, notes };
    },
    lines: (name: string): Record<string, unknown>[] =>
      readFileSync(at(name), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    text: (name: string): string => readFileSync(at(name), 'utf8'),
    wrote: (name: string): boolean => existsSync(at(name)),
  };
}

const ndjson = (lines: readonly unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const woman = {
  source: 'insurance',
  sourceType: 'visit',
  sourceId: 'R1',
  name: 'Nguyễn Thị Hoa',
  sex: 'female',
  birthDate: '1984-05-02',
  nationalId: '056184001239',
};
const sameNumber = { ...woman, source: 'school', sourceType: 'school', sourceId: 'S1', name: 'NGUYEN THI HOA' };
const onlyAlike = { ...woman, sourceId: 'R2', nationalId: null };
const truthOf = (record: { source: string; sourceId: string }, truth: string) => ({
  source: record.source,
  sourceId: record.sourceId,
  truth,
});

describe('npm run evaluate:matching', () => {
  test('writes a person for every record and a review for a likeness', async () => {
    const { run, lines } = start({ input: ndjson([sameNumber, onlyAlike, woman]) });

    const { status, notes } = await run();

    expect([status, notes]).toEqual([0, []]);
    const groups = lines('output');
    expect(groups.map(({ source, sourceId }) => `${String(source)} ${String(sourceId)}`)).toEqual([
      'insurance R1',
      'insurance R2',
      'school S1',
    ]);
    expect(groups[0]?.['personId']).toBe(groups[2]?.['personId']);
    expect(groups[1]?.['personId']).not.toBe(groups[2]?.['personId']);
    expect(lines('reviews')).toEqual([
      {
        a: { source: 'insurance', sourceId: expect.stringMatching(/^R[12]$/) },
        b: expect.objectContaining({ sourceId: expect.any(String) }),
        bits: null,
        reasons: ['likeness'],
      },
    ]);
  });

  test('prints time, speed and the metrics against a truth', async () => {
    const input = ndjson([woman, sameNumber, onlyAlike]);
    const truth = ndjson([truthOf(woman, 'p1'), truthOf(sameNumber, 'p1'), truthOf(onlyAlike, 'p1')]);

    const { printed } = await start({ input, truth }).run();

    expect(Object.fromEntries(printed)).toMatchObject({
      records: '3',
      groups: '2',
      seconds: '1.00',
      'records/s': '3',
      'reviews per 1,000 records': '333.33',
      'pairwise precision': '1.0000000',
      'pairwise recall': '0.3333333',
      'recall after review': '1.0000000',
      'split rate': '1.0000000',
      'blocking pair completeness': '1.0000000',
    });
  });

  test('skips bad lines, names them by number, and says nothing of what stands in them', async () => {
    const input = `\uFEFF${JSON.stringify(woman)}\r\n\n{"name":"Hoa"}\n{"name": "Hoa\n${JSON.stringify({ ...sameNumber, sourceType: 'Hoa' })}`;
    const truth = ndjson([truthOf(woman, 'p1'), truthOf(woman, 'p2'), { source: 'x' }]);
    const { run, lines } = start({ input, truth });

    const { status, notes } = await run();

    expect(status).toBe(0);
    expect(lines('output')).toHaveLength(1);
    expect(notes).toEqual([
      'truth line 2 skipped: said twice',
      'truth line 3 skipped: no sourceId',
      'truth lines skipped: 2',
      'input line 3 skipped: no source',
      'input line 4 skipped: not a JSON object',
      'input line 5 skipped: unknown sourceType',
      'input lines skipped: 3',
    ]);
  });

  test.each([
    [MAX_LINE_LENGTH, 2],
    [MAX_LINE_LENGTH + 1, 1],
    [3 * MAX_LINE_LENGTH, 1],
    // More than one chunk of the file.
    [40 * MAX_LINE_LENGTH, 1],
  ])('of a line of %d characters and a short one it takes %d', async (length, taken) => {
    const long = JSON.stringify({ ...woman, address: '' });
    const input = `${long.replace('"address":""', `"address":"${'a'.repeat(length - long.length)}"`)}\r\n${JSON.stringify(sameNumber)}`;
    const { run, lines } = start({ input });

    const { notes } = await run();

    expect(lines('output')).toHaveLength(taken);
    expect(notes[0]).toBe(taken === 2 ? undefined : 'input line 1 skipped: too long');
  });

  test.each([
    [MAX_NAMED_LINES, MAX_NAMED_LINES],
    [MAX_NAMED_LINES + 1, MAX_NAMED_LINES],
  ])('of %d bad lines it names %d and counts all', async (bad, named) => {
    const { notes } = await start({ input: '{}\n'.repeat(bad) }).run();

    expect(notes).toHaveLength(named + 1);
    expect(notes.at(-1)).toBe(`input lines skipped: ${bad}`);
  });

  test('an empty file has no rates', async () => {
    const { run, text } = start({ input: '', truth: '' });

    const { status, printed } = await run();

    expect([status, text('output'), printed.get('pairwise precision'), printed.get('reviews per 1,000 records')]).toEqual([
      0,
      '',
      'n/a',
      'n/a',
    ]);
  });

  test('writes the same bytes for the lines of a generated population in another order', async () => {
    const population = outsidePopulation(150, 5);
    const input = population.map(({ record }) => record);
    const truth = ndjson(
      population.map(({ record, truth: person }) => ({ source: record['source'], sourceId: record['sourceId'], truth: person })),
    );
    const forth = start({ input: ndjson(input), truth });
    const back = start({ input: ndjson([...input].reverse()), truth });

    const { printed } = await forth.run();
    await back.run();

    expect(forth.lines('output')).toHaveLength(population.length);
    expect([back.text('output'), back.text('reviews')]).toEqual([forth.text('output'), forth.text('reviews')]);
    expect(printed.get('false pairs')).toBe('0');
    expect(Number(printed.get('pairwise recall'))).toBeGreaterThan(0.5);
    expect(Number(printed.get('recall after review'))).toBeGreaterThan(Number(printed.get('pairwise recall')));
  });

  test('answers 2 for an input, truth or output that cannot be read or written, and writes nothing before it has read', async () => {
    const { run, wrote } = start({ input: ndjson([woman]) });

    const missing = await run({ input: join(folder, 'nowhere') });
    expect([missing.status, missing.notes]).toEqual([2, [`${join(folder, 'nowhere')} can't be read or written: ENOENT`]]);
    expect((await run({ input: folder })).status).toBe(2);
    expect((await run({ truth: join(folder, 'nowhere') })).status).toBe(2);
    expect(wrote('output')).toBe(false);
    expect((await run({ output: join(folder, 'nowhere', 'output') })).status).toBe(2);
  });
});

describe('its words', () => {
  test('are four files, two of them needed', () => {
    expect(readEvaluationWords(['--input', 'a', '--output', 'b'])).toEqual({
      input: 'a',
      output: 'b',
      reviews: undefined,
      truth: undefined,
    });
    expect(readEvaluationWords(['--truth=d', '--reviews', 'c', '--output', 'b', '--input', 'a'])).toEqual({
      input: 'a',
      output: 'b',
      reviews: 'c',
      truth: 'd',
    });
  });

  test.each([
    [[]],
    [['--input', 'a']],
    [['--output', 'b']],
    [['--input', '--output', 'b']],
    [['--input', '', '--output', 'b']],
    [['--input', 'a', '--output', './a']],
    [['--input', 'a', '--output', 'b', '--reviews', 'b']],
    [['--input', 'a', '--output', 'b', 'c']],
    [['--input', 'a', '--output', 'b', '--threshold', '17']],
  ])('%j are not understood', (argv) => {
    expect(readEvaluationWords(argv)).toBeUndefined();
  });
});
