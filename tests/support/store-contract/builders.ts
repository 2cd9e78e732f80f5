import type { Observation, Patient } from 'fhir/r4.js';
import type { AccessLine } from '../../../src/store/access-log.js';
import type { ResourcePut, ResourceQuery } from '../../../src/store/resource-store.js';
import type { Store } from '../../../src/store/store.js';

export const anObservation = (id: string, more: Partial<Observation> = {}): Observation => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  ...more,
});

export const aPatient = (id: string, more: Partial<Patient> = {}): Patient => ({ resourceType: 'Patient', id, ...more });

export const coded = (code: string): Pick<Observation, 'code'> => ({ code: { coding: [{ code }] } });

/** A put of `resource`, believed absent, unlabelled. */
export const put = (resource: Observation | Patient, more: Partial<ResourcePut> = {}): ResourcePut => ({
  resourceType: resource.resourceType,
  id: resource.id ?? '',
  origin: 'fact',
  expected: 'absent',
  resource,
  labels: [],
  ...more,
});

/** A deletion of `Observation/id`. */
export const deletion = (id: string, more: Partial<ResourcePut> = {}): ResourcePut => ({
  resourceType: 'Observation',
  id,
  origin: 'fact',
  expected: 'any',
  labels: [],
  ...more,
});

export const observations = (more: Partial<ResourceQuery> = {}): ResourceQuery => ({
  resourceTypes: ['Observation'],
  criteria: [],
  order: 'newest',
  count: 20,
  ...more,
});

export const token = (param: string, code: string, modifier?: string): ResourceQuery['criteria'][number] => ({
  param,
  kind: 'token',
  values: [{ kind: 'token', code }],
  ...(modifier === undefined ? {} : { modifier }),
});

export async function idsOf(store: Store, query: ResourceQuery): Promise<string[]> {
  return (await store.search(query)).items.map(({ id }) => id);
}

export const aLine = (id: string, more: Partial<AccessLine> = {}): AccessLine => ({
  id,
  at: '2026-03-01T00:00:00.000Z',
  agent: { kind: 'person', id: 'clerk-1', role: 'station', display: 'Trạm y tế' },
  action: 'R',
  interaction: 'read',
  purpose: 'TREAT',
  patients: [],
  what: [],
  outcome: '0',
  requestId: 'r1',
  ...more,
});

export const conflict = { category: 'precondition-failed' };
