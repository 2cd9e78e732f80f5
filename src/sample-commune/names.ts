import type { CommuneParameters } from './parameters.js';
import {
  FAMILY_NAMES,
  GIVEN_NAMES,
  MARK_PAIRS,
  MIDDLE_NAMES,
  MINORITY_FAMILIES,
  MINORITY_GIVEN,
  PLAIN_MIDDLE,
  type Cohort,
  type Sex,
} from './name-tables.js';
import type { Random } from './random.js';

export interface FamilyName {
  readonly text: string;
  /** MA_DANTOC. */
  readonly ethnicity: string;
  readonly familyLast: boolean;
}

/** The names that are frequent in one hamlet. */
export type LocalNames = readonly string[];

export const localNamesOf = (random: Random): LocalNames => [0, 1, 2].map(() => random.weighted(FAMILY_NAMES));

export function familyNameOf(random: Random, local: LocalNames, { population }: CommuneParameters): FamilyName {
  if (random.chance(population.minority)) {
    const { family, ethnicity, familyLast } = random.pick(MINORITY_FAMILIES);
    return { text: family, ethnicity, familyLast };
  }
  const text = random.chance(population.localFamilyNames) ? random.pick(local) : random.weighted(FAMILY_NAMES);
  return { text, ethnicity: '01', familyLast: false };
}

export const cohortOf = (age: number): Cohort => (age > 40 ? 'over40' : age >= 20 ? 'from20' : 'under20');

/** Middle names before the given name; '' = none. */
export function middleNameOf(random: Random, sex: Sex, age: number, { population }: CommuneParameters): string {
  const cohort = cohortOf(age);
  const plain = {
    over40: population.plainMiddleOver40,
    from20: population.plainMiddle20To40,
    under20: population.plainMiddleUnder20,
  };
  return random.chance(plain[cohort]) ? PLAIN_MIDDLE[sex] : random.weighted(MIDDLE_NAMES[cohort][sex]);
}

export const givenNameOf = (random: Random, sex: Sex, age: number): string => random.weighted(GIVEN_NAMES[cohortOf(age)][sex]);

/** A full name of a family; clan-last names (`Y Moan Niê`, `H’Hen Niê`) as the people who bear them write them. */
export function fullNameOf(random: Random, family: FamilyName, sex: Sex, age: number, parameters: CommuneParameters): string {
  if (family.familyLast) {
    const given = random.pick(MINORITY_GIVEN[sex].filter((name) => !name.includes(' ')));
    return sex === 'male' ? `Y ${given} ${family.text}` : `H’${given} ${family.text}`;
  }
  if (family.ethnicity !== '01') return `${family.text} ${random.pick(MINORITY_GIVEN[sex])}`;
  return `${family.text} ${middleNameOf(random, sex, age, parameters)} ${givenNameOf(random, sex, age)}`;
}

/** Names of two children born on one day. */
export function twinNamesOf(
  random: Random,
  family: FamilyName,
  [first, second]: readonly [Sex, Sex],
  age: number,
  parameters: CommuneParameters,
): readonly [string, string] {
  const { population } = parameters;
  if (family.ethnicity !== '01' || first !== second || !random.chance(population.sameSexTwinsShareMiddle)) {
    return [fullNameOf(random, family, first, age, parameters), fullNameOf(random, family, second, age, parameters)];
  }
  const start = `${family.text} ${middleNameOf(random, first, age, parameters)}`;
  if (random.chance(population.twinsDifferByMark)) {
    const [one, other] = random.pick(MARK_PAIRS);
    return [`${start} ${one}`, `${start} ${other}`];
  }
  const given = givenNameOf(random, first, age);
  let other = givenNameOf(random, first, age);
  while (other === given) other = givenNameOf(random, first, age);
  return [`${start} ${given}`, `${start} ${other}`];
}
