import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  deriveKey,
  newDataKey,
  open,
  openInBackground,
  seal,
  sealInBackground,
  unwrapDataKey,
  wrapDataKey,
} from '../../../src/store/sealing.js';

const unavailable = expect.objectContaining({ category: 'unavailable' });
const flipped = (bytes: Uint8Array, index: number): Uint8Array => bytes.map((byte, at) => (at === index ? byte ^ 1 : byte));

describe('sealed sources', () => {
  test('what was sealed opens byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), fc.string(), (bytes, aad) => {
        const key = newDataKey();

        expect(open(key, seal(key, bytes, aad), aad)).toEqual(bytes);
      }),
    );
  });

  test('the background forms read and write the same pieces', async () => {
    const key = newDataKey();
    const bytes = Buffer.from('hồ sơ '.repeat(1_000));

    expect(Buffer.from(open(key, await sealInBackground(key, bytes, 'a'), 'a'))).toEqual(bytes);
    expect(Buffer.from(await openInBackground(key, seal(key, bytes, 'a'), 'a'))).toEqual(bytes);
  });

  test('text is compressed, and two sealings of one text differ', () => {
    const key = newDataKey();
    const bytes = Buffer.from('<XML1>079123456789</XML1>'.repeat(100));
    const [first, second] = [seal(key, bytes, 'a'), seal(key, bytes, 'a')];

    expect(first.length).toBeLessThan(bytes.length / 5);
    expect(Buffer.from(first)).not.toEqual(Buffer.from(second));
    expect(Buffer.from(first).includes('079123456789')).toBe(false);
  });

  test('any changed byte, another text, another key or a short piece does not open', () => {
    const key = newDataKey();
    const sealed = seal(key, Buffer.from('abc'), 'blob-1');

    for (let index = 0; index < sealed.length; index += 1)
      expect(() => open(key, flipped(sealed, index), 'blob-1')).toThrow(unavailable);
    expect(() => open(key, sealed, 'blob-2')).toThrow(unavailable);
    expect(() => open(newDataKey(), sealed, 'blob-1')).toThrow(unavailable);
    expect(() => open(key, sealed.subarray(0, 20), 'blob-1')).toThrow(unavailable);
    expect(() => open(key, new Uint8Array(), 'blob-1')).toThrow(unavailable);
  });

  test('a destroyed key is gone, for good', async () => {
    const sealed = seal(newDataKey(), Buffer.from('abc'), 'a');

    expect(() => open(undefined, sealed, 'a')).toThrow(expect.objectContaining({ category: 'gone' }));
    await expect(openInBackground(undefined, sealed, 'a')).rejects.toMatchObject({ category: 'gone' });
  });
});

describe('wrapped data keys', () => {
  test('the master key unwraps what it wrapped, for the same text only', () => {
    const [master, dataKey] = [newDataKey(), newDataKey()];
    const wrapped = wrapDataKey(master, dataKey, 'visit-1');

    expect(Buffer.from(unwrapDataKey(master, wrapped, 'visit-1'))).toEqual(Buffer.from(dataKey));
    expect(Buffer.from(wrapped).includes(Buffer.from(dataKey))).toBe(false);
    expect(() => unwrapDataKey(master, wrapped, 'visit-2')).toThrow(unavailable);
    expect(() => unwrapDataKey(newDataKey(), wrapped, 'visit-1')).toThrow(unavailable);
    expect(() => unwrapDataKey(master, flipped(wrapped, 40), 'visit-1')).toThrow(unavailable);
  });

  test('a sealed source does not pass for a wrapped key', () => {
    const master = newDataKey();
    const sealed = seal(deriveKey(master, 'data-key-wrapping'), newDataKey(), 'a');

    expect(() => unwrapDataKey(master, sealed, 'a')).toThrow(unavailable);
  });
});

describe('derived keys', () => {
  test('one purpose always gives one key, another purpose another', () => {
    const master = new Uint8Array(32).fill(7);

    expect(deriveKey(master, 'index-terms')).toEqual(deriveKey(master, 'index-terms'));
    expect(deriveKey(master, 'index-terms')).not.toEqual(deriveKey(master, 'access-tokens'));
    expect(deriveKey(master, 'index-terms')).not.toEqual(deriveKey(new Uint8Array(32).fill(8), 'index-terms'));
    expect(deriveKey(master, 'index-terms')).toHaveLength(32);
  });
});
