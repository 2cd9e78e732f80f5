import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IntakeProblem } from '../../intake/parsed-visit.js';
import { isPhrError } from '../../errors.js';
import { PARSE_SUBMISSION } from '../../queue/jobs/parse-submission.js';
import type { FoundRecord, StoredRecord } from '../../store/record-store.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS, type PartValue, type SubmissionValue } from '../collections.js';
import { partState, type Dossier } from './dossier.js';
import type { Receipt, ReceiptQuery, ReceiptState, ReceiptVisit, Submissions } from './receipt.js';
import { blobIds, sha256Of, type Vault } from './vault.js';

/** Visits shown on one receipt; a larger file says how many more there are. */
export const MAX_RECEIPT_VISITS = 20_000;
/** Problems shown on one receipt; behind them a visit keeps one, an error before others, and the receipt says so. */
export const MAX_RECEIPT_PROBLEMS = 10_000;
/** Visits behind one page of receipts: it ends with the receipt that reaches this number, and `next` goes on. */
export const MAX_PAGE_VISITS = 20_000;
const PAGE = 200;

/** Who may see a receipt again: the facility, else the client. */
export const senderKeyOf = (sender: { readonly facilityCode?: string; readonly clientId: string }): string =>
  sender.facilityCode ?? sender.clientId;

export function makeSubmissions(deps: {
  readonly store: Store;
  readonly vault: Vault;
  readonly now: () => Date;
  readonly newId: () => string;
}): Submissions {
  const { store, vault, now, newId } = deps;

  async function receiptOf(submission: StoredRecord<SubmissionValue>): Promise<Receipt> {
    const parts = await allParts(store, submission.id);
    const dossiers = await dossiersOf(store, parts);
    const visits = parts.map((part) =>
      receiptVisit(part, part.dossierId === undefined ? undefined : dossiers.get(part.dossierId)),
    );
    const waiting = parts.some((part) => part.dossierId !== undefined && (dossiers.get(part.dossierId)?.pending.length ?? 0) > 0);
    const { door, sha256, receivedAt, problems } = submission.value;
    const bounded = withinProblems(visits);
    return {
      id: submission.id,
      door,
      sha256,
      receivedAt,
      state: stateOf(submission.value, visits, waiting),
      visits: bounded,
      problems: bounded === visits ? problems : [...problems, MORE_PROBLEMS],
    };
  }

  return {
    async accept({ door, bytes, sender, messageId, access }) {
      const sha256 = sha256Of(bytes);
      const claim = `submission|${senderKeyOf(sender)}|${door}|${sha256}`;
      const known = await store.claimOwner(claim);
      if (known !== undefined) return repeated(known, access);
      const id = newId();
      const receivedAt = now().toISOString();
      const value: SubmissionValue = {
        door,
        sha256,
        receivedAt,
        sender,
        ...(messageId === undefined ? {} : { messageId }),
        state: 'received',
        parsed: 0,
        problems: [],
      };
      const kept = await vault.keep(blobIds.whole(id), bytes);
      try {
        await store.commit({
          records: [
            {
              collection: COLLECTIONS.submission,
              id,
              expected: 'absent',
              value,
              keys: [
                { index: 'sender', value: senderKeyOf(sender), sort: `${receivedAt}|${id}` },
                { index: 'all', value: '', sort: `${receivedAt}|${id}` },
              ],
            },
          ],
          blobs: kept.blobs,
          claims: [{ key: claim, owner: id }],
          opens: [{ id: `parse-${id}`, kind: PARSE_SUBMISSION.kind, payload: { submissionId: id } }],
          access: access([`Submission/${id}`]),
        });
      } catch (error) {
        if (!isPhrError(error, 'precondition-failed')) throw error;
        const winner = await store.claimOwner(claim);
        if (winner === undefined) throw error;
        return repeated(winner, access);
      }
      return { receiptId: id, repeated: false, receivedAt };
    },

    async receipt(id, sender) {
      const submission = await store.record<SubmissionValue>(COLLECTIONS.submission, id);
      if (submission === undefined || (sender !== undefined && senderKeyOf(submission.value.sender) !== sender)) return undefined;
      return receiptOf(submission);
    },

    async receipts(query) {
      const items: Receipt[] = [];
      let after = cursorOf(query.after);
      let visits = 0;
      const wanted = query.key === undefined ? undefined : await submissionsWithKey(store, query.key);
      for (;;) {
        const page = await store.find<SubmissionValue>({
          collection: COLLECTIONS.submission,
          index: query.sender === undefined ? 'all' : 'sender',
          value: query.sender ?? '',
          descending: true,
          limit: PAGE,
          ...(after === undefined ? {} : { after }),
        });
        for (const found of page) {
          after = { sort: found.sort, id: found.id };
          if (query.from !== undefined && found.value.receivedAt < query.from) return { items };
          if (query.to !== undefined && found.value.receivedAt >= query.to) continue;
          if (wanted?.has(found.id) === false || isOtherState(found.value, query.state)) continue;
          const receipt = await receiptOf(found);
          visits += receipt.visits.length;
          if (asked(receipt, query)) items.push(receipt);
          if (items.length === query.limit || visits >= MAX_PAGE_VISITS)
            return { items, next: Buffer.from(JSON.stringify(after)).toString('base64url') };
        }
        if (page.length < PAGE) return { items };
      }
    },
  };

  async function repeated(id: string, access: Parameters<Submissions['accept']>[0]['access']) {
    await store.commit({ access: access([`Submission/${id}`]) });
    const submission = await store.record<SubmissionValue>(COLLECTIONS.submission, id);
    return { receiptId: id, repeated: true, receivedAt: submission?.value.receivedAt ?? now().toISOString() };
  }
}

