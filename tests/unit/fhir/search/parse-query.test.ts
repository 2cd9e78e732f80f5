import { describe, expect, test } from '@jest/globals';
import {
  MAX_PARAMETERS,
  MAX_VALUE_LENGTH,
  MAX_VALUES,
  parseSearch,
  type ParsedSearch,
} from '../../../../src/fhir/search/parse-query.js';
import { DEFAULT_COUNT, MAX_COUNT } from '../../../../src/fhir/search/result-parameters.js';
import { thrownBy } from '../../../support/thrown-by.js';

const options = { strict: true, nowMs: 0, baseUrl: 'http://localhost:8080/fhir/R4' };
const parse = (type: string, query: string, strict = true): ParsedSearch =>
  parseSearch(type, new URLSearchParams(query.replaceAll('+', '%2B')), { ...options, strict });
const values = (type: string, query: string): unknown => parse(type, query).criteria[0]?.values;

// https://hl7.org/fhir/R4/search.html#token
describe('token values', () => {
  test.each([
    ['code=http://loinc.org|8480-6', [{ kind: 'token', system: 'http://loinc.org', code: '8480-6' }]],
    ['code=8480-6', [{ kind: 'token', code: '8480-6' }]],
    ['code=|8480-6', [{ kind: 'token', system: '', code: '8480-6' }]],
    ['code=http://loinc.org|', [{ kind: 'token', system: 'http://loinc.org' }]],
    [
      'code=a,b|c',
      [
        { kind: 'token', code: 'a' },
        { kind: 'token', system: 'b', code: 'c' },
      ],
    ],
    ['code=a\\,b\\|c\\$d\\\\e', [{ kind: 'token', code: 'a,b|c$d\\e' }]],
  ])('%s', (query, expected) => {
    expect(values('Observation', query)).toEqual(expected);
  });
});

// https://hl7.org/fhir/R4/search.html#reference
describe('reference values', () => {
  test.each([
    ['patient=p1', [{ kind: 'reference', resourceType: 'Patient', id: 'p1' }]],
    ['patient=Patient/p1', [{ kind: 'reference', resourceType: 'Patient', id: 'p1' }]],
    ['patient:Patient=p1', [{ kind: 'reference', resourceType: 'Patient', id: 'p1' }]],
    ['subject:Group=p1', [{ kind: 'reference', resourceType: 'Group', id: 'p1' }]],
    ['subject=p1', [{ kind: 'reference', id: 'p1' }]],
    ['subject=http://localhost:8080/fhir/R4/Patient/p1', [{ kind: 'reference', resourceType: 'Patient', id: 'p1' }]],
    ['subject=http://elsewhere.example/Patient/p1', [{ kind: 'reference', id: 'http://elsewhere.example/Patient/p1' }]],
    ['subject:identifier=urn:x|1', [{ kind: 'token', system: 'urn:x', code: '1' }]],
  ])('%s', (query, expected) => {
    expect(values('Observation', query)).toEqual(expected);
  });
});

describe('criteria', () => {
  test('a repeated parameter is AND, a comma is OR, :missing is a value, :not a modifier', () => {
    expect(parse('Patient', 'name=a,b&name=c&gender:not=male&birthdate:missing=true').criteria).toEqual([
      {
        param: 'name',
        kind: 'string',
        values: [
          { kind: 'string', text: 'a' },
          { kind: 'string', text: 'b' },
        ],
      },
      { param: 'name', kind: 'string', values: [{ kind: 'string', text: 'c' }] },
      { param: 'gender', kind: 'token', modifier: 'not', values: [{ kind: 'token', code: 'male' }] },
      { param: 'birthdate', kind: 'date', values: [{ kind: 'missing', missing: true }] },
    ]);
  });

  test('_id takes ids', () => {
    expect(values('Patient', '_id=a,b')).toEqual([
      { kind: 'token', code: 'a' },
      { kind: 'token', code: 'b' },
    ]);
  });
});

