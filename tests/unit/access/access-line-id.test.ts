import { expect, test } from '@jest/globals';
import { LINE_IDS_PER_MS, makeAccessLineId } from '../../../src/access/audit/access-line-id.js';

test('ids are UUIDv7 and FHIR ids, and begin with the time', () => {
  const id = makeAccessLineId()(new Date(0x0123456789ab));

  expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('ids grow while the clock stands still, across the bound of a millisecond, and when it goes back', () => {
  const lineId = makeAccessLineId();
  const now = new Date('2026-11-25T08:00:00Z');
  const ids = Array.from({ length: LINE_IDS_PER_MS + 2 }, () => lineId(now));
  ids.push(lineId(new Date(now.getTime() - 60_000)), lineId(new Date(now.getTime() + 60_000)));

  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});
