import type { Worker } from 'bullmq';

/** Jobs of a worker of which Redis has not yet heard that they are over. */
export interface UntoldJobs {
  begun(jobId: string | undefined): void;
  /** Resolves when Redis knows of every end; never while it is away: the caller sets the bound. */
  told(): Promise<void>;
}

/**
 * BullMQ's own graceful close waits for Redis without a bound and can't be forced afterwards, so a stop waits for this and then closes by force.
 */
export function makeUntoldJobs(worker: Pick<Worker, 'on'>): UntoldJobs {
  const untold = new Set<string>();
  let resolveTold = (): void => undefined;
  const settle = (): void => {
    if (untold.size === 0) resolveTold();
  };
  const heard = (job: { readonly id?: string | undefined } | undefined): void => {
    untold.delete(job?.id ?? '');
    settle();
  };
  worker.on('completed', heard);
  worker.on('failed', heard);
  // Which job it was is not said: one whose lock is gone has nothing more to tell.
  worker.on('error', () => {
    untold.clear();
    settle();
  });
  return {
    begun: (jobId) => void untold.add(jobId ?? ''),
    told: () =>
      new Promise((resolve) => {
        resolveTold = resolve;
        settle();
      }),
  };
}
