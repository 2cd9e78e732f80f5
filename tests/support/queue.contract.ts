import { afterEach, describe, expect, test } from '@jest/globals';
import { PhrError } from '../../src/errors.js';
import { UnrecoverableJobError, type JobContract, type JobEnd, type JobHandler, type JobQueue } from '../../src/queue/queue.js';
import { makeLogger, type Logger } from '../../src/operations/logging.js';
import type { ResourceCodec } from '../../src/store/indexing.js';
import { openMemoryStore } from '../../src/store/memory/memory-store.js';
import type { Store } from '../../src/store/store.js';
import * as turns from './fake-clock.js';
import { makeFakeClock, type FakeClock } from './fake-clock.js';

/** What an engine of the queue is given by the suite. */
export interface QueueSetting {
  readonly store: Store;
  readonly contracts: readonly JobContract[];
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly logger: Logger;
  readonly clock: FakeClock;
  /** Chance in [0, 1) for jitter. */
  readonly random: () => number;
  readonly sweepIntervalMs: number;
  readonly jobEnded: (end: JobEnd) => void;
}

export const SWEEP_MS = 5_000;
const PLANTED = 'Nguyễn Thị Hoà 001184012345';

const contract = (change: Partial<JobContract> = {}): JobContract => ({
  kind: 'parse',
  attempts: 3,
  backoffMs: 1_000,
  backoffMaxMs: 1_500,
  concurrency: 1,
  isPayload: (payload) => typeof (payload as { id?: unknown }).id === 'string',
  ...change,
});

/** A handler whose runs a test lets go one by one. */
function gate() {
  const waiting: { readonly id: string; release(failure?: Error): void }[] = [];
  const wait = (id: string): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({
        id,
        release: (failure) => {
          if (failure === undefined) resolve();
          else reject(failure);
        },
      });
    });
  return { wait, waiting };
}

export interface QueueSuiteOptions {
  /** How the suite waits; an engine with a server needs more than turns of the event loop. */
  readonly until?: typeof turns.until;
  readonly settled?: () => Promise<void>;
  /** Processes share the rows out: none is run by two of them, unless one was given up for dead. Default: only the store keeps them apart. */
  readonly sharesRows?: boolean;
}

