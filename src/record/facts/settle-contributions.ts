import type { FhirResource } from 'fhir/r4.js';
import type { ResourcePut } from '../../store/resource-store.js';
import type { Store } from '../../store/store.js';
import { mapReferences } from './canonical.js';

/** Label of a resource written through REST: the person for whom it was written, whoever that is by now. */
export const writtenForLabel = (personId: string): string => `written-for/${personId}`;

const PAGE = 500;

/**
 * Resources that were written for `personId` through REST follow that person: to the one it was merged into, and back after a split.
 * They stay the writer's own: only subject, its reference and the catchment label change. design.md §5
 *
 * @param target the one current person of `personId`
 * @returns puts of those that are elsewhere now; each expects the version it was read at
 */
export async function settledContributions(
  deps: { readonly store: Store; readonly parse: (body: string) => FhirResource },
  personId: string,
  target: { readonly id: string; readonly communeCode?: string },
): Promise<readonly ResourcePut[]> {
  const puts: ResourcePut[] = [];
  let cursor: string | undefined;
  do {
    const page = await deps.store.search({
      criteria: [],
      anyLabel: [writtenForLabel(personId)],
      origin: 'contribution',
      order: 'newest',
      count: PAGE,
      includeHeld: true,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const stored of page.items) {
      if (stored.body === undefined || stored.subject === target.id) continue;
      const from = `Patient/${stored.subject ?? ''}`;
      puts.push({
        resourceType: stored.resourceType,
        id: stored.id,
        origin: 'contribution',
        expected: { versionId: stored.versionId },
        resource: mapReferences(deps.parse(stored.body), (reference) =>
          reference === from ? `Patient/${target.id}` : reference,
        ),
        subject: target.id,
        labels: [
          ...stored.labels.filter((label) => !label.startsWith('commune/')),
          ...(target.communeCode === undefined ? [] : [`commune/${target.communeCode}`]),
        ],
        ...(stored.memo === undefined ? {} : { memo: stored.memo }),
      });
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return puts;
}
