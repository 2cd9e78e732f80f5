import { PhrError } from '../../errors.js';

/** `MaxTimeMSExpired` and its relatives. */
const TIME_CODES = new Set([50, 202, 262]);
/** BSONObjectTooLarge, and the limit on one transaction's entry. */
const SIZE_CODES = new Set([10334, 17419, 17420, 257]);
/** What a driver throws when a server is not there, not the primary, or the session is over. */
const DRIVER_NAMES =
  /^Mongo(ServerSelection|Network|NetworkTimeout|NotConnected|TopologyClosed|ClientClosed|PoolCleared|PoolClosed|Wait|Expired|OperationTimeout)/;

const numberIn = (error: unknown, field: string): number | undefined => {
  const found = (error as Record<string, unknown> | null | undefined)?.[field];
  return typeof found === 'number' ? found : undefined;
};

export const isMongoError = (error: unknown): error is Error & { hasErrorLabel?(label: string): boolean } =>
  error instanceof Error && /^Mongo/.test(error.name);

export function hasLabel(error: unknown, label: string): boolean {
  return isMongoError(error) && error.hasErrorLabel?.(label) === true;
}

export const isTimeLimit = (error: unknown): boolean => isMongoError(error) && TIME_CODES.has(numberIn(error, 'code') ?? 0);

export const isDuplicateKey = (error: unknown): boolean => isMongoError(error) && numberIn(error, 'code') === 11_000;

export const isTooLarge = (error: unknown): boolean =>
  SIZE_CODES.has(numberIn(error, 'code') ?? 0) ||
  (error instanceof Error && /document is larger than the maximum size|BSONObj(ect)? ?size/i.test(error.message));

/** A server that is not reachable, steps down, recovers or has no room: not the caller's fault and not ours. */
export const isOutage = (error: unknown): boolean =>
  isMongoError(error) &&
  (DRIVER_NAMES.test(error.name) || error.name === 'MongoServerError' || error.name === 'MongoBulkWriteError');

/** What a caller is told; an error that is none of the database's is a bug and passes as it is. */
export function explained(error: unknown): unknown {
  if (error instanceof PhrError || !isMongoError(error)) return error;
  if (isTooLarge(error)) return new PhrError('too-large', 'A document is larger than the database keeps', [], { cause: error });
  if (isOutage(error)) return unavailable(error);
  return error;
}

export const unavailable = (cause: unknown): PhrError => {
  const code = numberIn(cause, 'code');
  const name = cause instanceof Error ? cause.name : 'unknown';
  return new PhrError('unavailable', `The store cannot answer (${name}${code === undefined ? '' : ` ${String(code)}`})`, [], {
    cause,
  });
};

/** Runs a read and explains its failure. */
export async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw explained(error);
  }
}
