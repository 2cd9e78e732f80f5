import { describe, expect, test } from '@jest/globals';
import { ageOn, dateText, dateTimeText, dayOf, monthsBefore, timeText, vietnamDay } from '../../../src/web/words/dates.js';

describe('dates as people read them', () => {
  test('a partial date stays partial', () => {
    expect(dateText('1958')).toBe('1958');
    expect(dateText('1958-03')).toBe('03/1958');
    expect(dateText('1958-03-12')).toBe('12/03/1958');
    expect(dateText('mùa xuân')).toBe('mùa xuân');
  });

  test('an instant is shown in the zone of Vietnam', () => {
    expect(dateTimeText('2026-03-16T07:35:00+07:00')).toBe('07:35 16/03/2026');
    expect(dateTimeText('2026-03-16T20:35:00Z')).toBe('03:35 17/03/2026');
    expect(dateTimeText('2026-03-16')).toBe('16/03/2026');
    expect(timeText('2026-03-16T20:35:00.000Z')).toBe('03:35');
    expect(timeText('2026-03-16')).toBeUndefined();
    expect(dayOf('2026-03-16T20:35:00Z')).toBe('2026-03-17');
    expect(vietnamDay(new Date('2026-12-31T17:00:00Z'))).toBe('2027-01-01');
  });
});

describe('age on a day', () => {
  test('is in whole years, from the birthday on', () => {
    expect(ageOn('1958-03-12', '2026-03-11')).toEqual({ years: 67 });
    expect(ageOn('1958-03-12', '2026-03-12')).toEqual({ years: 68 });
    expect(ageOn('1958', '2026-03-12')).toEqual({ years: 68 });
  });

  test('is in months below two years', () => {
    expect(ageOn('2025-05-10', '2027-05-09')).toEqual({ months: 23 });
    expect(ageOn('2025-05-10', '2027-05-10')).toEqual({ years: 2 });
    expect(ageOn('2026-03-12', '2026-03-12')).toEqual({ months: 0 });
  });

  test('is not known before birth, or without a date', () => {
    expect(ageOn('2026-03-13', '2026-03-12')).toBeUndefined();
    expect(ageOn('?', '2026-03-12')).toBeUndefined();
  });
});

test('months before a day cross the year', () => {
  expect(monthsBefore('2026-03-16', 6)).toBe('2025-09-16');
  expect(monthsBefore('2026-11-25', 6)).toBe('2026-05-25');
});
