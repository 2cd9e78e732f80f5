import type { Store } from '../../store/store.js';
import { COLLECTIONS, type DecisionValue, type IdentityValue, type LinkValue } from '../collections.js';
import { blockingKeys } from './blocking.js';
import { ledgerKeysOf, PERSON_SCOPE } from './person-ids.js';
import { NUMBER_CAP } from './partition.js';
import type { Decision, IdentityRecord, NormalIdentity } from './identity.js';

/** Identity records of one blocking key that are read: one more than partition links by itself (NUMBER_CAP). */
export const BLOCK_CAP = NUMBER_CAP + 1;
/** Identity records of one component that are read; a larger one is a shared number or a test patient, and what is beyond stays alone. */
export const READ_CAP = 2 * NUMBER_CAP;

/** Current link with the version it was read at (0 = none yet). */
export interface ReadLink {
  readonly version: number;
  readonly value: LinkValue | undefined;
}

/**
 * Everything that one recompute of a component believes, read at once: its members (all identity records reachable by blocking
 * keys, decisions, or the persons they are linked to), links, decisions, and the versions of all keys.
 */
export interface Component {
  readonly members: ReadonlyMap<string, IdentityRecord>;
  /** Links of members, and of dead identities that still have one in these persons. */
  readonly links: ReadonlyMap<string, ReadLink>;
  readonly decisions: readonly Decision[];
  /** Person ids that these identity records founded or took over (`ledgerKeysOf`). */
  readonly ledger: ReadonlyMap<string, string>;
  readonly guards: readonly { readonly key: string; readonly version: number }[];
}

export const linkGuardKey = (identityId: string): string => `link|${identityId}`;

/** Reads the component of `identityId`. Guard versions are read before what they guard, so a later change is noticed at the commit. */
export async function readComponent(store: Store, identityId: string): Promise<Component> {
  const members = new Map<string, IdentityRecord>();
  const links = new Map<string, ReadLink>();
  const guards = new Map<string, number>();
  const decisions = new Map<string, Decision>();
  const ledger = new Map<string, string>();
  const seenKeys = new Set<string>();
  const seenPersons = new Set<string>();
  const seen = new Set<string>([identityId]);
  const queue: string[] = [identityId];

  const guard = async (keys: readonly string[]): Promise<void> => {
    const unknown = keys.filter((key) => !guards.has(key));
    if (unknown.length === 0) return;
    const versions = await store.guardVersions(unknown);
    unknown.forEach((key, index) => guards.set(key, versions[index] ?? 0));
  };
  const enqueue = (id: string): void => {
    if (seen.has(id) || seen.size > READ_CAP) return;
    seen.add(id);
    queue.push(id);
  };

  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    await guard([linkGuardKey(id)]);
    const [identity, link] = await Promise.all([
      store.record<IdentityValue>(COLLECTIONS.identity, id),
      store.record<LinkValue>(COLLECTIONS.link, id),
    ]);
    links.set(id, { version: link?.version ?? 0, value: link?.value });
    for (const decision of await decisionsOf(store, id)) {
      decisions.set(`${decision.a}|${decision.b}`, decision);
      if (decision.verdict === 'same') enqueue(decision.a === id ? decision.b : decision.a);
    }
    // Whoever holds an id that this record once founded belongs to the question who keeps it.
    const claims = await store.ledgerIds(PERSON_SCOPE, ledgerKeysOf(id));
    for (const [key, personId] of claims) ledger.set(key, personId);
    for (const personId of [...personsOf(link?.value), ...claims.values()]) {
      if (seenPersons.has(personId)) continue;
      seenPersons.add(personId);
      for (const other of await linkedIdentities(store, personId)) enqueue(other);
    }
    if (identity === undefined || !identity.value.live) continue;
    members.set(id, { id, normal: identity.value.normal });
    const keys = blockingKeys(identity.value.normal);
    await guard(keys);
    for (const key of keys) {
      if (seenKeys.has(key)) continue;
      seenKeys.add(key);
      const found = await store.find<IdentityValue>({
        collection: COLLECTIONS.identity,
        index: 'block',
        value: key,
        limit: BLOCK_CAP,
      });
      for (const other of found) enqueue(other.id);
    }
  }
  return {
    members,
    links,
    decisions: [...decisions.values()],
    ledger,
    guards: [...guards].map(([key, version]) => ({ key, version })),
  };
}

const personsOf = (link: LinkValue | undefined): readonly string[] => [
  ...(link?.personId === undefined ? [] : [link.personId]),
  ...(link?.previous ?? []),
];

/** Ids of the identity records linked to a person. */
export async function linkedIdentities(store: Store, personId: string): Promise<readonly string[]> {
  const found = await store.find<LinkValue>({
    collection: COLLECTIONS.link,
    index: 'person',
    value: personId,
    limit: READ_CAP,
  });
  return found.map((link) => link.id);
}

async function decisionsOf(store: Store, identityId: string): Promise<readonly Decision[]> {
  const found = await store.find<DecisionValue>({
    collection: COLLECTIONS.decision,
    index: 'identity',
    value: identityId,
    limit: 200,
  });
  return found
    .filter(({ value }) => value.revokedBy === undefined)
    .map(({ value: { a, b, verdict } }): Decision => ({ a, b, verdict }));
}

/** Does the source of this record number a patient, so that it may found a person? A portal account never does. */
export const foundsPerson = (normal: NormalIdentity): boolean => normal.sourceType !== 'portal';
