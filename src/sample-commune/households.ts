import { PhrError } from '../errors.js';
import { ageOn, dayFrom, yearOf, type Day } from './calendar.js';
import type { Sex } from './name-tables.js';
import { familyNameOf, fullNameOf, twinNamesOf, type FamilyName, type LocalNames } from './names.js';
import { MAX_HOUSEHOLDS, NUMBER_BLOCK, insuranceNumberOf, nationalIdOf, oldNationalIdOf, phoneOf } from './numbers.js';
import { FIRST_DAY, REFERENCE_DAY, type CommuneParameters } from './parameters.js';
import type { Household, Illness, Person } from './people.js';
import type { Random } from './random.js';
import { SAMPLE_COMMUNE_CODE, sampleCitizens } from './sample-citizens.js';

/** Neighbour of the sample commune in the same province (list of communes in force). */
export const NEIGHBOURING_COMMUNE_CODE = '22657';
export const COMMUNE_NAMES: Readonly<Record<string, string>> = {
  [SAMPLE_COMMUNE_CODE]: 'xã Diên Khánh',
  [NEIGHBOURING_COMMUNE_CODE]: 'xã Diên Điền',
};
const BLOOD_GROUPS = [
  ['O+', 42],
  ['B+', 30],
  ['A+', 21],
  ['AB+', 6.5],
  ['O-', 0.2],
  ['A-', 0.1],
] as const;
/** Members of one household, second numbers included in the block of numbers. */
export const MAX_MEMBERS = NUMBER_BLOCK / 2;

interface Draft {
  readonly generation: Person['generation'];
  readonly sex: Sex;
  readonly birthDay: Day;
  readonly name: string;
  readonly ethnicity: string;
  readonly mother?: Person;
  readonly father?: Person;
  readonly birthOrder?: number;
}

/**
 * One household of up to three generations: a pure function of the seed, its number and its hamlet's names, so a commune of any size can
 * be made one household after the other. Household 1 holds the first sample citizen.
 *
 * @throws PhrError `too-large` beyond `MAX_HOUSEHOLDS`
 */
