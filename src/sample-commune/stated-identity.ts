import { ageOn, isRealDay, isoOf, type Day } from './calendar.js';
import { COMMUNE_NAMES } from './households.js';
import type { Sex } from './name-tables.js';
import { phoneOf } from './numbers.js';
import { MERGER_DAY, type CommuneParameters, type IdentityError } from './parameters.js';
import type { Person } from './people.js';
import type { Random } from './random.js';
import { givenFirst, otherToneStyle, typed, withInitials, withOneDigitChanged, withoutMarks, withoutMiddle } from './spelling.js';

export type SourceKind = 'visit' | 'check-up' | 'screening';

/** A date of birth as a source knows it: a year, or a day. */
export interface StatedBirth {
  readonly year: number;
  readonly month?: number;
  readonly date?: number;
}

/** Who a source says the person is. Absent = not stated. */
export interface StatedIdentity {
  readonly name: string;
  readonly sex: Sex;
  readonly birth?: StatedBirth;
  readonly nationalId?: string;
  readonly card?: string;
  readonly phone?: string;
  readonly communeCode: string;
  /** MAHUYEN_CU_TRU of before July 2025; '' = none. */
  readonly districtCode: string;
  readonly address: string;
  readonly ethnicity: string;
  readonly occupation: string;
  /** The errors that were put in, for the tests of their rates. */
  readonly errors: readonly IdentityError[];
}

/** Other communes of the province, in force (programmes list of communes). */
const OTHER_COMMUNES = ['22657', '22660', '22672', '22678', '22702'] as const;
/** Diên Khánh, a district until June 2025 (MAHUYEN_CU_TRU of sample file 02). */
const OLD_DISTRICT = '574';

/**
 * A person as one desk writes them down on one day: fill rates and errors of `parameters`. A pure function of the random stream, so a desk
 * that keeps its patient's data gets them again from the same stream.
 */
export function stateIdentity(
  random: Random,
  person: Person,
  { kind, day, housemates }: { readonly kind: SourceKind; readonly day: Day; readonly housemates: readonly Person[] },
  { errors: rates, identifiers }: CommuneParameters,
): StatedIdentity {
  const errors: IdentityError[] = [];
  /** Whether an error of this rate happens here; where it can't show itself, it is not counted. */
  const slips = (error: IdentityError, possible = true): boolean => {
    const happens = random.chance(rates[error]) && possible && !person.spelledRight;
    if (happens) errors.push(error);
    return happens;
  };
  const states = (share: number): boolean => random.chance(share) || person.spelledRight;
  const age = ageOn(person.birthDay, day);

  const name = nameOf();
  const birth = birthOf();
  const sex = slips('sex') ? (person.sex === 'male' ? 'female' : 'male') : person.sex;
  const nationalId = nationalIdStated();
  const card = cardStated();
  const phone = phoneStated();
  const elsewhere = slips('otherCommune');
  const communeCode = elsewhere ? random.pick(OTHER_COMMUNES.filter((code) => code !== person.communeCode)) : person.communeCode;
  const isOldForm = day < MERGER_DAY || slips('oldCommuneForm');
  return {
    name,
    sex,
    ...(birth === undefined ? {} : { birth }),
    ...(nationalId === undefined ? {} : { nationalId }),
    ...(card === undefined ? {} : { card }),
    ...(phone === undefined ? {} : { phone }),
    communeCode,
    districtCode: isOldForm ? OLD_DISTRICT : '',
    address: addressOf(person, isOldForm),
    ethnicity: person.ethnicity,
    occupation: person.occupation,
    errors,
  };

  function nameOf(): string {
    let text = person.name;
    if (slips('middleDropped', text.split(' ').length > 2)) text = withoutMiddle(text);
    if (slips('typing')) text = typed(random, text);
    if (slips('toneStyle', otherToneStyle(text) !== text)) text = otherToneStyle(text);
    if (slips('initials')) text = withInitials(text);
    if (slips('givenFirst')) text = givenFirst(text);
    if (slips('marksStripped')) text = withoutMarks(text);
    return slips('decomposed', text.normalize('NFD') !== text) ? text.normalize('NFD') : text;
  }

  function birthOf(): StatedBirth | undefined {
    const [year = 0, month = 0, date = 0] = isoOf(person.birthDay).split('-').map(Number);
    if (slips('birthDateMissing')) return undefined;
    if (slips('yearOnlyOver55', age > 55)) return { year };
    const changed = slips('yearOffByOne') ? { year: year + random.pick([-1, 1]), month, date } : { year, month, date };
    if (slips('dayMonthSwapped', date <= 12 && date !== month)) return { ...changed, month: date, date: month };
    if (!slips('dateDigit')) return isRealDay(changed.year, month, date) ? changed : { year, month, date };
    const other = (date % 10) + 10 * ((Math.floor(date / 10) + 1) % 3);
    return isRealDay(changed.year, month, other) ? { ...changed, date: other } : { ...changed, date: (date % 28) + 1 };
  }

  function nationalIdStated(): string | undefined {
    const share = {
      visit: identifiers.nationalIdInVisit,
      'check-up': identifiers.nationalIdInCheckup,
      screening: identifiers.nationalIdInSheet,
    };
    if (!states(share[kind])) return undefined;
    if (person.mother !== undefined && slips('mothersNumberOnChild', age < 18)) return person.mother.nationalId;
    if (slips('oldNumberOver27', age > 27 && person.oldNationalId !== undefined)) return person.oldNationalId;
    const number = slips('nationalIdTypo') ? withOneDigitChanged(random, person.nationalId) : person.nationalId;
    return slips('leadingZeroLost', number.startsWith('0')) ? number.slice(1) : number;
  }

  function cardStated(): string | undefined {
    if (kind === 'check-up' || !states(kind === 'visit' ? identifiers.cardInVisit : identifiers.cardInSheet)) return undefined;
    const others = housemates.filter(({ id }) => id !== person.id);
    if (slips('lentCard', others.length > 0)) return random.pick(others).card;
    const number = random.pick(person.insuranceNumbers);
    const prefix = person.card.slice(0, 5);
    return prefix + (slips('insuranceNumberTypo') ? withOneDigitChanged(random, number) : number);
  }

  function phoneStated(): string | undefined {
    if (slips('phoneMissing')) return undefined;
    return slips('phoneChanged') ? phoneOf(random.between(1, 1_000_000), random.between(0, 7)) : person.phone;
  }
}

/** Before July 2025 the address names the district and the town. */
const addressOf = ({ address, communeCode }: Person, isOldForm: boolean): string =>
  isOldForm
    ? address.replace(
        COMMUNE_NAMES[communeCode] ?? '',
        `${communeCode === '22651' ? 'thị trấn Diên Khánh' : (COMMUNE_NAMES[communeCode] ?? '')}, huyện Diên Khánh`,
      )
    : address;
