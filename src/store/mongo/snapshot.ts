import type { mongo } from 'mongoose';
import type { Collections } from './connection.js';
import { explained } from './failures.js';

export interface ReadParts {
  readonly client: Pick<mongo.MongoClient, 'startSession'>;
  readonly collections: Collections;
  /** Longest time of one question to the database. */
  readonly maxTimeMs: number;
}

/** What every question of one read is asked with. */
export interface AskedWith {
  readonly session: mongo.ClientSession;
  readonly maxTimeMS: number;
}

/**
 * All questions of one read are answered from one instant that a majority has kept, so a page never mixes two states and what is held
 * is judged by the same state as what is shown.
 * @throws PhrError `unavailable` when no primary answers
 */
export async function inSnapshot<T>({ client, maxTimeMs }: ReadParts, read: (asked: AskedWith) => Promise<T>): Promise<T> {
  const session = client.startSession({ snapshot: true });
  try {
    return await read({ session, maxTimeMS: maxTimeMs });
  } catch (error) {
    throw explained(error);
  } finally {
    await session.endSession();
  }
}
