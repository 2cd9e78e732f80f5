import type { FhirResource } from 'fhir/r4.js';
import type { ReachView } from '../../fhir/access-policy.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS, type SubmissionValue } from '../collections.js';
import { memoOf } from '../facts/memo.js';
import type { SourceReader } from '../sources/read-source.js';
import { partsOfSourceResourceId } from '../sources/source-ids.js';
import { inView } from './events.js';
import type { FactTrace, TracedMember } from './person-reader.js';

/** Members of one fact that a trace shows; a card has one for every visit. */
export const TRACE_MEMBERS_MAX = 50;

/** Walks a fact back to the rows it came from: field, value as sent, file, sender. merging.md I10 */
export async function readTrace(
  deps: { readonly store: Store; readonly sources: SourceReader; readonly parse: (body: string) => FhirResource },
  personId: string,
  reference: string,
  view: ReachView,
): Promise<FactTrace | undefined> {
  const { store, sources } = deps;
  const [resourceType = '', id = ''] = reference.split('/');
  const page = await store.search({
    resourceTypes: [resourceType],
    criteria: [{ param: '_id', kind: 'token', values: [{ kind: 'token', code: id }] }],
    subject: personId,
    order: 'newest',
    count: 1,
    ...inView(view),
  });
  const stored = page.items[0];
  if (stored?.body === undefined) return undefined;
  const memo = memoOf(stored.memo);
  const members: TracedMember[] = [];
  const newestFirst = [...(memo?.members ?? [])].sort((a, b) => ((a.date ?? '') < (b.date ?? '') ? 1 : -1));
  for (const member of newestFirst.slice(0, TRACE_MEMBERS_MAX)) {
    const parts = partsOfSourceResourceId(member.source);
    const source = parts === undefined ? undefined : await sources.source(parts.sourceId);
    if (parts === undefined || source === undefined) continue;
    const submission = await store.record<SubmissionValue>(COLLECTIONS.submission, source.submissionId);
    const parsed = await sources.parsed(parts.sourceId);
    const resources = parsed?.visit.subjects.flatMap((subject) => [subject.patient, ...subject.resources]) ?? [];
    const sent = resources.find(({ resource }) => resource.id === parts.localId && resource.resourceType === resourceType);
    members.push({
      source: member.source,
      sender: member.sender,
      ...(member.date === undefined ? {} : { date: member.date }),
      file: {
        receiptId: source.submissionId,
        door: source.door,
        receivedAt: submission?.value.receivedAt ?? '',
        sha256: submission?.value.sha256 ?? '',
        position: source.position,
      },
      fields: sent?.trace ?? [],
      erased: parsed === undefined,
    });
  }
  return { resource: deps.parse(stored.body), members };
}
