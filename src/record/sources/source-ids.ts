import { v5 as uuidV5 } from 'uuid';

/** Namespace of every content-derived id of the house (UUIDv5). Never changes: ids would. */
const NAMESPACE = '3f1d0a52-5d0c-5b1e-9a43-7d1a5e2c9b10';

const derive = (...parts: readonly string[]): string => uuidV5(JSON.stringify(parts), NAMESPACE);

/** One real visit of one sender, whatever its version: (kind, sender, business key). Two kinds never share one (check-up against visit). */
export const dossierIdOf = (kind: string, sender: string, key: string): string => derive('dossier', kind, sender, key);

/** One version of a dossier: UUIDv5 of (sender, business key, version), a source's version being its payload hash (merging.md I2). */
export const sourceIdOf = (dossierId: string, payloadSha256: string): string => derive('source', dossierId, payloadSha256);

/** A review task of a pair of identity records. */
export const reviewTaskIdOf = (reason: string, a: string, b: string): string => derive('review', reason, a, b);

/** Id under which a source resource stays readable; at most 64 characters because local ids have at most 24. */
export const sourceResourceIdOf = (sourceId: string, localId: string): string => `${sourceId}.${localId}`;

/** Takes `sourceResourceIdOf` apart; undefined when `id` is not of that form. */
export function partsOfSourceResourceId(id: string): { readonly sourceId: string; readonly localId: string } | undefined {
  const match = /^([0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})\.([a-z0-9-]{1,24})$/.exec(id);
  return match === null ? undefined : { sourceId: match[1] ?? '', localId: match[2] ?? '' };
}
