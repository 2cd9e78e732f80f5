import { isPhrError } from '../../errors.js';
import type { ResourceKey, ResourcePut } from '../../store/resource-store.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS, type LinkValue } from '../collections.js';
import { linkedIdentities } from '../identity/component.js';
import { linkPerson, type LinkDeps } from '../identity/link-person.js';
import { ChunkState, setCounting } from '../sources/attach-visit.js';
import { currentVersion, type Dossier } from '../sources/dossier.js';
import { recordHash } from './content-hash.js';
import { memoOf } from './memo.js';
import { deletion } from './person-puts.js';
import { rebuildRecord, type RebuildDeps } from './rebuild-record.js';

const PAGE = 200;
const ATTEMPTS = 12;

export interface RebuildAllDeps extends LinkDeps, RebuildDeps {
  /** Told once a stage: dossiers, persons, records, orphans; done of all. */
  readonly progress: (stage: string, done: number) => void;
}

export interface RebuildResult {
  /** Hash of the facts as they were stored, and as they came out of the sources. */
  readonly before: string;
  readonly after: string;
}

/**
 * Drops and recomputes what is derived from the sources, person by person, so that it works beside a running service: dossiers and
 * identity records from the sealed bytes, links from identity records, facts from both. Visits whose data key was destroyed are
 * skipped. merging.md I2, and the disaster drill of §3.10
 *
 * @param onBefore told the first hash before anything is dropped
 */
export async function rebuildAll(
  deps: RebuildAllDeps,
  options: { readonly personId?: string; readonly onBefore: (hash: string) => void },
): Promise<RebuildResult> {
  const { store } = deps;
  const before = await recordHash(deps, options.personId);
  options.onBefore(before);
  const scope = options.personId === undefined ? undefined : new Set(await linkedIdentities(store, options.personId));
  const identities = new Set<string>(scope ?? []);
  let dossiers = 0;
  for await (const dossierId of dossierIds(store, scope)) {
    for (const identity of await recheckDossier(deps, dossierId)) identities.add(identity);
    dossiers += 1;
    deps.progress('dossiers', dossiers);
  }
  let done = 0;
  for (const identity of [...identities].sort()) {
    await linkPerson(deps, undefined, identity);
    deps.progress('persons', (done += 1));
  }
  done = 0;
  for (const identity of [...identities].sort()) {
    await rebuildRecord(deps, undefined, identity, { all: true });
    await rebuildRecord(deps, undefined, identity); // dossiers that it left
    deps.progress('records', (done += 1));
  }
  await dropOrphans(deps, options.personId);
  return { before, after: await recordHash(deps, options.personId) };
}

async function* dossierIds(store: Store, scope: ReadonlySet<string> | undefined): AsyncGenerator<string> {
  if (scope !== undefined) {
    for (const identity of scope) {
      let after: { sort: string; id: string } | undefined;
      for (;;) {
        const page = await store.find<Dossier>({
          collection: COLLECTIONS.dossier,
          index: 'identity',
          value: identity,
          limit: PAGE,
          ...(after === undefined ? {} : { after }),
        });
        yield* page.map(({ id }) => id);
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) break;
        after = { sort: last.sort, id: last.id };
      }
    }
    return;
  }
  let afterId: string | undefined;
  for (;;) {
    const page = await store.scanRecords<Dossier>(COLLECTIONS.dossier, afterId, PAGE);
    yield* page.map(({ id }) => id);
    afterId = page.at(-1)?.id;
    if (page.length < PAGE) return;
  }
}

/** Reads the version that counts from its sealed bytes again; an erased one counts no more. @returns identity records touched */
async function recheckDossier(deps: RebuildAllDeps, dossierId: string): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const state = new ChunkState(deps);
    const dossier = await state.dossier(dossierId);
    if (dossier === undefined) return [];
    const current = currentVersion(dossier.versions);
    const parsed = current === undefined ? undefined : await deps.sources.parsed(current.sourceId);
    const visit = parsed?.visit;
    const counting =
      visit === undefined
        ? undefined
        : {
            subjects: visit.subjects.map(({ slot, identity, patient }) => ({ slot, identity, patient: patient.resource })),
            ...(visit.eventDate === undefined ? {} : { eventDate: visit.eventDate }),
          };
    const source = current === undefined ? undefined : await state.source(current.sourceId);
    if (current !== undefined && source !== undefined) {
      // An erased source keeps its hash and its place, nothing of what it said.
      const { eventDate: _eventDate, ...rest } = source;
      state.setSource(current.sourceId, { ...rest, subjects: [], ...counting });
    }
    await setCounting(state, dossierId, dossier, counting === undefined ? undefined : current?.sourceId, counting);
    const { opens: _opens, ...unit } = state.unit(); // the work is done here, not by the queue
    try {
      await deps.store.commit(unit);
      return (await deps.store.record<Dossier>(COLLECTIONS.dossier, dossierId))?.value.pending ?? [];
    } catch (error) {
      if (!isPhrError(error, 'precondition-failed') || attempt >= ATTEMPTS) throw error;
    }
  }
}

/** Facts of which no member is left in any dossier: nothing made them, nothing may keep them. */
async function dropOrphans(deps: RebuildAllDeps, personId: string | undefined): Promise<void> {
  const { store } = deps;
  let after: ResourceKey | undefined;
  for (;;) {
    const page = await store.scanResources(after, PAGE, 'fact');
    const puts: ResourcePut[] = [];
    for (const stored of page) {
      if (personId !== undefined && stored.subject !== personId) continue;
      const members = memoOf(stored.memo)?.members ?? [];
      const [dossiers, links] = await Promise.all([
        store.records<Dossier>(COLLECTIONS.dossier, [...new Set(members.map(({ dossier }) => dossier))]),
        store.records<LinkValue>(COLLECTIONS.link, [...new Set(members.map(({ identity }) => identity))]),
      ]);
      const isAlive =
        dossiers.some((dossier) => dossier?.value.current !== undefined) &&
        links.some((link) => link?.value.personId !== undefined && link.value.personId === stored.subject);
      if (!isAlive) puts.push({ ...deletion(stored), expected: { versionId: stored.versionId } });
    }
    if (puts.length > 0) await store.commit({ resources: puts });
    after = page.at(-1);
    if (page.length < PAGE) return;
  }
}
