import { describe, expect, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { makeHealthRouter } from '../../../src/operations/health.js';
import { makeMetrics, MAX_LABEL_VALUES } from '../../../src/operations/metrics.js';
import type { Store } from '../../../src/store/store.js';

function start(outboxDepth: Store['outboxDepth'] = () => Promise.resolve([])) {
  const metrics = makeMetrics({ outboxDepth, now: () => Date.parse('2026-01-01T00:01:30Z') });
  const app = express().use(makeHealthRouter({ parts: [], registry: metrics.registry, isStopping: () => false }));
  const scrape = async (): Promise<string[]> => (await request(app).get('/metrics')).text.split('\n');
  return { metrics, app, scrape };
}

describe('GET /metrics', () => {
  test('is Prometheus text', async () => {
    const res = await request(start().app).get('/metrics');

    expect([res.status, res.headers['content-type']]).toEqual([200, expect.stringContaining('text/plain')]);
  });

  test('counts requests by interaction and status class, in seconds', async () => {
    const { metrics, scrape } = start();

    metrics.requestEnded({ interaction: 'read', status: 200, durationMs: 20 });
    metrics.requestEnded({ interaction: 'read', status: 204, durationMs: 30 });
    metrics.requestEnded({ interaction: 'read', status: 404, durationMs: 1 });

    const lines = await scrape();
    expect(lines).toContain('phr_http_request_duration_seconds_sum{interaction="read",status="2xx"} 0.05');
    expect(lines).toContain('phr_http_request_duration_seconds_count{interaction="read",status="2xx"} 2');
    expect(lines).toContain('phr_http_request_duration_seconds_count{interaction="read",status="4xx"} 1');
  });

  test('counts tries of jobs and apart those that failed', async () => {
    const { metrics, scrape } = start();

    metrics.jobEnded({ kind: 'link-person', outcome: 'done', durationMs: 5 });
    metrics.jobEnded({ kind: 'link-person', outcome: 'retry', durationMs: 5 });
    metrics.jobEnded({ kind: 'link-person', outcome: 'dead', durationMs: 5 });

    const lines = await scrape();
    expect(lines).toContain('phr_job_duration_seconds_count{kind="link-person",outcome="done"} 1');
    expect(lines).toContain('phr_job_failures_total{kind="link-person",outcome="retry"} 1');
    expect(lines).toContain('phr_job_failures_total{kind="link-person",outcome="dead"} 1');
    expect(lines.filter((line) => line.startsWith('phr_job_failures_total{') && line.includes('done'))).toEqual([]);
  });

  test('counts commits by outcome', async () => {
    const { metrics, scrape } = start();

    metrics.commitEnded('precondition-failed', 4);

    expect(await scrape()).toContain('phr_commit_duration_seconds_count{outcome="precondition-failed"} 1');
  });

  test('shows depth, dead letters and the age of the oldest row as they are at the scrape', async () => {
    const depths = [
      [{ kind: 'parse-submission', open: 3, dead: 1, oldest: '2026-01-01T00:00:00Z' }],
      [{ kind: 'parse-submission', open: 0, dead: 1 }],
    ];
    const { scrape } = start(() => Promise.resolve(depths.shift() ?? []));

    const lines = await scrape();
    expect(lines).toContain('phr_outbox_open_rows{kind="parse-submission"} 3');
    expect(lines).toContain('phr_outbox_dead_rows{kind="parse-submission"} 1');
    expect(lines).toContain('phr_outbox_oldest_open_seconds{kind="parse-submission"} 90');
    expect(await scrape()).toContain('phr_outbox_oldest_open_seconds{kind="parse-submission"} 0');
  });

  test('still answers when the store does not', async () => {
    const { metrics, scrape } = start(() => Promise.reject(new Error('closed')));
    metrics.commitEnded('failed', 1);

    expect(await scrape()).toContain('phr_commit_duration_seconds_count{outcome="failed"} 1');
  });

  test('has no label that is not a word of the program, and a bounded number of them', async () => {
    const { metrics, scrape } = start();
    const word = (n: number): string =>
      `read-${String.fromCharCode(97 + Math.floor(n / 26))}${String.fromCharCode(97 + (n % 26))}`;

    for (const interaction of ['Nguyễn Thị Hoà', '001184012345'])
      metrics.requestEnded({ interaction, status: 200, durationMs: 1 });
    for (let n = 0; n <= MAX_LABEL_VALUES; n += 1) metrics.requestEnded({ interaction: word(n), status: 200, durationMs: 1 });

    const lines = await scrape();
    expect(lines.filter((line) => /Nguy|001184/.test(line))).toEqual([]);
    expect(lines).toContain('phr_http_request_duration_seconds_count{interaction="other",status="2xx"} 3');
    expect(lines).toContain(
      `phr_http_request_duration_seconds_count{interaction="${word(MAX_LABEL_VALUES - 1)}",status="2xx"} 1`,
    );
  });
});
