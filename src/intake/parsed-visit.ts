import type { FhirResource, Patient } from 'fhir/r4.js';

/** A finding of a format, for the clerk who sent the file. `message` is Vietnamese and names no person (bhyt-xml.md §6). */
export interface IntakeProblem {
  readonly severity: 'error' | 'warning' | 'information';
  /** Machine code, kebab-case: `missing-field`, `bad-date`, `unknown-table` … */
  readonly code: string;
  /** `XML1` …, `DANH_GIA_DAU_HIEU_SINH_TON` …, the sheet's template. */
  readonly table?: string;
  /** Counts from 1. */
  readonly row?: number;
  readonly field?: string;
  readonly message: string;
}

/** Where one shown value came from: the field as sent. `path` is the element in the source resource (`valueQuantity`, `code` …). */
export interface FieldTrace {
  readonly path: string;
  readonly table: string;
  readonly row: number;
  readonly field: string;
  /** The text as sent, unchanged. */
  readonly sent: string;
}

/**
 * A FHIR resource as one source states it. `resource.id` is local to the visit (`[a-z0-9-]{1,24}`, e.g. `encounter`, `x4-3`), references
 * among the visit's resources are `Type/<local id>`, the subject is `Patient/<slot>`. Never carries identity, provenance or meta.
 */
export interface SourceResource {
  readonly resource: FhirResource;
  readonly trace: readonly FieldTrace[];
  /** Sensitivity label, when the content is one that is never shown by default: `restricted/hiv`, `restricted/mental` … */
  readonly restricted?: string;
}

/** Demographics as sent: what `src/record/identity` makes a normal form of. Absent = not sent; nothing is repaired here. */
export interface IdentityInput {
  /** Who numbers the patients: facility code, sheet sender, `portal`, client id. */
  readonly source: string;
  readonly sourceType:
    'visit' | 'check-up' | 'screening' | 'school' | 'immunization' | 'occupational' | 'portal' | 'reference' | 'rest';
  /** MA_BN or the like; absent in check-ups and sheets. */
  readonly sourcePatientId?: string;
  readonly name?: string;
  readonly sex?: 'male' | 'female' | 'other' | 'unknown';
  /** FHIR date: `1984`, `1984-05`, `1984-05-02`. */
  readonly birthDate?: string;
  /** As typed: 9 or 12 digits, passport … */
  readonly nationalId?: string;
  /** Each as typed; 10, 12 or 15 characters. */
  readonly insuranceCards?: readonly string[];
  readonly socialInsuranceNumber?: string;
  readonly passport?: string;
  readonly phone?: string;
  readonly address?: string;
  readonly communeCode?: string;
  readonly provinceCode?: string;
  readonly motherName?: string;
  readonly motherNationalId?: string;
  readonly motherPhone?: string;
  readonly birthOrder?: number;
  readonly deceasedDate?: string;
}

/** One person inside a visit: the patient, or a newborn of a delivery. */
export interface VisitSubject {
  /** `patient`, `newborn-1`, `newborn-2` …: local id of the subject's Patient. */
  readonly slot: string;
  readonly identity: IdentityInput;
  /** Demographics as a FHIR Patient with id = slot: name.text, identifiers (systems of `src/fhir/systems.ts`), gender, birthDate, address, telecom. */
  readonly patient: SourceResource & { readonly resource: Patient };
  readonly resources: readonly SourceResource[];
}

/** One visit, check-up or sheet row, parsed. Pure function of its bytes. */
export interface ParsedVisit {
  /** Business key as the receipt shows it: `facility|MA_LK`, `check-up|MA_CSKCB|MA_LK`, `ma_phieu`. Absent when the refusal left none. */
  readonly key?: string;
  /** Facility or client that the visit belongs to (MA_CSKCB; the sheet's sender). */
  readonly sender?: string;
  /** `entry`: a registration written through REST. */
  readonly kind: 'visit' | 'check-up' | 'screening' | 'entry';
  /** Position in the file, from 1. */
  readonly position: number;
  /** Issue time of the version: NGAYLAP as `yyyymmdd` or `yyyymmddHHMM`; '' when the file has none. */
  readonly issueTime: string;
  /** MA_DOITUONG_KCB 8: withdraws the dossier. */
  readonly withdrawal: boolean;
  /** Day of the event, FHIR date or dateTime (+07:00); NGAY_VAO, ngay_do. */
  readonly eventDate?: string;
  /** `subjects[0]` is the patient. Empty when refused, or a withdrawal. */
  readonly subjects: readonly VisitSubject[];
  readonly problems: readonly IntakeProblem[];
  readonly refused: boolean;
}

/**
 * How a file is cut for sealing: `segments[i]` are the bytes of visit i, `skeleton` the pieces around them
 * (`skeleton.length === segments.length + 1`); interleaved they are the file, byte for byte. A packed file (XLSX) can't be cut: its skeleton
 * is one piece, the whole file, and its segments are copies of its rows. To erase a row of it the skeleton's data key goes too.
 */
export interface FileCut {
  readonly skeleton: readonly Uint8Array[];
  readonly segments: readonly Uint8Array[];
}

/** A format: bytes in, visits out. Pure; throws PhrError `malformed` when the body is not the format at all. */
export interface IntakeFormat {
  /** Door name on receipts: `bhyt-xml`, `health-checkup`, `sheet/blood-pressure-glucose`. */
  readonly door: string;
  /**
   * What the door asks on the request thread where `cut` would hold it up: is the body this format at all? Absent: `cut` answers that. What
   * only `cut` finds (too many visits) then refuses the file on its receipt. @throws PhrError `malformed` | `too-large`
   */
  check?(file: Uint8Array, limits: IntakeLimits): void;
  /** Finds the visits without reading them. @throws PhrError `malformed` | `too-large` */
  cut(file: Uint8Array, limits: IntakeLimits): FileCut;
  /** Problems of the file as a whole (SOLUONGHOSO, unit …), and per visit its parse. `context` is what stands outside of the segment. */
  readContext(skeleton: readonly Uint8Array[]): FileContext;
  parse(segment: Uint8Array, position: number, context: FileContext, sender: SenderContext): ParsedVisit;
}

export interface IntakeLimits {
  readonly maxBytes: number;
  readonly maxVisits: number;
}

/** Values of the envelope that the visits need, and problems of the file as a whole. Plain JSON. */
export interface FileContext {
  readonly issueTime: string;
  readonly unitCode?: string;
  /** Format's own (sheet headers …). */
  readonly extra?: Readonly<Record<string, string>>;
  readonly problems: readonly IntakeProblem[];
}

/** Who sends: what a token says. `facilityCode` absent = may submit for any code (integrator). */
export interface SenderContext {
  readonly clientId: string;
  readonly facilityCode?: string;
}
