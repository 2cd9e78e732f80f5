import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { makeHttpServer, type ConnectionBounds } from '../../../src/operations/http-server.js';
import { openRaw, sendRaw } from '../../support/raw-connection.js';

const SHORT: ConnectionBounds = {
  headersTimeoutMs: 50,
  requestTimeoutMs: 100,
  checkMs: 10,
  keepAliveMs: 50,
  connectionsMax: 2,
};

async function withServer(bounds: ConnectionBounds, run: (port: number) => Promise<void>): Promise<void> {
  const server = makeHttpServer((req, res) => {
    req.resume();
    req.on('end', () => res.end('whole'));
    req.on('error', () => undefined);
  }, bounds);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await run((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('a connection', () => {
  test.each([
    ['sends nothing', ''],
    ['stops within the head of its request', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    ['stops within the body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf'],
  ])('that %s is told 408 and closed', async (_, bytes) => {
    await withServer(SHORT, async (port) => {
      expect(await sendRaw(port, bytes)).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    });
  });

  test('that is idle between two requests is closed', async () => {
    await withServer(SHORT, async (port) => {
      const answer = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');

      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*whole/);
    });
  });

  test('beyond the bound is closed at once, the others go on', async () => {
    await withServer({ ...SHORT, headersTimeoutMs: 5_000, requestTimeoutMs: 5_000 }, async (port) => {
      const held = await openRaw(port);
      const request = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
      const second = await openRaw(port);
      const third = await openRaw(port);

      expect(await third.closed).toBe('');
      held.write(request);
      second.write(request);
      expect(await held.closed).toContain('whole');
      expect(await second.closed).toContain('whole');
    });
  });
});
