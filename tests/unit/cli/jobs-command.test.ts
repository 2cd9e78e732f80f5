import { describe, expect, test } from '@jest/globals';
import { runJobsCommand } from '../../../src/cli/jobs-command.js';
import type { ResourceCodec } from '../../../src/store/indexing.js';
import { openMemoryStore } from '../../../src/store/memory/memory-store.js';

async function start() {
  const store = openMemoryStore({ codec: {} as ResourceCodec, now: () => Date.parse('2026-01-05T08:00:00.000Z') });
  for (const id of ['first', 'second', 'alive'])
    await store.commit({ opens: [{ id, kind: 'link-person', payload: { identityId: id } }] });
  await store.commit({ notes: ['first', 'second'].map((id) => ({ id, attempts: 8, dead: 'unavailable' })) });
  const run = async (...argv: string[]): Promise<{ status: number; lines: string[] }> => {
    const lines: string[] = [];
    return { status: await runJobsCommand(store, argv, (line) => void lines.push(line)), lines };
  };
  return { store, run };
}

describe('npm run jobs -- list', () => {
  test('prints the dead letters only', async () => {
    const { run } = await start();

    expect(await run('list')).toEqual({
      status: 0,
      lines: [
        'first  link-person  8  2026-01-05T08:00:00.000Z  unavailable',
        'second  link-person  8  2026-01-05T08:00:00.000Z  unavailable',
        '2 dead letters',
      ],
    });
  });

  test('prints one JSON object a line with --json, without the payload', async () => {
    const { run } = await start();

    const { lines } = await run('list', '--json');

    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      ['first', 'second'].map((id) => ({
        id,
        kind: 'link-person',
        attempts: 8,
        openedAt: '2026-01-05T08:00:00.000Z',
        failure: 'unavailable',
      })),
    );
  });

  test('says so when there is none', async () => {
    const { run } = await start();
    await run('discard', 'first', 'second');

    expect((await run('list')).lines).toEqual(['no dead letters']);
  });
});

describe('npm run jobs -- requeue', () => {
  test('opens the row again with all its attempts', async () => {
    const { run, store } = await start();

    expect(await run('requeue', 'second')).toEqual({ status: 0, lines: ['requeued second'] });

    const row = await store.outboxRow('second');
    expect([row?.attempts, row?.dead, row?.notBefore]).toEqual([0, undefined, undefined]);
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
