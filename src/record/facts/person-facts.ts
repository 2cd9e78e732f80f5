import type { Coverage, Extension, FhirResource, Observation } from 'fhir/r4.js';
import { parseJson } from '../../fhir/decimal.js';
import { EXTENSIONS } from '../../fhir/systems.js';
import { completeness, contradict } from './blood-group.js';
import { canonicalHash, canonicalJson } from './canonical.js';
import type { FactMember, FactMemo } from './memo.js';

/** A member of a person-level fact with its content (a source resource without id, references local). */
export interface PersonMember extends Omit<FactMember, 'content'> {
  readonly resource: FhirResource;
}

/** Members behind a memo, contents restored. */
export function membersOf(memo: FactMemo): readonly PersonMember[] {
  const contents = (memo.contents ?? []).map((text) => parseJson(text) as FhirResource);
  return memo.members.flatMap(({ content, ...member }) => {
    const resource = content === undefined ? undefined : contents[content];
    return resource === undefined ? [] : [{ ...member, resource }];
  });
}

/** The memo of `members`: order-independent, each distinct content once. */
export function personMemo(key: string, members: readonly PersonMember[]): FactMemo {
  const texts = new Map(members.map((member) => [member.source, canonicalJson(withoutId(member.resource))]));
  const contents = [...new Set(texts.values())].sort();
  return {
    level: 'person',
    key,
    contents,
    members: [...members]
      .sort((a, b) => (a.source < b.source ? -1 : 1))
      .map(({ resource: _resource, ...member }) => ({ ...member, content: contents.indexOf(texts.get(member.source) ?? '') })),
  };
}

function withoutId(resource: FhirResource): Omit<FhirResource, 'id'> {
  const { id: _id, ...content } = resource;
  return content;
}

/** Newest event first, then the larger content hash: never arrival time (merging.md I3). */
function newestFirst(members: readonly PersonMember[]): readonly PersonMember[] {
  const hashes = new Map(members.map((member) => [member.source, canonicalHash(withoutId(member.resource))]));
  return [...members].sort((a, b) => {
    const [dateA, dateB] = [a.date ?? '', b.date ?? ''];
    if (dateA !== dateB) return dateA < dateB ? 1 : -1;
    return (hashes.get(a.source) ?? '') < (hashes.get(b.source) ?? '') ? 1 : -1;
  });
}

/**
 * The one resource of a person-level fact. Coverage: the newest member's. Blood group: the value when all members agree (a declared
 * value is never "confirmed"), else no value at all and every value said, as conflicts. merging.md §4.3
 */
export function personFactResource(members: readonly PersonMember[], factId: string, personId: string): FhirResource {
  const ordered = newestFirst(members);
  const newest = ordered[0]?.resource;
  if (newest === undefined) throw new Error('a fact has at least one member');
  if (newest.resourceType === 'Coverage') return coverageFact(newest, factId, personId);
  if (newest.resourceType === 'Observation') return traitFact(ordered, newest, factId, personId);
  throw new Error(`no person-level rule for ${newest.resourceType}`);
}

const meta = (personId: string) => ({ source: `urn:so-suc-khoe:person:${personId}` });

function coverageFact(newest: Coverage, factId: string, personId: string): Coverage {
  const patient = { reference: `Patient/${personId}` };
  return {
    ...newest,
    id: factId,
    meta: meta(personId),
    beneficiary: patient,
    ...(newest.subscriber === undefined ? {} : { subscriber: patient }),
  };
}

/**
 * The most complete declaration (newest of those) while no two contradict one another; otherwise no value, and each one said.
 */
function traitFact(ordered: readonly PersonMember[], newest: Observation, factId: string, personId: string): Observation {
  const said = new Map<string, { readonly source: string; readonly observation: Observation }>();
  for (const { resource, source } of ordered) {
    const observation = resource as Observation;
    const value = traitValue(observation);
    if (!said.has(value)) said.set(value, { source, observation });
  }
  const values = [...said.keys()];
  const isConflicting = values.some((a, index) => values.slice(index + 1).some((b) => contradict(a, b)));
  const [fullest] = [...said].sort(([a], [b]) => completeness(b) - completeness(a));
  const chosen = isConflicting ? newest : (fullest?.[1].observation ?? newest);
  const { encounter: _encounter, valueCodeableConcept, valueString, performer: _performer, ...rest } = chosen;
  const base: Observation = { ...rest, id: factId, meta: meta(personId), subject: { reference: `Patient/${personId}` } };
  if (!isConflicting) {
    return {
      ...base,
      ...(valueCodeableConcept === undefined ? {} : { valueCodeableConcept }),
      ...(valueString === undefined ? {} : { valueString }),
      extension: [...(base.extension ?? []), { url: EXTENSIONS.confidence, valueCode: 'unconfirmed' }],
    };
  }
  const conflicts = [...said]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, { source }]) => conflict('Observation.value', value, source));
  return {
    ...base,
    dataAbsentReason: { text: 'Chưa xác nhận: các nguồn ghi khác nhau' },
    extension: [...(base.extension ?? []), { url: EXTENSIONS.confidence, valueCode: 'conflicting' }, ...conflicts],
  };
}

const traitValue = ({ valueCodeableConcept, valueString }: Observation): string =>
  (valueCodeableConcept?.text ?? valueCodeableConcept?.coding?.[0]?.code ?? valueString ?? '').trim().toUpperCase();

/** One value that a member says instead; `member` is its source resource id. */
export const conflict = (path: string, value: string, member: string): Extension => ({
  url: EXTENSIONS.conflict,
  extension: [
    { url: 'path', valueString: path },
    { url: 'value', valueString: value },
    { url: 'member', valueString: member },
  ],
});
