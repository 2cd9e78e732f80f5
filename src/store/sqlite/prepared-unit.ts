import type { FhirResource } from 'fhir/r4.js';
import type { AccessLine } from '../access-log.js';
import type { IndexTerms, ResourceCodec } from '../indexing.js';
import { PhrError } from '../../errors.js';
import type { RecordPut } from '../record-store.js';
import type { ResourcePut } from '../resource-store.js';
import type { OutboxNote, OutboxOpen, UnitOfWrite } from '../store.js';
import { checkBodySize, checkUnit, MAX_TERMS } from '../unit-checks.js';
import { hashedNames, isCodeLike } from '../keyed-hash.js';
import type { KeyedHash } from '../keyed-hash.js';
import { bounded, bucketOf, UNDATED } from '../ranges.js';
import { packHashes } from './access-tail.js';
import { ORIGINS } from './schema.js';

/** A unit as the writer wants it: hashed, serialized, nothing left but SQL. Crosses threads by structured clone. */
export interface PreparedUnit {
  /** Clock of the poster, epoch milliseconds. */
  readonly at: number;
  readonly resources: readonly PreparedResource[];
  readonly records: readonly PreparedRecord[];
  readonly guards: readonly { readonly key: Uint8Array; readonly version: number }[];
  readonly bumps: readonly Uint8Array[];
  readonly claims: readonly { readonly key: Uint8Array; readonly owner: string }[];
  readonly releases: readonly Uint8Array[];
  readonly opens: readonly (Omit<OutboxOpen, 'payload'> & { readonly payload: string })[];
  readonly closes: readonly string[];
  readonly notes: readonly OutboxNote[];
  readonly access: readonly PreparedLine[];
  readonly ledger: readonly {
    readonly scope: Uint8Array;
    readonly hash: Uint8Array;
    readonly key: string;
    readonly id: string;
  }[];
  readonly blobs: readonly { readonly id: string; readonly bytes: Uint8Array }[];
  readonly deleteBlobs: readonly string[];
  readonly hold: readonly string[];
  readonly release: readonly string[];
}

export interface PreparedResource {
  readonly type: string;
  readonly id: string;
  /** null = any, 0 = absent, else the version. */
  readonly expected: number | null;
  readonly origin: number;
  readonly body: string | null;
  readonly subject: string | null;
  /** JSON array. */
  readonly labels: string;
  readonly memo: string | null;
  readonly date: number;
  /** The packed equality terms, see `TermSet`. */
  readonly terms: Uint8Array;
  readonly strings: readonly (readonly [param: bigint, value: string])[];
  readonly ranges: readonly (readonly [param: bigint, bucket: number, start: number, end: number])[];
}

export interface PreparedRecord {
  readonly collection: string;
  readonly id: string;
  readonly expected: number | null;
  readonly schema: number;
  /** JSON; null deletes. */
  readonly value: string | null;
  readonly keys: readonly (readonly [hash: Uint8Array, sort: string])[];
}

export interface PreparedLine {
  readonly id: string;
  readonly at: string;
  readonly line: string;
  /** Hashes of agent, patients and references, packed (`access-tail.ts`). */
  readonly by: string;
}

/** The equality terms of a row: the first `dated` stand in `tokd`, the first `owned` in `own` (when there is an owner), all in `tok`. */
export interface TermSet {
  readonly dated: number;
  readonly owned: number;
  readonly owner: bigint | undefined;
  readonly hashes: readonly bigint[];
}

const HEADER_BYTES = 5;

/** Kept with the row, so that its terms can be taken away without asking the codec. */
export function packTerms({ dated, owned, owner, hashes }: TermSet): Uint8Array {
  const all = owner === undefined ? hashes : [owner, ...hashes];
  const bytes = Buffer.alloc(HEADER_BYTES + 8 * all.length);
  bytes.writeUInt16LE(dated, 0);
  bytes.writeUInt16LE(owned, 2);
  bytes.writeUInt8(owner === undefined ? 0 : 1, 4);
  for (const [index, hash] of all.entries()) bytes.writeBigInt64LE(hash, HEADER_BYTES + 8 * index);
  return bytes;
}

export const NO_TERMS: Uint8Array = new Uint8Array();

export function unpackTerms(packed: Uint8Array): TermSet {
  if (packed.length === 0) return { dated: 0, owned: 0, owner: undefined, hashes: [] };
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const all: bigint[] = [];
  for (let offset = HEADER_BYTES; offset < bytes.length; offset += 8) all.push(bytes.readBigInt64LE(offset));
  const owner = bytes.readUInt8(4) === 1 ? all.shift() : undefined;
  return { dated: bytes.readUInt16LE(0), owned: bytes.readUInt16LE(2), owner, hashes: all };
}

/** A unit without its empty parts: most units have one or two of them, and each would be made and cloned. */
export type PostedUnit = Partial<PreparedUnit> & Pick<PreparedUnit, 'at'>;

