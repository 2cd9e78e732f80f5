import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent, Encounter, Patient } from 'fhir/r4.js';
import {
  freePort,
  isReady,
  killServices,
  runCommand,
  spawnService,
  startService,
  takeToken,
  until,
} from '../support/service-process.js';
import { makeServiceClient, seededNumbers, visitFile, visitNumbers } from '../support/service-visits.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SUBMISSIONS = 300;
const KILLS = 50;
const SENDERS = 4;
/** Every eighth kill hits a process that is still starting. */
const STARTING_EVERY = 8;
const MEMORY_MAX_BYTES = 512 * 1024 * 1024;

afterAll(killServices);
const dataDir = temporaryFolder();

interface Kill {
  /** Of acknowledged submissions, all processes together. */
  readonly acknowledged: number;
  /** HTTP answers seen after that; of a starting process: looks at `/readyz` that failed. */
  readonly further: number;
  readonly starting: boolean;
}

/** The instants, in order of acknowledged submissions. */
function planKills(seed: number): readonly Kill[] {
  const random = seededNumbers(seed);
  const step = SUBMISSIONS / (KILLS + 1);
  return Array.from({ length: KILLS }, (_, index) => ({
    acknowledged: Math.floor(index * step + random() * step),
    further: Math.floor(random() * 9),
    starting: index % STARTING_EVERY === STARTING_EVERY - 1,
  }));
}

/** Two visits of each person, so that the kills also hit records that change. */
const files = Array.from({ length: SUBMISSIONS }, (_, index) => visitFile(visitNumbers(index, index % (SUBMISSIONS / 2))));

describe('kill -9', () => {
  test(
    `at ${KILLS} instants of ${SUBMISSIONS} submissions: every acknowledged one completes, none twice`,
    async () => {
      const options = { dataDir, port: await freePort() };
      const first = await startService(options);
      const tokens = {
        sender: await takeToken(dataDir, 'facility-56901'),
        reader: await takeToken(dataDir, 'integrator'),
      };
      const sender = makeServiceClient(first.baseUrl, tokens.sender);
      const reader = makeServiceClient(first.baseUrl, tokens.reader);
      const acknowledged = new Map<number, string>();
      const waiting = files.map((_, index) => index);
      const random = seededNumbers(7);

      /** Sends with all senders until nothing waits, or the process is killed: what it did not acknowledge waits again. */
      const drive = async (kill: Kill | undefined, killNow: () => void): Promise<void> => {
        let further = 0;
        let isKilled = false;
        const event = (): void => {
          if (kill === undefined || isKilled || acknowledged.size < kill.acknowledged) return;
          if (further >= kill.further) {
            isKilled = true;
            killNow();
          }
          further += 1;
        };
        const send = async (): Promise<void> => {
          for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
            try {
              const answer = await sender.send(files[index] ?? '');
              const { id } = (await answer.json()) as { readonly id: string };
              expect(answer.status).toBe(202);
              acknowledged.set(index, id);
              event();
              const known = [...acknowledged.values()][Math.floor(random() * acknowledged.size)] ?? '';
              expect((await sender.receipt(known)).id).toBe(known);
              event();
            } catch (error) {
              if (!isKilled) throw error;
              if (!acknowledged.has(index)) waiting.push(index);
              return;
            }
          }
        };
        event();
        await Promise.all(Array.from({ length: SENDERS }, send));
        // Everything is sent, the instant not reached: it hits the jobs.
        if (kill !== undefined && !isKilled) killNow();
      };

      let service = first;
      let interrupted = 0;
      for (const kill of planKills(20261125)) {
        if (kill.starting) {
          service.kill('SIGKILL');
          await service.exited;
          service = spawnService(options);
          let looks = 0;
          await until(async () => (await isReady(service.baseUrl)) || (looks += 1) > kill.further, 'it starts');
          service.kill('SIGKILL');
        } else {
          await drive(kill, () => {
            service.kill('SIGKILL');
          });
        }
        expect((await service.exited).signal).toBe('SIGKILL');
        service = await startService(options);
        if ((await reader.outbox()).open > 0) interrupted += 1;
      }
      // Else the kills would prove nothing about jobs.
      expect(interrupted).toBeGreaterThan(KILLS / 5);
      await drive(undefined, () => undefined);

      expect(acknowledged.size).toBe(SUBMISSIONS);
      await until(async () => (await reader.outbox()).open === 0, 'no row of the outbox is open');
      expect(await reader.outbox()).toEqual({ open: 0, dead: 0 });

      const receipts = await sender.receipts();
      expect(receipts.map(({ id }) => id).sort()).toEqual([...acknowledged.values()].sort());
      expect(new Set(receipts.map(({ state }) => state))).toEqual(new Set(['completed']));
      const visitIds = files.map((_, index) => visitNumbers(index).visitId).sort();
      expect(receipts.map(({ visits }) => visits.map(({ key }) => key)).sort()).toEqual(visitIds.map((id) => [`56901|${id}`]));

      const encounters = await reader.all<Encounter>('Encounter?_count=100');
      expect(encounters.map(({ identifier }) => identifier?.[0]?.value).sort()).toEqual(visitIds);
      const people = (await reader.all<Patient>('Patient?_count=100')).flatMap(({ identifier = [] }) =>
        identifier.filter(({ system }) => system?.endsWith('/cccd')).map(({ value }) => value),
      );
      expect(people.sort()).toEqual(
        Array.from({ length: SUBMISSIONS / 2 }, (_, person) => visitNumbers(person).nationalId).sort(),
      );

      const events = await reader.all<AuditEvent>('AuditEvent?_count=100');
      const written = new Set(
        events
          .filter(({ action }) => action === 'C')
          .flatMap(({ entity = [] }) => entity.map(({ what }) => what?.identifier?.value)),
      );
      expect([...acknowledged.values()].filter((id) => !written.has(id))).toEqual([]);

      const listed = await runCommand('jobs', ['list'], options);
      expect(listed.code).toBe(0);
      expect(listed.output.match(/open 0 {2}oldest - {2}dead 0\n/g)).toHaveLength(3);
      expect(listed.output).toMatch(/\nno dead letters\n$/);
      const rebuilt = await runCommand('rebuild', [], options);
      expect(rebuilt.code).toBe(0);
      const [, stored, computed] = /^stored hash (\w{64})\nrecord hash (\w{64})\n$/.exec(rebuilt.output) ?? [];
      expect(stored).toBeDefined();
      expect(computed).toBe(stored);

      const status = `/proc/${service.pid}/status`;
      if (existsSync(status)) {
        const residentKiB = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1]);
        process.stderr.write(`resident after ${SUBMISSIONS} visits: ${Math.round(residentKiB / 1024)} MiB\n`);
        expect(residentKiB * 1024).toBeLessThan(MEMORY_MAX_BYTES);
      }
      expect(await service.stop()).toEqual({ code: 0, signal: null });
    },
    20 * 60_000,
  );
});
