import { describe, expect, test } from '@jest/globals';
import { ageOn } from '../../../src/sample-commune/calendar.js';
import { makeHousehold } from '../../../src/sample-commune/households.js';
import { localNamesOf } from '../../../src/sample-commune/names.js';
import { COMMUNE_PARAMETERS, REFERENCE_DAY, type IdentityError } from '../../../src/sample-commune/parameters.js';
import { makeRandom } from '../../../src/sample-commune/random.js';
import { stateIdentity } from '../../../src/sample-commune/stated-identity.js';

const HOUSEHOLDS = 2_500;
const random = makeRandom('rates');
const local = localNamesOf(random.fork('local'));
const households = Array.from({ length: HOUSEHOLDS }, (_none, index) =>
  makeHousehold(random.fork(`household/${index}`), index + 2, { number: 1, local, known: [] }, COMMUNE_PARAMETERS),
);
const persons = households.flatMap((household) => household.persons);
const stated = households.flatMap(({ persons: housemates }) =>
  housemates.map((person) => ({
    person,
    age: ageOn(person.birthDay, REFERENCE_DAY),
    ...stateIdentity(
      random.fork(`stated/${person.id}`),
      person,
      { kind: 'visit', day: REFERENCE_DAY, housemates },
      COMMUNE_PARAMETERS,
    ),
  })),
);

/** Four standard deviations of a share measured on so many records. */
const tolerance = (rate: number, records: number): number => 4 * Math.sqrt((rate * (1 - rate)) / records);

describe('errors of what sources say', () => {
  test.each([
    ['marksStripped', () => true],
    ['typing', () => true],
    ['initials', () => true],
    ['givenFirst', () => true],
    ['birthDateMissing', () => true],
    ['yearOnlyOver55', ({ age }: { age: number }) => age > 55],
    ['sex', () => true],
    ['phoneMissing', () => true],
    ['otherCommune', () => true],
    ['oldCommuneForm', () => true],
  ] as const)('%s comes as often as its parameter says', (error, canHave) => {
    const possible = stated.filter(canHave);
    const rate = COMMUNE_PARAMETERS.errors[error];
    const share = possible.filter(({ errors }) => (errors as readonly IdentityError[]).includes(error)).length / possible.length;

    expect(Math.abs(share - rate)).toBeLessThan(tolerance(rate, possible.length));
  });

  test('every error of the parameters happens somewhere', () => {
    const seen = new Set(stated.flatMap(({ errors }) => errors));

    expect([...seen].sort()).toEqual(Object.keys(COMMUNE_PARAMETERS.errors).sort());
  });

  test('numbers and cards are stated as often as the fill rates say', () => {
    const { nationalIdInVisit, cardInVisit } = COMMUNE_PARAMETERS.identifiers;
    const share = (has: (record: (typeof stated)[number]) => boolean): number => stated.filter(has).length / stated.length;

    expect(Math.abs(share(({ nationalId }) => nationalId !== undefined) - nationalIdInVisit)).toBeLessThan(
      tolerance(nationalIdInVisit, stated.length),
    );
    expect(Math.abs(share(({ card }) => card !== undefined) - cardInVisit)).toBeLessThan(tolerance(cardInVisit, stated.length));
  });
});

describe('the people', () => {
  // merging.md §1.3
  test('every number is one person’s and says century, sex and year of birth', () => {
    expect(new Set(persons.map(({ nationalId }) => nationalId)).size).toBe(persons.length);
    expect(new Set(persons.flatMap(({ insuranceNumbers }) => insuranceNumbers)).size).toBe(
      persons.flatMap(({ insuranceNumbers }) => insuranceNumbers).length,
    );
    const wrong = persons.filter(({ nationalId, sex, birthDay, card, insuranceNumbers }) => {
      const year = new Date(birthDay * 86_400_000).getUTCFullYear();
      const digit = (year >= 2000 ? 2 : 0) + (sex === 'female' ? 1 : 0);
      const form = new RegExp(`^0\\d\\d${digit}${String(year % 100).padStart(2, '0')}\\d{6}$`);
      return !form.test(nationalId) || !/^[A-Z]{2}\d{13}$/.test(card) || card.slice(-10) !== insuranceNumbers[0];
    });
    expect(wrong).toEqual([]);
  });

  test('a mother is 17 to 50 years older than her child', () => {
    const years = persons.flatMap(({ mother, birthDay }) =>
      mother === undefined ? [] : [(birthDay - mother.birthDay) / 365.25],
    );

    expect(years.length).toBeGreaterThan(1_000);
    expect(Math.min(...years)).toBeGreaterThan(17);
    expect(Math.max(...years)).toBeLessThan(50);
  });

  test('there are twins, some of whose names differ by a mark only, and houses of three generations', () => {
    const twins = persons.filter(({ birthOrder }) => birthOrder === 2);
    const births = persons.filter(({ generation, birthOrder }) => generation === 'child' && birthOrder !== 2);
    const { twinBirths, threeGenerations } = COMMUNE_PARAMETERS.population;
    const three = households.filter(({ persons: all }) => all.some(({ generation }) => generation === 'grandparent')).length;

    expect(Math.abs(twins.length / births.length - twinBirths)).toBeLessThan(tolerance(twinBirths, births.length));
    expect(Math.abs(three / HOUSEHOLDS - threeGenerations)).toBeLessThan(tolerance(threeGenerations, HOUSEHOLDS));
  });
});
