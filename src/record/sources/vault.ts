import { createHash } from 'node:crypto';
import { PhrError } from '../../errors.js';
import type { Store, UnitOfWrite } from '../../store/store.js';

/** Sealing as the store room does it (`src/store/sealing.ts`); bound to the master key by the composition root. */
export interface Sealer {
  newDataKey(): Uint8Array;
  wrap(dataKey: Uint8Array, blobId: string): Uint8Array;
  unwrap(wrapped: Uint8Array, blobId: string): Uint8Array;
  /** Compresses, then AES-256-GCM. */
  seal(dataKey: Uint8Array, bytes: Uint8Array, blobId: string): Promise<Uint8Array>;
  open(dataKey: Uint8Array, sealed: Uint8Array, blobId: string): Promise<Uint8Array>;
}

/** The writes that keep or drop one sealed blob with its data key; merged into a unit by its writer. */
export interface VaultWrites {
  readonly blobs: NonNullable<UnitOfWrite['blobs']>;
  readonly deleteBlobs: readonly string[];
}

/**
 * Sources are kept byte for byte, each blob sealed with a data key of its own. The door seals the whole file; parsing seals every
 * visit and the skeleton around them again and drops the whole: put together they give the same SHA-256 (design.md §6).
 */
export interface Vault {
  keep(blobId: string, bytes: Uint8Array): Promise<VaultWrites>;
  drop(blobId: string): VaultWrites;
  /** undefined when the data key was destroyed: lawful erasure, a rebuild skips the visit. @throws PhrError `unavailable` */
  read(blobId: string): Promise<Uint8Array | undefined>;
  /** Whether the data key is there. */
  isKept(blobId: string): Promise<boolean>;
}

/**
 * Where the wrapped data key of a blob lies: a blob of its own, so that destroying it leaves nothing in the file or its log.
 * Deleting it alone erases the source for good (merging.md I1).
 */
export const dataKeyBlobId = (blobId: string): string => `${blobId}.key`;

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Blob ids of a submission. */
export const blobIds = {
  whole: (submissionId: string): string => `${submissionId}.whole`,
  skeleton: (submissionId: string): string => `${submissionId}.skeleton`,
  segment: (submissionId: string, position: number): string => `${submissionId}.${String(position)}`,
};

export function makeVault(deps: { readonly store: Store; readonly sealer: Sealer }): Vault {
  const { store, sealer } = deps;
  return {
    async keep(blobId, bytes) {
      const dataKey = sealer.newDataKey();
      return {
        blobs: [
          { id: blobId, bytes: await sealer.seal(dataKey, bytes, blobId) },
          { id: dataKeyBlobId(blobId), bytes: sealer.wrap(dataKey, blobId) },
        ],
        deleteBlobs: [],
      };
    },
    drop: (blobId) => ({ blobs: [], deleteBlobs: [blobId, dataKeyBlobId(blobId)] }),
    async read(blobId) {
      const [wrapped, sealed] = await Promise.all([store.blob(dataKeyBlobId(blobId)), store.blob(blobId)]);
      if (wrapped === undefined) return undefined;
      if (sealed === undefined) throw new PhrError('unavailable', 'a source is missing from the store');
      return sealer.open(sealer.unwrap(wrapped, blobId), sealed, blobId);
    },
    isKept: async (blobId) => (await store.blob(dataKeyBlobId(blobId))) !== undefined,
  };
}

/** The skeleton's pieces in one blob: lengths as JSON on the first line, then the bytes. */
export function packPieces(pieces: readonly Uint8Array[]): Uint8Array {
  const head = Buffer.from(`${JSON.stringify(pieces.map((piece) => piece.length))}\n`);
  return Buffer.concat([head, ...pieces]);
}

export function unpackPieces(packed: Uint8Array): readonly Uint8Array[] {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const end = buffer.indexOf(0x0a);
  const lengths = JSON.parse(buffer.subarray(0, end).toString('utf8')) as number[];
  let at = end + 1;
  return lengths.map((length) => buffer.subarray(at, (at += length)));
}

/** The file as received: skeleton pieces and segments interleaved; a skeleton of one piece is the whole file (`FileCut`). */
export function joinFile(skeleton: readonly Uint8Array[], segments: readonly Uint8Array[]): Uint8Array {
  if (skeleton.length === 1 && skeleton[0] !== undefined) return skeleton[0];
  return Buffer.concat(skeleton.flatMap((piece, index) => [piece, ...(segments[index] === undefined ? [] : [segments[index]])]));
}
