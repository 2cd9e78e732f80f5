import type { ServerResponse } from 'node:http';

/** Smallest budget, in bytes: a low `INTAKE_MAX_BYTES` must not leave room for one small body only. */
export const MIN_BODY_BUDGET_BYTES = 16 * 1024 * 1024;

/** Memory that bodies in flight may hold together; without it 64 MiB from each of many senders is more than the process has. */
export interface BodyBudget {
  /** A share that is given back when the answer has left. */
  open(res: ServerResponse): BodyLease;
}

export interface BodyLease {
  /** False when the budget is used up; the bytes are then not counted. */
  take(bytes: number): boolean;
}

/** @param maxBodyBytes of one body: two of the largest fit at once */
export function makeBodyBudget(maxBodyBytes: number): BodyBudget {
  const budget = Math.max(2 * maxBodyBytes, MIN_BODY_BUDGET_BYTES);
  let used = 0;
  return {
    open(res) {
      let taken = 0;
      res.once('close', () => {
        used -= taken;
        taken = 0;
      });
      return {
        take(bytes) {
          if (used + bytes > budget) return false;
          used += bytes;
          taken += bytes;
          return true;
        },
      };
    },
  };
}
