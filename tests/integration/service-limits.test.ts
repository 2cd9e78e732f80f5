import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { printEnvelope } from '../support/bhyt-printer.js';
import { refused, textOf, VIETNAMESE } from '../support/service-at-test.js';
import { freePort, killServices, startService, takeToken, type ServiceProcess } from '../support/service-process.js';
import { makeServiceClient, printedVisit, visitFile, visitNumbers } from '../support/service-visits.js';
import { temporaryFolder } from '../support/temporary-folder.js';

jest.setTimeout(600_000);
const root = temporaryFolder();
afterAll(killServices);

const MIB = 1024 * 1024;
/** Most memory while the largest file is taken in: body, its compressed and sealed copies, and the service itself. */
const PEAK_MAX_BYTES = 1_024 * MIB;

async function anInstance(name: string, env: Readonly<Record<string, string>> = {}) {
  const dataDir = join(root, name);
  const service = await startService({ dataDir, port: await freePort(), env });
  const token = await takeToken(dataDir, 'facility-56901');
  return { service, token, client: makeServiceClient(service.baseUrl, token) };
}

/** The file made this long by spaces behind the visits, where XML allows them. */
function padded(file: string, length: number): Buffer {
  const space = Buffer.alloc(length - Buffer.byteLength(file), 32);
  const at = file.indexOf('</DANHSACHHOSO>');
  return Buffer.concat([Buffer.from(file.slice(0, at)), space, Buffer.from(file.slice(at))]);
}

/** Of the process so far, in bytes; undefined where the system does not tell. */
function peakOf({ pid }: ServiceProcess): number | undefined {
  const status = `/proc/${pid}/status`;
  return existsSync(status) ? Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1]) * 1024 : undefined;
}

describe('INTAKE_MAX_BYTES', () => {
  test('takes a file of 64 MiB by default and refuses one byte more, whatever is in it', async () => {
    const { service, client } = await anInstance('default');
    const largest = padded(visitFile(visitNumbers(1)), 64 * MIB);

    const { id } = JSON.parse(await textOf(await client.send(largest), 202)) as { readonly id: string };
    expect((await client.done(id)).state).toBe('completed');
    const text = await refused(await client.send(Buffer.concat([largest, Buffer.from(' ')])), 413);
    expect(text).toContain(String(64 * MIB));
    expect(text).toMatch(VIETNAMESE);

    const peak = peakOf(service);
    if (peak !== undefined) {
      process.stderr.write(`peak of the process with a file of 64 MiB: ${Math.round(peak / MIB)} MiB\n`);
      expect(peak).toBeLessThan(PEAK_MAX_BYTES);
    }
    await service.stop();
  });

  const limit = 200_000;
  /** One body sent in every way in which a door takes one. */
  const ways: readonly (readonly [string, (url: string, token: string, body: Buffer) => Promise<Response>])[] = [
    ['as it is', (url, token, body) => post(url, token, bytesOf(body), {})],
    ['without its length', (url, token, body) => post(url, token, new Blob([bytesOf(body)]).stream(), {})],
    ['compressed', (url, token, body) => post(url, token, bytesOf(gzipSync(body)), { 'content-encoding': 'gzip' })],
    [
      'in a form',
      (url, token, body) => {
        const form = new FormData();
        form.set('file', new Blob([bytesOf(body)]), 'file.xml');
        return fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: form });
      },
    ],
  ];
  const bytesOf = (body: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(body);
  const post = (url: string, token: string, body: BodyInit, headers: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/xml', ...headers },
      body,
      duplex: 'half',
    } as RequestInit);

  test('bounds the file on both sides, in every way in which it can be sent', async () => {
    const { service, client, token } = await anInstance('bytes', { INTAKE_MAX_BYTES: String(limit) });
    const url = `${service.baseUrl}/intake/bhyt-xml`;
    const exact = padded(visitFile(visitNumbers(1)), limit);
    const ids = new Set<string>();

    for (const [way, send] of ways) {
      const answer = await send(url, token, exact);
      expect(`${way} ${answer.status}`).toBe(`${way} 202`);
      ids.add(((await answer.json()) as { readonly id: string }).id);
      await refused(await send(url, token, Buffer.concat([exact, Buffer.from('\n')])), 413);
    }

    // The same bytes in four ways are one file.
    expect(ids.size).toBe(1);
    expect(await client.receipts()).toHaveLength(1);
    await service.stop();
  });
});

describe('INTAKE_MAX_VISITS', () => {
  test('takes as many visits and refuses a file with one more', async () => {
    const { service, client } = await anInstance('visits', { INTAKE_MAX_VISITS: '3' });
    const file = (count: number): string =>
      printEnvelope(Array.from({ length: count }, (_, index) => printedVisit(visitNumbers(index))));

    const { id } = JSON.parse(await textOf(await client.send(file(3)), 202)) as { readonly id: string };
    const receipt = await client.done(id);
    expect(receipt.visits.map(({ state }) => state)).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^accepted/)));
    const text = await refused(await client.send(file(4)), 413);
    expect(text).toContain('hơn 3 hồ sơ');
    expect(await client.receipts()).toHaveLength(1);
    await service.stop();
  });
});
