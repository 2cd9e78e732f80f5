import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Observation } from 'fhir/r4.js';
import type { ErrorCategory } from '../../src/errors.js';
import { openMemoryStore } from '../../src/store/memory/memory-store.js';
import type { RecordPut } from '../../src/store/record-store.js';
import type { ResourcePut, ResourceQuery, SearchCriterion } from '../../src/store/resource-store.js';
import type { Store, UnitOfWrite } from '../../src/store/store.js';
import { matchesCriterion, storeCodec } from './store-codec.js';

/**
 * The same random units and questions put to an engine and to the memory store, which looks at resources, not at terms: they must agree.
 * Few ids, codes, labels and days, so that units collide and searches hit.
 */
const RUNS = 25;

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const code = fc.constantFrom('1', '2', '3');
const day = fc
  .integer({ min: 0, max: 6 })
  .map((offset) => new Date(Date.UTC(2026, 0, 1 + offset * 20)).toISOString().slice(0, 10));
const person = fc.constantFrom('p1', 'p2');
const label = fc.constantFrom('sender/1', 'sender/2', 'restricted/hiv', 'restricted/x', 'odd,"restricted/', 'visit/ễ');
const labels = fc.array(label, { maxLength: 3 });
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
/** Leaves out what is undefined, as exactOptionalPropertyTypes wants it. */
const dense = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;

const observation: fc.Arbitrary<Omit<Observation, 'id'>> = fc
  .record({
    code: fc.array(code, { maxLength: 2 }).map((codes) => ({ coding: codes.map((each) => ({ code: each })) })),
    effectiveDateTime: optional(day),
    effectivePeriod: optional(
      fc.record({ start: day, end: day }).map(({ start, end }) => (start <= end ? { start, end } : { start })),
    ),
  })
  .map(
    ({ effectivePeriod, effectiveDateTime, ...parts }) =>
      dense({
        resourceType: 'Observation',
        status: 'final',
        ...parts,
        ...(effectivePeriod === undefined ? { effectiveDateTime } : { effectivePeriod }),
      }) as Omit<Observation, 'id'>,
  );

const resourcePut: fc.Arbitrary<ResourcePut> = fc
  .record({
    id,
    origin: fc.constantFrom('fact' as const, 'contribution' as const),
    expected: fc.oneof(
      { weight: 4, arbitrary: fc.constant('any' as const) },
      { weight: 1, arbitrary: fc.constant('absent' as const) },
      { weight: 1, arbitrary: fc.constantFrom('1', '2', 'x').map((versionId) => ({ versionId })) },
    ),
    content: fc.option(observation, { freq: 6 }),
    subject: optional(person),
    labels,
    memo: optional(fc.constant('{"m":1}')),
  })
  .map(
    ({ content, ...put }) =>
      dense({
        resourceType: 'Observation',
        ...put,
        resource: content === null ? undefined : { ...content, id: put.id },
      }) as ResourcePut,
  );

const recordPut: fc.Arbitrary<RecordPut> = fc
  .record({
    collection: fc.constant('c'),
    id,
    expected: fc.oneof(fc.constant('any' as const), fc.constantFrom('absent' as const, 1, 2)),
    value: fc.option(fc.jsonValue(), { nil: undefined, freq: 5 }),
    keys: fc.array(fc.record({ index: fc.constant('i'), value: code, sort: fc.constantFrom('1', '\uffff', '𠀀') }), {
      maxLength: 3,
    }),
  })
  .map((put) => dense(put) as RecordPut);

const unit: fc.Arbitrary<UnitOfWrite> = fc
  .record({
    resources: fc.uniqueArray(resourcePut, { maxLength: 4, selector: (put) => put.id }),
    records: fc.uniqueArray(recordPut, { maxLength: 2, selector: (put) => put.id }),
    guards: optional(fc.array(fc.record({ key: code, version: fc.constantFrom(0, 1) }), { maxLength: 1 })),
    bumps: optional(fc.uniqueArray(code, { maxLength: 2 })),
    claims: optional(fc.uniqueArray(fc.record({ key: code, owner: person }), { maxLength: 1, selector: ({ key }) => key })),
    releases: optional(fc.array(code, { maxLength: 1 })),
    opens: optional(
      fc.uniqueArray(
        id.map((each) => ({ id: each, kind: 'k', payload: { each } })),
        { maxLength: 1, selector: (row) => row.id },
      ),
    ),
    closes: optional(fc.array(id, { maxLength: 1 })),
    ledger: optional(fc.array(fc.record({ scope: fc.constant('s'), key: code, id: person }), { maxLength: 1 })),
    holds: optional(fc.record({ hold: fc.array(label, { maxLength: 1 }), release: fc.array(label, { maxLength: 4 }) })),
  })
  .map(dense) as fc.Arbitrary<UnitOfWrite>;

