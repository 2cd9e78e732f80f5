import { PhrError } from '../errors.js';

/** Hashes computed at one time; two cores stay free for reads most of the time. */
export const HASHES_AT_ONCE_MAX = 2;
/** Requests that wait for a hash; one more is refused as `throttled`. */
export const HASHES_WAITING_MAX = 64;

/** Runs slow work of sign-ins, a few at a time, the others in the order in which they came. @throws PhrError `throttled` */
export type HashQueue = <T>(work: () => Promise<T>) => Promise<T>;

/** One queue for all hashes of a process, whatever their kind: together they must not take the machine. */
export function makeHashQueue(): HashQueue {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= HASHES_AT_ONCE_MAX) {
      if (waiting.length >= HASHES_WAITING_MAX) {
        throw new PhrError('throttled', 'Đang có quá nhiều lượt đăng nhập, hãy thử lại sau ít giây');
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      // The place goes to the next one in line, if there is one.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
