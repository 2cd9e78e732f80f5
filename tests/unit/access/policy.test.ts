import { describe, expect, test } from '@jest/globals';
import type { Caller, Role } from '../../../src/fhir/access-policy.js';
import { makeAccessLineId } from '../../../src/access/audit/access-line-id.js';
import { LINE_REASON_LENGTH_MAX } from '../../../src/access/audit/lines.js';
import { makeAccessPolicy } from '../../../src/access/policy.js';
import { isPhrError } from '../../../src/errors.js';
import { MAX_LINE_PATIENTS, MAX_LINE_REFERENCES } from '../../../src/store/access-log.js';

const policyOf = (demonstration = true) =>
  makeAccessPolicy({ demonstration, now: () => new Date('2026-11-25T08:00:00.000Z'), lineId: makeAccessLineId() });

const aCaller = (role: Role, more: Partial<Caller> = {}): Caller => ({
  agent: { kind: 'software', id: 'client-1', role, display: 'Bệnh viện' },
  role,
  scopes: ['system/*.cruds'],
  requestId: 'r1',
  purpose: 'TREAT',
  ...more,
});
const refusal = (run: () => unknown): unknown => {
  try {
    run();
    return 'allowed';
  } catch (error) {
    return isPhrError(error) ? error.category : error;
  }
};

describe('authorize', () => {
  const policy = policyOf();

  test.each([
    ['system/*.cruds', 'read', 'Observation', 'allowed'],
    ['system/*.cruds', 'patient-everything', 'Patient', 'allowed'],
    ['system/Observation.rs', 'read', 'Observation', 'allowed'],
    ['system/Observation.rs', 'search-type', 'Observation', 'allowed'],
    ['system/Observation.rs', 'create', 'Observation', 'forbidden'],
    ['system/Observation.rs', 'read', 'Patient', 'forbidden'],
    ['system/Patient.rs', 'patient-everything', 'Patient', 'forbidden'],
    ['system/Observation.r', 'search-type', 'Observation', 'forbidden'],
    ['system/*.read', 'vread', 'Patient', 'allowed'],
    ['system/*.read', 'search-type', 'Patient', 'allowed'],
    ['system/*.read', 'update', 'Patient', 'forbidden'],
    ['system/*.write', 'create', 'Patient', 'allowed'],
    ['system/*.write', 'read', 'Patient', 'forbidden'],
    ['system/*.cu', 'delete', 'Patient', 'forbidden'],
    ['patient/*.rs', 'read', 'Patient', 'forbidden'],
    ['system/*.cruds', 'launch-missiles', 'Patient', 'forbidden'],
    ['', 'read', 'Patient', 'forbidden'],
  ])('scope "%s", %s of %s: %s', (scope, interaction, type, expected) => {
    expect(refusal(() => policy.authorize(aCaller('facility', { scopes: [scope] }), interaction, type))).toBe(expected);
  });

  test.each<[Role]>([['station'], ['citizen'], ['steward'], ['sender'], ['operator']])(
    '%s has no FHIR interface, whatever its scopes',
    (role) => {
      for (const interaction of ['read', 'search-type', 'create', 'patient-everything']) {
        expect(refusal(() => policy.authorize(aCaller(role), interaction, 'Observation'))).toBe('forbidden');
      }
    },
  );

  test('people open the pages of their own role only', () => {
    expect(refusal(() => policy.authorize(aCaller('station'), 'station-history', 'Patient'))).toBe('allowed');
    expect(refusal(() => policy.authorize(aCaller('citizen'), 'station-history', 'Patient'))).toBe('forbidden');
    expect(refusal(() => policy.authorize(aCaller('facility'), 'station-history', 'Patient'))).toBe('forbidden');
  });

  test('the integrator has no rights outside of demonstrations', () => {
    expect(refusal(() => policy.authorize(aCaller('integrator'), 'read', 'Patient'))).toBe('allowed');
    expect(refusal(() => policyOf(false).authorize(aCaller('integrator'), 'read', 'Patient'))).toBe('forbidden');
  });
});

