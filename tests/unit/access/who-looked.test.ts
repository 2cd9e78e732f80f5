import { describe, expect, test } from '@jest/globals';
import { LOOK_WINDOW_MS, LOOKS_PER_PAGE_MAX, makeWhoLooked } from '../../../src/access/audit/who-looked.js';
import type { AccessLine } from '../../../src/store/access-log.js';
import { aLine, FACILITY_AGENT } from '../../support/access-lines.js';
import { accessParts } from '../../support/access-parts.js';

async function looksOf(lines: readonly AccessLine[], page: { count?: number; before?: string } = {}) {
  const { store } = accessParts();
  await store.commit({ access: lines });
  return makeWhoLooked({ store }).looks({ personId: 'p1', accountId: 'acc-me' }, { count: 20, ...page });
}
const minutesOfWindow = LOOK_WINDOW_MS / 60_000;

describe('"Ai đã xem"', () => {
  test('tells the station, its role, purpose and reason, and the kinds of content', async () => {
    const { looks, next } = await looksOf([aLine(1, { purpose: 'BTG', reason: 'cấp cứu ngoài giờ' })]);

    expect(next).toBeUndefined();
    expect(looks).toEqual([
      {
        id: aLine(1).id,
        from: aLine(1).at,
        to: aLine(1).at,
        who: 'Trạm Y tế 22651',
        role: { code: 'station', text: 'Trạm y tế' },
        purpose: { code: 'BTG', text: 'Xem ngoài địa bàn, có ghi lý do' },
        reason: 'cấp cứu ngoài giờ',
        action: { code: 'read', text: 'Xem' },
        kinds: [
          { code: 'Patient', text: 'Thông tin cá nhân' },
          { code: 'Condition', text: 'Chẩn đoán' },
        ],
        isOwn: false,
        isRefused: false,
        times: 1,
      },
    ]);
  });

  test('one sitting of one reader is one entry; another reason, reader or a later time is another', async () => {
    const { looks } = await looksOf([
      aLine(1, { what: ['Condition/c1'] }),
      aLine(2, { what: ['Observation/o1'], requestId: 'r9' }),
      aLine(3, { what: ['Observation/o2'], requestId: 'r9' }),
      aLine(4, { agent: FACILITY_AGENT }),
      aLine(5, { reason: 'khám lại' }),
      aLine(5 + minutesOfWindow, { reason: 'khám lại' }),
    ]);

    expect(looks.map(({ from, to, times }) => [from, to, times])).toEqual([
      [aLine(5 + minutesOfWindow).at, aLine(5 + minutesOfWindow).at, 1],
      [aLine(5).at, aLine(5).at, 1],
      [aLine(4).at, aLine(4).at, 1],
      [aLine(1).at, aLine(3).at, 2],
    ]);
    expect(looks[3]?.kinds.map(({ code }) => code).sort()).toEqual(['Condition', 'Observation']);
  });

  test('the window reaches up to its bound', async () => {
    expect((await looksOf([aLine(1), aLine(minutesOfWindow)])).looks).toHaveLength(1);
    expect((await looksOf([aLine(1), aLine(1 + minutesOfWindow)])).looks).toHaveLength(2);
  });

  test('own looks, refused ones and written content are marked', async () => {
    const { looks } = await looksOf([
      aLine(1, { agent: { kind: 'person', id: 'acc-me', role: 'citizen', display: 'Nguyễn Thị Hoa' } }),
      aLine(2, { outcome: '4' }),
      aLine(3, { agent: FACILITY_AGENT, action: 'C' }),
    ]);

    expect(looks.map(({ who, isOwn, isRefused, action }) => [who, isOwn, isRefused, action.code])).toEqual([
      ['Bệnh viện 56901', false, false, 'write'],
      ['Trạm Y tế 22651', false, true, 'read'],
      ['Bạn', true, false, 'read'],
    ]);
  });

  test('of a list with several persons nothing but the list is told, and other persons not at all', async () => {
    const { looks } = await looksOf([
      aLine(1, { patients: ['p1', 'p2'], what: ['Patient/p1', 'Patient/p2'] }),
      aLine(2, { patients: ['p2'] }),
      aLine(3, { what: [] }),
    ]);

    expect(looks).toHaveLength(1);
    expect(looks[0]?.kinds).toEqual([
      { code: 'station-history', text: 'Hồ sơ sức khỏe' },
      { code: 'list', text: 'Danh sách có tên bạn' },
    ]);
    expect(JSON.stringify(looks)).not.toContain('p2');
  });

  test('pages go on where they ended and never cut an entry in two', async () => {
    const far = (number: number): AccessLine[] => [aLine(number * 60), aLine(number * 60 + 1)];
    const lines = [0, 1, 2, 3, 4].flatMap(far);

    const first = await looksOf(lines, { count: 2 });
    const second = await looksOf(lines, { count: 2, ...(first.next === undefined ? {} : { before: first.next }) });
    const third = await looksOf(lines, { count: 2, ...(second.next === undefined ? {} : { before: second.next }) });

    expect([first, second, third].map(({ looks }) => looks.map(({ times }) => times))).toEqual([[2, 2], [2, 2], [2]]);
    expect(third.next).toBeUndefined();
  });

  test('a page is bounded', async () => {
    const lines = Array.from({ length: LOOKS_PER_PAGE_MAX + 1 }, (_, index) => aLine(index * 60));

    expect((await looksOf(lines, { count: LOOKS_PER_PAGE_MAX })).looks).toHaveLength(LOOKS_PER_PAGE_MAX);
    expect((await looksOf(lines, { count: LOOKS_PER_PAGE_MAX + 1 })).looks).toHaveLength(LOOKS_PER_PAGE_MAX);
    expect((await looksOf(lines, { count: 0 })).looks).toHaveLength(1);
  });

  test('nobody looked', async () => {
    expect(await looksOf([])).toEqual({ looks: [] });
  });
});
