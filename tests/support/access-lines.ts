import type { AccessLine } from '../../src/store/access-log.js';

/** A station's look at p1, in the order of `number`: one minute each. */
export const aLine = (number: number, more: Partial<AccessLine> = {}): AccessLine => ({
  id: `019af000-0000-7000-8000-${String(number).padStart(12, '0')}`,
  at: new Date(Date.parse('2026-11-25T01:00:00.000Z') + number * 60_000).toISOString(),
  agent: { kind: 'person', id: 'acc-station', role: 'station', display: 'Trạm Y tế 22651', communeCode: '22651' },
  action: 'R',
  interaction: 'station-history',
  purpose: 'TREAT',
  patients: ['p1'],
  what: ['Patient/p1', 'Condition/c1'],
  outcome: '0',
  requestId: `r${number}`,
  network: '10.0.0.9',
  ...more,
});

export const FACILITY_AGENT = {
  kind: 'software',
  id: 'bv-56901',
  role: 'facility',
  display: 'Bệnh viện 56901',
  facilityCode: '56901',
} as const;
