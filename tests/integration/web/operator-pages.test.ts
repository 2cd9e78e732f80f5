import { describe, expect, test } from '@jest/globals';
import { PhrError } from '../../../src/errors.js';
import { LETTERS_ON_PAGE } from '../../../src/web/operator/routes.js';
import { formTokenIn, OPERATOR, startWeb, STEWARD, type WebApplication } from '../../support/web-application.js';

const RECEIPT = '0d6c9f5e-6f0b-5a5e-9a57-3c8d0a1b2c3d';

/** Two rows that wait, of which one kind has nothing dead, and a dead letter of each of two kinds. */
async function withDeadLetters(web: WebApplication): Promise<void> {
  await web.store.commit({
    opens: [
      { id: 'waits', kind: 'link-person', payload: { identityId: 'i-1' } },
      { id: `parse-${RECEIPT}`, kind: 'parse-submission', payload: { submissionId: RECEIPT } },
      { id: 'given/up', kind: 'rebuild-record', payload: { identityId: 'i-2' } },
    ],
  });
  await web.store.commit({
    notes: [
      { id: `parse-${RECEIPT}`, attempts: 5, dead: 'unavailable' },
      { id: 'given/up', attempts: 8, dead: 'too-large' },
    ],
  });
}

const start = async () => {
  const web = await startWeb({ samples: false });
  await withDeadLetters(web);
  return { web, agent: await web.signedIn(OPERATOR.username) };
};
const lines = (web: WebApplication, interaction: string) => web.store.accessLines({ interaction, limit: 10 });

