import { describe, expect, test } from '@jest/globals';
import express from 'express';
import { Registry } from 'prom-client';
import request from 'supertest';
import { makeHealthRouter, READINESS_TIMEOUT_MS, type ReadinessPart } from '../../../src/operations/health.js';

const works: ReadinessPart = { name: 'store', check: () => Promise.resolve() };
const fails: ReadinessPart = { name: 'queue', check: () => Promise.reject(new Error('Nguyễn 001184012345')) };
const throws: ReadinessPart = {
  name: 'definitions',
  check: () => {
    throw new Error('at once');
  },
};
const hangs: ReadinessPart = { name: 'disk', check: () => new Promise(() => undefined) };

function start(parts: readonly ReadinessPart[], options: { readonly stopping?: boolean } = {}) {
  const limits: number[] = [];
  const router = makeHealthRouter({
    parts,
    registry: new Registry(),
    isStopping: () => options.stopping === true,
    ...(parts.includes(hangs)
      ? {
          timeout: (ms: number) => {
            limits.push(ms);
            return { expired: new Promise<void>((resolve) => void setImmediate(resolve)), cancel: () => undefined };
          },
        }
      : {}),
  });
  return { app: express().use(router), limits };
}

describe('GET /readyz', () => {
  test('answers 200 when every part is ready', async () => {
    const res = await request(start([works]).app).get('/readyz');

    expect([res.status, res.body]).toEqual([200, { status: 'ready', parts: { store: 'ready' } }]);
    expect(res.headers['cache-control']).toBe('no-store');
  });

  test('answers 503 and names the parts that are not, never why', async () => {
    const res = await request(start([works, fails, throws]).app).get('/readyz');

    expect([res.status, res.body]).toEqual([
      503,
      { status: 'not-ready', parts: { store: 'ready', queue: 'not-ready', definitions: 'not-ready' } },
    ]);
  });

  test('a part that is not needed is named, and does not turn requests away', async () => {
    const res = await request(start([works, { ...fails, isNeeded: false }]).app).get('/readyz');

    expect([res.status, res.body]).toEqual([200, { status: 'ready', parts: { store: 'ready', queue: 'not-ready' } }]);
  });

  test('a part that does not answer in time is not ready', async () => {
    const { app, limits } = start([works, hangs]);

    const res = await request(app).get('/readyz');

    expect([res.status, res.body.parts]).toEqual([503, { store: 'ready', disk: 'not-ready' }]);
    expect(limits).toEqual([READINESS_TIMEOUT_MS, READINESS_TIMEOUT_MS]);
  });

  test('answers 503 while the process stops, though every part works', async () => {
    const res = await request(start([works], { stopping: true }).app).get('/readyz');

    expect([res.status, res.body.status]).toEqual([503, 'stopping']);
  });
});

describe('GET /healthz', () => {
  test('answers 200 whatever the parts say', async () => {
    const res = await request(start([fails]).app).get('/healthz');

    expect([res.status, res.body]).toEqual([200, { status: 'alive' }]);
  });
});
