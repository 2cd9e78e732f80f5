/** Normal form of one identity record: merging.md §1. Compare normal forms only. Plain JSON; content-derived, so equal input gives an equal form. */
export interface NormalIdentity {
  readonly source: string;
  readonly sourceType: string;
  readonly sourcePatientId?: string;
  /** Joins the identity key where the source gives neither patient id nor personal number (merging.md, words). */
  readonly businessKey?: string;
  readonly name?: NormalName;
  /** A placeholder is not a name (merging.md §1.1.6): `name` is absent then. */
  readonly placeholder: boolean;
  /** What stood there instead of a name, folded, with its digits: tells `CB Hoa 1` from `CB Hoa 2`. Never compared. */
  readonly placeholderText?: string;
  readonly sex?: 'male' | 'female';
  readonly birth?: NormalDate;
  /** 12 digits. */
  readonly id12?: string;
  readonly id12Trust?: 'high' | 'normal' | 'low';
  readonly id12Repaired?: boolean;
  /** 9-digit CMND: an alias, not comparable with 12 digits. */
  readonly id9?: string;
  readonly passport?: string;
  /** Last 10 digits of every card and the BHXH number; sorted, distinct. TE1 cards of newborns apart. */
  readonly bhxh: readonly string[];
  readonly temporaryCards: readonly string[];
  readonly phone?: string;
  readonly communeCode?: string;
  readonly motherNameFold?: string;
  readonly motherId12?: string;
  readonly motherPhone?: string;
  readonly birthOrder?: number;
}

export interface NormalName {
  /** Title case as received. */
  readonly display: string;
  /** Lower case with marks, tone placement normalised. */
  readonly dia: string;
  /** Without marks, đ -> d, letters and spaces only. */
  readonly fold: string;
  readonly hasMarks: boolean;
}

/** merging.md §1.2. `value`: `1958-03-12`, `1958-03`, `1958`. */
export interface NormalDate {
  readonly value: string;
  readonly precision: 'day' | 'month' | 'year';
  readonly suspect: boolean;
}

export type NameLevel = 'N0' | 'N1' | 'N2' | 'N3' | 'N4' | 'N5' | 'N6' | 'N7' | 'N8' | 'absent';
export type BirthLevel = 'B0' | 'B1' | 'B2' | 'B3' | 'B4' | 'B5' | 'absent';
export type Tier = 'T0' | 'T1' | 'T2' | 'T4' | 'none';
export type Veto = 'C1' | 'C2' | 'C3' | 'C4' | 'C5' | 'C9';

/** An identity record: content-derived id (UUIDv5 of its canonical normal form). */
export interface IdentityRecord {
  readonly id: string;
  readonly normal: NormalIdentity;
}

/** A steward's word about two identity records; outranks every automatic decision (I7). */
export interface Decision {
  readonly a: string;
  readonly b: string;
  readonly verdict: 'same' | 'different' | 'newborn-of';
}

export interface PairResult {
  /** a < b. */
  readonly a: string;
  readonly b: string;
  readonly tier: Tier;
  readonly name: NameLevel;
  readonly birth: BirthLevel;
  readonly vetoes: readonly Veto[];
}

export interface ReviewPair {
  readonly a: string;
  readonly b: string;
  /** Sorted: `T4`, `C1` … `C5`, `C9`, `likeness`, `newborn-of`, `same-number` (equal, yet too weak to link), `large-component`. */
  readonly reasons: readonly string[];
}

export interface Partition {
  /** Each group sorted; groups sorted by their first id. */
  readonly groups: readonly (readonly string[])[];
  readonly reviews: readonly ReviewPair[];
}
