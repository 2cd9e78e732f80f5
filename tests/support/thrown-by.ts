import { PhrError } from '../../src/errors.js';

/** The PhrError that `run` throws. Anything else that happens fails the test. */
export function thrownBy(run: () => unknown): PhrError {
  try {
    run();
  } catch (error) {
    if (error instanceof PhrError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