describe('the page of an operator', () => {
  test('shows every kind of work and each dead letter with attempts, failure code and receipt; the look is written down', async () => {
    const { web, agent } = await start();

    const { status, text } = await agent.get('/operator');

    expect(status).toBe(200);
    for (const shown of ['parse-submission', 'link-person', 'rebuild-record', `parse-${RECEIPT}`, 'given/up', 'unavailable']) {
      expect(text).toContain(shown);
    }
    expect(text).toContain(`<code>${RECEIPT}</code>`);
    expect(text).not.toContain('i-2');
    expect(await lines(web, 'operator-work')).toEqual([
      expect.objectContaining({ action: 'E', purpose: 'HOPERAT', patients: [], what: ['outbox'] }),
    ]);
  });

  test('says that nothing was given up, in both languages', async () => {
    const web = await startWeb({ samples: false });
    const agent = await web.signedIn(OPERATOR.username);

    expect((await agent.get('/operator')).text).toContain('Không có việc nào bị bỏ lại.');
    expect((await agent.get('/operator?lang=en')).text).toContain('Nothing was given up.');
  });

  test(`shows ${String(LETTERS_ON_PAGE)} dead letters, and says when there are more`, async () => {
    const web = await startWeb({ samples: false });
    const agent = await web.signedIn(OPERATOR.username);
    const die = async (from: number, to: number): Promise<void> => {
      const ids = Array.from({ length: to - from }, (_, index) => `row-${String(from + index)}`);
      await web.store.commit({ opens: ids.map((id) => ({ id, kind: 'link-person', payload: { identityId: id } })) });
      await web.store.commit({ notes: ids.map((id) => ({ id, attempts: 8, dead: 'conflict' })) });
    };
    const shown = async () => {
      const { text } = await agent.get('/operator');
      return { letters: text.match(/\/requeue"/g)?.length, hasMore: text.includes('Chỉ hiện') };
    };

    await die(0, LETTERS_ON_PAGE);
    expect(await shown()).toEqual({ letters: LETTERS_ON_PAGE, hasMore: false });
    await die(LETTERS_ON_PAGE, LETTERS_ON_PAGE + 1);
    expect(await shown()).toEqual({ letters: LETTERS_ON_PAGE, hasMore: true });
  });

  test('is nobody else’s: another role is refused, and who is not signed in goes to the form', async () => {
    const { web } = await start();
    const steward = await web.signedIn(STEWARD.username);
    const form_token = formTokenIn((await steward.get('/steward')).text);

    expect((await steward.get('/operator')).status).toBe(403);
    const answer = await steward.post('/operator/work/given%2Fup/requeue').type('form').send({ form_token });
    expect(answer.status).toBe(403);
    expect(await web.store.deadOutbox(9)).toHaveLength(2);
  });
});

describe('requeue', () => {
  test('opens the row with all its attempts, wakes the queue, and writes down who did it', async () => {
    const { web, agent } = await start();
    const form_token = formTokenIn((await agent.get('/operator')).text);

    const answer = await agent.post('/operator/work/given%2Fup/requeue').type('form').send({ form_token });

    expect([answer.status, answer.headers['location']]).toEqual([303, '/operator?done=requeued']);
    const row = await web.store.outboxRow('given/up');
    expect([row?.attempts, row?.dead]).toEqual([0, undefined]);
    expect(web.woken).toEqual(['rebuild-record']);
    expect(await lines(web, 'operator-requeue')).toEqual([
      expect.objectContaining({ action: 'U', what: ['outbox given/up'], agent: expect.objectContaining({ role: 'operator' }) }),
    ]);
    expect((await agent.get('/operator?done=requeued')).text).toContain('Đã cho làm lại.');
  });

  test('of what is no dead letter changes nothing and says so', async () => {
    const { web, agent } = await start();
    const form_token = formTokenIn((await agent.get('/operator')).text);

    for (const id of ['waits', 'unknown']) {
      const answer = await agent.post(`/operator/work/${id}/requeue`).type('form').send({ form_token });
      expect(answer.headers['location']).toBe('/operator?done=gone');
    }
    expect(web.woken).toEqual([]);
    expect(await lines(web, 'operator-requeue')).toEqual([]);
  });

  test('and discard without the token of the session are refused', async () => {
    const { web, agent } = await start();

    for (const action of ['requeue', 'discard']) {
      expect((await agent.post(`/operator/work/given%2Fup/${action}`).type('form').send({})).status).toBe(403);
    }
    expect(await web.store.deadOutbox(9)).toHaveLength(2);
  });
});

describe('discard', () => {
  test('asks on a page of its own, then drops the row for ever and writes it down', async () => {
    const { web, agent } = await start();

    const asked = await agent.get(`/operator/work/parse-${RECEIPT}/discard`);
    expect(asked.text).toContain('Không lấy lại được');
    expect(asked.text).toContain(`<code>${RECEIPT}</code>`);
    expect(await web.store.deadOutbox(9)).toHaveLength(2);

    const answer = await agent
      .post(`/operator/work/parse-${RECEIPT}/discard`)
      .type('form')
      .send({ form_token: formTokenIn(asked.text) });
    expect([answer.status, answer.headers['location']]).toEqual([303, '/operator?done=discarded']);
    expect(await web.store.outboxRow(`parse-${RECEIPT}`)).toBeUndefined();
    expect((await lines(web, 'operator-discard')).map(({ action }) => action).sort()).toEqual(['D', 'R']);
  });

  test('of work that is still to be done is not offered', async () => {
    const { web, agent } = await start();
    const form_token = formTokenIn((await agent.get('/operator')).text);

    expect((await agent.get('/operator/work/waits/discard')).headers['location']).toBe('/operator?done=gone');
    const answer = await agent.post('/operator/work/waits/discard').type('form').send({ form_token });
    expect(answer.headers['location']).toBe('/operator?done=gone');
    expect(await web.store.outboxRow('waits')).toBeDefined();
  });
});

test('what can’t be written down is neither shown nor done', async () => {
  let isFull = false;
  const web = await startWeb({
    samples: false,
    wrap: (store) => ({
      ...store,
      commit: (unit) => (isFull ? Promise.reject(new PhrError('unavailable', 'disk full')) : store.commit(unit)),
    }),
  });
  await withDeadLetters(web);
  const agent = await web.signedIn(OPERATOR.username);
  const form_token = formTokenIn((await agent.get('/operator')).text);
  isFull = true;

  expect((await agent.get('/operator')).status).toBe(503);
  expect((await agent.post('/operator/work/given%2Fup/discard').type('form').send({ form_token })).status).toBe(503);
  expect(await web.store.deadOutbox(9)).toHaveLength(2);
});