export function makeHousehold(
  random: Random,
  number: number,
  hamlet: { readonly number: number; readonly local: LocalNames; readonly known: readonly Person[] },
  parameters: CommuneParameters,
): Household {
  if (number > MAX_HOUSEHOLDS) throw new PhrError('too-large', `no more than ${MAX_HOUSEHOLDS} households`);
  const { population } = parameters;
  const home = {
    commune: number !== 1 && random.chance(population.neighbouringHousehold) ? NEIGHBOURING_COMMUNE_CODE : SAMPLE_COMMUNE_CODE,
    hamlet: hamlet.number,
  };
  const persons: Person[] = [];
  const add = (draft: Draft): Person => {
    const person = personOf(random, number, persons.length + 1, home, draft, parameters);
    persons.push(person);
    return person;
  };
  const family = familyNameOf(random, hamlet.local, parameters);
  const other = familyNameOf(random, hamlet.local, parameters);
  const named = (from: FamilyName, sex: Sex, birthDay: Day): string => {
    const namesake = hamlet.known.filter((person) => person.sex === sex && Math.abs(person.birthDay - birthDay) < 20 * 365);
    if (namesake.length > 0 && random.chance(population.namesake)) return random.pick(namesake).name;
    return fullNameOf(random, from, sex, ageOn(birthDay, REFERENCE_DAY), parameters);
  };
  const motherYear = number === 1 ? 1994 : random.between(1974, 2001);
  const fatherDay = birthIn(random, motherYear - random.between(-1, 6));
  const motherDay = birthIn(random, motherYear);
  let grandparents: readonly Person[] = [];
  if (number === 1) grandparents = [addGrandfather(), addCitizen(add, other)];
  else if (random.chance(population.threeGenerations)) grandparents = addGrandparents();

  const father = add({
    generation: 'parent',
    sex: 'male',
    birthDay: fatherDay,
    ...nameOf(family, 'male', fatherDay),
    ...(grandparents.find(({ sex }) => sex === 'female') === undefined
      ? {}
      : { mother: grandparents.find(({ sex }) => sex === 'female') as Person }),
  });
  const mother = add({ generation: 'parent', sex: 'female', birthDay: motherDay, ...nameOf(other, 'female', motherDay) });
  addChildren(father, mother);
  return { number, persons };

  function nameOf(from: FamilyName, sex: Sex, birthDay: Day): Pick<Draft, 'name' | 'ethnicity'> {
    return { name: named(from, sex, birthDay), ethnicity: from.ethnicity };
  }

  function addGrandfather(): Person {
    const birthDay = birthIn(random, number === 1 ? 1965 : yearOf(fatherDay) - random.between(23, 34));
    return add({ generation: 'grandparent', sex: 'male', birthDay, ...nameOf(family, 'male', birthDay) });
  }

  function addGrandparents(): readonly Person[] {
    const birthDay = birthIn(random, yearOf(fatherDay) - random.between(21, 32));
    const own = familyNameOf(random, hamlet.local, parameters);
    const grandmother = (): Person =>
      add({ generation: 'grandparent', sex: 'female', birthDay, ...nameOf(own, 'female', birthDay) });
    if (random.chance(0.4)) return [grandmother()];
    return [addGrandfather(), grandmother()];
  }

  function addChildren(of: Person, by: Person): void {
    let year = yearOf(by.birthDay) + random.between(21, 29);
    const wanted = random.weighted([
      [1, 25],
      [2, 50],
      [3, 20],
      [0, 5],
    ] as const);
    for (let count = 0; count < wanted && year <= yearOf(REFERENCE_DAY); count += 1, year += random.between(2, 6)) {
      const latest = Math.min(dayFrom(year, 12, 31), REFERENCE_DAY - 30);
      // The demonstration shows a newborn: the last child of household 1 is born inside the years of the sample.
      const birthDay = number === 1 && count === 0 ? FIRST_DAY + 820 : Math.min(birthIn(random, year), latest);
      const twins = random.chance(population.twinBirths);
      const sexes: readonly [Sex, Sex] = [sexOf(random), sexOf(random)];
      const age = ageOn(birthDay, REFERENCE_DAY);
      const names = twins ? twinNamesOf(random, family, sexes, age, parameters) : [childName(sexes[0], birthDay), undefined];
      for (const [index, name] of names.entries()) {
        if (name === undefined || persons.length >= MAX_MEMBERS) continue;
        add({
          generation: 'child',
          sex: sexes[index] ?? sexes[0],
          birthDay,
          name,
          ethnicity: family.ethnicity,
          mother: by,
          father: of,
          ...(twins ? { birthOrder: index + 1 } : {}),
        });
      }
      if (number === 1) break;
    }
  }

  function childName(sex: Sex, birthDay: Day): string {
    const elder = grandparents.find((person) => person.sex === sex && !person.spelledRight);
    if (elder !== undefined && random.chance(population.namesakeGrandchild)) return elder.name;
    return named(family, sex, birthDay);
  }
}

/** The citizen who can sign in, with the values of the sign-ins. */
function addCitizen(add: (draft: Draft) => Person, family: FamilyName): Person {
  const [citizen] = sampleCitizens();
  if (citizen === undefined) throw new PhrError('not-found', 'no sample citizen');
  const [year = 0, month = 0, date = 0] = citizen.birthDate.split('-').map(Number);
  return add({
    generation: 'grandparent',
    sex: citizen.sex,
    birthDay: dayFrom(year, month, date),
    name: citizen.name,
    ethnicity: family.ethnicity === '01' ? family.ethnicity : '01',
  });
}

const sexOf = (random: Random): Sex => (random.chance(0.52) ? 'male' : 'female');
const birthIn = (random: Random, year: number): Day => dayFrom(year, 1, 1) + random.between(0, 364);

