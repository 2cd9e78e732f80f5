import type { Day } from './calendar.js';
import type { Sex } from './name-tables.js';

export type Illness = 'hypertension' | 'diabetes' | 'asthma';

/** An invented resident, as they are: what the sources say of them is `stated-identity.ts`. */
export interface Person {
  /** Truth of the source records: `h00001-2`. */
  readonly id: string;
  readonly household: number;
  /** From 1. */
  readonly member: number;
  readonly generation: 'grandparent' | 'parent' | 'child';
  readonly name: string;
  readonly sex: Sex;
  readonly birthDay: Day;
  /** Minute of birth; only of children born in the years of the sample. */
  readonly birthMinute: number;
  readonly nationalId: string;
  /** The nine-digit number of adults who had one. */
  readonly oldNationalId?: string;
  /** Ten digits, sometimes two numbers. */
  readonly insuranceNumbers: readonly string[];
  /** Fifteen characters. */
  readonly card: string;
  readonly phone: string;
  readonly communeCode: string;
  readonly hamlet: number;
  readonly address: string;
  /** MA_DANTOC. */
  readonly ethnicity: string;
  /** MA_NGHE_NGHIEP, two digits. */
  readonly occupation: string;
  readonly bloodGroup: string;
  readonly heightCm: number;
  readonly weightKg: number;
  readonly illnesses: readonly Illness[];
  /** A code that is withheld by default stands in one of the visits. */
  readonly withheld?: 'F32.1' | 'B20';
  readonly mother?: Person;
  readonly father?: Person;
  /** From 1, of twins and more. */
  readonly birthOrder?: number;
  /** Stated without error: the citizen of the demonstration signs in by these values. */
  readonly spelledRight: boolean;
}

export interface Household {
  /** From 1. */
  readonly number: number;
  readonly persons: readonly Person[];
}
