import { afterEach, beforeEach } from '@jest/globals';
import type { Store } from '../../../src/store/store.js';

export interface StoreAtTest {
  readonly store: Store;
  setClock(iso: string): void;
}

export type OpenForTest = () => Promise<StoreAtTest>;

/** A store for each test of the enclosing `describe`, closed afterwards. */
export function storeForEach(open: OpenForTest): () => StoreAtTest {
  let opened: StoreAtTest | undefined;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(async () => {
    await opened?.store.close();
  });
  return () => {
    if (opened === undefined) throw new Error('the store is open only inside a test');
    return opened;
  };
}
