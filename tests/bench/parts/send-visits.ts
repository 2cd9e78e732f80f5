import { setTimeout as delay } from 'node:timers/promises';
import type { LoadGenerator } from '../load/load-generator.js';
import type { LoadResult } from '../load/load-order.js';
import type { ServiceProcess } from './service.js';

/** Scraping costs the service processor time, so it is not done oftener. */
const POLL_MS = 250;

/** Posts files to the door of insurance visits, each once. */
export async function postFiles(
  service: ServiceProcess,
  load: LoadGenerator,
  token: string,
  files: readonly string[],
  connections: number,
): Promise<LoadResult> {
  const requests = files.map(
    (body) =>
      ({
        method: 'POST',
        path: '/intake/bhyt-xml',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/xml' },
        body,
      }) as const,
  );
  return load.run({ port: service.port, requests, connections, durationMs: 0, once: true }, 202);
}

/** Waits until no job is open: every visit that was taken is a finished record. @throws Error when a job became a dead letter */
export async function untilFinished(service: ServiceProcess, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const metrics = await service.metrics();
    const sum = (name: string): number =>
      [...metrics].reduce((total, [key, value]) => (key.startsWith(name) ? total + value : total), 0);
    if (sum('phr_outbox_dead_rows') > 0) throw new Error('a job became a dead letter');
    if (sum('phr_outbox_open_rows') === 0) return;
    if (Date.now() > deadline) throw new Error('the records were not finished in time');
    await delay(POLL_MS);
  }
}

interface ReceiptPage {
  readonly receipts: readonly { readonly visits: readonly { readonly links: readonly string[] }[] }[];
}

/** Links of what the newest receipts made. */
export async function newestLinks(service: ServiceProcess, token: string): Promise<readonly string[]> {
  const answer = await fetch(`${service.baseUrl}/intake/receipts?state=completed`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const { receipts } = (await answer.json()) as ReceiptPage;
  return receipts.flatMap(({ visits }) => visits.flatMap(({ links }) => links));
}