describe('refusals', () => {
  test.each([
    ['unsupported', 'nickname=x'],
    ['unsupported', 'name:contains=x'],
    ['unsupported', 'name:text=x'],
    ['unsupported', 'identifier:of-type=a|b|c'],
    ['unsupported', 'gender:exact=male'],
    ['unsupported', 'birthdate:not=2020'],
    ['unsupported', '_id:not=a'],
    ['unsupported', '_id:missing=true'],
    ['unsupported', 'link.name=x'],
    ['unsupported', 'link:Patient.name=x'],
    ['unsupported', '_has:Observation:patient:code=x'],
    ['unsupported', '_include=Patient:link'],
    ['unsupported', '_elements=name'],
    ['unsupported', '_summary=true'],
    ['unsupported', '_sort=name'],
    ['malformed', 'name='],
    ['malformed', 'name=a,,b'],
    ['malformed', 'name=---'],
    ['malformed', 'name=a\\b'],
    ['malformed', 'name=a\\'],
    ['malformed', 'identifier=|'],
    ['malformed', 'identifier=a|b|c'],
    ['malformed', 'birthdate=2020-13'],
    ['malformed', 'birthdate=2023-02-29'],
    ['malformed', 'birthdate=xx2020'],
    ['malformed', 'birthdate=0000'],
    ['malformed', 'birthdate=2020-01-01T25:00'],
    ['malformed', 'birthdate=tomorrow'],
    ['malformed', 'birthdate:missing=maybe'],
    ['malformed', 'birthdate:missing=true,false'],
    ['malformed', '_id=a b'],
    ['malformed', '_count=-1'],
    ['malformed', '_count=x'],
    ['malformed', '_count=1&_count=2'],
    ['malformed', '_total=many'],
    ['malformed', '_cursor='],
  ])('%s: Patient?%s', (category, query) => {
    const error = thrownBy(() => parse('Patient', query));
    expect(error.category).toBe(category);
    expect(error.message).toContain(query.split('=')[0]);
  });

  test.each(['patient=Nothing/1', 'patient=a b', 'subject:Patient=Group/1', 'encounter=/x'])(
    'malformed reference: Observation?%s',
    (query) => {
      expect(thrownBy(() => parse('Observation', query)).category).toBe('malformed');
    },
  );

  test('a type that the parameter never points to is refused', () => {
    expect(thrownBy(() => parse('Observation', 'patient:Group=1')).category).toBe('unsupported');
  });

  test('names are shown only when they look like one, values never', () => {
    for (const query of ['<script>=1', 'name:<b>=1', 'Nguyễn Văn A=1', 'birthdate=bí mật', 'identifier=bí|m|ật']) {
      expect(JSON.stringify(thrownBy(() => parse('Patient', query)).issues)).not.toMatch(/script|<b>|Nguy|bí/);
    }
  });

  test('lenient handling ignores unknown parameters and says so, but no modifier and no value', () => {
    const search = parse('Patient', 'nickname=x&name=hoa&favourite:exact=y', false);
    expect(search.unknown).toEqual(['nickname', 'favourite:exact']);
    expect(search.applied).toEqual([['name', 'hoa']]);
    expect(thrownBy(() => parse('Patient', 'name:text=x', false)).category).toBe('unsupported');
    expect(thrownBy(() => parse('Patient', 'birthdate=x', false)).category).toBe('malformed');
  });
});

describe('bounds', () => {
  test('parameters, alternatives and length, on both sides', () => {
    expect(parse('Patient', Array(MAX_PARAMETERS).fill('name=a').join('&')).criteria).toHaveLength(MAX_PARAMETERS);
    expect(
      thrownBy(() =>
        parse(
          'Patient',
          Array(MAX_PARAMETERS + 1)
            .fill('name=a')
            .join('&'),
        ),
      ).category,
    ).toBe('too-costly');
    expect(values('Patient', `_id=${Array(MAX_VALUES).fill('a').join(',')}`)).toHaveLength(MAX_VALUES);
    expect(
      thrownBy(() =>
        parse(
          'Patient',
          `_id=${Array(MAX_VALUES + 1)
            .fill('a')
            .join(',')}`,
        ),
      ).category,
    ).toBe('too-costly');
    expect(values('Patient', `name=${'a'.repeat(MAX_VALUE_LENGTH)}`)).toHaveLength(1);
    expect(thrownBy(() => parse('Patient', `name=${'a'.repeat(MAX_VALUE_LENGTH + 1)}`)).category).toBe('malformed');
  });
});

// https://hl7.org/fhir/R4/search.html#return
describe('result parameters', () => {
  test('defaults', () => {
    expect(parse('Patient', '')).toEqual({
      criteria: [],
      unknown: [],
      applied: [],
      count: DEFAULT_COUNT,
      countOnly: false,
      total: false,
      order: 'newest',
    });
  });

  test.each([
    ['_count=7', { count: 7, countOnly: false }],
    [`_count=${MAX_COUNT}`, { count: MAX_COUNT }],
    [`_count=${MAX_COUNT + 1}`, { count: MAX_COUNT }],
    ['_count=0', { countOnly: true, total: true }],
    ['_summary=count', { countOnly: true, total: true }],
    ['_summary=false', { countOnly: false }],
    ['_total=accurate', { total: true }],
    ['_total=none', { total: false }],
    ['_cursor=abc', { cursor: 'abc', applied: [] }],
    ['_sort=-date', { order: 'date-desc' }],
    ['_sort=date', { order: 'date-asc' }],
    ['_sort=-_lastUpdated', { order: 'newest' }],
    ['_format=json&_pretty=true', { criteria: [] }],
  ])('%s', (query, expected) => {
    expect(parse('Observation', query)).toMatchObject(expected);
  });
});