/** Known before the visits are read; `parsed` alone leaves it open. */
const isOtherState = ({ state }: SubmissionValue, asked: ReceiptState | undefined): boolean =>
  asked !== undefined && state !== 'parsed' && state !== asked;

/** Submissions that hold a visit with this business key, whoever's they are. */
async function submissionsWithKey(store: Store, key: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { value } of partsBy(store, 'key', key)) ids.add(value.submissionId);
  return ids;
}

/** The visits with MAX_RECEIPT_PROBLEMS problems at most, and one more for each visit behind them; unchanged when they have fewer. */
function withinProblems(visits: readonly ReceiptVisit[]): readonly ReceiptVisit[] {
  let left = MAX_RECEIPT_PROBLEMS;
  if (visits.reduce((sum, { problems }) => sum + problems.length, 0) <= left) return visits;
  return visits.map((visit) => {
    const [first] = visit.problems;
    const worst = visit.problems.find(({ severity }) => severity === 'error') ?? first;
    const problems = left > 0 ? visit.problems.slice(0, left) : worst === undefined ? [] : [worst];
    left = Math.max(0, left - problems.length);
    return { ...visit, problems };
  });
}

const MORE_PROBLEMS: IntakeProblem = {
  severity: 'information',
  code: 'more-problems',
  message: `Tệp có hơn ${String(MAX_RECEIPT_PROBLEMS)} vấn đề; với các hồ sơ sau, biên nhận chỉ nêu một vấn đề của mỗi hồ sơ, lỗi trước`,
};

const asked = (receipt: Receipt, query: ReceiptQuery): boolean =>
  (query.state === undefined || receipt.state === query.state) &&
  (query.key === undefined || receipt.visits.some((visit) => visit.key === query.key));

function cursorOf(after: string | undefined): { sort: string; id: string } | undefined {
  if (after === undefined) return undefined;
  try {
    const value = JSON.parse(Buffer.from(after, 'base64url').toString('utf8')) as { sort?: unknown; id?: unknown };
    if (typeof value.sort === 'string' && typeof value.id === 'string') return { sort: value.sort, id: value.id };
  } catch {
    // Not one of ours: falls through to the beginning, which shows nothing that the sender may not see.
  }
  return undefined;
}

function stateOf(submission: SubmissionValue, visits: readonly ReceiptVisit[], waiting: boolean): ReceiptState {
  if (submission.state === 'refused') return 'refused';
  if (submission.state !== 'parsed') return submission.state;
  if (visits.length > 0 && visits.every((visit) => visit.state === 'refused')) return 'refused';
  return waiting ? 'working' : 'completed';
}

function receiptVisit(part: PartValue, dossier: Dossier | undefined): ReceiptVisit {
  const { key } = part;
  if (part.refused || dossier === undefined) return { key, state: 'refused', links: [], problems: part.problems };
  const { state, problems } = partState(
    dossier.versions,
    { ...part, sourceId: part.sourceId ?? '' },
    part.problems.some((problem: IntakeProblem) => problem.severity !== 'information'),
  );
  const shown = state === 'accepted' || state === 'accepted-with-warnings' || state === 'duplicate';
  return { key, state, links: shown ? dossier.links : [], problems: [...part.problems, ...problems] };
}

/** Parts of a submission in file order. */
export async function allParts(store: Store, submissionId: string): Promise<readonly PartValue[]> {
  const parts: PartValue[] = [];
  for await (const { value } of partsBy(store, 'submission', submissionId)) {
    parts.push(value);
    if (parts.length === MAX_RECEIPT_VISITS) break;
  }
  return parts;
}

/** Between two pages other requests have their turn: an engine may answer a read without leaving the thread. */
async function* partsBy(store: Store, index: 'submission' | 'key', value: string): AsyncGenerator<FoundRecord<PartValue>> {
  let after: { sort: string; id: string } | undefined;
  for (;;) {
    const page: readonly FoundRecord<PartValue>[] = await store.find<PartValue>({
      collection: COLLECTIONS.part,
      index,
      value,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = { sort: last.sort, id: last.id };
    await nextTurn();
  }
}

async function dossiersOf(store: Store, parts: readonly PartValue[]): Promise<ReadonlyMap<string, Dossier>> {
  const ids = [...new Set(parts.flatMap((part) => (part.dossierId === undefined ? [] : [part.dossierId])))];
  const dossiers = new Map<string, Dossier>();
  for (let start = 0; start < ids.length; start += PAGE) {
    if (start > 0) await nextTurn();
    const found = await store.records<Dossier>(COLLECTIONS.dossier, ids.slice(start, start + PAGE));
    for (const record of found) if (record !== undefined) dossiers.set(record.id, record.value);
  }
  return dossiers;
}
