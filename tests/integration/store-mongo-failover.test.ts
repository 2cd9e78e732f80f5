import { expect, test } from '@jest/globals';
import type { UnitOfWrite } from '../../src/store/store.js';
import { freshDatabase } from '../support/mongo-stores.js';
import { describeWithMongod } from '../support/mongod.js';
import { aLine, anObservation, observations, put, token } from '../support/store-contract/builders.js';

const SUBMISSIONS = 300;
const LANES = 8;
const PATIENCE_MS = 90_000;

const idOf = (index: number): string => `o${String(index).padStart(3, '0')}`;
const unitOf = (index: number): UnitOfWrite => ({
  resources: [put(anObservation(idOf(index)))],
  access: [aLine(idOf(index))],
  opens: [{ id: idOf(index), kind: 'k', payload: {} }],
});

describeWithMongod(
  'a replica set of three that loses its primary',
  (replicaSet) => {
    test.each([
      ['is killed', async () => (await replicaSet().primary()).kill()],
      ['steps down', async () => replicaSet().stepDown()],
    ])(
      'what was acknowledged while the primary %s is there once, indexed and audited',
      async (_, fail) => {
        const at = await freshDatabase(replicaSet());
        try {
          const store = await at.open({ maxTimeMs: 20_000 });
          const acknowledged = new Set<string>();
          const refused: unknown[] = [];
          let next = 0;
          let failing: Promise<void> | undefined;
          const lane = async (): Promise<void> => {
            for (let index = next; index < SUBMISSIONS; index = next) {
              next += 1;
              if (index === SUBMISSIONS / 3) failing = fail();
              await store.commit(unitOf(index)).then(
                () => acknowledged.add(idOf(index)),
                (error: unknown) => refused.push(error),
              );
            }
          };
          await Promise.all(Array.from({ length: LANES }, lane));
          await failing;

          const kept = (await store.scanResources(undefined, 1_000)).map(({ id }) => id);
          const audited = (await store.accessLines({ limit: 1_000 })).map(({ id }) => id).reverse();
          const open = (await store.openOutbox({ limit: 1_000 })).map(({ id }) => id).sort();
          const indexed = await store.search(observations({ criteria: [token('code', '29463-7')], count: 1_000 }));
          expect(refused).toEqual([]);
          expect(kept).toEqual(Array.from({ length: SUBMISSIONS }, (__, index) => idOf(index)));
          expect(acknowledged.size).toBe(SUBMISSIONS);
          expect(audited).toEqual(kept);
          expect(open).toEqual(kept);
          expect(indexed.items.map(({ id }) => id).sort()).toEqual(kept);
          for (const id of kept) expect(await store.history({ resourceType: 'Observation', id }, 9)).toHaveLength(1);
        } finally {
          await at.close();
          await replicaSet().startAll();
        }
      },
      PATIENCE_MS,
    );
  },
  { size: 3 },
);