describe('reach', () => {
  const policy = policyOf();

  test('a facility reaches what it sent, restricted content included', () => {
    expect(policy.reach(aCaller('facility', { facilityCode: '56901' }))).toMatchObject({
      anyLabel: ['sender/56901'],
      noLabel: [],
    });
  });

  test('a station reaches its commune, without restricted content', () => {
    expect(policy.reach(aCaller('station', { communeCode: '22651' }))).toEqual({
      anyLabel: ['commune/22651'],
      noLabel: ['restricted/'],
    });
  });

  test('a citizen reaches the own person, without restricted content', () => {
    expect(policy.reach(aCaller('citizen', { personId: 'p1' }))).toEqual({ subject: 'p1', noLabel: ['restricted/'] });
  });

  test.each<[string, Caller]>([
    ['a citizen without person', aCaller('citizen')],
    ['a station without commune', aCaller('station')],
    ['a facility without code', aCaller('facility')],
    ['a facility with an empty code', aCaller('facility', { facilityCode: '' })],
    ['a steward', aCaller('steward', { communeCode: '22651', personId: 'p1' })],
    ['a sender', aCaller('sender', { facilityCode: '56901' })],
    ['an operator', aCaller('operator')],
  ])('%s reaches nothing', (_, caller) => {
    expect(policy.reach(caller)).toEqual({ anyLabel: [], noLabel: ['restricted/'] });
  });

  test('the integrator reaches everything in demonstrations, nothing in production', () => {
    expect(policy.reach(aCaller('integrator'))).toEqual({ noLabel: [] });
    expect(policyOf(false).reach(aCaller('integrator')).anyLabel).toEqual([]);
  });

  test('beyond its catchment a station needs a reason, and restricted content stays closed', () => {
    const station = aCaller('station', { communeCode: '22651' });

    expect(refusal(() => policy.reachBeyondCatchment(station, 'p9'))).toBe('forbidden');
    expect(refusal(() => policy.reachBeyondCatchment({ ...station, reason: '  ' }, 'p9'))).toBe('forbidden');
    expect(refusal(() => policy.reachBeyondCatchment(aCaller('facility', { reason: 'cấp cứu' }), 'p9'))).toBe('forbidden');
    expect(policy.reachBeyondCatchment({ ...station, reason: 'cấp cứu' }, 'p9')).toEqual({
      subject: 'p9',
      noLabel: ['restricted/'],
    });
  });
});

test('what a facility writes carries its sender and writer', () => {
  expect(policyOf().writeLabels(aCaller('facility', { facilityCode: '56901' }))).toEqual(['sender/56901', 'writer/client-1']);
  expect(policyOf().writeLabels(aCaller('integrator'))).toEqual(['writer/client-1']);
});

describe('lines', () => {
  const read = { action: 'R', interaction: 'search-type', outcome: '0' } as const;
  const many = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

  test('one line says who, for whom, why, what and from where', () => {
    const [line, ...rest] = policyOf().lines(aCaller('facility', { network: '10.0.0.1', reason: 'khám lại' }), {
      ...read,
      patients: ['p1', 'p1'],
      what: ['Observation/o1', 'Observation/o1'],
    });

    expect(rest).toEqual([]);
    expect(line).toMatchObject({
      at: '2026-11-25T08:00:00.000Z',
      agent: { id: 'client-1' },
      action: 'R',
      interaction: 'search-type',
      purpose: 'TREAT',
      reason: 'khám lại',
      patients: ['p1'],
      what: ['Observation/o1'],
      outcome: '0',
      requestId: 'r1',
      network: '10.0.0.1',
    });
  });

  test('a look without hits is a line too', () => {
    expect(policyOf().lines(aCaller('facility'), { ...read, patients: [], what: [] })).toHaveLength(1);
  });

  test('a full line stays one, one more entry makes a second', () => {
    const linesFor = (patients: number, references: number) =>
      policyOf().lines(aCaller('facility'), { ...read, patients: many('p', patients), what: many('Observation/o', references) });

    expect(linesFor(MAX_LINE_PATIENTS, MAX_LINE_REFERENCES)).toHaveLength(1);
    expect(linesFor(MAX_LINE_PATIENTS + 1, 1)).toHaveLength(2);
    const lines = linesFor(1, MAX_LINE_REFERENCES + 1);
    expect(lines).toHaveLength(2);
    expect(lines.flatMap((line) => line.what)).toEqual(many('Observation/o', MAX_LINE_REFERENCES + 1));
    expect(new Set(lines.map((line) => line.id)).size).toBe(2);
  });

  test('a reason is kept up to its bound', () => {
    const reasonOf = (length: number) =>
      policyOf().lines(aCaller('station', { reason: 'x'.repeat(length) }), { ...read, patients: [], what: [] })[0]?.reason
        ?.length;

    expect(reasonOf(LINE_REASON_LENGTH_MAX)).toBe(LINE_REASON_LENGTH_MAX);
    expect(reasonOf(LINE_REASON_LENGTH_MAX + 1)).toBe(LINE_REASON_LENGTH_MAX);
  });
});
