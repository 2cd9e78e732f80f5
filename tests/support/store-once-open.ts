import type { Store } from '../../src/store/store.js';

/** A store to hand on before it is open: what is asked of it waits. Every member of the port is a function that answers later. */
export function storeOnceOpen(opening: Promise<Store>): Store {
  // Whoever asks is told; nobody may have asked yet.
  opening.catch(() => undefined);
  return new Proxy({} as Store, {
    // An object with a `then` would be awaited.
    get: (_target, member) =>
      member === 'then' || typeof member !== 'string'
        ? undefined
        : async (...words: readonly unknown[]) => {
            const store = (await opening) as unknown as Record<string, (...given: readonly unknown[]) => unknown>;
            return store[member]?.(...words);
          },
  });
}
