import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import type { Observation, Patient } from 'fhir/r4.js';
import { ensureIndexes } from '../../src/store/mongo/migrate.js';
import { openMongoStore } from '../../src/store/mongo/mongo-store.js';
import type { MongoStore } from '../../src/store/mongo/mongo-store.js';
import type { ResourcePut, ResourceQuery } from '../../src/store/resource-store.js';
import { describeWithMongod } from '../support/mongod.js';
import { storeCodec } from '../support/store-codec.js';
import { aLine, aPatient, anObservation, observations, put, token } from '../support/store-contract/builders.js';

/**
 * What the database itself says of every question: its profiler notes plan, documents looked at and whether it sorted. 3,000
 * Observations, more than the 1,000 up to which candidates are gathered; code `rare` stands in 12 of them.
 */
const RESOURCES = 3_000;
const PAGE = 20;
const DAY = 86_400_000;
const START = Date.UTC(2020, 0, 1);
const dayOf = (index: number): string => new Date(START + index * DAY).toISOString().slice(0, 10);

interface Profiled {
  readonly ns: string;
  readonly planSummary?: string;
  readonly hasSortStage?: boolean;
  readonly docsExamined?: number;
}

function resourceOf(index: number): Observation | Patient {
  const id = `r${String(index).padStart(5, '0')}`;
  if (index % 10 === 0) {
    const name = `Nguyễn Văn ${String(index)}`;
    return aPatient(id, { name: [{ text: name }], identifier: [{ value: `number-${String(index)}` }], birthDate: dayOf(index) });
  }
  const codes = [index % 2 === 0 ? 'even' : 'odd', ...(index % 251 === 1 ? ['rare'] : [])];
  return anObservation(id, {
    code: { coding: codes.map((code) => ({ code })) },
    subject: { reference: `Patient/p${String(index % 100)}` },
    effectiveDateTime: dayOf(index),
  });
}

const putOf = (index: number): ResourcePut =>
  put(resourceOf(index), {
    subject: `p${String(index % 100)}`,
    labels: [`commune/${String(index % 5)}`, `visit/v${String(Math.floor(index / 10))}`],
  });

const range = (prefix: 'ge' | 'lt' | 'eq', day: string): ResourceQuery['criteria'][number] => ({
  param: 'date',
  kind: 'date',
  values: [{ kind: 'date', prefix, start: Date.parse(day), end: Date.parse(day) + DAY }],
});
const patients = (criterion: ResourceQuery['criteria'][number], more: Partial<ResourceQuery> = {}): ResourceQuery => ({
  ...observations({ criteria: [criterion], ...more }),
  resourceTypes: ['Patient'],
});
const named = (text: string): ResourceQuery['criteria'][number] => ({
  param: 'name',
  kind: 'string',
  values: [{ kind: 'string', text }],
});
const ofSubject: ResourceQuery['criteria'][number] = {
  param: 'subject',
  kind: 'reference',
  values: [{ kind: 'reference', resourceType: 'Patient', id: 'p7' }],
};
const either = (...codes: string[]): ResourceQuery['criteria'][number] => ({
  param: 'code',
  kind: 'token',
  values: codes.map((code) => ({ kind: 'token' as const, code })),
});

