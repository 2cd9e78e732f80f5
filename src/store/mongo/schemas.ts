import { Schema } from 'mongoose';

/**
 * Collections and their indexes, each index beside the query that it serves. At most one array stands in a compound index (MongoDB
 * refuses two). Primary keys serve what has no index here: points, `scanResources`, `scanRecords`, `find`, `ledgerIds`, `history`.
 *
 * Documents are built by this engine alone and go to the driver as they are (`Model.collection`): casting 64-bit terms one by one would
 * cost more than hashing them did. So a schema names the fields that indexes speak of, and nothing is made by autoIndex: `ensureIndexes`.
 */
const options = { autoIndex: false, autoCreate: false, versionKey: false, strict: false, bufferCommands: false } as const;
const id = { type: Schema.Types.Mixed, required: true } as const;
const plain = (): Schema => new Schema({ _id: id }, options);

/** Names by which a search gives its index as a hint. */
export const INDEX = {
  terms: 'terms_row',
  dated: 'dated_d_row',
  strings: 'strs',
  ranges: 'rngs_k_lo',
  accessBy: 'by_at',
  accessAt: 'at_id',
  outboxOrder: 'n',
  outboxKind: 'kind_n',
  outboxDead: 'dead_n',
  chunkAge: 'at',
  upload: 'upload',
} as const;

const resources = new Schema(
  {
    _id: id,
    row: Number,
    d: Number,
    terms: [BigInt],
    dated: [BigInt],
    strs: [String],
    rngs: [{ _id: false, p: BigInt, k: BigInt, lo: Number, hi: Number }],
  },
  options,
)
  // Newest first by a type, a code, a label, a person, an identifier …
  .index({ terms: 1, row: -1 }, { name: INDEX.terms })
  // In clinical order by a type, a code, a person; read backwards for the oldest first.
  .index({ dated: 1, d: -1, row: -1 }, { name: INDEX.dated })
  // Prefix of a folded string; few candidates, gathered.
  .index({ strs: 1 }, { name: INDEX.strings })
  // Range by bucket; both fields lie in one array, bounded together by $elemMatch. Few candidates, gathered.
  .index({ 'rngs.k': 1, 'rngs.lo': 1 }, { name: INDEX.ranges });

const outbox = new Schema({ _id: id, n: Number, kind: String, dead: String }, options)
  // openOutbox of every kind.
  .index({ n: 1 }, { name: INDEX.outboxOrder, unique: true })
  // openOutbox of one kind; outboxDepth.
  .index({ kind: 1, n: 1 }, { name: INDEX.outboxKind })
  // deadOutbox.
  .index({ n: 1, dead: 1 }, { name: INDEX.outboxDead, partialFilterExpression: { dead: { $exists: true } } });

const access = new Schema({ _id: id, at: String, by: [BigInt] }, options)
  // Lines of a patient, an agent, a reference, newest first.
  .index({ by: 1, at: -1, _id: -1 }, { name: INDEX.accessBy })
  // All lines, newest first.
  .index({ at: -1, _id: -1 }, { name: INDEX.accessAt });

// The sweep of chunks that no manifest names: those that it has not looked at, and their manifests.
const present = (field: string): { partialFilterExpression: object } => ({
  partialFilterExpression: { [field]: { $exists: true } },
});
const chunks = new Schema({ _id: id, at: Date }, options).index({ at: 1 }, { name: INDEX.chunkAge, ...present('at') });
const blobs = new Schema({ _id: id, upload: String }, options).index({ upload: 1 }, { name: INDEX.upload, ...present('upload') });

/** Name of the collection and its schema. */
export const SCHEMAS = {
  meta: plain(),
  clock: plain(),
  resources,
  versions: plain(),
  records: plain(),
  record_keys: plain(),
  guards: plain(),
  claims: plain(),
  outbox,
  access,
  ledger: plain(),
  blobs,
  blob_chunks: chunks,
  holds: plain(),
} as const;
