import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { aLine, anObservation, put } from './store-contract/builders.js';
import { storeCodec } from './store-codec.js';

/**
 * A process for tests: commits units of several parts to the file of its first argument, as fast as it can, and prints a line for each
 * when it is acknowledged. Argument 2: prefix of its ids; 3: units in flight; 4: units to commit, then it ends (0 = until killed).
 */
async function main([path = '', prefix = '', inFlight = '8', units = '0']: readonly string[]): Promise<void> {
  const store = await openSqliteStore({ path, codec: storeCodec, termKey: new Uint8Array(32).fill(1), now: Date.now });
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const index = next;
      if (units !== '0' && index >= Number(units)) return;
      next += 1;
      const id = `${prefix}${String(index)}`;
      const { commit } = await store.commit({
        resources: [put(anObservation(id), { subject: prefix }), put(anObservation(`${id}-b`))],
        records: [{ collection: 'unit', id, expected: 'absent', value: { id }, keys: [{ index: 'of', value: prefix }] }],
        opens: [{ id, kind: 'k', payload: { id } }],
        access: [aLine(id, { patients: [prefix] })],
        bumps: ['shared'],
      });
      process.stdout.write(`${id} ${String(commit)}\n`);
    }
  };
  await Promise.all(Array.from({ length: Number(inFlight) }, work));
  await store.close();
}

await main(process.argv.slice(2));
