import type { ResourcePut, StoredResource } from '../../store/resource-store.js';
import type { RecordPut } from '../../store/record-store.js';
import type { LedgerEntry } from '../../store/store.js';
import { COLLECTIONS, type PersonValue } from '../collections.js';
import { personKeys } from '../identity/person-row.js';
import { memoOf, memoText, type FactMemo } from './memo.js';
import { patientFact } from './patient-fact.js';
import { membersOf, personFactResource, personMemo, type PersonMember } from './person-facts.js';
import { PERSON_LEVEL_LABEL, type PersonView } from './person-view.js';
import type { RebuildDeps } from './rebuild-record.js';

/** Resources of one person that a relabelling reads in one page. */
const RELABEL_PAGE = 1_000;

/** Ids of facts from the append-only ledger; new keys get new ids, noted in `minted` for the same commit. */
export async function ledgerIdsFor(
  deps: RebuildDeps,
  scope: string,
  keys: readonly string[],
  personId: string,
  minted: LedgerEntry[],
): Promise<ReadonlyMap<string, string>> {
  if (keys.length === 0) return new Map();
  const ids = new Map(await deps.store.ledgerIds(scope, keys));
  for (const key of keys) {
    if (ids.has(key)) continue;
    const id = deps.newFactId(personId);
    ids.set(key, id);
    minted.push({ scope, key, id });
  }
  return ids;
}

/** Recomputes the facts that gather visits: members of the rebuilt dossiers are replaced, nothing else is looked at. */
export async function putPersonFacts(
  deps: RebuildDeps,
  person: PersonView,
  change: {
    readonly identityId: string;
    /** Does the identity's member from this dossier leave (to be replaced by `added`, or for good)? */
    readonly leaves: (dossierId: string) => boolean;
    readonly added: readonly (PersonMember & { readonly key: string })[];
  },
  resources: ResourcePut[],
  ledger: LedgerEntry[],
): Promise<void> {
  const stored = new Map(
    person.personFacts.flatMap((fact) => {
      const memo = memoOf(fact.memo);
      return memo === undefined ? [] : [[memo.key, { fact, memo }] as const];
    }),
  );
  const keys = [...new Set([...stored.keys(), ...change.added.map(({ key }) => key)])].sort();
  const ids = await ledgerIdsFor(
    deps,
    person.id,
    change.added.map(({ key }) => key),
    person.id,
    ledger,
  );
  for (const key of keys) {
    const known = stored.get(key);
    const kept =
      known === undefined
        ? []
        : membersOf(known.memo).filter(({ identity, dossier }) => identity !== change.identityId || !change.leaves(dossier));
    const members: PersonMember[] = [
      ...kept,
      ...change.added.filter((member) => member.key === key).map(({ key: _key, ...member }) => member),
    ];
    if (members.length === 0) {
      if (known !== undefined) resources.push(deletion(known.fact));
      continue;
    }
    const id = known?.fact.id ?? ids.get(key) ?? '';
    const resource = personFactResource(members, id, person.id);
    resources.push({
      resourceType: resource.resourceType,
      id,
      origin: 'fact',
      expected: 'any',
      resource,
      subject: person.id,
      labels: [
        PERSON_LEVEL_LABEL,
        ...labelsOf(members),
        ...(person.communeCode === undefined ? [] : [`commune/${person.communeCode}`]),
      ],
      memo: memoText(personMemo(key, members)),
    });
  }
}

const labelsOf = (members: readonly { readonly sender: string; readonly identity: string }[]): readonly string[] => [
  ...new Set(members.map(({ sender }) => `sender/${sender}`)),
  ...new Set(members.map(({ identity }) => `identity/${identity}`)),
];

/** Takes a fact out of all views; its history stays. */
export const deletion = (stored: StoredResource): ResourcePut => ({
  resourceType: stored.resourceType,
  id: stored.id,
  origin: 'fact',
  expected: 'any',
  ...(stored.subject === undefined ? {} : { subject: stored.subject }),
  labels: [],
});

/** The person's Patient, or its deletion when nobody says anything of the person any more. */
export function patientPut(person: PersonView): readonly ResourcePut[] {
  const { contributions } = person;
  if (contributions.length === 0) {
    if (person.patient?.body === undefined || person.patient.origin !== 'fact') return [];
    return [deletion(person.patient)];
  }
  const memo: FactMemo = {
    level: 'person',
    key: 'patient',
    members: [...contributions]
      .sort((a, b) => (a.source < b.source ? -1 : 1))
      .map(({ patient: _patient, isWritten: _isWritten, ...member }) => member),
  };
  return [
    {
      resourceType: 'Patient',
      id: person.id,
      origin: 'fact',
      expected: 'any',
      resource: patientFact(person.id, contributions),
      subject: person.id,
      labels: [...labelsOf(contributions), ...(person.communeCode === undefined ? [] : [`commune/${person.communeCode}`])],
      memo: memoText(memo),
    },
  ];
}

export const personRecord = (person: PersonView): RecordPut => {
  const { communeCode: _communeCode, ...base } = person.row?.value ?? { state: 'active' as const, rebuilds: 0 };
  const value: PersonValue = {
    ...base,
    rebuilds: base.rebuilds + 1,
    ...(person.communeCode === undefined ? {} : { communeCode: person.communeCode }),
  };
  return {
    collection: COLLECTIONS.person,
    id: person.id,
    expected: person.row?.version ?? 'absent',
    value,
    keys: personKeys(value),
  };
};

/** When the residence changed: every other resource of the person gets the new catchment label in the same commit. */
export async function relabelled(
  deps: RebuildDeps,
  person: PersonView,
  puts: readonly ResourcePut[],
): Promise<readonly ResourcePut[]> {
  const before = person.row?.value.communeCode;
  if (person.row === undefined || before === person.communeCode) return [];
  const done = new Set(puts.map(({ resourceType, id }) => `${resourceType}/${id}`));
  const changed: ResourcePut[] = [];
  let cursor: string | undefined;
  do {
    const page = await deps.store.search({
      criteria: [],
      subject: person.id,
      order: 'newest',
      count: RELABEL_PAGE,
      includeHeld: true,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const stored of page.items) {
      if (stored.body === undefined || done.has(`${stored.resourceType}/${stored.id}`)) continue;
      changed.push({
        resourceType: stored.resourceType,
        id: stored.id,
        origin: stored.origin,
        expected: { versionId: stored.versionId },
        resource: deps.parse(stored.body),
        subject: person.id,
        labels: [
          ...stored.labels.filter((label) => !label.startsWith('commune/')),
          ...(person.communeCode === undefined ? [] : [`commune/${person.communeCode}`]),
        ],
        ...(stored.memo === undefined ? {} : { memo: stored.memo }),
      });
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return changed;
}
