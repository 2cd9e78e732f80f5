import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import type { UnitOfWrite } from '../store.js';
import type { Collections } from './connection.js';
import type { BlobDocument } from './documents.js';

/** A blob up to this size stands in its manifest; most sealed visits do. */
export const MAX_INLINE_BYTES = 256 * 1024;
/** Half of what design.md §6 allows a document, so that a chunk and its neighbours fit one message. */
export const CHUNK_BYTES = 4 * 1024 * 1024;
/** A chunk that no manifest names is an orphan when it is older than any commit can take. */
export const ORPHAN_AGE_MS = 60 * 60 * 1_000;
const SWEPT_CHUNKS = 10_000;

/**
 * Chunks first, then the manifest with the unit's transaction: a large file never makes a large transaction, and a reader of the
 * manifest finds every chunk.
 */
export async function uploadBlobs({ blob_chunks }: Collections, blobs: UnitOfWrite['blobs'], at: Date): Promise<BlobDocument[]> {
  const documents: BlobDocument[] = [];
  // Of one id named twice the last wins, as a map keeps it; the others leave no chunks.
  for (const [_id, bytes] of new Map((blobs ?? []).map((blob) => [blob.id, blob.bytes]))) {
    if (bytes.length <= MAX_INLINE_BYTES) {
      documents.push({ _id, bytes: Uint8Array.from(bytes) });
      continue;
    }
    const upload = randomUUID();
    const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
    for (let n = 0; n < chunks; n += 1) {
      const chunk = bytes.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES);
      await blob_chunks.insertOne({ _id: { u: upload, n }, bytes: chunk, at });
    }
    documents.push({ _id, upload, chunks });
  }
  return documents;
}

export async function dropUploads({ blob_chunks }: Collections, uploads: readonly string[]): Promise<void> {
  for (const u of uploads) await blob_chunks.deleteMany({ _id: { $gte: { u, n: 0 }, $lte: { u, n: Number.MAX_SAFE_INTEGER } } });
}

/**
 * Deletes chunks older than ORPHAN_AGE_MS whose commit never came. A chunk that a manifest names loses its date, so it is looked at once.
 * @returns how many uploads were deleted
 */
export async function sweepOrphans(collections: Collections, nowMs: number): Promise<number> {
  const old = await collections.blob_chunks
    .find({ at: { $lt: new Date(nowMs - ORPHAN_AGE_MS) } }, { projection: { _id: 1 }, sort: { at: 1 }, limit: SWEPT_CHUNKS })
    .toArray();
  const uploads = [...new Set(old.map(({ _id }) => _id.u))];
  const manifests = await collections.blobs
    .find({ upload: { $in: uploads } }, { projection: { upload: 1 }, readConcern: 'majority' })
    .toArray();
  const named = new Set(manifests.map(({ upload }) => upload));
  const orphans = uploads.filter((upload) => !named.has(upload));
  await dropUploads(collections, orphans);
  const kept = old.map(({ _id }) => _id).filter(({ u }) => named.has(u));
  await collections.blob_chunks.updateMany({ _id: { $in: kept } }, { $unset: { at: '' } });
  return orphans.length;
}

/** The manifest and its chunks of one snapshot: a blob that is replaced meanwhile is read as it was. */
export async function readBlob(
  { blobs, blob_chunks }: Collections,
  session: mongo.ClientSession,
  id: string,
  maxTimeMS: number,
): Promise<Uint8Array | undefined> {
  const manifest = await blobs.findOne({ _id: id }, { session, maxTimeMS });
  if (manifest === null) return undefined;
  if (manifest.upload === undefined) return new Uint8Array(manifest.bytes ?? []);
  const bounds = { $gte: { u: manifest.upload, n: 0 }, $lt: { u: manifest.upload, n: manifest.chunks ?? 0 } };
  const chunks = await blob_chunks.find({ _id: bounds }, { session, maxTimeMS, sort: { _id: 1 } }).toArray();
  if (chunks.length !== manifest.chunks) throw new Error('chunks of a blob are missing');
  return new Uint8Array(Buffer.concat(chunks.map(({ bytes }) => bytes)));
}
