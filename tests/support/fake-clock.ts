/** A clock that stands still until a test moves it, with the timers that hang on it. */
export interface FakeClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `run` when `advance` has passed `ms`; returns its cancellation. */
  after(ms: number, run: () => void): () => void;
  /** Moves time; timers that become due run in their order, each at its own instant. */
  advance(ms: number): void;
  /** Timers that wait. */
  pending(): number;
}

export function makeFakeClock(start = '2026-01-05T08:00:00.000Z'): FakeClock {
  let nowMs = Date.parse(start);
  let timers: { readonly dueMs: number; readonly run: () => void }[] = [];
  return {
    now: () => nowMs,
    after: (ms, run) => {
      const timer = { dueMs: nowMs + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: (ms) => {
      const endMs = nowMs + ms;
      for (;;) {
        const [next] = timers.filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        nowMs = Math.max(nowMs, next.dueMs);
        next.run();
      }
      nowMs = endMs;
    },
    pending: () => timers.length,
  };
}

/** Turns of the event loop that `until` waits at most. */
const MAX_TURNS = 2_000;

/** Resolves when `condition` holds; gives the event loop its turns, not time. @throws Error after MAX_TURNS, naming what was awaited */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    if (await condition()) return;
    await new Promise((resolve) => void setImmediate(resolve));
  }
  throw new Error(`never happened: ${what}`);
}

/** Lets everything that can run without time or outside help run. */
export async function settled(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
}
