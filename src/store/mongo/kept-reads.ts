import { mongo } from 'mongoose';
import type { KeyedHash } from '../keyed-hash.js';
import type { Store } from '../store.js';
import { readBlob } from './blobs.js';
import { bytesOfText, textOf } from './prepared-unit.js';
import { makeReadGroup } from './read-group.js';
import { inSnapshot } from './snapshot.js';
import type { ReadParts } from './snapshot.js';

type KeptReads = Pick<Store, 'guardVersions' | 'claimOwner' | 'ledgerIds' | 'blob' | 'heldLabels'>;

/** Guards, claims, ledger, blobs, held labels: all by primary key. */
export function makeKeptReads(parts: ReadParts, hash: KeyedHash): KeptReads {
  const { guards, claims, ledger, holds } = parts.collections;
  // Keys go by their text, since bytes are never equal as keys of a map.
  const bytesOf = (texts: readonly string[]): Uint8Array[] => texts.map(bytesOfText);
  const guardOf = makeReadGroup(async (texts) => {
    const found = await inSnapshot(parts, async (asked) => guards.find({ _id: { $in: bytesOf(texts) } }, asked).toArray());
    return new Map(found.map(({ _id, version }) => [textOf(_id), version]));
  });
  const ownerOf = makeReadGroup(async (texts) => {
    const found = await inSnapshot(parts, async (asked) => claims.find({ _id: { $in: bytesOf(texts) } }, asked).toArray());
    return new Map(found.map(({ _id, owner }) => [textOf(_id), owner]));
  });
  return {
    async guardVersions(keys) {
      return Promise.all(keys.map(async (key) => (await guardOf(textOf(hash.key('guard', key)))) ?? 0));
    },
    async claimOwner(key) {
      return ownerOf(textOf(hash.key('claim', key)));
    },
    async ledgerIds(scope, keys) {
      const s = hash.key('scope', scope);
      const _id =
        keys === undefined
          ? { $gte: { s }, $lt: { s, k: new mongo.MaxKey() } }
          : { $in: keys.map((key) => ({ s, k: hash.key('ledger', key) })) };
      const found = await inSnapshot(parts, async (asked) => ledger.find({ _id } as object, asked).toArray());
      return new Map(found.map(({ key, id }) => [key, id]));
    },
    blob: async (id) => inSnapshot(parts, async ({ session, maxTimeMS }) => readBlob(parts.collections, session, id, maxTimeMS)),
    async heldLabels() {
      const found = await inSnapshot(parts, async (asked) =>
        holds.find({}, { ...asked, sort: { _id: 1 }, hint: '_id_' }).toArray(),
      );
      return found.map(({ _id }) => _id);
    },
  };
}
