import { describe, expect, test } from '@jest/globals';
import { assignPersonIds } from '../../../src/record/identity/person-ids.js';

const assign = (groups: string[][], ledger: Record<string, string>, links: Record<string, string> = {}) =>
  assignPersonIds(groups, {
    ledger: new Map(Object.entries(ledger)),
    linkedTo: (id) => links[id],
    mint: (founder) => `new-${founder}`,
  });

// merging.md §3.4: person ids stay stable
describe('assignPersonIds', () => {
  test('a new group founds a person under its smallest record', () => {
    expect(assign([['a', 'b']], {})).toEqual({ personIds: ['new-a'], minted: [{ scope: 'person', key: 'a', id: 'new-a' }] });
  });

  test('a group keeps the id that one of its records founded, also when a smaller record joins', () => {
    expect(assign([['a', 'b']], { b: 'P1' }, { b: 'P1' }).personIds).toEqual(['P1']);
  });

  test('a merge ends in the id of the smaller founder', () => {
    expect(assign([['a', 'b']], { a: 'P1', b: 'P2' }, { a: 'P1', b: 'P2' }).personIds).toEqual(['P1']);
  });

  test('a split gives each founder its own id back', () => {
    expect(assign([['a'], ['b']], { a: 'P1', b: 'P2' }, { a: 'P1', b: 'P1' }).personIds).toEqual(['P1', 'P2']);
  });

  test('when the founder is gone the others keep the id, and a rebuild finds it in the ledger', () => {
    const { personIds, minted } = assign([['b']], {}, { b: 'P1' });
    expect(personIds).toEqual(['P1']);
    expect(minted).toEqual([{ scope: 'person', key: 'b', id: 'P1' }]);
  });

  test('when the founder comes back apart from them, it has the better claim and nobody shares an id', () => {
    const { personIds } = assign([['a'], ['b']], { a: 'P1', b: 'P1' }, { b: 'P1' });
    expect(personIds[0]).toBe('P1');
    expect(personIds[1]).not.toBe('P1');
  });
});