describeWithMongod('what the database does for a question', (replicaSet) => {
  let store: MongoStore;
  let connection: mongoose.Connection;

  beforeAll(async () => {
    const uri = replicaSet().uri('explained');
    await ensureIndexes(uri);
    store = await openMongoStore({ uri, codec: storeCodec, termKey: randomBytes(32), now: () => START });
    connection = await mongoose.createConnection(uri).asPromise();
    for (let from = 0; from < RESOURCES; from += 500) {
      await store.commit({ resources: Array.from({ length: 500 }, (_, index) => putOf(from + index)) });
    }
    const ids = Array.from({ length: 500 }, (_, index) => String(index).padStart(3, '0'));
    await store.commit({
      records: ids.map((id) => ({ collection: 'c', id, expected: 'any', value: id, keys: [{ index: 'i', value: 'v' }] })),
      opens: ids.map((id) => ({ id, kind: Number(id) % 50 === 0 ? 'rare' : 'usual', payload: {} })),
      access: ids.map((id) => aLine(id, { patients: [`p${String(Number(id) % 50)}`], what: [`Patient/p${id}`] })),
      ledger: ids.map((key) => ({ scope: key, key, id: key })),
      notes: [{ id: '007', attempts: 1, dead: 'invalid' }],
    });
    await store.commit({ notes: [{ id: '007', attempts: 1, dead: 'invalid' }] });
  }, 60_000);
  afterAll(async () => {
    await connection.close();
    await store.close();
  });

  async function profiled(ask: () => Promise<unknown>): Promise<Profiled[]> {
    const database = connection.getClient().db(connection.name);
    await database.command({ profile: 2 });
    try {
      await ask();
    } finally {
      await database.command({ profile: 0 });
    }
    const profile = database.collection('system.profile');
    const found = (await profile.find({ op: { $in: ['query', 'command', 'getmore'] } }).toArray()) as unknown as Profiled[];
    await profile.drop();
    return found.filter(({ ns, planSummary }) => !ns.endsWith('system.profile') && planSummary !== undefined);
  }

  /** The most that a page may look at: itself and the one behind it, and the places of what is gathered. */
  const served: readonly (readonly [string, ResourceQuery, number])[] = [
    ['an id', observations({ criteria: [token('_id', 'r00001')] }), 2],
    ['an identifier', patients(token('identifier', 'number-10')), 2],
    ['a frequent code', observations({ criteria: [token('code', 'even')] }), PAGE + 1],
    ['a rare code within a frequent label', observations({ criteria: [token('code', 'rare')], anyLabel: ['commune/1'] }), 12],
    ['one of two codes', observations({ criteria: [either('even', 'rare')] }), PAGE + 1],
    ['a frequent code, newest date first', observations({ criteria: [token('code', 'odd')], order: 'date-desc' }), PAGE + 1],
    ['a frequent code, oldest date first', observations({ criteria: [token('code', 'odd')], order: 'date-asc' }), PAGE + 1],
    ['a reference', observations({ criteria: [ofSubject] }), PAGE + 1],
    ['a type', observations(), PAGE + 1],
    ['a type, newest date first', observations({ order: 'date-desc' }), PAGE + 1],
    ['two types', observations({ resourceTypes: ['Observation', 'Patient'] }), PAGE + 1],
    ['a person', { subject: 'p7', criteria: [], order: 'newest', count: PAGE }, PAGE + 1],
    ['a person, newest date first', { subject: 'p7', criteria: [], order: 'date-desc', count: PAGE }, PAGE + 1],
    ['a person and a type', observations({ subject: 'p7' }), PAGE + 1],
    [
      'a person and a code, newest date first',
      observations({ subject: 'p7', criteria: [token('code', 'odd')], order: 'date-desc' }),
      PAGE + 1,
    ],
    [
      'a person in reach of labels',
      observations({ subject: 'p7', anyLabel: ['commune/2', 'commune/3'], order: 'date-desc' }),
      PAGE + 1,
    ],
    ['a visit', { anyLabel: ['visit/v7'], criteria: [], order: 'newest', count: PAGE }, 10],
    [
      'a visit of a commune',
      { anyLabel: ['commune/2'], alsoAnyLabel: ['visit/v7'], criteria: [], order: 'newest', count: PAGE },
      10,
    ],
    ['several communes', observations({ anyLabel: ['commune/1', 'commune/2'] }), 2 * PAGE],
    ['a name', patients(named('nguyễn văn 29')), 24],
    ['a day', observations({ criteria: [range('eq', dayOf(7))] }), 2],
    ['the last days', observations({ criteria: [range('ge', dayOf(RESOURCES - 10))] }), 20],
  ];

  test.each(served)('a page of %s neither scans nor sorts, and looks at hardly more than it shows', async (_, query, most) => {
    const questions = await profiled(async () => {
      const { items } = await store.search(query);
      expect(items.length).toBeGreaterThan(0);
    });

    const pages = questions.filter(({ ns }) => ns === 'explained.resources');
    expect(pages.length).toBeGreaterThan(0);
    expect(questions.filter(({ planSummary }) => planSummary?.includes('COLLSCAN'))).toEqual([]);
    expect(questions.filter(({ hasSortStage }) => hasSortStage === true)).toEqual([]);
    expect(Math.max(...pages.map(({ docsExamined }) => docsExamined ?? 0))).toBeLessThanOrEqual(Math.max(most, PAGE + 1));
  });

  test('the hundredth page looks at no more than the first', async () => {
    const query = observations({ order: 'date-desc' });
    let cursor = (await store.search({ ...query, count: 2_000 })).next ?? '';
    const questions = await profiled(async () => {
      cursor = (await store.search({ ...query, cursor })).next ?? '';
    });

    expect(cursor).not.toBe('');
    expect(questions.map(({ docsExamined }) => docsExamined ?? 0).reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(PAGE + 5);
    expect(questions.filter(({ hasSortStage }) => hasSortStage === true)).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>, number]>([
    ['a resource', async () => store.resource({ resourceType: 'Patient', id: 'r00010' }), 2],
    ['a history', async () => store.history({ resourceType: 'Patient', id: 'r00010' }, 5), 2],
    ['a scan of resources', async () => store.scanResources({ resourceType: 'Observation', id: 'r00500' }, 10), 11],
    ['a record', async () => store.record('c', '007'), 1],
    ['records by a key', async () => store.find({ collection: 'c', index: 'i', value: 'v', limit: 10 }), 20],
    [
      'records by a key, from behind',
      async () => store.find({ collection: 'c', index: 'i', value: 'v', limit: 10, descending: true }),
      20,
    ],
    ['a scan of records', async () => store.scanRecords('c', '100', 10), 11],
    ['a patient’s access lines', async () => store.accessLines({ patient: 'p7', limit: 5 }), 6],
    ['a patient’s access lines behind one', async () => store.accessLines({ patient: 'p7', before: '107', limit: 5 }), 7],
    ['lines of an agent', async () => store.accessLines({ agentId: 'clerk-1', limit: 5 }), 6],
    ['the newest lines', async () => store.accessLines({ limit: 5 }), 6],
    ['open outbox rows', async () => store.openOutbox({ limit: 5 }), 6],
    ['open outbox rows of a kind', async () => store.openOutbox({ kinds: ['rare'], limit: 5 }), 6],
    ['dead outbox rows', async () => store.deadOutbox(5), 1],
    ['the depth of the outbox', async () => store.outboxDepth(), 500],
    ['ledger ids', async () => store.ledgerIds('007'), 1],
    ['guards', async () => store.guardVersions(['a', 'b']), 0],
    ['held labels', async () => store.heldLabels(), 0],
  ])('%s: neither scanned nor sorted', async (_, ask, most) => {
    const questions = await profiled(ask);

    expect(questions.length).toBeGreaterThan(0);
    expect(questions.filter(({ planSummary }) => planSummary?.includes('COLLSCAN'))).toEqual([]);
    expect(questions.filter(({ hasSortStage }) => hasSortStage === true)).toEqual([]);
    expect(questions.map(({ docsExamined }) => docsExamined ?? 0).reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(most);
  });

  test('the profiler does tell a scan and a sort', async () => {
    const resources = connection.getClient().db(connection.name).collection('resources');

    const questions = await profiled(async () => resources.findOne({}, { sort: { c: 1 } }));

    expect(questions).toMatchObject([{ planSummary: 'COLLSCAN', hasSortStage: true }]);
  });

  describe('indexes', () => {
    test('every collection has those that are declared and no others', async () => {
      const database = connection.getClient().db(connection.name);
      const names = async (collection: string): Promise<string[]> =>
        (await database.collection(collection).indexes()).map(({ name }) => name ?? '').sort();

      expect(await names('resources')).toEqual(['_id_', 'dated_d_row', 'rngs_k_lo', 'strs', 'terms_row']);
      expect(await names('access')).toEqual(['_id_', 'at_id', 'by_at']);
      expect(await names('outbox')).toEqual(['_id_', 'dead_n', 'kind_n', 'n']);
      expect(await names('records')).toEqual(['_id_']);
    });
  });
});
