import type { Receipt } from '../record/sources/receipt.js';
import type { CommuneDoor, CommuneFile } from '../sample-commune/commune.js';
import type { SendResult } from './submit-client.js';
import type { Door } from './submit-door.js';

/** Files on their way to a door at one time: few, so that whoever looks around meanwhile is served. */
export const SENDING_CONCURRENCY = 3;
/** Receipts not yet completed: the queue of the service stays short, and what a visitor sends is worked on soon. */
export const MAX_OPEN_RECEIPTS = 24;

const DOORS: Readonly<Record<CommuneDoor, Door>> = {
  'bhyt-xml': { path: '/intake/bhyt-xml', type: 'application/xml' },
  'health-checkup': { path: '/intake/health-checkup', type: 'application/xml' },
  'sheet/blood-pressure-glucose': { path: '/intake/sheet/blood-pressure-glucose', type: 'text/csv' },
};

/** The part of the submit client that the sending needs. */
export interface SampleSender {
  send(door: Door, bytes: Uint8Array): Promise<SendResult>;
  waitFor(receipt: Receipt): Promise<Receipt>;
}

/** What became of the files. */
export interface SampleOutcome {
  readonly files: number;
  /** Turned away by a door at once. */
  readonly turnedAway: number;
  /** Visits by the state of their receipt. */
  readonly visits: Readonly<Record<string, number>>;
}

/**
 * Sends every file through its door as its facility, and waits until each receipt is completed. Sent again, the same bytes get the same
 * receipts, so an interrupted load is simply run again.
 *
 * @param deps.onCompleted called after every completed file, with the number so far
 * @throws CouldNotSend when the service does not answer any more
 */
export async function sendCommune(
  files: Iterable<CommuneFile>,
  deps: { readonly senderOf: (facilityCode: string) => SampleSender; readonly onCompleted: (completed: number) => void },
): Promise<SampleOutcome> {
  const visits: Record<string, number> = {};
  let [completed, turnedAway] = [0, 0];
  const open: (() => Promise<void>)[] = [];
  const settleOldest = async (): Promise<void> => {
    await open.shift()?.();
    completed += 1;
    deps.onCompleted(completed);
  };
  const iterator = files[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      const { door, facilityCode, bytes } = next.value;
      const sender = deps.senderOf(facilityCode);
      const result = await sender.send(DOORS[door], bytes);
      if ('refusal' in result) turnedAway += 1;
      open.push(async () => {
        if ('refusal' in result) return;
        const receipt = await sender.waitFor(result.receipt);
        for (const { state } of receipt.visits) visits[state] = (visits[state] ?? 0) + 1;
      });
      while (open.length >= MAX_OPEN_RECEIPTS) await settleOldest();
    }
    while (open.length > 0) await settleOldest();
  };
  await Promise.all(Array.from({ length: SENDING_CONCURRENCY }, work));
  return { files: completed, turnedAway, visits };
}
