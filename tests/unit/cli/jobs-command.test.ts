import { describe, expect, test } from '@jest/globals';
import { runJobsCommand } from '../../../src/cli/jobs-command.js';
import { makeDeadLetters } from '../../../src/store/dead-letters.js';
import type { ResourceCodec } from '../../../src/store/indexing.js';
import { openMemoryStore } from '../../../src/store/memory/memory-store.js';

/** Ninety seconds after everything was opened. */
const NOW_MS = Date.parse('2026-01-05T08:01:30.000Z');

async function start() {
  const store = openMemoryStore({ codec: {} as ResourceCodec, now: () => Date.parse('2026-01-05T08:00:00.000Z') });
  for (const id of ['first', 'second', 'alive'])
    await store.commit({ opens: [{ id, kind: 'link-person', payload: { identityId: id } }] });
  await store.commit({ notes: ['first', 'second'].map((id) => ({ id, attempts: 8, dead: 'unavailable' })) });
  const woken: string[] = [];
  const letters = makeDeadLetters({
    store,
    kinds: ['parse-submission', 'link-person'],
    wake: (kinds) => void woken.push(...kinds),
  });
  const run = async (...argv: string[]): Promise<{ status: number; lines: string[] }> => {
    const lines: string[] = [];
    return { status: await runJobsCommand(letters, argv, (line) => void lines.push(line), NOW_MS), lines };
  };
  return { store, run, woken };
}

describe('npm run jobs -- list', () => {
  test('prints each kind of work, then the dead letters', async () => {
    const { run } = await start();

    expect(await run('list')).toEqual({
      status: 0,
      lines: [
        'link-person       open 1  oldest 90 s  dead 2',
        'parse-submission  open 0  oldest -  dead 0',
        'first  link-person  8  2026-01-05T08:00:00.000Z  unavailable',
        'second  link-person  8  2026-01-05T08:00:00.000Z  unavailable',
        '2 dead letters',
      ],
    });
  });

  test('prints one JSON object a line with --json, without the payload', async () => {
    const { run } = await start();

    const { lines } = await run('list', '--json');

    const openedAt = '2026-01-05T08:00:00.000Z';
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { queue: 'link-person', open: 1, oldest: openedAt, oldestSeconds: 90, dead: 2 },
      { queue: 'parse-submission', open: 0, dead: 0 },
      ...['first', 'second'].map((id) => ({ id, kind: 'link-person', attempts: 8, openedAt, failure: 'unavailable' })),
    ]);
  });

  test('says so when there is none', async () => {
    const { run } = await start();
    await run('discard', 'first', 'second');

    expect((await run('list')).lines.at(-1)).toBe('no dead letters');
  });
});

describe('npm run jobs -- requeue', () => {
  test('opens the row again with all its attempts', async () => {
    const { run, store, woken } = await start();

    expect(await run('requeue', 'second')).toEqual({ status: 0, lines: ['requeued second'] });

    const row = await store.outboxRow('second');
    expect([row?.attempts, row?.dead, row?.notBefore]).toEqual([0, undefined, undefined]);
    expect(woken).toEqual(['link-person']);
    expect((await store.openOutbox({ limit: 9 })).map(({ id }) => id)).toEqual(['second', 'alive']);
  });

  test('--all takes every dead letter', async () => {
    const { run, store } = await start();

    expect((await run('requeue', '--all')).lines).toEqual(['requeued first', 'requeued second']);
    expect(await store.deadOutbox(9)).toEqual([]);
  });

  test('refuses what is no dead letter, and does the others', async () => {
    const { run } = await start();

    expect(await run('requeue', 'alive', 'unknown', 'first')).toEqual({
      status: 1,
      lines: ['not a dead letter: alive', 'not a dead letter: unknown', 'requeued first'],
    });
  });
});

describe('npm run jobs -- discard', () => {
  test('drops a dead letter for ever', async () => {
    const { run, store } = await start();

    expect(await run('discard', 'first')).toEqual({ status: 0, lines: ['discarded first'] });
    expect(await store.outboxRow('first')).toBeUndefined();
  });

  test('never drops a job that is still to be done', async () => {
    const { run, store } = await start();

    expect(await run('discard', 'alive')).toEqual({ status: 1, lines: ['not a dead letter: alive'] });
    expect(await store.outboxRow('alive')).toBeDefined();
  });
});

test.each([[], ['help'], ['requeue'], ['discard'], ['discard', '--all'], ['list', 'first'], ['requeue', '--all', 'first']])(
  'answers %j %j with the usage and status 2',
  async (...argv: string[]) => {
    const { run, store } = await start();

    const { status, lines } = await run(...argv);

    expect([status, lines[0]]).toEqual([2, expect.stringContaining('Usage: npm run jobs')]);
    expect(await store.deadOutbox(9)).toHaveLength(2);
  },
);
