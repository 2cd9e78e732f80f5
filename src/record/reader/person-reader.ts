import type { FhirResource, Patient } from 'fhir/r4.js';
import type { ReachView } from '../../fhir/access-policy.js';
import type { ReviewTaskValue } from '../collections.js';

/** A line of a search result: enough to pick the right person, no more. */
export interface PersonSummary {
  readonly personId: string;
  readonly patient: Patient;
}

/** One contact with care and everything it brought, newest first on a page of history. */
export interface HistoryEvent {
  /** Dossier id, or the resource's own id for an entry written through REST. */
  readonly id: string;
  readonly kind: 'visit' | 'check-up' | 'screening' | 'entry';
  /** FHIR date or dateTime. */
  readonly date?: string;
  /** Facility code or client that sent it. */
  readonly sender: string;
  readonly resources: readonly FhirResource[];
  /** True when the event has more than is shown here: the page says so. */
  readonly isCut?: boolean;
}

export interface HistoryPage {
  readonly personId: string;
  readonly patient: Patient;
  /** Something of this person is being rebuilt: the page says "đang cập nhật". */
  readonly updating: boolean;
  readonly summary: PersonStanding;
  readonly events: readonly HistoryEvent[];
  readonly next?: string;
}

/** What holds beyond a single event. */
export interface PersonStanding {
  readonly allergies: readonly FhirResource[];
  readonly immunizations: readonly FhirResource[];
  readonly coverages: readonly FhirResource[];
  /** Conditions, newest first; the page groups them by code. */
  readonly conditions: readonly FhirResource[];
  /** Prescriptions (MedicationRequest), newest first. */
  readonly medicines: readonly FhirResource[];
  readonly bloodGroup: readonly FhirResource[];
  /** Newest observation of each vital sign and body measure. */
  readonly latest: readonly FhirResource[];
  /** Children of this person, by RelatedPerson (mother), and the related persons of this person. */
  readonly children: readonly PersonSummary[];
}

/** Where one fact comes from: every value in two clicks to its row (issue Slice, closing test 1). */
export interface FactTrace {
  readonly resource: FhirResource;
  readonly members: readonly TracedMember[];
}

export interface TracedMember {
  /** Source resource id. */
  readonly source: string;
  readonly sender: string;
  readonly date?: string;
  readonly file: {
    readonly receiptId: string;
    readonly door: string;
    readonly receivedAt: string;
    readonly sha256: string;
    readonly position: number;
  };
  readonly fields: readonly {
    readonly path: string;
    readonly table: string;
    readonly row: number;
    readonly field: string;
    readonly sent: string;
  }[];
  /** The source's data key was destroyed: nothing but its hash is left. */
  readonly erased: boolean;
}

export interface ReviewTask extends ReviewTaskValue {
  readonly id: string;
  readonly patients: { readonly a?: PersonSummary; readonly b?: PersonSummary };
}

/**
 * Reads of the record for people (pages). `view` is what the access policy says of the caller; it is part of every query. No access
 * lines are written here: the page does that, before the answer leaves.
 */
export interface PersonReader {
  /** Persons in view by personal number, CMND, passport, card or social insurance number, as typed. At most FOUND_MAX. */
  findByNumber(number: string, view: ReachView): Promise<readonly PersonSummary[]>;
  /** Ids of persons with this number wherever they live: for a look with a reason; shows nothing by itself. */
  personsWithNumber(number: string): Promise<readonly string[]>;
  /** Every word of `name` (marks or not) begins a word of the person's name; `birthYear` narrows. At most `count`. */
  findByName(
    query: { readonly name: string; readonly birthYear?: number; readonly count: number; readonly cursor?: string },
    view: ReachView,
  ): Promise<{ readonly items: readonly PersonSummary[]; readonly next?: string }>;
  /** A replaced person's id leads to the current one. undefined = unknown or beyond view. @throws PhrError `invalid` for a foreign cursor */
  history(
    personId: string,
    view: ReachView,
    page: { readonly count: number; readonly cursor?: string },
  ): Promise<HistoryPage | undefined>;
  trace(personId: string, reference: string, view: ReachView): Promise<FactTrace | undefined>;
  /** The one current person of an identity record (a citizen's portal account); undefined until a source of that person arrives. */
  personOfIdentity(identityId: string): Promise<string | undefined>;
  reviewTasks(page: {
    readonly count: number;
    readonly cursor?: string;
  }): Promise<{ readonly items: readonly ReviewTask[]; readonly next?: string }>;
}
