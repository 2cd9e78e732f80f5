import { describe } from '@jest/globals';
import type { Store } from '../../src/store/store.js';
import { describeBeliefs } from './store-contract/beliefs.js';
import { describeCommits } from './store-contract/commits.js';
import { describeKeptThings } from './store-contract/kept-things.js';
import { describeOutbox } from './store-contract/outbox.js';
import { describePaging } from './store-contract/paging.js';
import { describeRecords } from './store-contract/records.js';
import { describeResources } from './store-contract/resources.js';
import { describeSearch } from './store-contract/search.js';
import { describeAccessLines } from './store-contract/access-lines.js';
import type { OpenForTest } from './store-contract/store-at-test.js';

/**
 * Every promise of the store port, as tests. An engine is done when this passes.
 *
 * @param open opens an empty store that reads the given clock; the suite closes it
 */
export function describeStore(name: string, open: (clock: { now(): number }) => Promise<Store>): void {
  describe(`${name} store`, () => {
    const openForTest: OpenForTest = async () => {
      let instant = Date.parse('2026-03-01T00:00:00.000Z');
      const store = await open({ now: () => instant });
      return {
        store,
        setClock: (iso) => {
          instant = Date.parse(iso);
        },
      };
    };
    describeResources(openForTest);
    describeSearch(openForTest);
    describePaging(openForTest);
    describeRecords(openForTest);
    describeBeliefs(openForTest);
    describeOutbox(openForTest);
    describeAccessLines(openForTest);
    describeKeptThings(openForTest);
    describeCommits(openForTest);
  });
}
