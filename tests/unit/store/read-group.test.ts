import { describe, expect, test } from '@jest/globals';
import { makeReadGroup, MAX_READ_TOGETHER } from '../../../src/store/mongo/read-group.js';

/** A question whose answers a test gives one by one. */
function questions() {
  const asked: { readonly keys: readonly string[]; answer(): void; fail(error: Error): void }[] = [];
  const ask = (keys: readonly string[]): Promise<ReadonlyMap<string, string>> =>
    new Promise((resolve, reject) => {
      asked.push({
        keys,
        answer: () => {
          resolve(new Map(keys.filter((key) => !key.startsWith('missing')).map((key) => [key, `found ${key}`])));
        },
        fail: reject,
      });
    });
  return { asked, ask };
}
const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('point reads together', () => {
  test('those of one turn are one question, a key asked twice is asked once', async () => {
    const { asked, ask } = questions();
    const read = makeReadGroup(ask);
    const found = Promise.all([read('a'), read('b'), read('a'), read('missing')]);
    await turn();

    expect(asked.map(({ keys }) => keys)).toEqual([['a', 'b', 'missing']]);
    asked[0]?.answer();
    expect(await found).toEqual(['found a', 'found b', 'found a', undefined]);
  });

  test('what comes while a question is open waits for the next one, and is never answered by the open one', async () => {
    const { asked, ask } = questions();
    const read = makeReadGroup(ask);
    const first = read('a');
    await turn();
    const second = read('a');
    await turn();

    expect(asked).toHaveLength(1);
    asked[0]?.answer();
    await first;
    await turn();
    expect(asked.map(({ keys }) => keys)).toEqual([['a'], ['a']]);
    asked[1]?.answer();
    expect(await second).toBe('found a');
  });

  test('a question has at most MAX_READ_TOGETHER keys', async () => {
    const { asked, ask } = questions();
    const read = makeReadGroup(ask);
    const all = Promise.all(Array.from({ length: MAX_READ_TOGETHER + 1 }, (_, index) => read(String(index))));
    await turn();
    asked[0]?.answer();
    await turn();
    asked[1]?.answer();

    expect(asked.map(({ keys }) => keys.length)).toEqual([MAX_READ_TOGETHER, 1]);
    expect((await all).at(-1)).toBe(`found ${String(MAX_READ_TOGETHER)}`);
  });

  test('a question that fails fails those who wait for it, and no one else', async () => {
    const { asked, ask } = questions();
    const read = makeReadGroup(ask);
    const first = read('a');
    await turn();
    const second = read('b');
    asked[0]?.fail(new Error('lost'));

    await expect(first).rejects.toThrow('lost');
    await turn();
    asked[1]?.answer();
    expect(await second).toBe('found b');
  });
});
