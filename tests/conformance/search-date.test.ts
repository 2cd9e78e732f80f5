import { describe, expect, test } from '@jest/globals';
import type { Observation, Period } from 'fhir/r4.js';
import { isFound } from '../support/search-in.js';

const at = (effectiveDateTime: string): Observation => ({
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  code: {},
  effectiveDateTime,
});
const during = (effectivePeriod: Period): Observation => ({
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  code: {},
  effectivePeriod,
});
const found = (resource: Observation, date: string): boolean => isFound(resource, `date=${encodeURIComponent(date)}`);

// https://hl7.org/fhir/R4/search.html#date: the examples of the table, and their other side.
describe('date search', () => {
  test.each([
    ['eq2013-01-14', '2013-01-14', true],
    ['eq2013-01-14', '2013-01-14T00:00:00+07:00', true],
    ['eq2013-01-14', '2013-01-14T10:00:00+07:00', true],
    ['eq2013-01-14', '2013-01-15T00:00:00+07:00', false],
    ['2013-01-14', '2013-01-14', true],
    ['eq2013-01-14', '2013-01', false],
    ['eq2013-01', '2013-01-14', true],
    ['eq2013', '2013', true],
    ['ne2013-01-14', '2013-01-15T00:00:00+07:00', true],
    ['ne2013-01-14', '2013-01-14', false],
    ['ne2013-01-14', '2013-01-14T10:00:00+07:00', false],
    ['ne2013-01-14', '2013-01', true],
    ['lt2013-01-14T10:00', '2013-01-14', true],
    ['lt2013-01-14', '2013-01-14T10:00:00+07:00', false],
    ['lt2013-01-14', '2013-01-13', true],
    ['gt2013-01-14T10:00', '2013-01-14', true],
    ['gt2013-01-14', '2013-01-14T10:00:00+07:00', false],
    ['gt2013-01-14', '2013-01-15', true],
    ['ge2013-03-14', '2013-03-14', true],
    ['ge2013-03-14', '2013-03-13', false],
    ['ge2013-03-14', '2013', true],
    ['le2013-03-14', '2013-03-14', true],
    ['le2013-03-14', '2013-03-15', false],
    ['sa2013-03-14', '2013-03-14', false],
    ['sa2013-03-14', '2013-03-15', true],
    ['sa2013-03-14', '2013', false],
    ['eb2013-03-14', '2013-03-14', false],
    ['eb2013-03-14', '2013-03-13', true],
    ['eb2013-03-14', '2013', false],
  ])('%s against %s: %s', (asked, stored, expected) => {
    expect(found(at(stored), asked)).toBe(expected);
  });

  test('a period without an end goes on: gt and ge find it, eb and eq do not', () => {
    const running = during({ start: '2013-01-21' });
    expect(
      ['gt2013-03-14', 'ge2013-03-14', 'ge2030', 'sa2013-01-20', 'ne2013-01-21'].filter((asked) => !found(running, asked)),
    ).toEqual([]);
    expect(['eb2030', 'eq2013', 'sa2013-03-14', 'lt2013-01-21'].filter((asked) => found(running, asked))).toEqual([]);
  });

  test('a period without a start has always been', () => {
    const past = during({ end: '2013-01-21' });
    expect(['lt2010', 'le2010', 'eb2013-01-22'].filter((asked) => !found(past, asked))).toEqual([]);
    expect(['sa2000', 'gt2013-01-21', 'eb2013-01-21', 'eq2013'].filter((asked) => found(past, asked))).toEqual([]);
  });

  test('an overlapping period: the table of the page', () => {
    const january = during({ start: '2013-01-21', end: '2013-03-31' });
    expect(found(january, 'gt2013-03-14')).toBe(true);
    expect(found(january, 'sa2013-03-14')).toBe(false);
    expect(found(january, 'eb2013-03-14')).toBe(false);
    expect(found(january, 'ap2013-02')).toBe(true);
  });

  test('ap is wider the longer ago', () => {
    const now = Date.parse('2026-06-01T00:00:00Z');
    expect(isFound(at('2026-05-25'), 'date=ap2026-05-25', now)).toBe(true);
    expect(isFound(at('2026-05-20'), 'date=ap2026-05-25', now)).toBe(false);
    expect(isFound(at('2014-03-01'), 'date=ap2013-06', now)).toBe(true);
    expect(isFound(at('2016-03-01'), 'date=ap2013-06', now)).toBe(false);
  });

  test('a day without zone is a day in Viet Nam; a zone is honoured on both sides', () => {
    expect(found(at('2024-05-01T17:30:00Z'), '2024-05-02')).toBe(true);
    expect(found(at('2024-05-01T16:59:59Z'), '2024-05-02')).toBe(false);
    expect(found(at('2024-05-02T00:30:00+07:00'), '2024-05-01T17:30:00Z')).toBe(true);
    expect(isFound(at('2024-05-02T00:30:00+07:00'), 'date=2024-05-02T00:30:00+07:00')).toBe(true); // `+` arrives as a space
  });

  test('every precision of a time covers its own width', () => {
    expect(found(at('2024-05-02T00:30:10.123+07:00'), '2024-05-02T00:30')).toBe(true);
    expect(found(at('2024-05-02T00:30:10.123+07:00'), '2024-05-02T00:30:10')).toBe(true);
    expect(found(at('2024-05-02T00:30:10.123+07:00'), '2024-05-02T00:30:10.123')).toBe(true);
    expect(found(at('2024-05-02T00:30:10.123+07:00'), '2024-05-02T00:30:11')).toBe(false);
    expect(found(at('2024-05-02T00:30:10+07:00'), '2024-05-02T00:30:10.500')).toBe(false);
  });

  test('two dates are both wanted, a comma is either', () => {
    expect(isFound(at('2024-05-02'), 'date=ge2024-05-01&date=le2024-05-31')).toBe(true);
    expect(isFound(at('2024-06-02'), 'date=ge2024-05-01&date=le2024-05-31')).toBe(false);
    expect(isFound(at('2024-06-02'), 'date=2024-05,2024-06')).toBe(true);
  });
});
