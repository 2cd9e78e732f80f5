import { createHash } from 'node:crypto';
import type { FhirResource } from 'fhir/r4.js';
import type { ResourceKey, StoredResource } from '../../store/resource-store.js';
import type { Store } from '../../store/store.js';
import { canonicalJson, mapReferences } from './canonical.js';
import { memoOf } from './memo.js';

const SCAN_PAGE = 1_000;

/**
 * Content hash of the record: SHA-256 over the sorted canonical facts with conflicts and memberships, ids replaced by the smallest source
 * id, without versionId, lastUpdated and times of receipt (merging.md I2). Equal between two installations that got the same inputs.
 *
 * @param personId only this person's facts
 * @returns 64 hexadecimal digits
 */
export async function recordHash(
  deps: { readonly store: Store; readonly parse: (body: string) => FhirResource },
  personId?: string,
): Promise<string> {
  const lines: string[] = [];
  const names = new Map<string, string>();
  for await (const stored of facts(deps.store)) {
    const smallest = memoOf(stored.memo)?.members[0]?.source;
    if (smallest !== undefined) names.set(`${stored.resourceType}/${stored.id}`, `${stored.resourceType}/${smallest}`);
  }
  for await (const stored of facts(deps.store)) {
    if (personId !== undefined && stored.subject !== personId) continue;
    lines.push(factHash(stored, deps.parse(stored.body ?? ''), names));
  }
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

function factHash(stored: StoredResource, resource: FhirResource, names: ReadonlyMap<string, string>): string {
  const { id: _id, meta, ...content } = resource;
  const line = {
    fact: names.get(`${stored.resourceType}/${stored.id}`) ?? '',
    members: (memoOf(stored.memo)?.members ?? []).map(({ source }) => source),
    restricted: stored.labels.filter((label) => label.startsWith('restricted/')).sort(),
    security: meta?.security ?? [],
    content: mapReferences(content, (reference) => names.get(reference) ?? reference),
  };
  return createHash('sha256').update(canonicalJson(line)).digest('hex');
}

async function* facts(store: Store): AsyncGenerator<StoredResource> {
  let after: ResourceKey | undefined;
  for (;;) {
    const page = await store.scanResources(after, SCAN_PAGE, 'fact');
    yield* page;
    after = page.at(-1);
    if (page.length < SCAN_PAGE) return;
  }
}
