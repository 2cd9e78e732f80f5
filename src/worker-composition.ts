import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { Config } from './config.js';
import { isPhrError } from './errors.js';
import { loadRestrictedCodes } from './fhir/restricted-codes.js';
import { makeResourceCodec } from './fhir/search/codec.js';
import { restrictionOf, type RestrictedCodes } from './fhir/sensitivity.js';
import { makeBhytXmlFormat } from './intake/bhyt-xml/bhyt-xml-format.js';
import { makeCheckInFormat } from './intake/bhyt-xml/check-in-format.js';
import { makeHealthCheckupFormat } from './intake/health-checkup/health-checkup-format.js';
import { BLOOD_PRESSURE_GLUCOSE } from './intake/sheet/template.js';
import { makeSheetFormat } from './intake/sheet/sheet-format.js';
import { makeRecordRoom, type RecordRoom } from './record/record-room.js';
import type { Sealer } from './record/sources/vault.js';
import type { ResourceCodec } from './store/indexing.js';
import { loadMasterKey } from './store/master-key.js';
import {
  deriveKey,
  newDataKey,
  open,
  openInBackground,
  seal,
  sealInBackground,
  unwrapDataKey,
  wrapDataKey,
} from './store/sealing.js';
import { openSqliteStore } from './store/sqlite/sqlite-store.js';
import type { SqliteWriter } from './store/sqlite/writer.js';
import type { Store } from './store/store.js';

/** The formats that the doors take, each under the name of its door. */
export interface Formats {
  readonly bhytXml: ReturnType<typeof makeBhytXmlFormat>;
  readonly checkIn: ReturnType<typeof makeCheckInFormat>;
  readonly healthCheckup: ReturnType<typeof makeHealthCheckupFormat>;
  readonly bloodPressureGlucose: ReturnType<typeof makeSheetFormat>;
}

/** What request thread, jobs thread and commands have in common: keys, store, formats, record room. */
export interface RecordParts {
  readonly store: Store;
  readonly codec: ResourceCodec;
  readonly formats: Formats;
  /** What is never shown by default. */
  readonly restrictedCodes: RestrictedCodes;
  readonly room: RecordRoom;
  /** A key for one purpose, derived from the master key. */
  readonly keyFor: (purpose: string) => Uint8Array;
  readonly close: () => Promise<void>;
}

/**
 * Opens the store and puts the record room together.
 *
 * @param options.writer the process's writer thread, or a port of it; absent = one of its own
 * @param options.onOpens told of the kinds of rows that a commit opened, to wake the queue
 * @param options.onCommit told how each commit of this thread ended
 */
export async function composeRecord(
  config: Config,
  options: {
    readonly writer?: SqliteWriter | MessagePort;
    /** This thread only answers requests: its reads of one turn share a snapshot. */
    readonly answersRequests?: boolean;
    /** Parsed visits kept in memory for their rebuild; absent = as a service keeps. */
    readonly recentVisits?: number;
    readonly onOpens?: (kinds: readonly string[]) => void;
    readonly onCommit?: (outcome: CommitOutcome, durationMs: number) => void;
  } = {},
): Promise<RecordParts> {
  mkdirSync(config.store.dataDir, { recursive: true, mode: 0o700 });
  mkdirSync(dirname(config.store.path), { recursive: true, mode: 0o700 });
  const master = loadMasterKey({ file: config.secrets.masterKeyFile, create: config.secrets.createMasterKey });
  const keyFor = (purpose: string): Uint8Array => deriveKey(master, purpose);
  const codec = makeResourceCodec();
  const opened = await openSqliteStore({
    path: config.store.path,
    codec,
    termKey: keyFor('index-terms'),
    now: Date.now,
    ...(options.writer === undefined ? {} : { writer: options.writer }),
    turnSnapshots: options.answersRequests === true,
  });
  const timed = options.onCommit === undefined ? opened : timedStore(opened, options.onCommit);
  const store = options.onOpens === undefined ? timed : wakingStore(timed, options.onOpens);
  const restrictedCodes = loadRestrictedCodes();
  const formats = makeFormats(restrictedCodes);
  const room = makeRecordRoom({
    store,
    sealer: sealerOf(master),
    formats: Object.values(formats),
    limits: { maxBytes: config.intake.maxBytes, maxVisits: config.intake.maxVisits },
    codec,
    now: () => new Date(),
    ...(options.recentVisits === undefined ? {} : { recentVisits: options.recentVisits }),
  });
  return { store, codec, formats, restrictedCodes, room, keyFor, close: () => opened.close() };
}

function makeFormats(catalogue: RestrictedCodes): Formats {
  const rules = { restrictionOf: (content: Parameters<typeof restrictionOf>[0]) => restrictionOf(content, catalogue) };
  return {
    bhytXml: makeBhytXmlFormat(rules),
    checkIn: makeCheckInFormat(),
    healthCheckup: makeHealthCheckupFormat(rules),
    bloodPressureGlucose: makeSheetFormat(BLOOD_PRESSURE_GLUCOSE),
  };
}

/** A store whose commits wake the queue for the rows that they opened; the sweeper finds what a lost wake left. */
function wakingStore(store: Store, onOpens: (kinds: readonly string[]) => void): Store {
  return {
    ...store,
    async commit(unit) {
      const result = await store.commit(unit);
      if (unit.opens !== undefined && unit.opens.length > 0) onOpens([...new Set(unit.opens.map(({ kind }) => kind))]);
      return result;
    },
  };
}

type CommitOutcome = 'committed' | 'precondition-failed' | 'failed';

/** A store whose commits are timed: what a request waits for. */
function timedStore(store: Store, onCommit: (outcome: CommitOutcome, durationMs: number) => void): Store {
  return {
    ...store,
    async commit(unit) {
      const startedMs = performance.now();
      const ended = (outcome: CommitOutcome): void => {
        onCommit(outcome, performance.now() - startedMs);
      };
      try {
        const result = await store.commit(unit);
        ended('committed');
        return result;
      } catch (error) {
        ended(isPhrError(error, 'precondition-failed') ? 'precondition-failed' : 'failed');
        throw error;
      }
    },
  };
}

/** Up to this size compressing costs less (about 1 ms) than a hop to the thread pool, whose threads each keep memory of their own. */
const SEALED_AT_ONCE_BYTES = 64 * 1024;

const sealerOf = (master: Uint8Array): Sealer => ({
  newDataKey,
  wrap: (dataKey, blobId) => wrapDataKey(master, dataKey, blobId),
  unwrap: (wrapped, blobId) => unwrapDataKey(master, wrapped, blobId),
  seal: async (dataKey, bytes, blobId) =>
    bytes.length <= SEALED_AT_ONCE_BYTES ? seal(dataKey, bytes, blobId) : sealInBackground(dataKey, bytes, blobId),
  open: async (dataKey, sealed, blobId) =>
    sealed.length <= SEALED_AT_ONCE_BYTES ? open(dataKey, sealed, blobId) : openInBackground(dataKey, sealed, blobId),
});
