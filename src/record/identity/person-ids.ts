import type { LedgerEntry } from '../../store/store.js';

/** Scope of the id ledger for persons: `<identity record>` or `<identity record>#<n>` -> person id. */
export const PERSON_SCOPE = 'person';
/** Person ids that one identity record may have stood for, over all merges and splits. */
export const GENERATIONS_MAX = 4;

/** Ledger keys of an identity record: the person that it founded, then those that it took over from records that left. */
export const ledgerKeysOf = (identityId: string): readonly string[] =>
  Array.from({ length: GENERATIONS_MAX }, (_, index) => (index === 0 ? identityId : `${identityId}#${String(index + 1)}`));

/**
 * Which person each group is. A group keeps the id that its smallest founder founded; when that record is gone (withdrawn, moved), the id
 * that its members are linked to now, unless another group has the better claim; only else a new one. So a person's page stays where it is,
 * a merge ends in the older founder's id, and a split gives each side its own id back. merging.md §3.4
 *
 * @param groups each sorted, founders only; sorted by their first id
 */
export function assignPersonIds(
  groups: readonly (readonly string[])[],
  known: {
    readonly ledger: ReadonlyMap<string, string>;
    readonly linkedTo: (identityId: string) => string | undefined;
    readonly mint: (founder: string) => string;
  },
): { readonly personIds: readonly string[]; readonly minted: readonly LedgerEntry[] } {
  const { ledger, linkedTo, mint } = known;
  const taken = new Set<string>();
  const assigned = new Map<number, string>();
  const minted: LedgerEntry[] = [];

  const claim = (index: number, claimsOf: (identityId: string) => readonly (string | undefined)[]): void => {
    if (assigned.has(index)) return;
    for (const identityId of groups[index] ?? []) {
      const personId = claimsOf(identityId).find((candidate) => candidate !== undefined && !taken.has(candidate));
      if (personId === undefined) continue;
      assigned.set(index, personId);
      taken.add(personId);
      return;
    }
  };
  const note = (identityId: string, personId: string): void => {
    const key = ledgerKeysOf(identityId).find((candidate) => !ledger.has(candidate));
    if (key === undefined) throw new Error('an identity record has stood for too many persons');
    minted.push({ scope: PERSON_SCOPE, key, id: personId });
  };

  const indexes = groups.map((_, index) => index);
  for (const index of indexes) claim(index, (id) => [ledger.get(id)]);
  for (const index of indexes) {
    claim(index, (id) =>
      ledgerKeysOf(id)
        .slice(1)
        .map((key) => ledger.get(key)),
    );
  }
  for (const index of indexes) {
    if (assigned.has(index)) continue;
    claim(index, (id) => [linkedTo(id)]);
    const group = groups[index] ?? [];
    const founder = group[0] ?? '';
    const inherited = assigned.get(index);
    if (inherited === undefined) {
      const personId = mint(founder);
      assigned.set(index, personId);
      note(founder, personId);
    } else note(group.find((id) => linkedTo(id) === inherited) ?? founder, inherited);
  }
  return { personIds: indexes.map((index) => assigned.get(index) ?? ''), minted };
}
