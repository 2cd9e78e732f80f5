import { fork, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createDemonstrationSignIns, readSignIns, type SignIns } from './access/sign-ins.js';
import type { Accounts } from './access/accounts.js';
import type { Config } from './config.js';
import { isPhrError } from './errors.js';
import { COLLECTIONS } from './record/collections.js';
import type { RecordRoom } from './record/record-room.js';
import { SAMPLE_COMMUNE_CODE, sampleCitizens } from './sample-commune/sample-citizens.js';
import type { Store } from './store/store.js';

/** Collection and id of the row that tells how far the sample commune is. */
export const SAMPLE_COLLECTION = 'sample';
export const SAMPLE_ID = 'commune';

/** State of the sample commune in a data folder. `files` is known once the generator has counted. */
export interface SampleState {
  readonly state: 'loading' | 'loaded';
  readonly households: number;
  readonly sent: number;
  readonly files?: number;
  /** ISO instant of the loader's last report. */
  readonly reportedAt?: string;
}

/** A loader that has not reported for so long died with its process: another process of the instance goes on. */
export const LOADER_LOST_MS = 60_000;

/** What the loader (a process of its own, `src/cli/load-sample.ts`) is told, and what it tells. */
export interface SampleOrder {
  readonly baseUrl: string;
  readonly households: number;
  readonly signIns: SignIns;
}
export type SampleReport = { readonly sent: number; readonly files: number } | { readonly done: true; readonly files: number };

/** The demonstration side of an instance: sign-ins printed on request, a sample commune loaded through the doors. */
export interface Demonstration {
  readonly signIns: SignIns;
  /** Starts the loader when the data folder holds no submission yet, or an earlier load was interrupted. */
  load(): void;
  stop(): void;
  /** Prints where to go and how to sign in. */
  announce(out: NodeJS.WritableStream): void;
}

/** The file of the sign-ins; also read by `npm run sign-ins` and `npm run submit`. */
export const signInsFile = (dataDir: string): string => join(dataDir, 'sign-ins.json');

/** Creates the sign-ins (or keeps those of an earlier start) and decides whether the sample commune is to be loaded. Never in production. */
export async function prepareDemonstration(deps: {
  readonly config: Config;
  readonly accounts: Accounts;
  readonly room: RecordRoom;
  readonly store: Store;
  readonly logger: Logger;
  /** A key for one purpose, the same in every process with this master key. */
  readonly keyFor: (purpose: string) => Uint8Array;
}): Promise<Demonstration> {
  const { config, accounts, room, store, logger } = deps;
  const file = signInsFile(config.store.dataDir);
  const existing = existsSync(file) ? readSignIns(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
  const signIns = await createDemonstrationSignIns(
    {
      accounts,
      demonstration: config.environment.demonstration,
      registerPortalIdentity: (identity) => room.registerIdentity(identity),
      // Two processes that start at once make the same sign-ins.
      secretFor: (name, bytes) =>
        createHmac('sha256', deps.keyFor('demonstration sign-ins'))
          .update(name)
          .digest()
          .subarray(0, bytes)
          .toString('base64url'),
    },
    {
      baseUrl: config.http.baseUrl,
      facilities: [
        { code: '56901', display: 'Trạm y tế xã Diên Khánh (mẫu)' },
        { code: '56902', display: 'Trung tâm Y tế Diên Khánh (mẫu)' },
        { code: '56903', display: 'Bệnh viện đa khoa khu vực (mẫu)' },
      ],
      stations: [{ communeCode: SAMPLE_COMMUNE_CODE, display: 'Trạm y tế xã Diên Khánh (mẫu)' }],
      citizens: sampleCitizens(),
      startPages: { citizen: '/citizen', station: '/station', steward: '/steward', sender: '/sender', operator: '/operator' },
    },
    existing,
  );
  writeFileSync(file, `${JSON.stringify(signIns, undefined, 2)}\n`, { mode: 0o600 });

  const { households } = config.sample;
  const kept = await store.record<SampleState>(SAMPLE_COLLECTION, SAMPLE_ID);
  const [firstSubmission] = await store.scanRecords(COLLECTIONS.submission, undefined, 1);
  const keep = (value: SampleState, expected: 'any' | 'absent' | number = 'any') =>
    store.commit({
      records: [
        {
          collection: SAMPLE_COLLECTION,
          id: SAMPLE_ID,
          expected,
          value: { ...value, reportedAt: new Date().toISOString() },
        },
      ],
    });
  const mayLoad = households > 0 && (kept === undefined ? firstSubmission === undefined : isAbandoned(kept.value, config));
  // Of several processes that start at once one loads.
  const isToLoad = mayLoad && (await won(keep({ state: 'loading', households, sent: 0 }, kept?.version ?? 'absent')));

  let loader: ChildProcess | undefined;
  return {
    signIns,
    load() {
      if (!isToLoad) return;
      loader = fork(new URL('./cli/load-sample.js', import.meta.url), [], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        execArgv: ['--max-semi-space-size=2'],
      });
      // Sent to this very process: the address of the instance may be that of a proxy.
      const own = ownAddress(config.http);
      const order: SampleOrder = { baseUrl: own, households, signIns: { ...signIns, tokenEndpoint: `${own}/oauth/token` } };
      loader.send(order);
      loader.on('message', (report: SampleReport) => {
        const state: SampleState =
          'done' in report
            ? { state: 'loaded', households, sent: report.files, files: report.files }
            : { state: 'loading', households, ...report };
        keep(state).catch((error: unknown) => {
          logger.warn({ err: error }, 'progress of the sample commune not kept');
        });
      });
      loader.on('exit', (code) => {
        if (code !== 0 && code !== null) logger.warn('the sample commune is not complete');
      });
    },
    stop() {
      loader?.kill();
    },
    announce(out) {
      const { baseUrl, people, software } = signIns;
      out.write(`\nSổ Sức Khỏe: ${baseUrl}/sign-in\n\n`);
      for (const { role, username, password, startPage } of people) {
        out.write(`  ${role.padEnd(8)} ${username.padEnd(16)} ${password}   ${startPage}\n`);
      }
      for (const { role, clientId, clientSecret } of software) {
        out.write(
          `  ${role.padEnd(8)} ${clientId.padEnd(16)} ${clientSecret}   (client credentials, ${signIns.tokenEndpoint})\n`,
        );
      }
      out.write(`\n  npm run sign-ins -- --json   prints them again\n\n`);
    },
  };
}

/** Where this process itself listens; one that listens everywhere is asked on this machine. */
const ownAddress = ({ bind, port }: Config['http']): string => {
  const host = bind === '0.0.0.0' || bind === '::' ? '127.0.0.1' : bind;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
};

/** An embedded instance is one process: whoever was loading is gone. */
const isAbandoned = ({ state, reportedAt }: SampleState, { queue }: Config): boolean =>
  state === 'loading' &&
  (queue.engine === 'embedded' || reportedAt === undefined || Date.now() - Date.parse(reportedAt) > LOADER_LOST_MS);

async function won(commit: Promise<unknown>): Promise<boolean> {
  try {
    await commit;
    return true;
  } catch (error) {
    if (isPhrError(error, 'precondition-failed')) return false;
    throw error;
  }
}
