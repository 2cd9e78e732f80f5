import { createHash, randomUUID } from 'node:crypto';
import type { AccessLine } from '../../src/store/access-log.js';
import type { IntakeFormat, SenderContext } from '../../src/intake/parsed-visit.js';
import type { Receipt, ReceiptVisit, Submissions } from '../../src/record/sources/receipt.js';

/** Longest list of visits that a receipt of this stand-in shows. */
const MAX_VISITS = 100_000;

interface Kept {
  readonly bytes: Uint8Array;
  readonly format: IntakeFormat;
  readonly sender: SenderContext;
  readonly messageId: string | undefined;
  receipt: Receipt;
}

export interface MemorySubmissions extends Submissions {
  /** Reads every submission that waits, as the worker would. */
  work(): void;
  /** Everything kept, oldest first. */
  readonly kept: readonly {
    readonly bytes: Uint8Array;
    readonly sender: SenderContext;
    readonly messageId: string | undefined;
  }[];
  readonly accessLines: readonly AccessLine[];
}

/** Receipts without a record behind them: submissions are kept, cut and parsed by the real formats, and nothing is matched or merged. */
export function makeMemorySubmissions(deps: {
  readonly formats: readonly IntakeFormat[];
  readonly now: () => Date;
}): MemorySubmissions {
  const kept: Kept[] = [];
  const accessLines: AccessLine[] = [];
  const ownerOf = (sender: SenderContext): string => sender.facilityCode ?? sender.clientId;

  return {
    kept,
    accessLines,
    work() {
      for (const entry of kept) if (entry.receipt.state === 'received') entry.receipt = read(entry);
    },
    accept({ door, bytes, sender, messageId, access }) {
      const format = deps.formats.find((candidate) => candidate.door === door);
      if (format === undefined) throw new Error(`no format for ${door}`);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const earlier = kept.find(
        ({ receipt, sender: other }) => receipt.sha256 === sha256 && receipt.door === door && ownerOf(other) === ownerOf(sender),
      );
      if (earlier !== undefined) {
        return Promise.resolve({ receiptId: earlier.receipt.id, repeated: true, receivedAt: earlier.receipt.receivedAt });
      }
      const id = randomUUID();
      const receivedAt = deps.now().toISOString();
      const receipt: Receipt = { id, door, sha256, receivedAt, state: 'received', visits: [], problems: [] };
      accessLines.push(...access([`Submission/${id}`]));
      kept.push({ bytes: Uint8Array.from(bytes), format, sender, messageId, receipt });
      return Promise.resolve({ receiptId: id, repeated: false, receivedAt });
    },
    receipt(id, sender) {
      const entry = kept.find(({ receipt }) => receipt.id === id);
      const visible = entry !== undefined && (sender === undefined || ownerOf(entry.sender) === sender);
      return Promise.resolve(visible ? entry.receipt : undefined);
    },
    receipts(query) {
      const matching = kept
        .filter(({ sender }) => query.sender === undefined || ownerOf(sender) === query.sender)
        .map(({ receipt }) => receipt)
        .filter(({ state }) => query.state === undefined || state === query.state)
        .filter(
          ({ receivedAt }) =>
            (query.from === undefined || receivedAt >= query.from) && (query.to === undefined || receivedAt < query.to),
        )
        .filter(({ visits }) => query.key === undefined || visits.some(({ key }) => key === query.key))
        .reverse();
      const start = query.after === undefined ? 0 : matching.findIndex(({ id }) => id === query.after) + 1;
      const items = matching.slice(start, start + query.limit);
      const last = items.at(-1);
      return Promise.resolve({ items, ...(last !== undefined && last !== matching.at(-1) ? { next: last.id } : {}) });
    },
  };
}

function read({ bytes, format, sender, receipt }: Kept): Receipt {
  const { segments, skeleton } = format.cut(bytes, { maxBytes: bytes.length, maxVisits: MAX_VISITS });
  const context = format.readContext(skeleton);
  const visits = segments.map((segment, index): ReceiptVisit => {
    const visit = format.parse(segment, index + 1, context, sender);
    const warned = visit.problems.some(({ severity }) => severity === 'warning');
    const state = visit.refused ? 'refused' : warned ? 'accepted-with-warnings' : 'accepted';
    return { key: visit.key ?? '', state, links: [], problems: visit.problems };
  });
  const state = visits.every((visit) => visit.state === 'refused') ? 'refused' : 'completed';
  return { ...receipt, state, visits, problems: context.problems };
}
