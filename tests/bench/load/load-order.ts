/** One request, sent again and again. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the load process is told to do. */
export interface LoadOrder {
  readonly port: number;
  /** Taken in turn. */
  readonly requests: readonly LoadRequest[];
  readonly connections: number;
  /** How long new requests are sent. */
  readonly durationMs: number;
  /** Open loop: requests a second, sent whether or not earlier ones were answered. Absent = closed loop, every connection always busy. */
  readonly ratePerSecond?: number;
  /** Closed loop: ends after this many requests, each sent once. */
  readonly once?: boolean;
}

/** What came of it; times in milliseconds. In an open loop a latency begins when the request was due, waiting included. */
export interface LoadResult {
  readonly answers: number;
  readonly elapsedMs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Answers by status; a lost connection counts as `lost`. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Mean bytes of an answer's body. */
  readonly bodyBytes: number;
}

export type LoadReply = { readonly result: LoadResult } | { readonly failed: string };
