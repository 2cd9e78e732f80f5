import { describe, expect, test } from '@jest/globals';
import { MOTHER, SENDER_56901, SENDER_56902, startWeb, STEWARD } from '../../support/web-application.js';

const receiptLinks = (html: string): readonly string[] => [
  ...new Set([...html.matchAll(/href="(\/sender\/receipts\/[0-9a-f-]{36})"/g)].map(([, link = '']) => link)),
];

describe('a sender', () => {
  test('reads its own receipts, each visit and problem with table, row, field and reason', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(SENDER_56901.username);

    const list = await agent.get('/sender');
    const details = await Promise.all(receiptLinks(list.text).map((link) => agent.get(link)));

    expect(details).toHaveLength(3);
    const accepted = details.find(({ text }) => text.includes('56901|56901.2603.000117'));
    for (const shown of ['Đã nhận', 'XML14', 'đã lưu, chưa hiển thị', 'CHUKYDONVI']) expect(accepted?.text).toContain(shown);
    expect(details.some(({ text }) => text.includes('Bị từ chối'))).toBe(true);
    const lines = await web.store.accessLines({ interaction: 'sender-receipts', limit: 10 });
    expect(lines).toHaveLength(4);
  });

  test('filters by state, day and key', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(SENDER_56901.username);
    const count = async (query: string): Promise<number> => receiptLinks((await agent.get(`/sender?${query}`)).text).length;

    expect(await count('state=refused')).toBe(1);
    expect(await count('state=completed')).toBe(2);
    expect(await count('state=nonsense')).toBe(3);
    expect(await count('key=56901%7C56901.2603.000117')).toBe(1);
    expect(await count('key=56902%7CBVDK.2025.05.004410')).toBe(0);
    expect(await count('from=2026-11-25&to=2026-11-25')).toBe(3);
    expect(await count('from=2026-11-26')).toBe(0);
    expect(await count('to=2026-11-24')).toBe(0);
    expect((await agent.get('/sender?from=hom-qua')).status).toBe(422);
  });

  test("does not see another sender's receipt: as if there were none", async () => {
    const web = await startWeb();
    const own = await web.signedIn(SENDER_56901.username);
    const other = await web.signedIn(SENDER_56902.username);
    const [link = ''] = receiptLinks((await own.get('/sender')).text);

    expect((await other.get(link)).status).toBe(404);
    expect((await other.get('/sender/receipts/none')).status).toBe(404);
    expect(receiptLinks((await other.get('/sender')).text)).toHaveLength(1);
  });
});

describe('a steward', () => {
  test('reads both sides of what is in doubt, with the reason in words; the look is written down for both', async () => {
    const web = await startWeb();
    const agent = await web.signedIn(STEWARD.username);

    const { status, text } = await agent.get('/steward');

    expect(status).toBe(200);
    for (const shown of [MOTHER.name, 'Phạm Thị Bé Mẫu', 'Trẻ sơ sinh của người mẹ này']) expect(text).toContain(shown);
    const [line] = await web.store.accessLines({ patient: await web.personWith(MOTHER.number), limit: 1 });
    expect(line).toMatchObject({ interaction: 'steward-reviews', purpose: 'HOPERAT' });
    expect(line?.patients).toHaveLength(2);
  });

  test('reads an empty list as such, and refuses a place that is not ours', async () => {
    const web = await startWeb({ samples: false });
    const agent = await web.signedIn(STEWARD.username);

    expect((await agent.get('/steward')).text).toContain('Không có việc nào đang chờ');
    expect((await agent.get('/steward?page=nonsense')).status).toBe(400);
  });
});
