import { createHash } from 'node:crypto';
import { PhrError } from '../../errors.js';
import type { AccessLine } from '../access-log.js';
import { MAX_BODY_BYTES, MAX_TERMS, checkBodySize, checkUnit } from '../unit-checks.js';
import type { IndexTerms, ResourceCodec } from '../indexing.js';
import { hashedNames, isCodeLike } from '../keyed-hash.js';
import type { KeyedHash } from '../keyed-hash.js';
import { UNDATED, bounded, bucketOf } from '../ranges.js';
import type { RecordPut } from '../record-store.js';
import type { ResourcePut } from '../resource-store.js';
import type { OutboxNote, OutboxOpen, UnitOfWrite } from '../store.js';
import { ORIGINS, recordId, resourceId } from './documents.js';
import type { AccessDocument, BlobDocument, KeyBytes, LedgerDocument, ResourceDocument } from './documents.js';

/** Bytes of a record's JSON text; keeps a record inside one document of 16 MB. */
export const MAX_RECORD_BYTES = MAX_BODY_BYTES;

/** A key of 128 bits as text for maps, and as the bytes that are kept. */
export interface HashedKey {
  readonly text: string;
  readonly bytes: KeyBytes;
}

/** `undefined` = any, 0 = absent, else the version. */
type Expected = number | undefined;

export interface PreparedResource {
  readonly key: string;
  readonly expected: Expected;
  /** What the put says; version, commit, instant and row come with the commit. */
  readonly content: Omit<ResourceDocument, 'v' | 'c' | 'at' | 'row'>;
}

export interface PreparedRecord {
  readonly key: string;
  readonly collection: string;
  readonly id: string;
  readonly expected: Expected;
  readonly schema: number;
  /** JSON text; absent = deletes. */
  readonly value?: string;
  readonly keys: readonly { readonly h: KeyBytes; readonly s: string }[];
}

/** A unit hashed and serialized; what is left to do is to compare and to write. */
export interface PreparedUnit {
  /** Clock of the caller, epoch milliseconds. */
  readonly at: number;
  /** About how much it writes. */
  readonly bytes: number;
  readonly resources: readonly PreparedResource[];
  readonly records: readonly PreparedRecord[];
  readonly guards: readonly (HashedKey & { readonly version: number })[];
  readonly bumps: readonly HashedKey[];
  readonly claims: readonly (HashedKey & { readonly owner: string })[];
  readonly releases: readonly HashedKey[];
  readonly opens: readonly OutboxOpen[];
  readonly closes: readonly string[];
  readonly notes: readonly OutboxNote[];
  readonly access: readonly AccessDocument[];
  readonly ledger: readonly { readonly text: string; readonly document: LedgerDocument }[];
  readonly blobs: readonly BlobDocument[];
  readonly deleteBlobs: readonly string[];
  readonly hold: readonly string[];
  readonly release: readonly string[];
}

/** @throws PhrError `invalid`, `too-large` before anything is sent */
export function prepareUnit(unit: UnitOfWrite, at: number, codec: ResourceCodec, hash: KeyedHash): Omit<PreparedUnit, 'blobs'> {
  checkUnit(unit);
  const hashed = (kind: string, key: string): HashedKey => {
    const bytes = hash.key(kind, key);
    return { bytes, text: textOf(bytes) };
  };
  const resources = (unit.resources ?? []).map((put) => prepareResource(put, codec, hash));
  const records = (unit.records ?? []).map((put) => prepareRecord(put, hash));
  return {
    at,
    bytes:
      resources.reduce((sum, { content }) => sum + (content.body?.length ?? 0), 0) +
      records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
    resources,
    records,
    guards: (unit.guards ?? []).map(({ key, version }) => ({ ...hashed('guard', key), version })),
    bumps: (unit.bumps ?? []).map((key) => hashed('guard', key)),
    claims: (unit.claims ?? []).map(({ key, owner }) => ({ ...hashed('claim', key), owner })),
    releases: (unit.releases ?? []).map((key) => hashed('claim', key)),
    opens: unit.opens ?? [],
    closes: unit.closes ?? [],
    notes: unit.notes ?? [],
    access: (unit.access ?? []).map((line) => prepareLine(line, hash)),
    ledger: (unit.ledger ?? []).map(({ scope, key, id }) => {
      const _id = { s: hash.key('scope', scope), k: hash.key('ledger', key) };
      return { text: `${textOf(_id.s)}/${textOf(_id.k)}`, document: { _id, key, id } };
    }),
    deleteBlobs: unit.deleteBlobs ?? [],
    hold: unit.holds?.hold ?? [],
    release: unit.holds?.release ?? [],
  };
}

export const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');

/** What `textOf` wrote. */
export const bytesOfText = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));

/** Prefix of every string of a parameter; texts sort behind it. */
export const stringPrefix = (param: string, hash: KeyedHash): string =>
  `${BigInt.asUintN(64, hash.term(hashedNames.param(param))).toString(36)}|`;

