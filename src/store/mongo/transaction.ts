import type { mongo } from 'mongoose';
import { PhrError } from '../../errors.js';
import { applyUnit, noChanges } from './apply-unit.js';
import type { Clock } from './apply-unit.js';
import type { Collections } from './connection.js';
import type { ClockDocument } from './documents.js';
import type { PreparedUnit } from './prepared-unit.js';
import type { CommitResult } from '../store.js';
import { loadState } from './unit-state.js';
import { writeChanges } from './write-changes.js';

export type Outcome = { readonly result: CommitResult } | { readonly error: unknown };

export interface GroupOutcome {
  /** One for each unit, in order. */
  readonly outcomes: readonly Outcome[];
  /** Chunks that nothing names any more once this is committed. */
  readonly droppedUploads: readonly string[];
}

/** Longest time that a majority may take to keep a commit. */
const MAJORITY_TIMEOUT_MS = 10_000;

/**
 * Everything of a group inside one transaction, up to the commit. The first thing written is the clock: until the transaction ends no
 * other one gets past it, so what is read afterwards is the latest and stays so (no phantoms, no lost update, across processes), and
 * the order of numbers is the order of commits.
 * @returns undefined when every unit was refused and there is nothing to commit
 */
export async function applyGroup(
  collections: Collections,
  session: mongo.ClientSession,
  units: readonly PreparedUnit[],
  options: { readonly maxTimeMs: number; readonly withLines: boolean },
): Promise<GroupOutcome & { readonly isEmpty: boolean }> {
  session.startTransaction({
    readConcern: { level: 'snapshot' },
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: MAJORITY_TIMEOUT_MS },
    maxCommitTimeMS: options.maxTimeMs + MAJORITY_TIMEOUT_MS,
  });
  const clock = await takeClock(collections, session, units, options.maxTimeMs);
  const state = await loadState(collections, session, units, options.withLines);
  const changes = noChanges();
  const outcomes = units.map((unit): Outcome => {
    try {
      return { result: applyUnit(state, changes, clock, unit) };
    } catch (error) {
      return { error };
    }
  });
  if (!outcomes.some((outcome) => 'result' in outcome)) return { outcomes, droppedUploads: [], isEmpty: true };
  await writeChanges(collections, session, changes);
  const droppedUploads = [...changes.blobs.keys()].flatMap((id) => state.blobs.get(id)?.upload ?? []);
  return { outcomes, droppedUploads, isEmpty: false };
}

/** Moves the counters by the most that the group can need: numbers may have gaps. @returns the counters as they were */
async function takeClock(
  { clock }: Collections,
  session: mongo.ClientSession,
  units: readonly PreparedUnit[],
  maxTimeMS: number,
): Promise<Clock> {
  const sum = (of: (unit: PreparedUnit) => number): number => units.reduce((total, unit) => total + of(unit), 0);
  const before = (await clock.findOneAndUpdate(
    { _id: 'clock' },
    {
      $inc: { commit: units.length, row: sum(({ resources }) => resources.length), opened: sum(({ opens }) => opens.length) },
      $max: { at: Math.max(...units.map(({ at }) => at)) },
    },
    { session, maxTimeMS, returnDocument: 'before' },
  )) as ClockDocument | null;
  if (before === null) throw new PhrError('unavailable', 'The database is not prepared: its indexes are missing');
  const { commit, at, row, opened } = before;
  return { commit, at, row, opened };
}
