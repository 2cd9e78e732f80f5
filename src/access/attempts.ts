import { PhrError } from '../errors.js';

/** Failures from one address on one account before that pair must wait. */
export const FAILURES_PER_PAIR_MAX = 10;
/** Failures on one account from anywhere. High, so that a stranger can't easily lock a hospital out. */
export const FAILURES_PER_ACCOUNT_MAX = 100;
/** Failures from one address on any account. */
export const FAILURES_PER_ADDRESS_MAX = 100;
/** Time after the first failure in which failures are counted together; then the count begins anew. In milliseconds. */
export const FAILURE_WINDOW_MS = 15 * 60_000;
/** Counters kept in memory; the oldest leave first. */
export const COUNTERS_MAX = 10_000;

/** Counts failed sign-ins, in memory: a restart forgets them, several processes count apart. */
export interface Attempts {
  /** @throws PhrError `throttled` while one of the bounds is reached */
  check(account: string, network: string | undefined): void;
  failed(account: string, network: string | undefined): void;
  /** Clears the pair's own count, and takes one failure back from the others: they run out by themselves. */
  succeeded(account: string, network: string | undefined): void;
}

interface Counter {
  failures: number;
  readonly sinceMs: number;
}

/** @param deps.now the wall clock */
export function makeAttempts(deps: { readonly now: () => Date }): Attempts {
  const counters = new Map<string, Counter>();
  const current = (key: string): Counter | undefined => {
    const counter = counters.get(key);
    return counter !== undefined && deps.now().getTime() - counter.sinceMs < FAILURE_WINDOW_MS ? counter : undefined;
  };

  return {
    check(account, network) {
      for (const [key, max] of keysOf(account, network)) {
        if ((current(key)?.failures ?? 0) >= max) throw new PhrError('throttled', 'Sai quá nhiều lần, hãy thử lại sau 15 phút');
      }
    },
    failed(account, network) {
      for (const [key] of keysOf(account, network)) {
        const counter = current(key);
        if (counter !== undefined) counter.failures += 1;
        else {
          counters.delete(key);
          counters.set(key, { failures: 1, sinceMs: deps.now().getTime() });
        }
      }
      for (const key of counters.keys()) {
        if (counters.size <= COUNTERS_MAX) break;
        counters.delete(key);
      }
    },
    succeeded(account, network) {
      const [pair, ...others] = keysOf(account, network);
      if (pair !== undefined) counters.delete(pair[0]);
      for (const [key] of others) {
        const counter = current(key);
        if (counter === undefined) continue;
        counter.failures -= 1;
        if (counter.failures <= 0) counters.delete(key);
      }
    },
  };
}

const keysOf = (account: string, network = ''): readonly (readonly [key: string, max: number])[] => [
  [`pair ${network} ${account}`, FAILURES_PER_PAIR_MAX],
  [`account ${account}`, FAILURES_PER_ACCOUNT_MAX],
  [`address ${network}`, FAILURES_PER_ADDRESS_MAX],
];
