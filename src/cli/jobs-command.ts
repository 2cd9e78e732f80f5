import type { DeadLetters, QueueDepth } from '../store/dead-letters.js';
import type { OutboxRow } from '../store/store.js';

/** Most dead letters that one call prints or requeues. */
export const MAX_LISTED_DEAD_LETTERS = 1_000;

export const JOBS_USAGE = `Usage: npm run jobs -- COMMAND
  list [--json]       for each kind of work: open rows, age of the oldest, dead letters; then the dead letters, oldest
                      first: jobs whose tries are used up, or that can't succeed
  requeue ID… | --all tries them again, with all their attempts; at once when a service runs
  discard ID…         drops them for ever; what they should have done stays undone
`;

/**
 * Queues and dead letters of the outbox. Works beside a running service and without one. Prints ids, kinds, counts, ages and failure codes only.
 *
 * @param argv words behind `npm run jobs --`
 * @param out  takes a line without its end
 * @param nowMs epoch milliseconds; ages are told from it
 * @returns exit status: 0 done, 1 an id is no dead letter (the others are done), 2 the words are not understood
 */
export async function runJobsCommand(
  letters: DeadLetters,
  argv: readonly string[],
  out: (line: string) => void,
  nowMs: number,
): Promise<number> {
  const [command, ...words] = argv;
  if (command === 'list' && words.every((word) => word === '--json')) return list(letters, words.length > 0, out, nowMs);
  if (command === 'requeue' && words.length === 1 && words[0] === '--all') {
    const rows = await letters.list(MAX_LISTED_DEAD_LETTERS);
    return change(
      rows.map(({ id }) => id),
      letters.requeue,
      'requeued',
      out,
    );
  }
  if ((command === 'requeue' || command === 'discard') && words.length > 0 && words.every((word) => !word.startsWith('-'))) {
    return command === 'requeue'
      ? change(words, letters.requeue, 'requeued', out)
      : change(words, letters.discard, 'discarded', out);
  }
  out(JOBS_USAGE.trimEnd());
  return 2;
}

async function list(letters: DeadLetters, asJson: boolean, out: (line: string) => void, nowMs: number): Promise<number> {
  const [queues, rows] = await Promise.all([letters.queues(), letters.list(MAX_LISTED_DEAD_LETTERS)]);
  const depths = queues.map((queue) => depth(queue, nowMs));
  if (asJson) {
    for (const { kind, open, oldest, oldestSeconds, dead } of depths) {
      const age = oldest === undefined ? {} : { oldest, oldestSeconds };
      out(JSON.stringify({ queue: kind, open, ...age, dead }));
    }
    for (const row of rows) out(JSON.stringify(described(row)));
    return 0;
  }
  const width = Math.max(...depths.map(({ kind }) => kind.length));
  for (const { kind, open, oldestSeconds, dead } of depths) {
    out(`${kind.padEnd(width)}  open ${open}  oldest ${oldestSeconds === undefined ? '-' : `${oldestSeconds} s`}  dead ${dead}`);
  }
  for (const row of rows) out(Object.values(described(row)).join('  '));
  out(rows.length === 0 ? 'no dead letters' : `${rows.length} dead letters`);
  return 0;
}

const depth = (queue: QueueDepth, nowMs: number): QueueDepth & { readonly oldestSeconds?: number } =>
  queue.oldest === undefined
    ? queue
    : { ...queue, oldestSeconds: Math.max(0, Math.round((nowMs - Date.parse(queue.oldest)) / 1_000)) };

const described = ({ id, kind, attempts, openedAt, dead }: OutboxRow) => ({ id, kind, attempts, openedAt, failure: dead });

async function change(
  ids: readonly string[],
  apply: (id: string) => Promise<boolean>,
  done: 'requeued' | 'discarded',
  out: (line: string) => void,
): Promise<number> {
  let status = 0;
  // One commit a row: a row that another command changed meanwhile doesn't hold up its neighbours.
  for (const id of ids) {
    const changed = await apply(id);
    out(changed ? `${done} ${id}` : `not a dead letter: ${id}`);
    if (!changed) status = 1;
  }
  return status;
}
