import type { mongo } from 'mongoose';
import { setTimeout as delay } from 'node:timers/promises';
import { PhrError } from '../../errors.js';
import type { CommitResult } from '../store.js';
import type { Collections } from './connection.js';
import { explained, hasLabel, isDuplicateKey, isMongoError, unavailable } from './failures.js';
import type { PreparedUnit } from './prepared-unit.js';
import { applyGroup } from './transaction.js';
import type { GroupOutcome } from './transaction.js';

/** Units that share a transaction, and about how much they may write together. */
export const MAX_GROUP_UNITS = 64;
export const MAX_GROUP_BYTES = 16 * 1024 * 1024;

/** How long a unit is tried before it is refused as `unavailable`: longer than an election takes. */
export const COMMIT_TIMEOUT_MS = 30_000;

/** Wait before the next try: doubles up to a bound, less a random half, so that processes that met don't meet again. */
const CONFLICT_BACKOFF_MS = { first: 2, most: 16 } as const;
const OUTAGE_BACKOFF_MS = { first: 50, most: 1_000 } as const;
const WRITE_CONFLICT = 112;

export interface GroupCommit {
  /** Durable on a majority when it resolves. */
  commit(unit: PreparedUnit): Promise<CommitResult>;
  /** Waits for what was posted; later commits are refused. */
  close(): Promise<void>;
}

export interface GroupCommitParts {
  readonly client: Pick<mongo.MongoClient, 'startSession'>;
  readonly collections: Collections;
  readonly maxTimeMs: number;
  /** Told of chunks that nothing names any more. */
  dropUploads(uploads: readonly string[]): Promise<void>;
}

interface Waiting {
  readonly unit: PreparedUnit;
  resolve(result: CommitResult): void;
  reject(error: unknown): void;
}

/**
 * One transaction at a time; the units that wait meanwhile share the next one. A unit that is refused takes no neighbour with it, since
 * beliefs are compared before anything is written. A group that the database refuses for what is in it is tried again unit by unit.
 */
export function makeGroupCommit(parts: GroupCommitParts): GroupCommit {
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let isOpen = true;

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = nextGroup(waiting);
      waiting = waiting.slice(group.length);
      await settle(group, parts);
    }
    running = undefined;
  };
  return {
    commit: async (unit) =>
      new Promise((resolve, reject) => {
        if (!isOpen) {
          reject(new PhrError('unavailable', 'The store is closed'));
          return;
        }
        waiting.push({ unit, resolve, reject });
        // What is posted in this turn shares the first transaction.
        running ??= Promise.resolve().then(run);
      }),
    async close() {
      isOpen = false;
      while (running !== undefined) await running;
    },
  };
}

function nextGroup(waiting: readonly Waiting[]): readonly Waiting[] {
  let bytes = 0;
  const most = waiting.slice(0, MAX_GROUP_UNITS);
  const end = most.findIndex(({ unit }, index) => {
    bytes += unit.bytes;
    return index > 0 && bytes > MAX_GROUP_BYTES;
  });
  return end === -1 ? most : most.slice(0, end);
}

/** Never rejects: every unit of the group gets its answer. */
async function settle(group: readonly Waiting[], parts: GroupCommitParts): Promise<void> {
  const units = group.map(({ unit }) => unit);
  let committed: GroupOutcome;
  try {
    committed = await commitTogether(units, parts);
  } catch (error) {
    if (group.length > 1 && !(error instanceof PhrError)) {
      for (const each of group) await settle([each], parts);
      return;
    }
    for (const { reject } of group) reject(explained(error));
    return;
  }
  // What is erased is gone when the answer leaves. The commit stands whatever becomes of this; the sweep finds what is left.
  await parts.dropUploads(committed.droppedUploads).catch(() => undefined);
  for (const [index, { resolve, reject }] of group.entries()) {
    const outcome = committed.outcomes[index];
    if (outcome !== undefined && 'result' in outcome) resolve(outcome.result);
    else reject(outcome?.error);
  }
}

/** @throws PhrError `unavailable` when time is over; the database's own error when it refuses what is in the group */
async function commitTogether(units: readonly PreparedUnit[], parts: GroupCommitParts): Promise<GroupOutcome> {
  const deadline = performance.now() + COMMIT_TIMEOUT_MS;
  let withLines = false;
  for (let tries = 0; ; tries += 1) {
    const session = parts.client.startSession();
    try {
      const applied = await applyGroup(parts.collections, session, units, { maxTimeMs: parts.maxTimeMs, withLines });
      if (applied.isEmpty) await session.abortTransaction();
      else await commitUntilKnown(session, deadline);
      return applied;
    } catch (error) {
      if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
      if (isDuplicateKey(error) && !withLines) {
        withLines = true;
        continue;
      }
      if (!isWorthAnotherTry(error)) throw error;
      if (performance.now() > deadline) throw unavailable(error);
      await delay(backoffMs(error, tries));
    } finally {
      await session.endSession();
    }
  }
}

/** An answer that was lost is asked for again: committing twice is committing once. */
async function commitUntilKnown(session: mongo.ClientSession, deadline: number): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      if (!hasLabel(error, 'UnknownTransactionCommitResult')) throw error;
      if (performance.now() > deadline) throw unavailable(error);
      await delay(backoffMs(error, tries));
    }
  }
}

/** The driver labels what left nothing behind; an error before the first answer has no label, and nothing behind it either. */
const isWorthAnotherTry = (error: unknown): boolean =>
  hasLabel(error, 'TransientTransactionError') ||
  (isMongoError(error) && /^Mongo(ServerSelection|Network|PoolCleared)/.test(error.name));

function backoffMs(error: unknown, tries: number): number {
  const isConflict = (error as { code?: unknown }).code === WRITE_CONFLICT;
  const { first, most } = isConflict ? CONFLICT_BACKOFF_MS : OUTAGE_BACKOFF_MS;
  return Math.min(most, first * 2 ** Math.min(tries, 10)) * (1 - Math.random() / 2);
}
