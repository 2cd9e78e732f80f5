import type { Patient } from 'fhir/r4.js';
import type { FileContext, IdentityInput, IntakeProblem, SenderContext } from '../intake/parsed-visit.js';
import type { NormalIdentity } from './identity/identity.js';

/** Collections of keyed records that the record room owns (src/store/record-store.ts), with the shapes of their values. */
export const COLLECTIONS = {
  submission: 'submission',
  part: 'part',
  source: 'source',
  dossier: 'dossier',
  identity: 'identity',
  link: 'link',
  person: 'person',
  reviewTask: 'review-task',
  decision: 'decision',
} as const;

/** A file as received. Keys: `sender` and `all` sorted by receivedAt. */
export interface SubmissionValue {
  readonly door: string;
  readonly sha256: string;
  readonly receivedAt: string;
  readonly sender: SenderContext;
  readonly messageId?: string;
  readonly state: 'received' | 'working' | 'parsed' | 'refused';
  /** Visits parsed and committed so far, of how many; known after the first look. */
  readonly parsed: number;
  readonly visitCount?: number;
  readonly problems: readonly IntakeProblem[];
}

/** One visit of a submission. Id `<submission>.<position>`. Keys: `submission` sorted by position, `key`. */
export interface PartValue {
  readonly submissionId: string;
  readonly position: number;
  readonly key: string;
  readonly dossierId?: string;
  readonly sourceId?: string;
  readonly issueTime: string;
  readonly acceptedCommit: number;
  readonly withdrawal: boolean;
  readonly refused: boolean;
  readonly problems: readonly IntakeProblem[];
}

/** One version of a dossier as sent. Its bytes are the sealed blob `blobId`, opened with its data key (`dataKeyBlobId`). */
export interface SourceValue {
  readonly dossierId: string;
  readonly door: string;
  readonly blobId: string;
  readonly submissionId: string;
  readonly position: number;
  readonly context: FileContext;
  readonly sender: SenderContext;
  readonly eventDate?: string;
  readonly subjects: readonly SourceSubject[];
}

/** A person inside a source, as sent: what identity and demographics are computed from. */
export interface SourceSubject {
  readonly slot: string;
  readonly identity: IdentityInput;
  readonly patient: Patient;
}

/** Keys: `block` per blocking key while live; a dead one (no live dossier) has none and takes part in nothing. */
export interface IdentityValue {
  readonly normal: NormalIdentity;
  readonly live: boolean;
}

/** Current link of an identity record. Id = identity id. Key `person`. */
export interface LinkValue {
  readonly personId?: string;
  readonly tier: string;
  /** Persons that may still hold facts of this identity, until its rebuild has run. */
  readonly previous: readonly string[];
  /** All dossiers of the identity wait for a rebuild (it moved), not only the pending ones. */
  readonly full: boolean;
}

export interface PersonValue {
  readonly state: 'active' | 'replaced';
  readonly replacedBy?: string;
  /** Commune of the newest event that names one; absent = nobody's catchment. */
  readonly communeCode?: string;
  /** Grows with every rebuild commit: rebuilds of one person follow one another. */
  readonly rebuilds: number;
}

/** Key `state`, sorted by creation. */
export interface ReviewTaskValue {
  readonly a: string;
  readonly b: string;
  readonly reasons: readonly string[];
  readonly state: 'open';
  readonly createdAt: string;
  /** Component or dossier that gave rise to it: a recompute replaces its own tasks only. */
  readonly origin: string;
}

/** A steward's decision about two identity records; never dropped. Key `identity` for both. */
export interface DecisionValue {
  readonly a: string;
  readonly b: string;
  readonly verdict: 'same' | 'different' | 'newborn-of';
  readonly author: string;
  readonly reason: string;
  readonly at: string;
  readonly revokedBy?: string;
}
