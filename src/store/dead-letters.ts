import { isPhrError } from '../errors.js';
import type { AccessLine } from './access-log.js';
import type { OutboxRow, Store } from './store.js';

/** Work of one kind that is not done. */
export interface QueueDepth {
  readonly kind: string;
  /** Rows that wait or are being worked on. */
  readonly open: number;
  readonly dead: number;
  /** ISO instant at which the oldest open row was opened. */
  readonly oldest?: string;
}

/** What an operator sees of the outbox, and may change in it: dead letters are tried again or dropped. */
export interface DeadLetters {
  /** Every known kind and every other one that has rows, by name. */
  queues(): Promise<readonly QueueDepth[]>;
  /** Oldest opening first. */
  list(limit: number): Promise<readonly OutboxRow[]>;
  /** Undefined when the row is unknown, or is no dead letter (any more). */
  find(id: string): Promise<OutboxRow | undefined>;
  /**
   * Opens the row again with all its attempts and wakes the queue.
   *
   * @param access lines written in the same commit
   * @returns false when it is no dead letter (any more): nothing was changed
   */
  requeue(id: string, access?: readonly AccessLine[]): Promise<boolean>;
  /** Drops the row for ever; as `requeue`. */
  discard(id: string, access?: readonly AccessLine[]): Promise<boolean>;
}

/**
 * @param deps.kinds those of the job contracts: they are listed without rows too
 * @param deps.wake  tells the workers of a kind that there is work; may be lost, since the sweeper finds open rows
 */
export function makeDeadLetters(deps: {
  readonly store: Pick<Store, 'deadOutbox' | 'outboxRow' | 'outboxDepth' | 'commit'>;
  readonly kinds: readonly string[];
  readonly wake: (kinds: readonly string[]) => void;
}): DeadLetters {
  const { store, kinds, wake } = deps;
  const find = async (id: string): Promise<OutboxRow | undefined> => {
    const row = await store.outboxRow(id);
    return row?.dead === undefined ? undefined : row;
  };
  return {
    async queues() {
      const depths = await store.outboxDepth();
      const known = kinds
        .filter((kind) => !depths.some((depth) => depth.kind === kind))
        .map((kind) => ({ kind, open: 0, dead: 0 }));
      return [...depths, ...known].sort((a, b) => (a.kind < b.kind ? -1 : 1));
    },
    list: (limit) => store.deadOutbox(limit),
    find,
    async requeue(id, access = []) {
      const row = await find(id);
      if (row === undefined) return false;
      await store.commit({ notes: [{ id, attempts: 0 }], access });
      wake([row.kind]);
      return true;
    },
    async discard(id, access = []) {
      if ((await find(id)) === undefined) return false;
      try {
        await store.commit({ closes: [id], access });
        return true;
      } catch (error) {
        // Somebody else dropped it in between.
        if (isPhrError(error, 'precondition-failed')) return false;
        throw error;
      }
    },
  };
}
