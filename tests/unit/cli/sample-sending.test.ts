import { describe, expect, test } from '@jest/globals';
import { makeProgressLine } from '../../../src/cli/progress-line.js';
import { MAX_OPEN_RECEIPTS, SENDING_CONCURRENCY, sendCommune } from '../../../src/cli/sample-sending.js';
import type { Receipt } from '../../../src/record/sources/receipt.js';
import { generateCommune } from '../../../src/sample-commune/commune.js';

/** A service that completes a receipt when it is asked for, and counts. */
function aService(turnAway: (sent: number) => boolean = () => false) {
  const seen = { sent: 0, sending: 0, mostSending: 0, open: 0, mostOpen: 0, ways: new Set<string>() };
  const senderOf = (facilityCode: string) => ({
    send: async ({ path }: { path: string }, bytes: Uint8Array) => {
      seen.sent += 1;
      const number = seen.sent;
      seen.sending += 1;
      seen.mostSending = Math.max(seen.mostSending, seen.sending);
      seen.ways.add(`${facilityCode} ${path}`);
      await Promise.resolve(bytes.length);
      seen.sending -= 1;
      if (turnAway(number)) return { refusal: [{ code: 'invalid', message: '' }] };
      seen.open += 1;
      seen.mostOpen = Math.max(seen.mostOpen, seen.open);
      const visits = [{ key: '', state: 'accepted', links: [], problems: [] }] as const;
      return { receipt: { id: String(number), state: 'received', visits } as unknown as Receipt };
    },
    waitFor: async (receipt: Receipt): Promise<Receipt> => {
      await Promise.resolve();
      seen.open -= 1;
      return { ...receipt, state: 'completed' };
    },
  });
  return { seen, senderOf };
}
const commune = () => generateCommune({ households: 12, seed: 'a' });

describe('sending the sample commune', () => {
  test('sends every file through its door as its facility and waits for all of them', async () => {
    const { seen, senderOf } = aService();
    const completed: number[] = [];
    const files = [...commune()];

    const outcome = await sendCommune(files, { senderOf, onCompleted: (count) => completed.push(count) });

    expect(outcome).toEqual({ files: files.length, turnedAway: 0, visits: { accepted: files.length } });
    expect(completed).toEqual(files.map((_file, index) => index + 1));
    expect(seen.open).toBe(0);
    expect(seen.ways).toEqual(new Set(files.map(({ facilityCode, door }) => `${facilityCode} /intake/${door}`)));
  });

  test('keeps few files on their way and few receipts open', async () => {
    const { seen, senderOf } = aService();

    await sendCommune(commune(), { senderOf, onCompleted: () => undefined });

    expect(seen.mostSending).toBe(SENDING_CONCURRENCY);
    expect(seen.mostOpen).toBeGreaterThan(SENDING_CONCURRENCY);
    expect(seen.mostOpen).toBeLessThan(MAX_OPEN_RECEIPTS + SENDING_CONCURRENCY);
  });

  test('counts what a door turned away and goes on', async () => {
    const { senderOf } = aService((sent) => sent % 10 === 0);
    const files = [...commune()];

    const { turnedAway, files: done } = await sendCommune(files, { senderOf, onCompleted: () => undefined });

    expect(turnedAway).toBe(Math.floor(files.length / 10));
    expect(done).toBe(files.length);
  });

  test('ends with the error when the service is gone', async () => {
    const gone = { send: () => Promise.reject(new Error('gone')), waitFor: () => Promise.reject(new Error('gone')) };

    await expect(sendCommune(commune(), { senderOf: () => gone, onCompleted: () => undefined })).rejects.toThrow('gone');
  });
});

describe('the line of progress', () => {
  const run = (isTTY: boolean): readonly string[] => {
    const written: string[] = [];
    const show = makeProgressLine({ isTTY, write: (text) => written.push(text) }, 'Nạp');
    for (let done = 1; done <= 200; done += 1) show(done, 200);
    return written;
  };

  test('is a line every ten percent in a log', () => {
    expect(run(false)).toHaveLength(11);
    expect(run(false).at(-1)).toBe('Nạp: 100 % (200/200)\n');
  });

  test('draws over itself on a terminal and ends the line at the end', () => {
    expect(run(true)).toHaveLength(101);
    expect(
      run(true)
        .slice(0, -1)
        .every((text) => text.startsWith('\r') && !text.includes('\n')),
    ).toBe(true);
    expect(run(true).at(-1)?.endsWith('100 %\n')).toBe(true);
  });
});
