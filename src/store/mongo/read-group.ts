/** Keys asked in one question. */
export const MAX_READ_TOGETHER = 64;

interface Waiting<T> {
  readonly key: string;
  resolve(found: T | undefined): void;
  reject(error: unknown): void;
}

/**
 * Point reads that wait share the next question, as writes share a transaction: under load a question costs several times what a document of it
 * does. One question at a time; a read that comes alone is asked at once. What is answered was so at or after the moment of asking.
 *
 * @param ask documents by key, missing ones left out; when it fails, all who wait for it fail
 */
export function makeReadGroup<T>(
  ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): (key: string) => Promise<T | undefined> {
  let waiting: Waiting<T>[] = [];
  let isAsking = false;

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.slice(0, MAX_READ_TOGETHER);
      waiting = waiting.slice(group.length);
      try {
        const found = await ask([...new Set(group.map(({ key }) => key))]);
        for (const { key, resolve } of group) resolve(found.get(key));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    isAsking = false;
  };
  return async (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (isAsking) return;
      isAsking = true;
      // What is asked in this turn goes together.
      void Promise.resolve().then(run);
    });
}
