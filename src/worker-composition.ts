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
import { restrictionOfResource } from './fhir/interactions/content-restriction.js';
import { validateResource } from './fhir/validation/validate.js';
import { makeFhirBundleFormat } from './intake/fhir-bundle/fhir-bundle-format.js';
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
import type { SqliteWriter } from './store/sqlite/writer.js';
import type { Store } from './store/store.js';

/** The formats that the doors take, each under the name of its door. */
export interface Formats {
  readonly bhytXml: ReturnType<typeof makeBhytXmlFormat>;
  readonly checkIn: ReturnType<typeof makeCheckInFormat>;
  readonly healthCheckup: ReturnType<typeof makeHealthCheckupFormat>;
  readonly bloodPressureGlucose: ReturnType<typeof makeSheetFormat>;
  readonly fhirBundle: ReturnType<typeof makeFhirBundleFormat>;
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
  /** Removes what writes that were cut off have left behind, if the engine leaves any. @returns how much */
  readonly sweep: () => Promise<number>;
  readonly close: () => Promise<void>;
}

export interface RecordOptions {
  /** The process's writer thread, or a port of it (SQLite); absent = one of its own. */
  readonly writer?: SqliteWriter | MessagePort | undefined;
  /** This thread only answers requests: its reads of one turn share a snapshot. */
  readonly answersRequests?: boolean;
  /** Parsed visits kept in memory for their rebuild; absent = as a service keeps. */
  readonly recentVisits?: number;
  /** Told of the kinds of rows that a commit opened, to wake the queue. */
  readonly onOpens?: (kinds: readonly string[]) => void;
  /** Told how each commit of this thread ended. */
  readonly onCommit?: (outcome: CommitOutcome, durationMs: number) => void;
}

/**
 * Opens the store and puts the record room together.
 *
 * @throws PhrError `unavailable` when the file or the database can't be opened
 */
export async function composeRecord(config: Config, options: RecordOptions = {}): Promise<RecordParts> {
  mkdirSync(config.store.dataDir, { recursive: true, mode: 0o700 });
  const master = loadMasterKey({ file: config.secrets.masterKeyFile, create: config.secrets.createMasterKey });
  const keyFor = (purpose: string): Uint8Array => deriveKey(master, purpose);
  const codec = makeResourceCodec();
  const { store: opened, sweep } = await openStore(config, { codec, termKey: keyFor('index-terms'), now: Date.now }, options);
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
  return { store, codec, formats, restrictedCodes, room, keyFor, sweep, close: () => opened.close() };
}

interface OpenedStore {
  readonly store: Store;
  readonly sweep: () => Promise<number>;
}

/** The engine that the configuration names; the other one, and its driver, are never loaded. */
async function openStore(
  config: Config,
  parts: { readonly codec: ResourceCodec; readonly termKey: Uint8Array; readonly now: () => number },
  { writer, answersRequests }: Pick<RecordOptions, 'writer' | 'answersRequests'>,
): Promise<OpenedStore> {
  if (config.store.engine === 'mongodb') {
    const { uri } = config.store;
    // In production `npm run migrate` does this, once and before any process starts.
    if (config.environment.demonstration) await (await import('./store/mongo/migrate.js')).ensureIndexes(uri);
    const { openMongoStore } = await import('./store/mongo/mongo-store.js');
    const store = await openMongoStore({ ...parts, uri });
    return { store, sweep: () => store.sweepBlobs() };
  }
  const { path } = config.store;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { openSqliteStore } = await import('./store/sqlite/sqlite-store.js');
  const store = await openSqliteStore({
    ...parts,
    path,
    ...(writer === undefined ? {} : { writer }),
    turnSnapshots: answersRequests === true,
  });
  return { store, sweep: () => Promise.resolve(0) };
}

function makeFormats(catalogue: RestrictedCodes): Formats {
  const rules = { restrictionOf: (content: Parameters<typeof restrictionOf>[0]) => restrictionOf(content, catalogue) };
  return {
    bhytXml: makeBhytXmlFormat(rules),
    checkIn: makeCheckInFormat(),
    healthCheckup: makeHealthCheckupFormat(rules),
    bloodPressureGlucose: makeSheetFormat(BLOOD_PRESSURE_GLUCOSE),
    fhirBundle: makeFhirBundleFormat({
      validate: validateResource,
      restrictionOf: (resource) => restrictionOfResource(resource, catalogue),
    }),
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
