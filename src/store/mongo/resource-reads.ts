import type { mongo } from 'mongoose';
import type { ResourceKey, ResourceReads, StoredResource } from '../resource-store.js';
import { ORIGINS, resourceId } from './documents.js';
import type { ResourceDocument, VersionFields } from './documents.js';
import { versionNumber } from './prepared-unit.js';
import { makeReadGroup } from './read-group.js';
import { inSnapshot } from './snapshot.js';
import type { ReadParts } from './snapshot.js';

/** Everything but what only indexes need. */
export const WITHOUT_TERMS = { terms: 0, dated: 0, strs: 0, rngs: 0 } as const;

export function storedOf({ t, id, o, v, at, c, body, subject, labels, memo }: VersionFields): StoredResource {
  return {
    resourceType: t,
    id,
    origin: ORIGINS[o] ?? 'fact',
    versionId: String(v),
    lastUpdated: new Date(at).toISOString(),
    commit: c,
    ...(body === undefined ? {} : { body }),
    ...(subject === undefined ? {} : { subject }),
    labels,
    ...(memo === undefined ? {} : { memo }),
  };
}

/** Drops what carries a held label, in the same question. The holds don't hang on the document: they are read once a question, and are few. */
const WITHOUT_HELD: readonly mongo.Document[] = [
  { $lookup: { from: 'holds', pipeline: [], as: 'held' } },
  { $match: { $expr: { $eq: [{ $setIntersection: ['$labels', '$held._id'] }, []] } } },
  { $project: { held: 0 } },
];

type Versions = Omit<ResourceReads, 'search'>;

/** Point reads: those that wait share a question; those of a version's past are two questions. */
export function makeResourceReads(parts: ReadParts): Versions {
  const { resources, versions } = parts.collections;

  const ask =
    (includeHeld: boolean) =>
    async (ids: readonly string[]): Promise<ReadonlyMap<string, StoredResource>> => {
      const found = await inSnapshot(parts, async (asked) =>
        resources
          .aggregate<ResourceDocument>(
            [{ $match: { _id: { $in: [...ids] } } }, { $project: WITHOUT_TERMS }, ...(includeHeld ? [] : WITHOUT_HELD)],
            asked,
          )
          .toArray(),
      );
      return new Map(found.map((document) => [document._id, storedOf(document)]));
    };
  const askShown = ask(false);
  const readShown = makeReadGroup(askShown);
  const readAll = makeReadGroup(ask(true));
  /** The current version, not held, and those past versions that `past` picks. */
  const readPast = async (
    { resourceType, id }: ResourceKey,
    { from, to }: { readonly from: number; readonly to: number },
    past: readonly mongo.Document[],
  ): Promise<{ readonly current: StoredResource; readonly past: readonly StoredResource[] } | undefined> =>
    inSnapshot(parts, async (asked) => {
      const r = resourceId(resourceType, id);
      const [current] = await resources
        .aggregate<ResourceDocument>([{ $match: { _id: r } }, { $project: WITHOUT_TERMS }, ...WITHOUT_HELD], asked)
        .toArray();
      if (current === undefined) return undefined;
      const found = await versions
        .aggregate<VersionFields>([{ $match: { _id: { $gte: { r, v: from }, $lte: { r, v: to } } } }, ...past], asked)
        .toArray();
      return { current: storedOf(current), past: found.map(storedOf) };
    });

  return {
    resource: async ({ resourceType, id }, options) =>
      (options?.includeHeld === true ? readAll : readShown)(resourceId(resourceType, id)),
    async resources(keys) {
      if (keys.length === 0) return [];
      const ids = keys.map(({ resourceType, id }) => resourceId(resourceType, id));
      const found = await askShown(ids);
      return ids.map((id) => found.get(id));
    },
    async version(key, versionId) {
      const v = versionNumber(versionId);
      const found = await readPast(key, { from: v, to: v }, WITHOUT_HELD);
      return found?.current.versionId === versionId ? found.current : found?.past[0];
    },
    async history(key, limit) {
      if (limit <= 0) return [];
      const found = await readPast(key, { from: 1, to: Number.MAX_SAFE_INTEGER }, [
        { $sort: { _id: -1 } },
        ...WITHOUT_HELD,
        { $limit: limit },
      ]);
      return found === undefined ? [] : [found.current, ...found.past].slice(0, limit);
    },
    async scanResources(after, limit, origin) {
      if (limit <= 0) return [];
      const found = await inSnapshot(parts, async (asked) =>
        resources
          .find(
            {
              ...(after === undefined ? {} : { _id: { $gt: resourceId(after.resourceType, after.id) } }),
              body: { $exists: true },
              ...(origin === undefined ? {} : { o: ORIGINS.indexOf(origin) }),
            },
            { ...asked, projection: WITHOUT_TERMS, sort: { _id: 1 }, hint: '_id_', limit },
          )
          .toArray(),
      );
      return found.map(storedOf);
    },
  };
}
