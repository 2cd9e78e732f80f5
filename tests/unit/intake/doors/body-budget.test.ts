import { describe, expect, test } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import request from 'supertest';
import { MIN_BODY_BUDGET_BYTES, makeBodyBudget } from '../../../../src/intake/doors/body-budget.js';
import { startDoors } from '../../../support/door-application.js';

const anAnswer = (): ServerResponse => new EventEmitter() as unknown as ServerResponse;

describe('memory of the bodies in flight', () => {
  test('two of the largest fit, not a byte more, and what an answer held is given back once', () => {
    const size = MIN_BODY_BUDGET_BYTES;
    const budget = makeBodyBudget(size);
    const first = anAnswer();

    expect(budget.open(first).take(size)).toBe(true);
    const second = budget.open(anAnswer());
    expect([second.take(size + 1), second.take(size), second.take(1)]).toEqual([false, true, false]);
    first.emit('close');
    first.emit('close');
    expect([second.take(size), second.take(1)]).toEqual([true, false]);
  });

  test('a small limit leaves room for many', () => {
    const budget = makeBodyBudget(1);

    expect([budget.open(anAnswer()).take(MIN_BODY_BUDGET_BYTES), budget.open(anAnswer()).take(1)]).toEqual([true, false]);
  });

  test.each(['plain', 'form'])('a body (%s) that finds no room is answered 503 and taken later', async (form) => {
    let finish: (() => void) | undefined;
    const kept = new Promise<void>((resolve) => (finish = resolve));
    const doors = startDoors({ limits: { maxBytes: 8 * 1024 * 1024, maxVisits: 1_000_000 } });
    const accept = doors.submissions.accept.bind(doors.submissions);
    let reached: (() => void) | undefined;
    const waiting = new Promise<void>((resolve) => (reached = resolve));
    const { app } = startDoors({
      limits: { maxBytes: 9 * 1024 * 1024, maxVisits: 1_000_000 },
      submissions: {
        ...doors.submissions,
        accept: async (submission) => {
          reached?.();
          await kept;
          return accept(submission);
        },
      },
    });
    const row = `P,${'a'.repeat(1_000)},1950,1,01/06/2026\n`;
    const sheet = Buffer.from(
      `ma_phieu,ho_ten,ngay_sinh,gioi_tinh,ngay_do\n${row.repeat(Math.floor((9 * 1024 * 1024 - 100) / row.length))}`,
    );
    const send = () => {
      const to = request(app).post('/intake/sheet/blood-pressure-glucose').set('Authorization', 'Bearer token-56901');
      return form === 'form' ? to.attach('file', sheet, 'a.csv') : to.type('text/csv').send(sheet);
    };
    const inFlight = [send(), send()].map(async (sent) => (await sent).status);
    await waiting;

    const refused = await Promise.race([...inFlight, send().then(({ status }) => status)]);
    finish?.();

    expect(refused).toBe(503);
    expect((await Promise.all(inFlight)).filter((status) => status === 202).length).toBeGreaterThan(0);
    expect((await send()).status).toBe(202);
  });
});
