import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What was handed over in earlier runs, so that a run that was interrupted goes on where it ended. */
export interface SubmitJournal {
  /** Receipt that a file of this content got from this instance for this client. */
  receiptOf(sha256: string): string | undefined;
  /** Keeps a receipt; what is noted outlives the process. */
  note(sha256: string, receipt: string): void;
}

interface JournalLine {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly sha256: string;
  readonly receipt: string;
}

/** SHA-256 of a file as the journal and the receipt name it: 64 hexadecimal digits. */
export const contentHash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * A file of JSON lines that is only appended to; several runs and instances may share it. Holds hashes and receipt ids, nothing of what was sent.
 * A line cut off by a crash is passed over: its file is sent again and gets the same receipt.
 */
export function openSubmitJournal(path: string, { baseUrl, clientId }: Pick<JournalLine, 'baseUrl' | 'clientId'>): SubmitJournal {
  const receipts = new Map<string, string>();
  for (const text of linesOf(path)) {
    const line = parsed(text);
    if (line?.baseUrl === baseUrl && line.clientId === clientId) receipts.set(line.sha256, line.receipt);
  }
  return {
    receiptOf: (sha256) => receipts.get(sha256),
    note(sha256, receipt) {
      if (receipts.get(sha256) === receipt) return;
      receipts.set(sha256, receipt);
      mkdirSync(dirname(path), { recursive: true });
      // With a line end before it too, so that a line cut off does not swallow the next one.
      appendFileSync(path, `\n${JSON.stringify({ baseUrl, clientId, sha256, receipt } satisfies JournalLine)}\n`, {
        mode: 0o600,
      });
    },
  };
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function parsed(text: string): JournalLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<Record<keyof JournalLine, unknown>> | null;
    const names = ['baseUrl', 'clientId', 'sha256', 'receipt'] as const;
    return names.every((name) => typeof line?.[name] === 'string') ? (line as unknown as JournalLine) : undefined;
  } catch {
    return undefined;
  }
}
