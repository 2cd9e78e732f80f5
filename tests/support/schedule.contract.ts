import { afterEach, describe, expect, test } from '@jest/globals';
import { makeLogger, type Logger } from '../../src/operations/logging.js';
import type { JobQueue, ScheduledJob } from '../../src/queue/queue.js';

export interface ScheduleSetting {
  readonly schedules: readonly ScheduledJob[];
  readonly logger: Logger;
}

/** What every engine of the queue promises of scheduled jobs. `pass` lets time pass until `condition` holds. */
export function describeSchedules(
  name: string,
  everyMs: number,
  start: (setting: ScheduleSetting) => Promise<JobQueue>,
  pass: (what: string, condition: () => boolean) => Promise<void>,
): void {
  describe(`${name}: scheduled jobs`, () => {
    const queues: JobQueue[] = [];
    afterEach(async () => {
      for (const queue of queues.splice(0)) await queue.stop(10_000);
    });
    const open = async (...schedules: readonly ScheduledJob[]): Promise<{ queue: JobQueue; logged: () => string }> => {
      const written: string[] = [];
      const logger = makeLogger({ level: 'info', destination: { write: (line: string) => void written.push(line) } });
      const queue = await start({ schedules, logger });
      queues.push(queue);
      return { queue, logged: () => written.join('') };
    };

    test('come round again and again, not before their time', async () => {
      let runs = 0;
      let others = 0;
      await open(
        { name: 'often', everyMs, run: () => Promise.resolve(void (runs += 1)) },
        { name: 'rare', everyMs: 3_600_000, run: () => Promise.resolve(void (others += 1)) },
      );

      await pass('it ran three times', () => runs >= 3);

      expect(others).toBe(0);
    });

    test('one that fails is logged by name, without its message, and its next time comes', async () => {
      let runs = 0;
      const { logged } = await open({
        name: 'broken',
        everyMs,
        run: () => {
          runs += 1;
          return Promise.reject(new TypeError('Nguyễn Thị Hoà'));
        },
      });

      await pass('it ran twice', () => runs >= 2);

      expect(logged()).toContain('scheduled job failed');
      expect(logged()).not.toContain('Nguy');
    });

    test('none after the stop', async () => {
      let runs = 0;
      const { queue } = await open({ name: 'often', everyMs, run: () => Promise.resolve(void (runs += 1)) });
      await pass('it ran', () => runs >= 1);

      await queue.stop(10_000);
      const before = runs;
      const other = { runs: 0 };
      await open({ name: 'another', everyMs, run: () => Promise.resolve(void (other.runs += 1)) });
      await pass('time went on', () => other.runs >= 2);

      expect(runs).toBe(before);
    });
  });
}
