import type { NormalDate, NormalIdentity } from './identity.js';
import { FIRST_COUNTRY_CODE, REGISTRATION_PLACES } from './registration-places.js';

/** Identifiers of one record, told apart by their form and not by the field they stood in (merging.md §1.3). */
export interface IdentifierReading {
  readonly id12?: string;
  readonly id12Repaired?: true;
  /** Two different personal numbers stood in one record. */
  readonly id12Conflict: boolean;
  readonly id9?: string;
  readonly passport?: string;
  readonly bhxh: readonly string[];
  readonly temporaryCards: readonly string[];
}

/** As typed. */
export interface IdentifierFields {
  readonly nationalId?: string | undefined;
  readonly insuranceCards?: readonly string[] | undefined;
  readonly socialInsuranceNumber?: string | undefined;
  readonly passport?: string | undefined;
}

const compact = (raw: string | undefined): string => (raw ?? '').replace(/[\s.\-_]/g, '').toUpperCase();

const COUNTING = '01234567890123456789';
const COUNTING_DOWN = '98765432109876543210';

/** Numbers typed to pass a form: one digit throughout, or counting up or down. */
export function isDummyNumber(digits: string): boolean {
  return /^(\d)\1*$/.test(digits) || COUNTING.includes(digits) || COUNTING_DOWN.includes(digits);
}

/** 12 digits; 11 digits that begin 1–9 lost their leading zero in a spreadsheet. Undefined for anything else and for dummies. */
export function readPersonalNumber(raw: string | undefined): { readonly value: string; readonly repaired: boolean } | undefined {
  const digits = compact(raw);
  const value = /^[1-9]\d{10}$/.test(digits) ? `0${digits}` : digits;
  if (!/^\d{12}$/.test(value) || isDummyNumber(digits) || isDummyNumber(value)) return undefined;
  return { value, repaired: value !== digits };
}

function readPassport(raw: string): string | undefined {
  return /^(?=.*\d)[A-Z0-9]{6,12}$/.test(raw) && !/^\d{9,}$/.test(raw) && !isDummyNumber(raw) ? raw : undefined;
}

export function readIdentifiers(fields: IdentifierFields): IdentifierReading {
  const nationalId = compact(fields.nationalId);
  const own = readPersonalNumber(nationalId);
  const elsewhere = new Set<string>();
  const bhxh = new Set<string>();
  const temporaryCards = new Set<string>();
  for (const typed of [nationalId, compact(fields.socialInsuranceNumber), ...(fields.insuranceCards ?? []).map(compact)]) {
    const ten = /^(?:[A-Z]{2}\d{3})?(\d{10})$/.exec(typed)?.[1];
    if (ten !== undefined && !isDummyNumber(ten)) {
      if (/^TE1/.test(typed)) temporaryCards.add(ten);
      else bhxh.add(ten);
    } else if (/^\d{12}$/.test(typed) && !isDummyNumber(typed)) elsewhere.add(typed);
  }
  const id12 = own?.value ?? [...elsewhere].sort()[0];
  const passport =
    readPassport(compact(fields.passport)) ??
    (/^[A-Z]/.test(nationalId) && nationalId.length < 12 ? readPassport(nationalId) : undefined);
  return {
    ...(id12 === undefined ? {} : { id12 }),
    ...(own?.repaired === true ? { id12Repaired: true as const } : {}),
    id12Conflict: [...elsewhere].some((number) => number !== id12),
    ...(/^\d{9}$/.test(nationalId) && !isDummyNumber(nationalId) ? { id9: nationalId } : {}),
    ...(passport === undefined ? {} : { passport }),
    bhxh: [...bhxh].sort(),
    temporaryCards: [...temporaryCards].sort(),
  };
}

/**
 * How far a personal number fits its own record (merging.md §1.3): `high` when place, sex and birth year all agree, `low` when any disagrees
 * (typing error, or the mother's number), else `normal`. A repaired number must earn `high`: a digit may be missing elsewhere than in front.
 */
export function trustOf(
  id12: string,
  sex: 'male' | 'female' | undefined,
  birth: NormalDate | undefined,
  repaired: boolean,
): NonNullable<NormalIdentity['id12Trust']> {
  const place = id12.slice(0, 3);
  const placeKnown = REGISTRATION_PLACES.has(place);
  const century = Number(id12[3]);
  // Digits from 4 on mean births after 2099.
  if ((!placeKnown && Number(place) < FIRST_COUNTRY_CODE) || century > 3) return 'low';
  const numberSex = century % 2 === 0 ? 'male' : 'female';
  const numberYear = String((century < 2 ? 1900 : 2000) + Number(id12.slice(4, 6)));
  if (sex !== undefined && sex !== numberSex) return 'low';
  if (birth !== undefined && birth.value.slice(0, 4) !== numberYear) return 'low';
  if (placeKnown && sex !== undefined && birth !== undefined) return 'high';
  return repaired ? 'low' : 'normal';
}