function personOf(
  random: Random,
  household: number,
  member: number,
  home: { readonly commune: string; readonly hamlet: number },
  draft: Draft,
  parameters: CommuneParameters,
): Person {
  const { population } = parameters;
  const [citizen] = sampleCitizens();
  const isCitizen = draft.name === citizen?.name && household === 1 && draft.generation === 'grandparent';
  const age = ageOn(draft.birthDay, REFERENCE_DAY);
  const numbers = [insuranceNumberOf(household, member - 1)];
  if (!isCitizen && random.chance(population.secondInsuranceNumber))
    numbers.push(insuranceNumberOf(household, member - 1 + MAX_MEMBERS));
  const insuranceNumbers = isCitizen ? [citizen.insuranceCard.slice(-10)] : numbers;
  return {
    id: `h${String(household).padStart(5, '0')}-${member}`,
    household,
    member,
    ...draft,
    birthMinute: random.between(5, 1_435),
    nationalId: isCitizen
      ? citizen.nationalId
      : nationalIdOf(household, member, { sex: draft.sex, year: yearOf(draft.birthDay), away: random.chance(0.08) }),
    ...(age > 27 && random.chance(0.8) ? { oldNationalId: oldNationalIdOf(household, member) } : {}),
    insuranceNumbers,
    card: isCitizen ? citizen.insuranceCard : `${cardGroup(random, age)}56${insuranceNumbers[0] ?? ''}`,
    phone: phoneOf(household, age >= 18 && random.chance(population.ownPhone) ? member % 8 : 0),
    communeCode: home.commune,
    hamlet: home.hamlet,
    address: `Thôn Mẫu ${(home.hamlet % 12) + 1}, ${COMMUNE_NAMES[home.commune] ?? ''}, tỉnh Khánh Hòa`,
    occupation: age < 6 ? '00' : random.pick(age < 60 ? ['63', '73', '00', '00'] : ['00']),
    bloodGroup: random.weighted(BLOOD_GROUPS),
    heightCm: heightOf(random, draft.sex, age),
    weightKg: weightOf(random, draft.sex, age),
    illnesses: isCitizen ? ['hypertension', 'diabetes'] : illnessesOf(random, age, parameters),
    ...withheldOf(random, { household, age, isCitizen, generation: draft.generation, sex: draft.sex }, parameters),
    spelledRight: isCitizen,
  };
}

/** Every demonstration of a few households shows withheld visits: a parent of some households always has one. */
function withheldOf(
  random: Random,
  of: Pick<Draft, 'generation' | 'sex'> & { readonly household: number; readonly age: number; readonly isCitizen: boolean },
  { illness }: CommuneParameters,
): Pick<Person, 'withheld'> {
  const isDrawn = random.chance(illness.withheldAdult);
  const isHiv = random.chance(0.25);
  if (of.age < 18 || of.isCitizen) return {};
  if (of.generation === 'parent' && of.sex === 'female' && of.household % 20 === 3) return { withheld: 'F32.1' };
  if (of.generation === 'parent' && of.sex === 'male' && of.household % 40 === 7) return { withheld: 'B20' };
  return isDrawn ? { withheld: isHiv ? 'B20' : 'F32.1' } : {};
}

/** Group and benefit level of the card: child, pupil, worker, pensioner, household, poor household. */
function cardGroup(random: Random, age: number): string {
  if (age < 6) return 'TE1';
  if (age < 22) return 'HS4';
  if (age >= 80) return 'BT2';
  return age < 60 ? random.pick(['DN4', 'GD4', 'GD4', 'HN2']) : random.pick(['HT3', 'GD4', 'GD4']);
}

const heightOf = (random: Random, sex: Sex, age: number): number =>
  Math.round(age >= 18 ? random.around(sex === 'male' ? 166 : 155, 6) : 52 + age * 6.4 + random.around(0, 4));
const weightOf = (random: Random, sex: Sex, age: number): number =>
  Math.round(10 * Math.max(2.6, age >= 18 ? random.around(sex === 'male' ? 63 : 53, 8) : 4 + age * 2.7 + random.around(0, 1.5))) /
  10;

function illnessesOf(random: Random, age: number, { illness }: CommuneParameters): readonly Illness[] {
  const illnesses: Illness[] = [];
  if (age > 40 && random.chance(age > 60 ? illness.hypertensionOver60 : illness.hypertensionOver40))
    illnesses.push('hypertension');
  if (age > 40 && random.chance(illness.diabetesOver40)) illnesses.push('diabetes');
  if (random.chance(illness.asthma)) illnesses.push('asthma');
  return illnesses;
}
