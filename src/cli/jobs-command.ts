import { isPhrError } from '../errors.js';
import type { OutboxRow, Store } from '../store/store.js';

/** Most dead letters that one call prints or requeues. */
export const MAX_LISTED_DEAD_LETTERS = 1_000;

export const JOBS_USAGE = `Usage: npm run jobs -- COMMAND
  list [--json]       the dead letters, oldest first: jobs whose tries are used up, or that can't succeed
  requeue ID… | --all tries them again, with all their attempts, within seconds when the service runs
  discard ID…         drops them for ever; what they should have done stays undone
`;

/**
 * The dead-letter list of the outbox. Works beside a running service and without one. Prints ids, kinds, counts and failure codes only.
 *
 * @param argv words behind `npm run jobs --`
 * @param out  takes a line without its end
 * @returns exit status: 0 done, 1 an id is no dead letter (the others are done), 2 the words are not understood
 */
export async function runJobsCommand(
  store: Pick<Store, 'deadOutbox' | 'outboxRow' | 'commit'>,
  argv: readonly string[],
  out: (line: string) => void,
): Promise<number> {
  const [command, ...words] = argv;
  if (command === 'list' && words.every((word) => word === '--json')) return list(store, words.length > 0, out);
  if (command === 'requeue' && words.length === 1 && words[0] === '--all') {
    const rows = await store.deadOutbox(MAX_LISTED_DEAD_LETTERS);
    return change(
      store,
      rows.map(({ id }) => id),
      'requeued',
      out,
    );
  }
  if ((command === 'requeue' || command === 'discard') && words.length > 0 && words.every((word) => !word.startsWith('-'))) {
    return change(store, words, command === 'requeue' ? 'requeued' : 'discarded', out);
  }
  out(JOBS_USAGE.trimEnd());
  return 2;
}

async function list(store: Pick<Store, 'deadOutbox'>, asJson: boolean, out: (line: string) => void): Promise<number> {
  const rows = await store.deadOutbox(MAX_LISTED_DEAD_LETTERS);
  for (const row of rows) out(asJson ? JSON.stringify(described(row)) : Object.values(described(row)).join('  '));
  if (!asJson) out(rows.length === 0 ? 'no dead letters' : `${rows.length} dead letters`);
  return 0;
}

const described = ({ id, kind, attempts, openedAt, dead }: OutboxRow) => ({ id, kind, attempts, openedAt, failure: dead });

async function change(
  store: Pick<Store, 'outboxRow' | 'commit'>,
  ids: readonly string[],
  done: 'requeued' | 'discarded',
  out: (line: string) => void,
): Promise<number> {
  let status = 0;
  // One commit a row: a row that another command changed meanwhile doesn't hold up its neighbours.
  for (const id of ids) {
    const row = await store.outboxRow(id);
    const changed = row?.dead !== undefined && (await committed(store, done, id));
    out(changed ? `${done} ${id}` : `not a dead letter: ${id}`);
    if (!changed) status = 1;
  }
  return status;
}

async function committed(store: Pick<Store, 'commit'>, done: 'requeued' | 'discarded', id: string): Promise<boolean> {
  try {
    await store.commit(done === 'requeued' ? { notes: [{ id, attempts: 0 }] } : { closes: [id] });
    return true;
  } catch (error) {
    if (isPhrError(error, 'precondition-failed')) return false;
    throw error;
  }
}
