import { PhrError } from '../../errors.js';
import type { IntakeFormat, ParsedVisit } from '../../intake/parsed-visit.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS, type SourceValue } from '../collections.js';
import type { RecentVisits } from './recent-visits.js';
import type { Vault } from './vault.js';

/** Parses a kept source again: the record is a pure function of its sources (design.md idea 1). */
export interface SourceReader {
  source(sourceId: string): Promise<SourceValue | undefined>;
  /** undefined when the source is unknown or its data key was destroyed. */
  parsed(sourceId: string): Promise<{ readonly value: SourceValue; readonly visit: ParsedVisit } | undefined>;
}

export function makeSourceReader(deps: {
  readonly store: Store;
  readonly vault: Vault;
  readonly formats: ReadonlyMap<string, IntakeFormat>;
  readonly recent?: RecentVisits;
}): SourceReader {
  const { store, vault, formats } = deps;
  const source = async (sourceId: string) => (await store.record<SourceValue>(COLLECTIONS.source, sourceId))?.value;
  return {
    source,
    async parsed(sourceId) {
      const value = await source(sourceId);
      if (value === undefined) return undefined;
      const recent = deps.recent?.take(value.blobId);
      // An erased visit is not shown from memory either.
      if (recent !== undefined) return (await vault.isKept(value.blobId)) ? { value, visit: recent } : undefined;
      const segment = await vault.read(value.blobId);
      if (segment === undefined) return undefined;
      const format = formats.get(value.door);
      if (format === undefined) throw new PhrError('unsupported', `no format for the door ${value.door}`);
      return { value, visit: format.parse(segment, value.position, value.context, value.sender) };
    },
  };
}