export const rangeBucket = (param: string, bucket: number, hash: KeyedHash): bigint =>
  hash.term(`${hashedNames.param(param)}|${String(bucket)}`);

/** Terms that speak of a person and something of the person's. */
export const ownedTerm = (subject: string, name: string, hash: KeyedHash): bigint =>
  hash.term(`${hashedNames.subject(subject)}|${name}`);

export function prepareResource(put: ResourcePut, codec: ResourceCodec, hash: KeyedHash): PreparedResource {
  const key = resourceId(put.resourceType, put.id);
  const common = {
    _id: key,
    t: put.resourceType,
    id: put.id,
    o: ORIGINS.indexOf(put.origin),
    ...(put.subject === undefined ? {} : { subject: put.subject }),
    labels: [...new Set(put.labels)],
    ...(put.memo === undefined ? {} : { memo: put.memo }),
    schema: 1,
  };
  const expected = put.expected === 'any' ? undefined : put.expected === 'absent' ? 0 : versionNumber(put.expected.versionId);
  if (put.resource === undefined) {
    return { key, expected, content: { ...common, hash: null, d: UNDATED, terms: [], dated: [], strs: [], rngs: [] } };
  }
  const body = codec.serialize(put.resource);
  checkBodySize(body);
  const terms = codec.terms(put.resource);
  if (terms.equal.length + terms.strings.length + terms.ranges.length > MAX_TERMS) {
    throw new PhrError('too-large', `A resource has more than ${String(MAX_TERMS)} index terms`);
  }
  return {
    key,
    expected,
    content: {
      ...common,
      body,
      hash: createHash('sha256').update(body).digest('base64url'),
      d: terms.date === undefined ? UNDATED : bounded(terms.date),
      ...termsOf(put, terms, common.labels, hash),
      strs: [...new Set(terms.strings.map(({ param, value }) => `${stringPrefix(param, hash)}${value}`))],
      rngs: terms.ranges.map(({ param, start, end }) => {
        const [lo, hi] = [bounded(start), bounded(end)];
        return { p: hash.term(hashedNames.param(param)), k: rangeBucket(param, bucketOf(lo, hi), hash), lo, hi };
      }),
    },
  };
}

function termsOf(
  { resourceType, subject }: ResourcePut,
  { equal }: IndexTerms,
  labels: readonly string[],
  hash: KeyedHash,
): Pick<ResourceDocument, 'terms' | 'dated'> {
  const type = hash.term(hashedNames.type(resourceType));
  const codes = equal.filter(isCodeLike).map(hashedNames.equal);
  const ofSubject =
    subject === undefined
      ? []
      : [hash.term(hashedNames.subject(subject)), ownedTerm(subject, hashedNames.type(resourceType), hash)];
  const ofSubjectByCode = subject === undefined ? [] : codes.map((code) => ownedTerm(subject, code, hash));
  const allEqual = equal.map((term) => hash.term(hashedNames.equal(term)));
  const allLabels = labels.map((label) => hash.term(hashedNames.label(label)));
  return {
    terms: [...new Set([type, ...allEqual, ...allLabels, ...ofSubject])],
    dated: [...new Set([type, ...codes.map((code) => hash.term(code)), ...ofSubject, ...ofSubjectByCode])],
  };
}

function prepareRecord(put: RecordPut, hash: KeyedHash): PreparedRecord {
  const value = put.value === undefined ? undefined : JSON.stringify(put.value);
  if (value !== undefined && value.length * 3 > MAX_RECORD_BYTES && Buffer.byteLength(value) > MAX_RECORD_BYTES) {
    throw new PhrError('too-large', `A record is larger than ${String(MAX_RECORD_BYTES)} bytes`);
  }
  const keys = (put.keys ?? []).map((key) => ({
    h: hash.key('record', put.collection, key.index, key.value),
    s: key.sort ?? put.id,
  }));
  return {
    key: recordId(put.collection, put.id),
    collection: put.collection,
    id: put.id,
    expected: put.expected === 'any' ? undefined : put.expected === 'absent' ? 0 : put.expected,
    schema: put.schemaVersion ?? 1,
    ...(value === undefined ? {} : { value }),
    keys: [...new Map(keys.map((key) => [keyText(key), key])).values()],
  };
}

export const keyText = ({ h, s }: { readonly h: KeyBytes; readonly s: string }): string => `${textOf(h)}/${s}`;

export function prepareLine(line: AccessLine, hash: KeyedHash): AccessDocument {
  const by = new Set([
    hash.term(hashedNames.accessAgent(line.agent.id)),
    ...line.patients.map((id) => hash.term(hashedNames.accessPatient(id))),
    ...line.what.map((reference) => hash.term(hashedNames.accessReference(reference))),
  ]);
  return { _id: line.id, at: line.at, by: [...by], line };
}

/** Versions are counters from 1; any other text can't be the latest version, so the belief fails rather than the request. */
export const versionNumber = (versionId: string): number => (/^[1-9]\d{0,14}$/.test(versionId) ? Number(versionId) : -1);
