import { setTimeout as delay } from 'node:timers/promises';

/** Real servers answer in their own time; what has not come after this long never comes. */
export const DEADLINE_MS = 15_000;
const POLL_MS = 2;

/** Resolves as soon as `condition` holds. @throws Error after DEADLINE_MS, naming what was awaited */
export async function untilReal(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await delay(POLL_MS);
  }
}
