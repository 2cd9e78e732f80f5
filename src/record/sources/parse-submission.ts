import { isPhrError, PhrError } from '../../errors.js';
import type { FileContext, FileCut, IntakeFormat, IntakeLimits, IntakeProblem, ParsedVisit } from '../../intake/parsed-visit.js';
import type { StoredRecord } from '../../store/record-store.js';
import type { Store, UnitOfWrite } from '../../store/store.js';
import { COLLECTIONS, type PartValue, type SourceValue, type SubmissionValue } from '../collections.js';
import { attachVisit, ChunkState } from './attach-visit.js';
import type { RecentVisits } from './recent-visits.js';
import { oversizeOf } from './resource-bounds.js';
import { blobIds, packPieces, sha256Of, type Vault } from './vault.js';

/** Visits of one commit: small enough to let live traffic through between two (store-spike.md "What follows" 2). */
export const VISITS_PER_COMMIT = 10;
/** Lost races (another commit touched a dossier or identity of the chunk) before the job fails and is tried again later. */
export const CHUNK_ATTEMPTS = 10;

export interface ParseDeps {
  readonly store: Store;
  readonly vault: Vault;
  readonly formats: ReadonlyMap<string, IntakeFormat>;
  readonly limits: IntakeLimits;
  readonly recent?: RecentVisits;
  /** Told after each commit, so that the queue wakes the next stage. */
  readonly newRowId: () => string;
  readonly now: () => Date;
}

/**
 * Takes a kept submission apart, visit by visit, in commits of a few visits: seals every visit and the skeleton, notes what each says
 * (dossier version, identity record), and opens the rows that link and rebuild. Closes the row with the last commit; a second run
 * continues where a crash left off. One bad visit never stops its neighbours. design.md §4.2
 */
export async function parseSubmission(deps: ParseDeps, rowId: string, submissionId: string): Promise<void> {
  const { store, vault, formats, limits } = deps;
  const found = await store.record<SubmissionValue>(COLLECTIONS.submission, submissionId);
  if (found === undefined || found.value.state === 'parsed' || found.value.state === 'refused') return close(store, rowId);
  const format = formats.get(found.value.door);
  if (format === undefined) throw new PhrError('unsupported', `no format for the door ${found.value.door}`);
  const bytes = await vault.read(blobIds.whole(submissionId));
  if (bytes === undefined) return refuse(deps, rowId, found, [ERASED]);
  let cut: FileCut;
  let context: FileContext;
  try {
    cut = format.cut(bytes, limits);
    context = format.readContext(cut.skeleton);
  } catch (error) {
    if (!isPhrError(error)) throw error;
    return refuse(deps, rowId, found, [fileProblem(error)]);
  }
  if (cut.segments.length === 0) {
    const said = context.problems.some(({ severity }) => severity === 'error');
    return refuse(deps, rowId, found, said ? context.problems : [...context.problems, NO_VISIT]);
  }

  let submission = found;
  while (submission.value.parsed < cut.segments.length) {
    submission = await commitChunk(deps, rowId, submission, format, cut, context);
  }
}

async function commitChunk(
  deps: ParseDeps,
  rowId: string,
  submission: StoredRecord<SubmissionValue>,
  format: IntakeFormat,
  cut: FileCut,
  context: FileContext,
): Promise<StoredRecord<SubmissionValue>> {
  const { store, vault } = deps;
  const start = submission.value.parsed;
  const segments = cut.segments.slice(start, start + VISITS_PER_COMMIT);
  const parsed = segments.map((segment, index) => ({
    segment,
    visit: bounded(format.parse(segment, start + index + 1, context, submission.value.sender)),
  }));
  const isLast = start + segments.length === cut.segments.length;
  const value: SubmissionValue = {
    ...submission.value,
    state: isLast ? 'parsed' : 'working',
    parsed: start + segments.length,
    visitCount: cut.segments.length,
    problems: context.problems,
  };
  for (let attempt = 1; ; attempt += 1) {
    const state = new ChunkState(deps);
    for (const { segment, visit } of parsed) await addVisit(deps, state, submission, context, segment, visit);
    const unit = state.unit();
    const skeleton = isLast ? await vault.keep(blobIds.skeleton(submission.id), packPieces(cut.skeleton)) : undefined;
    const whole = isLast ? vault.drop(blobIds.whole(submission.id)) : undefined;
    const whenLast: UnitOfWrite = isLast ? { closes: [rowId] } : {};
    // Before the commit: the rebuild may begin as soon as it is durable.
    for (const { visit } of parsed) if (!visit.refused) deps.recent?.put(blobIds.segment(submission.id, visit.position), visit);
    try {
      await store.commit({
        ...unit,
        ...whenLast,
        records: [
          ...(unit.records ?? []),
          {
            collection: COLLECTIONS.submission,
            id: submission.id,
            expected: submission.version,
            value,
            keys: submissionKeys(submission),
          },
        ],
        blobs: [...(unit.blobs ?? []), ...(skeleton?.blobs ?? [])],
        deleteBlobs: whole?.deleteBlobs ?? [],
      });
      return { ...submission, version: submission.version + 1, value };
    } catch (error) {
      if (!isPhrError(error, 'precondition-failed') || attempt >= CHUNK_ATTEMPTS) throw error;
      const again = await store.record<SubmissionValue>(COLLECTIONS.submission, submission.id);
      if (again === undefined || again.version !== submission.version) throw error; // another worker has this submission
    }
  }
}

