import { afterAll, expect, test } from '@jest/globals';
import type { AuditEvent, Encounter } from 'fhir/r4.js';
import { describeWithMongod } from '../support/mongod.js';
import { startPair } from '../support/pair-processes.js';
import { startRecordRoom } from '../support/record-room.js';
import { describeWithRedis } from '../support/redis-server.js';
import { killServices, runCommand, takeToken, until } from '../support/service-process.js';
import { makeServiceClient, visitFile, visitNumbers } from '../support/service-visits.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SUBMISSIONS = 300;
const SENDERS = 4;
/** A file that is not acknowledged is sent again, as a hospital's software does; so often at most. */
const TRIES = 200;

afterAll(killServices);
const dataDir = temporaryFolder();

/** Two visits of each person, so that the faults also hit records that change. */
const files = Array.from({ length: SUBMISSIONS }, (_, index) => visitFile(visitNumbers(index, index % (SUBMISSIONS / 2))));

describeWithRedis('on a bad day of the pair', (redis) => {
  describeWithMongod(
    'with three members',
    (replicaSet) => {
      test(
        'what was acknowledged is there once, indexed and audited, whatever is killed meanwhile',
        async () => {
          const pair = await startPair(
            { store: replicaSet().uri('bad-day'), queue: redis().url() },
            { dataDir, apis: 2, workers: 2 },
          );
          const token = await takeToken(dataDir, 'facility-56901');
          const senders = pair.apis.map((api) => makeServiceClient(api.service().baseUrl, token));
          const reader = makeServiceClient(pair.apis[1]?.service().baseUrl ?? '', await takeToken(dataDir, 'integrator'));
          const acknowledged = new Map<number, string>();
          const failed: unknown[] = [];

          /** What goes wrong, by the number of files acknowledged before it. */
          const faults = new Map<number, () => Promise<void>>([
            [30, () => redis().flush()],
            [70, async () => pair.workers[0]?.killAndStart()],
            [
              110,
              async () => {
                await redis().kill();
                await redis().start();
              },
            ],
            [150, async () => (await replicaSet().primary()).kill().then(() => replicaSet().startAll())],
            [190, async () => pair.apis[0]?.killAndStart()],
            [220, () => replicaSet().stepDown()],
            [
              260,
              async () => {
                await Promise.all([redis().flush(), pair.workers[0]?.killAndStart(), pair.workers[1]?.killAndStart()]);
              },
            ],
          ]);
          const underWay: Promise<void>[] = [];
          const acknowledge = (index: number, id: string): void => {
            acknowledged.set(index, id);
            const fault = faults.get(acknowledged.size);
            if (fault !== undefined) underWay.push(fault().catch((error: unknown) => void failed.push(error)));
          };
          let next = 0;
          const sender = async (lane: number): Promise<void> => {
            for (let index = next; index < SUBMISSIONS; index = next) {
              next += 1;
              for (let attempt = 1; !acknowledged.has(index); attempt += 1) {
                if (attempt > TRIES) throw new Error(`file ${String(index)} was never taken`);
                try {
                  const answer = await senders[(lane + attempt) % senders.length]?.send(files[index] ?? '');
                  const body = (await answer?.json()) as { readonly id: string };
                  if (answer?.status === 202) acknowledge(index, body.id);
                  else expect(answer?.status).toBe(503);
                } catch (error) {
                  // The connection was cut: nothing was acknowledged.
                  if ((error as Error).name !== 'TypeError') throw error;
                }
              }
            }
          };
          await Promise.all(Array.from({ length: SENDERS }, async (_, lane) => sender(lane)));
          await Promise.all(underWay);
          expect(failed).toEqual([]);
          expect(underWay).toHaveLength(faults.size);

          await until(async () => (await reader.outbox()).open === 0, 'no row of the outbox is open');
          expect(await reader.outbox()).toEqual({ open: 0, dead: 0 });
          const receipts = (await senders[0]?.receipts()) ?? [];
          expect(receipts.map(({ id }) => id).sort()).toEqual([...acknowledged.values()].sort());
          expect(new Set(receipts.map(({ state }) => state))).toEqual(new Set(['completed']));
          const visitIds = files.map((_, index) => visitNumbers(index).visitId).sort();
          const encounters = await reader.all<Encounter>('Encounter?_count=100');
          expect(encounters.map(({ identifier }) => identifier?.[0]?.value).sort()).toEqual(visitIds);
          const events = await reader.all<AuditEvent>(
            'AuditEvent?_count=100&type=http://terminology.hl7.org/CodeSystem/audit-event-type|rest',
          );
          const written = new Set(
            events
              .filter(({ action }) => action === 'C')
              .flatMap(({ entity = [] }) => entity.map(({ what }) => what?.identifier?.value)),
          );
          expect([...acknowledged.values()].filter((id) => !written.has(id))).toEqual([]);

          const options = pair.apis[0]?.options ?? { dataDir, port: 0 };
          const rebuilt = await runCommand('rebuild', [], options);
          expect(rebuilt.code).toBe(0);
          const [, stored, computed] = /^stored hash (\w{64})\nrecord hash (\w{64})\n$/.exec(rebuilt.output) ?? [];
          expect(computed).toBe(stored);
          // The same files, taken quietly by one process that keeps everything in memory.
          const quiet = startRecordRoom();
          for (const file of files) await quiet.send('bhyt-xml', Buffer.from(file), '56901');
          await quiet.drain();
          expect(stored).toBe(await quiet.recordHash());
          await pair.stop();
        },
        15 * 60_000,
      );
    },
    { size: 3 },
  );
});
