import { createServer, type RequestListener, type Server } from 'node:http';

/** A connection that has not sent the head of its request by then is told 408 and closed. */
export const HEADERS_TIMEOUT_MS = 15_000;
/** The same for the whole request: 64 MiB over a line of 2 Mbit/s, the largest file of a rural station, take less. */
export const REQUEST_TIMEOUT_MS = 300_000;
/** How often connections are looked over: a bound above is late by at most this. */
export const CONNECTIONS_CHECK_MS = 1_000;
/** An idle connection between two requests: longer than the proxies and pools before it keep theirs (60 s), so that none is reused just as it closes. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Open connections; one more is closed at once. A slow sender costs one connection and its share of the body budget. */
export const CONNECTIONS_MAX = 2_000;

/** Bounds of a server; tests pass shorter ones. */
export interface ConnectionBounds {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly checkMs: number;
  readonly keepAliveMs: number;
  readonly connectionsMax: number;
}

const BOUNDS: ConnectionBounds = {
  headersTimeoutMs: HEADERS_TIMEOUT_MS,
  requestTimeoutMs: REQUEST_TIMEOUT_MS,
  checkMs: CONNECTIONS_CHECK_MS,
  keepAliveMs: KEEP_ALIVE_TIMEOUT_MS,
  connectionsMax: CONNECTIONS_MAX,
};

/** An HTTP server of which no client holds a connection for ever by sending slowly or nothing at all. Does not listen yet. */
export function makeHttpServer(listener: RequestListener, bounds: ConnectionBounds = BOUNDS): Server {
  const server = createServer(
    {
      headersTimeout: bounds.headersTimeoutMs,
      requestTimeout: bounds.requestTimeoutMs,
      connectionsCheckingInterval: bounds.checkMs,
      keepAliveTimeout: bounds.keepAliveMs,
    },
    listener,
  );
  server.maxConnections = bounds.connectionsMax;
  return server;
}
