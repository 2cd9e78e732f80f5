import type { FhirResource } from 'fhir/r4.js';
import type { Contributions } from '../../fhir/contributions.js';
import { EXTENSIONS, SYSTEMS } from '../../fhir/systems.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS, type LinkValue } from '../collections.js';
import { mapReferences } from '../facts/canonical.js';
import { keyedSources } from '../facts/visit-facts.js';
import { identityIdOf } from '../identity/normal-form.js';
import { normalOf } from '../sources/attach-visit.js';
import type { Dossier } from '../sources/dossier.js';
import type { SourceReader } from '../sources/read-source.js';
import { partsOfSourceResourceId, sourceResourceIdOf } from '../sources/source-ids.js';

/** Renders a source resource from its sealed bytes: `<source>.<local id>`. A superseded version says so and points to no fact. */
export function makeContributions(deps: { readonly store: Store; readonly sources: SourceReader }): Contributions {
  const { store, sources } = deps;
  return {
    async contribution({ resourceType, id }) {
      const parts = partsOfSourceResourceId(id);
      if (parts === undefined) return undefined;
      const parsed = await sources.parsed(parts.sourceId);
      const subject = parsed?.visit.subjects.find(({ resources }) =>
        resources.some(({ resource }) => resource.id === parts.localId),
      );
      const sent = subject?.resources.find(({ resource }) => resource.id === parts.localId);
      if (parsed === undefined || subject === undefined || sent?.resource.resourceType !== resourceType) return undefined;
      const dossier = await store.record<Dossier>(COLLECTIONS.dossier, parsed.value.dossierId);
      const isCurrent = dossier?.value.current === parts.sourceId;
      // A superseded version is about somebody too: whoever its demographics are linked to, so that the look stands in that person's log.
      const identityId = isCurrent
        ? dossier.value.subjects.find(({ slot }) => slot === subject.slot)?.identityId
        : identityIdOf(normalOf(subject, parsed.value.dossierId));
      const link = identityId === undefined ? undefined : await store.record<LinkValue>(COLLECTIONS.link, identityId);
      const personId = link?.value.personId;
      const fact = isCurrent ? await factOf(store, parsed.value.dossierId, subject, parts.localId, personId) : undefined;
      const mapped = mapReferences(sent.resource, (reference) => {
        const [type = '', localId = ''] = reference.split('/');
        return `${type}/${sourceResourceIdOf(parts.sourceId, localId)}`;
      });
      const extension = [
        ...((mapped as { extension?: object[] }).extension ?? []),
        ...(fact === undefined ? [] : [{ url: EXTENSIONS.fact, valueReference: { reference: `${resourceType}/${fact}` } }]),
      ];
      const resource = {
        ...mapped,
        id,
        meta: { tag: [{ system: SYSTEMS.origin, code: isCurrent ? 'contribution' : 'superseded-contribution' }] },
        ...(extension.length === 0 ? {} : { extension }),
      } as FhirResource;
      return {
        resource,
        labels: [`sender/${dossier?.value.sender ?? ''}`, ...(sent.restricted === undefined ? [] : [sent.restricted])],
        ...(personId === undefined ? {} : { subject: personId }),
      };
    },
  };
}

async function factOf(
  store: Store,
  dossierId: string,
  subject: { readonly slot: string; readonly resources: Parameters<typeof keyedSources>[1] },
  localId: string,
  personId: string | undefined,
): Promise<string | undefined> {
  const keyed = keyedSources(subject.slot, subject.resources).find((candidate) => candidate.localId === localId);
  if (keyed === undefined) return undefined;
  const scope = keyed.level === 'visit' ? dossierId : (personId ?? '');
  return (await store.ledgerIds(scope, [keyed.key])).get(keyed.key);
}