/** Work of the posting thread. @throws PhrError `invalid`, `too-large` before anything is posted */
export function prepareUnit(unit: UnitOfWrite, at: number, codec: ResourceCodec, hash: KeyedHash): PostedUnit {
  checkUnit(unit);
  const posted: { -readonly [Part in keyof PostedUnit]: PostedUnit[Part] } = { at };
  const keyOf = (kind: string) => (key: string) => hash.key(kind, key);
  if (isAny(unit.access)) posted.access = unit.access.map((line) => prepareLine(line, hash));
  if (isAny(unit.resources)) posted.resources = unit.resources.map((put) => prepareResource(put, codec, hash));
  if (isAny(unit.records)) posted.records = unit.records.map((put) => prepareRecord(put, hash));
  if (isAny(unit.guards)) posted.guards = unit.guards.map(({ key, version }) => ({ key: hash.key('guard', key), version }));
  if (isAny(unit.bumps)) posted.bumps = unit.bumps.map(keyOf('guard'));
  if (isAny(unit.claims)) posted.claims = unit.claims.map(({ key, owner }) => ({ key: hash.key('claim', key), owner }));
  if (isAny(unit.releases)) posted.releases = unit.releases.map(keyOf('claim'));
  if (isAny(unit.opens)) {
    posted.opens = unit.opens.map(({ id, kind, payload }) => ({ id, kind, payload: JSON.stringify(payload) }));
  }
  if (isAny(unit.closes)) posted.closes = unit.closes;
  if (isAny(unit.notes)) posted.notes = unit.notes;
  if (isAny(unit.ledger)) {
    posted.ledger = unit.ledger.map(({ scope, key, id }) => ({
      scope: hash.key('scope', scope),
      hash: hash.key('ledger', key),
      key,
      id,
    }));
  }
  if (isAny(unit.blobs)) posted.blobs = unit.blobs;
  if (isAny(unit.deleteBlobs)) posted.deleteBlobs = unit.deleteBlobs;
  if (isAny(unit.holds?.hold)) posted.hold = unit.holds.hold;
  if (isAny(unit.holds?.release)) posted.release = unit.holds.release;
  return posted;
}

const isAny = <T>(part: readonly T[] | undefined): part is readonly T[] => part !== undefined && part.length > 0;

export function prepareResource(put: ResourcePut, codec: ResourceCodec, hash: KeyedHash): PreparedResource {
  const labels = [...new Set(put.labels)];
  const common = {
    type: put.resourceType,
    id: put.id,
    expected: put.expected === 'any' ? null : put.expected === 'absent' ? 0 : versionNumber(put.expected.versionId),
    origin: ORIGINS.indexOf(put.origin),
    subject: put.subject ?? null,
    labels: JSON.stringify(labels),
    memo: put.memo ?? null,
  };
  if (put.resource === undefined) {
    return { ...common, body: null, date: UNDATED, terms: NO_TERMS, strings: [], ranges: [] };
  }
  const body = codec.serialize(put.resource);
  checkBodySize(body);
  const terms = termsOf(put.resource, codec);
  return {
    ...common,
    body,
    date: terms.date === undefined ? UNDATED : bounded(terms.date),
    terms: packTerms(termSetOf(put, terms, labels, hash)),
    strings: terms.strings.map(({ param, value }) => [hash.term(hashedNames.param(param)), withoutNul(value)] as const),
    ranges: terms.ranges.map(({ param, start, end }) => {
      const [lo, hi] = [bounded(start), bounded(end)];
      return [hash.term(hashedNames.param(param)), bucketOf(lo, hi), lo, hi] as const;
    }),
  };
}

function termsOf(resource: FhirResource, codec: ResourceCodec): IndexTerms {
  const terms = codec.terms(resource);
  if (terms.equal.length + terms.strings.length + terms.ranges.length > MAX_TERMS) {
    throw new PhrError('too-large', `A resource has more than ${String(MAX_TERMS)} index terms`);
  }
  return terms;
}

function termSetOf(put: ResourcePut, { equal }: IndexTerms, labels: readonly string[], hash: KeyedHash): TermSet {
  const codes = equal.filter(isCodeLike);
  const others = equal.filter((term) => !isCodeLike(term));
  const dated = [hash.term(hashedNames.type(put.resourceType)), ...codes.map((term) => hash.term(hashedNames.equal(term)))];
  const hashes = new Set(dated);
  const datedCount = hashes.size;
  for (const term of others) hashes.add(hash.term(hashedNames.equal(term)));
  const owned = hashes.size;
  for (const label of labels) hashes.add(hash.term(hashedNames.label(label)));
  return {
    dated: datedCount,
    owned,
    owner: put.subject === undefined ? undefined : hash.term(hashedNames.subject(put.subject)),
    hashes: [...hashes],
  };
}

function prepareRecord(put: RecordPut, hash: KeyedHash): PreparedRecord {
  return {
    collection: put.collection,
    id: put.id,
    expected: put.expected === 'any' ? null : put.expected === 'absent' ? 0 : put.expected,
    schema: put.schemaVersion ?? 1,
    value: put.value === undefined ? null : JSON.stringify(put.value),
    keys: (put.keys ?? []).map(
      ({ index, value, sort }) => [hash.key('record', put.collection, index, value), sort ?? put.id] as const,
    ),
  };
}

export function prepareLine(line: AccessLine, hash: KeyedHash): PreparedLine {
  const by = new Set([
    hash.term(hashedNames.accessAgent(line.agent.id)),
    ...line.patients.map((id) => hash.term(hashedNames.accessPatient(id))),
    ...line.what.map((reference) => hash.term(hashedNames.accessReference(reference))),
  ]);
  return { id: line.id, at: line.at, line: JSON.stringify(line), by: packHashes([...by]) };
}

/** Versions are counters from 1; any other text can't be the latest version, so the belief fails rather than the request. */
export const versionNumber = (versionId: string): number => (/^[1-9]\d{0,14}$/.test(versionId) ? Number(versionId) : -1);

/** SQLite cuts text at NUL; folded text has no use for it. */
export const withoutNul = (text: string): string => text.replaceAll('\0', ' ');
