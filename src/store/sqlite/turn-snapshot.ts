import type { SqlDatabase } from './driver.js';

/** One read transaction for all reads of one turn of the event loop. */
export interface TurnSnapshot {
  /** Before a read: the snapshot of this turn, opened by its first read. */
  enter(): void;
  /** Before whatever must see the newest commit: the end of the turn, or the answer to a commit of our own. */
  end(): void;
}

/**
 * SQLite looks at the log and drops the connection's page cache at the start of every read transaction that follows a commit of another
 * connection; beside a busy writer that is most of a point read (20 µs against 7 µs). Reads of one turn share a transaction instead. For a
 * thread that only answers requests: nobody there may wait in the same turn for what another thread has committed.
 */
export function makeTurnSnapshot(database: SqlDatabase): TurnSnapshot {
  let isOpen = false;
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    database.prepare('COMMIT').run();
  };
  return {
    enter() {
      if (isOpen) return;
      database.prepare('BEGIN').run();
      isOpen = true;
      setImmediate(end);
    },
    end,
  };
}
