import { randomUUID } from 'node:crypto';
import { makeAccessLineId } from '../../../src/access/audit/access-line-id.js';
import { readConfig } from '../../../src/config.js';
import { composeRecord } from '../../../src/worker-composition.js';
import type { RecordParts } from '../../../src/worker-composition.js';
import { bloodPressure } from './observation.js';
import type { StorePortOrder, StorePortResult } from './store-port.js';

let parts: Promise<RecordParts> | undefined;
let count = 0;
const lineId = makeAccessLineId();

/** One unit as a create of an Observation makes it: the resource with its labels and terms, and its access line. */
async function commitOne({ store }: RecordParts, personId: string): Promise<void> {
  count += 1;
  const id = randomUUID();
  const now = new Date();
  await store.commit({
    resources: [
      {
        resourceType: 'Observation',
        id,
        origin: 'contribution',
        expected: 'absent',
        resource: { ...bloodPressure(personId, count), id },
        subject: personId,
        labels: ['sender/56901', 'writer/facility-56901', 'commune/22651'],
      },
    ],
    access: [
      {
        id: lineId(now),
        at: now.toISOString(),
        agent: { kind: 'software', id: 'facility-56901', role: 'facility', display: 'Trạm y tế (mẫu)', facilityCode: '56901' },
        action: 'C',
        interaction: 'create',
        purpose: 'TREAT',
        patients: [personId],
        what: [`Observation/${id}`],
        outcome: '0',
        requestId: randomUUID(),
        network: '127.0.0.1',
      },
    ],
  });
}

async function run({ environment, concurrency, durationMs }: StorePortOrder): Promise<StorePortResult> {
  parts ??= composeRecord(readConfig(environment));
  const opened = await parts;
  const personId = randomUUID();
  const startedMs = performance.now();
  let commits = 0;
  const one = async (): Promise<void> => {
    while (performance.now() - startedMs < durationMs) {
      await commitOne(opened, personId);
      commits += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  return { commits, perSecond: (commits / (performance.now() - startedMs)) * 1_000 };
}

process.on('message', (order: StorePortOrder) => {
  void run(order).then((result) => process.send?.(result));
});
process.on('disconnect', () => {
  void Promise.resolve(parts)
    .then((opened) => opened?.close())
    .then(() => process.exit(0));
});