/** The visit, or its refusal when the record could not hold it. */
function bounded(visit: ParsedVisit): ParsedVisit {
  const problem = oversizeOf(visit);
  return problem === undefined ? visit : { ...visit, subjects: [], problems: [problem, ...visit.problems], refused: true };
}

async function addVisit(
  deps: ParseDeps,
  state: ChunkState,
  submission: StoredRecord<SubmissionValue>,
  context: FileContext,
  segment: Uint8Array,
  visit: ParsedVisit,
): Promise<void> {
  const blobId = blobIds.segment(submission.id, visit.position);
  state.add(await deps.vault.keep(blobId, segment));
  const key = visit.key ?? '';
  const base: PartValue = {
    submissionId: submission.id,
    position: visit.position,
    key,
    issueTime: visit.issueTime,
    acceptedCommit: submission.createdCommit,
    withdrawal: visit.withdrawal,
    refused: visit.refused || visit.key === undefined || visit.sender === undefined,
    problems: visit.problems,
  };
  let part = base;
  if (!base.refused) {
    const source: SourceValue = {
      dossierId: '',
      door: submission.value.door,
      blobId,
      submissionId: submission.id,
      position: visit.position,
      context: { ...context, problems: [] },
      sender: submission.value.sender,
      subjects: visit.subjects.map(({ slot, identity, patient }) => ({ slot, identity, patient: patient.resource })),
      ...(visit.eventDate === undefined ? {} : { eventDate: visit.eventDate }),
    };
    const ids = await attachVisit(state, visit, source, sha256Of(segment), submission.createdCommit);
    part = { ...base, ...ids };
  }
  state.put({
    collection: COLLECTIONS.part,
    id: `${submission.id}.${String(visit.position)}`,
    expected: 'any',
    value: part,
    keys: [
      { index: 'submission', value: submission.id, sort: String(visit.position).padStart(8, '0') },
      { index: 'key', value: key },
    ],
  });
}

async function refuse(
  deps: ParseDeps,
  rowId: string,
  submission: StoredRecord<SubmissionValue>,
  problems: readonly IntakeProblem[],
): Promise<void> {
  await deps.store.commit({
    records: [
      {
        collection: COLLECTIONS.submission,
        id: submission.id,
        expected: submission.version,
        value: { ...submission.value, state: 'refused', problems } satisfies SubmissionValue,
        keys: submissionKeys(submission),
      },
    ],
    closes: [rowId],
  });
}

async function close(store: Store, rowId: string): Promise<void> {
  await store.commit({ closes: [rowId] });
}

function submissionKeys(submission: StoredRecord<SubmissionValue>) {
  const sort = `${submission.value.receivedAt}|${submission.id}`;
  const { sender } = submission.value;
  return [
    { index: 'sender', value: sender.facilityCode ?? sender.clientId, sort },
    { index: 'all', value: '', sort },
  ];
}

const fileProblem = (error: PhrError): IntakeProblem => ({ severity: 'error', code: 'not-readable', message: error.message });
const NO_VISIT: IntakeProblem = { severity: 'error', code: 'no-visit', message: 'Tệp không có hồ sơ nào' };
const ERASED: IntakeProblem = { severity: 'error', code: 'erased', message: 'Nội dung đã được xóa theo quy định' };