/** What every engine of the queue promises. `open` makes one over the given store; several may share a store, as after a crash. */
export function describeQueue(name: string, open: (setting: QueueSetting) => JobQueue, options: QueueSuiteOptions = {}): void {
  const until = options.until ?? turns.until;
  const settled = options.settled ?? turns.settled;
  const queues: { readonly queue: JobQueue; readonly clock: FakeClock }[] = [];
  /** What is in flight is left alone, as by a crash. */
  const cutOff = async (queue: JobQueue, clock: FakeClock): Promise<void> => {
    const stopped = queue.stop(0);
    clock.advance(0);
    await stopped;
  };
  afterEach(async () => {
    for (const { queue, clock } of queues.splice(0)) await cutOff(queue, clock);
  });

  function prepare() {
    const clock = makeFakeClock();
    const store = openMemoryStore({ codec: {} as ResourceCodec, now: clock.now });
    const ended: JobEnd[] = [];
    const written: string[] = [];
    const logger = makeLogger({ level: 'debug', destination: { write: (line: string) => void written.push(line) } });
    const offer = async (...ids: string[]): Promise<void> => {
      for (const id of ids) await store.commit({ opens: [{ id, kind: 'parse', payload: { id } }] });
    };
    const make = (
      handlers: Readonly<Record<string, JobHandler>>,
      contracts: readonly JobContract[] = [contract()],
      options: { readonly store?: Store; readonly chance?: number } = {},
    ): JobQueue => {
      const queue = open({
        store: options.store ?? store,
        contracts,
        handlers,
        logger,
        clock,
        random: () => options.chance ?? 0,
        sweepIntervalMs: SWEEP_MS,
        jobEnded: (end) => void ended.push(end),
      });
      queues.push({ queue, clock });
      return queue;
    };
    const isClosed = async (id: string): Promise<boolean> => (await store.outboxRow(id)) === undefined;
    const isDead = async (id: string): Promise<boolean> => (await store.outboxRow(id))?.dead !== undefined;
    const closing: JobHandler = async (row) => void (await store.commit({ closes: [row.id] }));
    return { clock, store, ended, logged: () => written.join(''), offer, make, isClosed, isDead, closing };
  }

  describe(`${name}: finding rows`, () => {
    test('runs a row once when it is woken, and the handler’s commit closes it', async () => {
      const { make, offer, isClosed, closing, ended, clock } = prepare();
      const seen: string[] = [];
      const queue = make({ parse: async (row) => (seen.push(row.id), closing(row)) });
      await queue.start();
      await settled();

      await offer('a');
      queue.wake(['parse']);
      await until('the row is closed', () => isClosed('a'));
      clock.advance(3 * SWEEP_MS);
      await settled();

      expect(seen).toEqual(['a']);
      expect(ended).toEqual([{ kind: 'parse', outcome: 'done', durationMs: 0 }]);
    });

    test('finds at the start what an earlier process left', async () => {
      const { make, offer, isClosed, closing } = prepare();
      await offer('a', 'b');

      await make({ parse: closing }).start();

      await until('both rows are closed', async () => (await isClosed('a')) && (await isClosed('b')));
    });

    test('a lost wake delays a row by one sweep at most', async () => {
      const { make, offer, isClosed, closing, clock } = prepare();
      await make({ parse: closing }).start();
      await settled();

      await offer('a');
      clock.advance(SWEEP_MS - 1);
      await settled();
      expect(await isClosed('a')).toBe(false);
      clock.advance(1);

      await until('the row is closed', () => isClosed('a'));
    });

    test('a row that is due later is not run before', async () => {
      const { make, offer, store, isClosed, closing, clock } = prepare();
      await offer('a');
      await store.commit({ notes: [{ id: 'a', attempts: 1, notBefore: new Date(clock.now() + 4 * SWEEP_MS).toISOString() }] });
      const queue = make({ parse: closing });
      await queue.start();

      clock.advance(3 * SWEEP_MS);
      queue.wake(['parse']);
      await settled();
      expect(await isClosed('a')).toBe(false);
      clock.advance(SWEEP_MS);

      await until('the row is closed', () => isClosed('a'));
    });

    test('a wake before the start, of an unknown kind or after the stop does nothing and does not throw', async () => {
      const { make, offer, isClosed, closing, clock } = prepare();
      const queue = make({ parse: closing });
      await offer('a');

      queue.wake(['parse', 'unknown']);
      await settled();
      expect(await isClosed('a')).toBe(false);
      await queue.start();
      queue.wake(['unknown']);
      await until('the row is closed', () => isClosed('a'));
      await cutOff(queue, clock);
      await offer('b');
      queue.wake(['parse']);
      await settled();

      expect(await isClosed('b')).toBe(false);
    });
  });

  describe(`${name}: order and concurrency`, () => {
    test('runs at most `concurrency` rows of a kind at a time, in the order of opening, no row twice', async () => {
      const { make, offer, isClosed, closing } = prepare();
      const { wait, waiting } = gate();
      const ids = ['d', 'a', 'c', 'b', 'e'];
      const queue = make({ parse: async (row) => (await wait(row.id), closing(row)) }, [contract({ concurrency: 2 })]);
      await offer(...ids);
      await queue.start();

      for (let released = 0; released < ids.length; released += 1) {
        await until('the lane is full', () => waiting.length === Math.min(released + 2, ids.length));
        for (let again = 0; again < 3; again += 1) queue.wake(['parse', 'parse']);
        await settled();
        expect(waiting).toHaveLength(Math.min(released + 2, ids.length));
        waiting[released]?.release();
      }
      await until('the last is closed', () => isClosed('e'));

      expect(waiting.map(({ id }) => id)).toEqual(ids);
    });

    test('a row that ends while the outbox is read is not run again because that read still shows it', async () => {
      const { make, store, offer, isClosed, closing } = prepare();
      const { wait, waiting } = gate();
      const reads = gate();
      let slow = false;
      const slowReads: Store = {
        ...store,
        openOutbox: async (query) => {
          const rows = await store.openOutbox(query);
          if (slow) await reads.wait('read');
          return rows;
        },
      };
      const parse: JobHandler = async (row) => (await wait(row.id), closing(row));
      const queue = make({ parse }, [contract({ concurrency: 2 })], { store: slowReads });
      await offer('a');
      await queue.start();
      await until('it runs', () => waiting.length === 1);
      await settled();

      slow = true;
      queue.wake(['parse']);
      await until('the read has seen the open row', () => reads.waiting.length === 1);
      waiting[0]?.release();
      await until('the row is closed', () => isClosed('a'));
      await settled();
      slow = false;
      reads.waiting[0]?.release();
      await settled();

      expect(waiting.map(({ id }) => id)).toEqual(['a']);
    });

    test('a kind that is busy does not hold up another', async () => {
      const { make, offer, store, isClosed, closing } = prepare();
      const { wait } = gate();
      await offer('a');
      await store.commit({ opens: [{ id: 'x', kind: 'link', payload: { id: 'x' } }] });

      await make({ parse: (row) => wait(row.id), link: closing }, [contract(), contract({ kind: 'link' })]).start();

      await until('the other kind is closed', () => isClosed('x'));
      expect(await isClosed('a')).toBe(false);
    });

    test('a row that waits for its retry does not hold up the rows behind it', async () => {
      const { make, offer, isClosed, closing } = prepare();
      await offer('a', 'b');

      await make({ parse: (row) => (row.id === 'a' ? Promise.reject(new Error('no')) : closing(row)) }).start();

      await until('the row behind is closed', () => isClosed('b'));
      expect(await isClosed('a')).toBe(false);
    });
  });

  describe(`${name}: failure`, () => {
    test('retries with a doubling, bounded delay, and after the last attempt the row is a dead letter', async () => {
      const { make, offer, store, isDead, clock, ended } = prepare();
      const triedAt: number[] = [];
      const start = clock.now();
      await offer('a');
      const fail: JobHandler = () => {
        triedAt.push(clock.now() - start);
        return Promise.reject(new TypeError(PLANTED));
      };
      await make({ parse: fail }, [contract({ attempts: 4 })]).start();

      for (const [failed, delayMs] of [1_000, 1_500, 1_500].entries()) {
        await until('the try is noted', async () => (await store.outboxRow('a'))?.attempts === failed + 1);
        clock.advance(delayMs - 1);
        await settled();
        expect(triedAt).toHaveLength(failed + 1);
        clock.advance(1);
      }
      await until('it is dead', () => isDead('a'));
      clock.advance(100 * SWEEP_MS);
      await settled();

      expect(triedAt).toEqual([0, 1_000, 2_500, 4_000]);
      expect(await store.outboxRow('a')).toMatchObject({ attempts: 4, dead: 'TypeError' });
      expect(ended.map(({ outcome }) => outcome)).toEqual(['retry', 'retry', 'retry', 'dead']);
    });

    test('chance shortens a delay, by half at most', async () => {
      const { make, offer, store, clock } = prepare();
      await offer('a');
      await make({ parse: () => Promise.reject(new Error('no')) }, [contract()], { chance: 0.5 }).start();

      await until('the try is noted', async () => (await store.outboxRow('a'))?.attempts === 1);

      expect((await store.outboxRow('a'))?.notBefore).toBe(new Date(clock.now() + 750).toISOString());
    });

    test('a retry that succeeds closes the row', async () => {
      const { make, offer, store, isClosed, closing, clock } = prepare();
      let tries = 0;
      await offer('a');
      await make({ parse: (row) => ((tries += 1) === 1 ? Promise.reject(new Error('no')) : closing(row)) }).start();

      await until('the first try is noted', async () => (await store.outboxRow('a'))?.attempts === 1);
      clock.advance(1_000);

      await until('the row is closed', () => isClosed('a'));
    });

    test('a job that cannot succeed is a dead letter at once', async () => {
      const { make, offer, store, isDead } = prepare();
      await offer('a');

      await make({ parse: () => Promise.reject(new UnrecoverableJobError(PLANTED)) }).start();
      await until('it is dead', () => isDead('a'));

      expect(await store.outboxRow('a')).toMatchObject({ attempts: 1, dead: 'UnrecoverableJobError' });
    });

    test('a payload that breaks its contract never reaches the handler', async () => {
      const { make, store, isDead, closing } = prepare();
      const seen: string[] = [];
      await store.commit({ opens: [{ id: 'a', kind: 'parse', payload: { other: '1' } }] });

      await make({ parse: (row) => (seen.push(row.id), closing(row)) }).start();
      await until('it is dead', () => isDead('a'));

      expect(seen).toEqual([]);
    });

    test('a handler that throws at once fails its attempt only', async () => {
      const { make, offer, store, isClosed, closing } = prepare();
      const parse: JobHandler = (row) => {
        if (row.id === 'a') throw new PhrError('unavailable', PLANTED);
        return closing(row);
      };
      await offer('a', 'b');

      await make({ parse }).start();
      await until('the next row is closed', () => isClosed('b'));

      expect(await store.outboxRow('a')).toMatchObject({ attempts: 1 });
    });

    test('a handler that leaves its row open is a bug, not an endless loop', async () => {
      const { make, offer, store, isDead, clock } = prepare();
      let runs = 0;
      await offer('a');
      await make({ parse: () => Promise.resolve(void (runs += 1)) }).start();

      await until('it is dead', async () => {
        clock.advance(1_500);
        return isDead('a');
      });

      expect(runs).toBe(3);
      expect((await store.outboxRow('a'))?.dead).toBe('RowLeftOpenError');
    });

    test('dead letters and logs keep a code, never the message of an error', async () => {
      const { make, offer, store, isDead, clock, logged } = prepare();
      const failures = [
        new PhrError('invalid', PLANTED, [{ text: PLANTED }]),
        Object.assign(new Error(PLANTED), { name: PLANTED }),
        PLANTED,
      ];
      await offer('0', '1', '2');
      await make({ parse: (row) => Promise.reject(failures[Number(row.id)] as Error) }).start();

      for (const id of ['0', '1', '2']) {
        await until(`${id} is dead`, async () => {
          clock.advance(1_500);
          return isDead(id);
        });
      }

      expect((await store.deadOutbox(9)).map(({ dead }) => dead)).toEqual(['invalid', 'Error', 'Error']);
      expect(logged()).toContain('job is a dead letter');
      expect(logged()).not.toMatch(/Nguy|001184/);
    });

    test('a dead letter that is requeued gets all its attempts again', async () => {
      const { make, offer, store, isDead, isClosed, closing, clock } = prepare();
      let healed = false;
      await offer('a');
      await make({ parse: (row) => (healed ? closing(row) : Promise.reject(new UnrecoverableJobError('x'))) }).start();
      await until('it is dead', () => isDead('a'));

      healed = true;
      await store.commit({ notes: [{ id: 'a', attempts: 0 }] });
      clock.advance(SWEEP_MS);

      await until('the row is closed', () => isClosed('a'));
    });
  });

  describe(`${name}: conflicts`, () => {
    const conflict = () => new PhrError('precondition-failed', 'somebody was faster');

    test('a lost commit is tried again soon and costs no attempt', async () => {
      const { make, offer, store, isClosed, closing, clock } = prepare();
      const attempts: number[] = [];
      await offer('a');
      const parse: JobHandler = (row) => {
        attempts.push(row.attempts);
        return attempts.length <= 5 ? Promise.reject(conflict()) : closing(row);
      };
      await make({ parse }).start();

      for (let lost = 1; lost <= 5; lost += 1) {
        await until(`loss ${lost} is noted`, async () => {
          const due = (await store.outboxRow('a'))?.notBefore;
          return attempts.length === lost && due !== undefined && Date.parse(due) > clock.now();
        });
        clock.advance(100);
      }
      await until('the row is closed', () => isClosed('a'));

      expect(attempts).toEqual([0, 0, 0, 0, 0, 0]);
    });

    test('a row that always loses ends as a dead letter', async () => {
      const { make, offer, store, isDead, clock } = prepare();
      let runs = 0;
      await offer('a');
      await make({ parse: () => ((runs += 1), Promise.reject(conflict())) }).start();

      await until('it is dead', async () => {
        clock.advance(1_500);
        return isDead('a');
      });

      expect(await store.outboxRow('a')).toMatchObject({ attempts: 3, dead: 'precondition-failed' });
      expect(runs).toBeGreaterThan(3);
      expect(runs).toBeLessThan(100);
    });
  });

  describe(`${name}: crash and stop`, () => {
    test('a process that dies before the handler’s commit: the next one does the work', async () => {
      const { make, offer, isClosed, closing, clock } = prepare();
      const { wait, waiting } = gate();
      await offer('a');
      const crashed = make({ parse: (row) => wait(row.id) });
      await crashed.start();
      await until('the first process works on it', () => waiting.length === 1);
      await cutOff(crashed, clock);

      await make({ parse: closing }).start();

      await until('the row is closed', () => isClosed('a'));
    });

    test('a process that dies right after the handler’s commit: nobody does it again', async () => {
      const { make, offer, isClosed, closing, ended } = prepare();
      const { wait } = gate();
      const again: string[] = [];
      await offer('a');
      await make({ parse: async (row) => (await closing(row), wait(row.id)) }).start();
      await until('the row is closed', () => isClosed('a'));

      await make({ parse: (row) => (again.push(row.id), closing(row)) }).start();
      await settled();

      expect([again, ended]).toEqual([[], []]);
    });

    test('a handler that fails after its commit has done its work: no retry, no note', async () => {
      const { make, offer, store, isClosed, closing, clock, ended } = prepare();
      let runs = 0;
      await offer('a');
      await make({ parse: async (row) => ((runs += 1), await closing(row), Promise.reject(new Error('late'))) }).start();
      await until('it ended', () => ended.length === 1);
      clock.advance(2 * SWEEP_MS);
      await settled();

      expect([runs, await isClosed('a'), await store.deadOutbox(9)]).toEqual([1, true, []]);
      expect(ended[0]?.outcome).toBe('done');
    });

    if (options.sharesRows === true) {
      test('two processes on one store: each row is run by one of them', async () => {
        const { make, offer, isClosed, closing } = prepare();
        const { wait, waiting } = gate();
        const parse: JobHandler = async (row) => (await wait(row.id), closing(row));
        await offer('a', 'b', 'c');
        const queues = [make({ parse }), make({ parse })];
        for (const queue of queues) await queue.start();

        await until('each works on one', () => waiting.length === 2);
        for (const queue of queues) queue.wake(['parse']);
        await settled();
        expect(waiting).toHaveLength(2);
        for (const { release } of [...waiting]) release();
        await until('the third runs', () => waiting.length === 3);
        waiting[2]?.release();
        for (const id of ['a', 'b', 'c']) await until(`${id} is closed`, () => isClosed(id));
        await settled();

        expect(waiting.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']);
      });
    } else {
      test('two processes on one row: the second commit loses and the work counts once', async () => {
        const { make, offer, store, isClosed, clock } = prepare();
        const { wait, waiting } = gate();
        await offer('a');
        const counted: JobHandler = async (row) => {
          await wait(row.id);
          await store.commit({ closes: [row.id], records: [{ collection: 'count', id: row.id, expected: 'any', value: 1 }] });
        };
        await make({ parse: counted }).start();
        await make({ parse: counted }).start();
        await until('both work on it', () => waiting.length === 2);

        for (const { release } of waiting) release();
        await until('the row is closed', () => isClosed('a'));
        clock.advance(2 * SWEEP_MS);
        await settled();

        expect([(await store.record('count', 'a'))?.version, waiting.length, await store.deadOutbox(9)]).toEqual([1, 2, []]);
      });
    }

    test('stop lets what is in flight finish and takes nothing new', async () => {
      const { make, offer, isClosed, closing } = prepare();
      const { wait, waiting } = gate();
      const queue = make({ parse: async (row) => (await wait(row.id), closing(row)) });
      await offer('a', 'b');
      await queue.start();
      await until('the first runs', () => waiting.length === 1);

      let stopped = false;
      const stopping = queue.stop(60_000).then(() => (stopped = true));
      queue.wake(['parse']);
      await settled();
      expect(stopped).toBe(false);
      waiting[0]?.release();
      await stopping;

      expect([await isClosed('a'), await isClosed('b'), waiting.length]).toEqual([true, false, 1]);
    });

    test('stop keeps the failure of what it waited for', async () => {
      const { make, offer, store } = prepare();
      const { wait, waiting } = gate();
      const queue = make({ parse: (row) => wait(row.id) });
      await offer('a');
      await queue.start();
      await until('it runs', () => waiting.length === 1);

      const stopping = queue.stop(60_000);
      waiting[0]?.release(new Error('no'));
      await stopping;

      expect(await store.outboxRow('a')).toMatchObject({ attempts: 1 });
    });

    test('after its time stop does not wait; the row stays open as it was', async () => {
      const { make, offer, store, clock, ended } = prepare();
      const { wait, waiting } = gate();
      const queue = make({ parse: (row) => wait(row.id) });
      await offer('a');
      await queue.start();
      await until('it runs', () => waiting.length === 1);

      const stopping = queue.stop(1_000);
      await settled();
      clock.advance(1_000);
      await stopping;
      waiting[0]?.release(new Error('too late'));
      await settled();

      expect(await store.outboxRow('a')).toMatchObject({ attempts: 0 });
      expect([ended, clock.pending()]).toEqual([[], 0]);
    });
  });

  describe(`${name}: a store that fails`, () => {
    test('an outbox that cannot be read is read again at the next sweep', async () => {
      const { make, offer, store, isClosed, closing, clock, logged } = prepare();
      let broken = true;
      const flaky: Store = {
        ...store,
        openOutbox: (query) => (broken ? Promise.reject(new PhrError('unavailable', 'disk')) : store.openOutbox(query)),
      };
      await offer('a');
      await make({ parse: closing }, [contract()], { store: flaky }).start();
      await until('it is logged', () => logged().includes('outbox not readable'));

      broken = false;
      clock.advance(SWEEP_MS);

      await until('the row is closed', () => isClosed('a'));
    });

    test('a failure that cannot be noted costs no attempt and does not spin', async () => {
      const { make, offer, store, closing, isClosed, clock, logged } = prepare();
      let broken = true;
      let runs = 0;
      const flaky: Store = {
        ...store,
        commit: (unit) => (broken ? Promise.reject(new PhrError('unavailable', 'disk')) : store.commit(unit)),
      };
      await offer('a');
      const parse: JobHandler = (row) => ((runs += 1), broken ? Promise.reject(new Error('no')) : closing(row));
      await make({ parse }, [contract()], { store: flaky }).start();

      await until('the first try is over', () => logged().split('end of a job not kept').length === 2);
      await settled();
      expect(runs).toBe(1);
      clock.advance(SWEEP_MS);
      await until('the second try is over', () => logged().split('end of a job not kept').length === 3);
      await settled();
      expect([runs, (await store.outboxRow('a'))?.attempts]).toEqual([2, 0]);
      broken = false;
      clock.advance(SWEEP_MS);

      await until('the row is closed', () => isClosed('a'));
    });
  });
}
