import { dayOf } from './calendar.js';

/** "Today" of every generated commune: no file needs a clock, so the same seed gives the same bytes for ever. */
export const REFERENCE_DAY = dayOf('2026-11-20');
/** First day with events: four years of history. */
export const FIRST_DAY = dayOf('2022-12-01');
/** From here on communes stand directly under the province; before it, addresses name a district too. */
export const MERGER_DAY = dayOf('2025-07-01');

/**
 * Every rate of the generator, versioned: a change of a number is a new version, because the bytes change with it. The rates of
 * `population`, `identifiers` and `errors` are the defaults of the matching study (merging.md §5.3); where it gives a range the value
 * taken is inside it. The others are chosen so that 60 households have about 1,000 visits, check-ups and sheet rows.
 */
export const COMMUNE_PARAMETERS = {
  version: '1',
  population: {
    /** Grandparents live in the house. */
    threeGenerations: 0.5,
    /** Adults with a phone of their own; children and the others give the household's. */
    ownPhone: 0.5,
    /** The first three family names of a hamlet cover about this share. */
    localFamilyNames: 0.6,
    /** Middle name Thị or Văn, by age. */
    plainMiddleOver40: 0.75,
    plainMiddle20To40: 0.45,
    plainMiddleUnder20: 0.15,
    /** Ethnic minority names: 2–15 % in mountain provinces. */
    minority: 0.03,
    twinBirths: 0.012,
    sameSexTwinsShareMiddle: 0.8,
    /** Of same-sex twins: given names that differ by a mark only (Tú, Tự). */
    twinsDifferByMark: 0.05,
    /** A grandchild with the full name of a grandparent. */
    namesakeGrandchild: 0.02,
    /** Somebody with the name of a neighbour of the hamlet. */
    namesake: 0.01,
    /** A second social-insurance number. */
    secondInsuranceNumber: 0.03,
    /** Households of the neighbouring commune. */
    neighbouringHousehold: 0.08,
  },
  identifiers: {
    /** Share of records that state the personal number: visits 85–98 %. */
    nationalIdInVisit: 0.93,
    nationalIdInCheckup: 0.9,
    nationalIdInSheet: 0.7,
    cardInVisit: 0.97,
    cardInSheet: 0.6,
  },
  errors: {
    marksStripped: 0.06,
    middleDropped: 0.02,
    initials: 0.008,
    givenFirst: 0.003,
    typing: 0.02,
    toneStyle: 0.1,
    decomposed: 0.03,
    dateDigit: 0.004,
    dayMonthSwapped: 0.003,
    yearOffByOne: 0.003,
    birthDateMissing: 0.003,
    yearOnlyOver55: 0.15,
    sex: 0.004,
    nationalIdTypo: 0.004,
    mothersNumberOnChild: 0.002,
    oldNumberOver27: 0.05,
    leadingZeroLost: 0.01,
    insuranceNumberTypo: 0.002,
    lentCard: 0.0015,
    phoneChanged: 0.05,
    phoneMissing: 0.3,
    otherCommune: 0.08,
    /** District and commune as before July 2025, still written after it. */
    oldCommuneForm: 0.3,
  },
  illness: {
    hypertensionOver40: 0.28,
    hypertensionOver60: 0.5,
    diabetesOver40: 0.13,
    asthma: 0.05,
    /** Share of the adults with a visit whose codes are withheld by default. */
    withheldAdult: 0.006,
    acuteVisitsAYear: 0.25,
    inpatientAYear: 0.012,
    /** A child that was born in the four years: in a facility that sends its birth paper. */
    deliveryRecorded: 0.85,
    checkupsAYear: 0.2,
    /** Of those above 40, at each screening day of the hamlet. */
    screeningTurnout: 0.45,
  },
  sending: {
    /** Visits that go with the month-end file instead of one file a visit. */
    monthEndBatch: 0.08,
    /** The same visit again, paid. */
    resend: 0.02,
    /** The same visit with a row less. */
    correction: 0.012,
    withdrawal: 0.003,
    /** The newborn is written under the mother's name. */
    newbornUnnamed: 0.3,
    /** Sheet rows with a fault of the sheet itself. */
    rowWithoutUnit: 0.05,
    rowWithDecimalComma: 0.03,
    rowWithoutBirthDate: 0.01,
    rowWithImpossibleDay: 0.006,
    rowWithPressuresSwapped: 0.008,
  },
} as const;

export type CommuneParameters = typeof COMMUNE_PARAMETERS;
/** Name of one error of the identity part. */
export type IdentityError = keyof CommuneParameters['errors'];