const date = (text: string): { start: number; end: number } => ({ start: Date.parse(text), end: Date.parse(text) + 86_400_000 });
const criterion: fc.Arbitrary<SearchCriterion> = fc.oneof(
  fc.record({ codes: fc.array(code, { minLength: 1, maxLength: 2 }), not: fc.boolean() }).map(({ codes, not }) => ({
    param: 'code',
    kind: 'token' as const,
    values: codes.map((each) => ({ kind: 'token' as const, code: each })),
    ...(not ? { modifier: 'not' } : {}),
  })),
  fc.record({ prefix: fc.constantFrom('ge' as const, 'lt' as const, 'eq' as const), on: day }).map(({ prefix, on }) => ({
    param: 'date',
    kind: 'date' as const,
    values: [{ kind: 'date' as const, prefix, ...date(on) }],
  })),
  id.map((each) => ({ param: '_id', kind: 'token' as const, values: [{ kind: 'token' as const, code: each }] })),
);
const query: fc.Arbitrary<ResourceQuery> = fc
  .record({
    resourceTypes: fc.constant(['Observation']),
    criteria: fc.array(criterion, { maxLength: 2 }),
    anyLabel: optional(labels),
    alsoAnyLabel: fc.option(labels, { nil: undefined, freq: 2 }),
    noLabel: optional(fc.array(fc.oneof(label, fc.constant('restricted/')), { maxLength: 2 })),
    subject: optional(person),
    origin: fc.option(fc.constantFrom('fact' as const, 'contribution' as const), { nil: undefined, freq: 2 }),
    order: fc.constantFrom('newest' as const, 'date-desc' as const, 'date-asc' as const),
    count: fc.integer({ min: 1, max: 3 }),
    total: fc.constant(true),
    includeHeld: fc.boolean(),
  })
  .map(dense) as fc.Arbitrary<ResourceQuery>;

type Step = { readonly unit: UnitOfWrite } | { readonly query: ResourceQuery };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    unit.map((each) => ({ unit: each })),
    query.map((each) => ({ query: each })),
  ),
  { minLength: 10, maxLength: 40 },
);

async function outcome(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: { readonly category?: ErrorCategory }) => ({ refused: error.category ?? String(error) }));
}

/** Every page of the query, without the cursors: each engine has its own. */
async function pagesOf(store: Store, asked: ResourceQuery): Promise<unknown[]> {
  const pages: unknown[] = [];
  let cursor: string | undefined;
  do {
    const { next, ...page } = await store.search(cursor === undefined ? asked : { ...asked, cursor });
    pages.push(page);
    cursor = next;
  } while (cursor !== undefined);
  return pages;
}

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

async function wholeState(store: Store): Promise<unknown> {
  const keys = ids.map((each) => ({ resourceType: 'Observation', id: each }));
  const find = async (value: string, descending: boolean): Promise<unknown> =>
    store.find({ collection: 'c', index: 'i', value, descending, limit: 99 });
  return {
    current: await store.resources(keys),
    histories: await Promise.all(keys.map(async (key) => store.history(key, 99))),
    scan: await store.scanResources(undefined, 99),
    records: await store.scanRecords('c', undefined, 99),
    found: await Promise.all(['1', '2', '3'].flatMap((value) => [find(value, true), find(value, false)])),
    guards: await store.guardVersions(['1', '2', '3']),
    claims: await Promise.all(['1', '2', '3'].map(async (key) => store.claimOwner(key))),
    outbox: await store.openOutbox({ limit: 99 }),
    depth: await store.outboxDepth(),
    ledger: [...(await store.ledgerIds('s'))].sort(),
    held: await store.heldLabels(),
  };
}

/** @param open opens an empty store that reads the given clock */
export function describeSameAsMemory(name: string, open: (now: () => number) => Promise<Store>): void {
  describe(name, () => {
    test('answers as the memory store to the same units and questions', async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          let instant = Date.parse('2026-03-01T00:00:00.000Z');
          const now = (): number => instant;
          const memory = openMemoryStore({ codec: storeCodec, now, matches: matchesCriterion });
          const engine = await open(now);
          try {
            for (const step of all) {
              instant += 1_000;
              if ('unit' in step)
                expect(await outcome(engine.commit(step.unit))).toEqual(await outcome(memory.commit(step.unit)));
              else expect(await outcome(pagesOf(engine, step.query))).toEqual(await outcome(pagesOf(memory, step.query)));
            }
            expect(await wholeState(engine)).toEqual(await wholeState(memory));
          } finally {
            await engine.close();
          }
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    });
  });
}
