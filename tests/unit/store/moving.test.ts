import { describe, expect, test } from '@jest/globals';
import { inPages, PAGE_BYTES, PAGE_ROWS, sizeOfRow } from '../../../src/store/moving.js';

const holds = (count: number) => Array.from({ length: count }, (_, index) => [{ label: 'l' }, String(index)] as const);

async function pagesOf(
  rows: ReturnType<typeof holds>,
  bytes = 0,
): Promise<readonly (readonly [rows: number, position: string])[]> {
  const pages: (readonly [number, string])[] = [];
  for await (const page of inPages<'hold'>(rows, () => bytes)) pages.push([page.rows.length, page.position]);
  return pages;
}

describe('pages of a move', () => {
  test('hold PAGE_ROWS rows at most, and name the last one', async () => {
    expect(await pagesOf(holds(PAGE_ROWS))).toEqual([[PAGE_ROWS, String(PAGE_ROWS - 1)]]);
    expect(await pagesOf(holds(PAGE_ROWS + 1))).toEqual([
      [PAGE_ROWS, String(PAGE_ROWS - 1)],
      [1, String(PAGE_ROWS)],
    ]);
    expect(await pagesOf([])).toEqual([]);
  });

  test('end with the row that reaches PAGE_BYTES', async () => {
    expect(await pagesOf(holds(2), PAGE_BYTES)).toEqual([
      [1, '0'],
      [1, '1'],
    ]);
    expect(await pagesOf(holds(2), PAGE_BYTES - 1)).toEqual([[2, '1']]);
  });

  test('weigh what may be large', () => {
    expect(sizeOfRow({ id: 'b', bytes: new Uint8Array(7) })).toBe(7);
    expect(sizeOfRow({ label: 'l' })).toBe(0);
  });
});
