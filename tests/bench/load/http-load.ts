import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { ascending, percentile } from '../statistics.js';
import type { LoadOrder, LoadRequest, LoadResult } from './load-order.js';

/**
 * A load generator of few instructions: on a small machine a fuller HTTP client takes the processor away from the server it measures.
 * Keep-alive connections without pipelining; reads Content-Length and chunked bodies.
 */
export function runLoad(order: LoadOrder): Promise<LoadResult> {
  const texts = order.requests.map((request) => requestText(request, order.port));
  if (texts.length === 0) throw new RangeError('a load needs a request');
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const idle: Connection[] = [];
  const due: number[] = [];
  let bodyBytes = 0;
  let sent = 0;
  let busy = 0;
  const startedMs = performance.now();
  const endsMs = startedMs + order.durationMs;
  let lastMs = startedMs;

  return new Promise((resolve) => {
    const isOver = (): boolean =>
      order.once === true ? sent >= texts.length : order.ratePerSecond === undefined && performance.now() >= endsMs;
    const connections: Connection[] = [];
    let isTicking = order.ratePerSecond !== undefined;

    const endIfDone = (): void => {
      if (busy > 0 || isTicking || due.length > 0 || (order.ratePerSecond === undefined && !isOver())) return;
      for (const connection of connections) connection.end();
      const sorted = ascending(latencies);
      const elapsedMs = lastMs - startedMs;
      resolve({
        answers: latencies.length,
        elapsedMs,
        perSecond: (latencies.length / elapsedMs) * 1_000,
        p50Ms: percentile(sorted, 0.5),
        p99Ms: percentile(sorted, 0.99),
        maxMs: percentile(sorted, 1),
        statuses,
        bodyBytes: latencies.length === 0 ? 0 : bodyBytes / latencies.length,
      });
    };
    const give = (connection: Connection, sinceMs: number): void => {
      busy += 1;
      connection.send(texts[sent % texts.length] ?? '', sinceMs);
      sent += 1;
    };
    const onAnswer = (connection: Connection, status: string, bytes: number, sinceMs: number): void => {
      busy -= 1;
      lastMs = performance.now();
      latencies.push(lastMs - sinceMs);
      bodyBytes += bytes;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (order.ratePerSecond === undefined) {
        if (isOver()) endIfDone();
        else give(connection, lastMs);
        return;
      }
      const next = due.shift();
      if (next === undefined) {
        idle.push(connection);
        endIfDone();
      } else give(connection, next);
    };
    for (let count = 0; count < order.connections; count += 1) connections.push(makeConnection(order.port, onAnswer));

    if (order.ratePerSecond === undefined) {
      for (const connection of connections) if (!isOver()) give(connection, performance.now());
      return;
    }
    idle.push(...connections);
    const gapMs = 1_000 / order.ratePerSecond;
    let nextMs = startedMs;
    const tick = (): void => {
      const now = performance.now();
      for (; nextMs <= now && nextMs < endsMs; nextMs += gapMs) {
        const connection = idle.pop();
        if (connection === undefined) due.push(nextMs);
        else give(connection, nextMs);
      }
      if (nextMs < endsMs) return;
      clearInterval(ticker);
      isTicking = false;
      endIfDone();
    };
    const ticker = setInterval(tick, 1);
  });
}

function requestText({ method, path, headers, body }: LoadRequest, port: number): string {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: localhost:${String(port)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body !== undefined) lines.push(`Content-Length: ${String(Buffer.byteLength(body))}`);
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

interface Connection {
  send(text: string, sinceMs: number): void;
  end(): void;
}

function makeConnection(
  port: number,
  onAnswer: (connection: Connection, status: string, bodyBytes: number, sinceMs: number) => void,
): Connection {
  let socket: Socket | undefined;
  let chunks: Buffer[] = [];
  let received = 0;
  let needed = 0;
  let since = 0;
  let status = '';
  let headBytes = 0;
  let isWaiting = false;

  const connection: Connection = {
    send(text, sinceMs) {
      since = sinceMs;
      isWaiting = true;
      socket ??= open();
      socket.write(text);
    },
    end() {
      socket?.destroy();
    },
  };
  const answered = (code: string): void => {
    const bytes = received - headBytes;
    chunks = [];
    received = 0;
    needed = 0;
    isWaiting = false;
    onAnswer(connection, code, bytes, since);
  };
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    received += chunk.length;
    if (needed === 0) {
      const head = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      const text = head.toString('latin1', 0, end);
      status = text.slice(9, 12);
      headBytes = end + 4;
      const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
      needed =
        length === undefined
          ? /\r\ntransfer-encoding: *chunked/i.test(text)
            ? Infinity
            : headBytes
          : headBytes + Number(length);
    }
    if (needed === Infinity ? Buffer.concat(chunks).subarray(-5).equals(LAST_CHUNK) : received >= needed) answered(status);
  };
  const open = (): Socket => {
    const opened = connect({ port, host: '127.0.0.1', noDelay: true });
    opened.on('data', onData);
    opened.on('error', () => undefined);
    opened.on('close', () => {
      socket = undefined;
      if (isWaiting) answered('lost');
    });
    return opened;
  };
  return connection;
}

const LAST_CHUNK = Buffer.from('0\r\n\r\n');
