import { existsSync } from 'node:fs';
import { PhrError } from '../errors.js';
import { recordHash } from '../record/facts/content-hash.js';
import type { ResourceCodec } from '../store/indexing.js';
import { moveStore, type MoveProgress } from '../store/move-store.js';
import type { StoreDump, StoreLoader } from '../store/moving.js';
import type { Store } from '../store/store.js';

export const MOVE_USAGE = `npm run move -- [--from STORE] [--to STORE] [--check]
  STORE: sqlite:<path> or mongodb://…; the one left out is the STORE of the environment (a password stays out of the list of processes)
  --check: compares the record hashes of both and moves nothing`;

/** A store, by its engine. */
export type Place = { readonly engine: 'sqlite'; readonly path: string } | { readonly engine: 'mongodb'; readonly uri: string };

export interface MoveWords {
  /** Absent = the one of the environment; one of both at most. */
  readonly from: Place | undefined;
  readonly to: Place | undefined;
  readonly check: boolean;
}

/** The words behind the command; undefined when they are not those of the usage. */
export function readMoveWords(words: readonly string[]): MoveWords | undefined {
  const check = words.includes('--check');
  const given = new Map<string, Place>();
  const rest = words.filter((word) => word !== '--check');
  for (let index = 0; index < rest.length; index += 2) {
    const name = rest[index] ?? '';
    const place = placeOf(rest[index + 1] ?? '');
    if (!['--from', '--to'].includes(name) || place === undefined || given.has(name)) return undefined;
    given.set(name, place);
  }
  const [from, to] = [given.get('--from'), given.get('--to')];
  return from === undefined && to === undefined ? undefined : { from, to, check };
}

function placeOf(text: string): Place | undefined {
  const path = /^sqlite:(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { engine: 'sqlite', path };
  return /^mongodb(\+srv)?:\/\/.+/.test(text) ? { engine: 'mongodb', uri: text } : undefined;
}

export interface MoveDeps {
  readonly codec: ResourceCodec;
  readonly termKey: Uint8Array;
  readonly progress: (progress: MoveProgress) => void;
}

/**
 * Moves (unless `check`) and compares: the record hash of both ends, each computed by its own engine from what it has stored.
 * @throws PhrError `conflict` (another key, a target with something else in it, a source that was written), `unavailable`
 */
export async function move(
  { from, to, check }: { readonly from: Place; readonly to: Place; readonly check: boolean },
  deps: MoveDeps,
): Promise<{ readonly source: string; readonly target: string }> {
  if (from.engine === 'sqlite' && !existsSync(from.path))
    throw new PhrError('unavailable', 'The data file to move does not exist');
  if (!check) {
    const source = await openDump(from, deps);
    try {
      const target = await openLoader(to, deps);
      try {
        await moveStore(source, target, deps.progress);
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
  }
  return { source: await hashOf(from, deps), target: await hashOf(to, deps) };
}

async function openDump(place: Place, deps: MoveDeps): Promise<StoreDump> {
  if (place.engine === 'sqlite') return (await import('../store/sqlite/sqlite-moving.js')).openSqliteDump({ ...deps, ...place });
  return (await import('../store/mongo/mongo-moving.js')).openMongoDump({ ...deps, ...place });
}

async function openLoader(place: Place, deps: MoveDeps): Promise<StoreLoader> {
  if (place.engine === 'sqlite')
    return (await import('../store/sqlite/sqlite-moving.js')).openSqliteLoader({ ...deps, ...place });
  return (await import('../store/mongo/mongo-moving.js')).openMongoLoader({ ...deps, ...place });
}

async function openReading(place: Place, { codec, termKey }: MoveDeps): Promise<Store> {
  const parts = { codec, termKey, now: Date.now };
  if (place.engine === 'sqlite') {
    return (await import('../store/sqlite/sqlite-store.js')).openSqliteStore({ ...parts, path: place.path, readOnly: true });
  }
  return (await import('../store/mongo/mongo-store.js')).openMongoStore({ ...parts, uri: place.uri });
}

async function hashOf(place: Place, deps: MoveDeps): Promise<string> {
  const store = await openReading(place, deps);
  try {
    return await recordHash({ store, parse: deps.codec.parse });
  } finally {
    await store.close();
  }
}
