import type { IdentityInput } from '../../src/intake/parsed-visit.js';
import {
  aCitizen,
  fullName,
  GIVEN,
  MARK_PAIRS,
  numberFor,
  oneDigitWrong,
  typedName,
  withoutMarks,
  type Citizen,
  type Random,
} from './identity-population.js';

/** One source record and who it is about. */
export interface Sighting {
  readonly truth: string;
  readonly input: IdentityInput;
  readonly businessKey: string;
}
type Fields = { readonly [K in keyof IdentityInput]?: IdentityInput[K] | undefined };
export type Pack = (random: Random) => Sighting[];

/** A visit of `who`, with number and card unless taken away. */
function seen(random: Random, truth: string, who: Citizen, more: Fields = {}): Sighting {
  const all = {
    source: `5690${random.below(4)}`,
    sourceType: 'visit',
    sourcePatientId: random.chance(0.6) ? `BN-${truth}-${who.number.slice(-5)}` : undefined,
    name: typedName(random, who),
    sex: who.sex,
    birthDate: who.born,
    nationalId: random.chance(0.8) ? who.number : undefined,
    insuranceCards: random.chance(0.8) ? [`DN456${who.insurance}`] : undefined,
    phone: random.chance(0.7) ? who.phone : undefined,
    ...more,
  };
  const input = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as IdentityInput;
  return { truth, input, businessKey: `K${random.below(1e9)}` };
}
const times = (count: number, make: () => Sighting): Sighting[] => Array.from({ length: count }, make);

function twinOf(first: Citizen, given: string): Citizen {
  const next = String(Number(first.number.slice(6)) + 1)
    .padStart(6, '0')
    .slice(-6);
  return {
    ...first,
    given,
    number: first.number.slice(0, 6) + next,
    insurance: String(Number(first.insurance) + 1)
      .padStart(10, '0')
      .slice(-10),
  };
}
const otherGiven = (random: Random, who: Citizen): string => random.pick(GIVEN[who.sex].filter((given) => given !== who.given));
const card = (number: string): string[] => [`GD479${number}`];

/** Scenario packs of merging.md §5.5 that the slice can decide, under their number there. */
export const PACKS: Readonly<Record<string, Pack>> = {
  '1 same-sex twins, called differently': (random) => {
    const first = aCitizen(random);
    const second = twinOf(first, otherGiven(random, first));
    const mother = { motherName: 'Trần Thị Sen', motherPhone: first.phone };
    // One card lent to the other twin: the name says who came.
    const lent = seen(random, 'second', second, { insuranceCards: card(first.insurance), nationalId: undefined, ...mother });
    return [
      ...times(3, () => seen(random, 'first', first, mother)),
      ...times(3, () => seen(random, 'second', second, mother)),
      lent,
    ];
  },
  '1 same-sex twins, told apart by marks alone': (random) => {
    const [given, other] = random.pick(MARK_PAIRS);
    const first = aCitizen(random, { given });
    const second = twinOf(first, other);
    const unaccented = seen(random, 'second', second, { name: withoutMarks(fullName(second)) });
    const lent = seen(random, 'second', second, {
      name: fullName(second),
      insuranceCards: card(first.insurance),
      nationalId: undefined,
    });
    // Both are known with their marks: a twin whom nobody ever wrote with marks cannot be told from the other by a lent card.
    const known = [first, second].map((who, at) => {
      const fields = { name: fullName(who), nationalId: who.number, insuranceCards: card(who.insurance) };
      return seen(random, at === 0 ? 'first' : 'second', who, fields);
    });
    return [
      ...known,
      ...times(3, () => seen(random, 'first', first)),
      ...times(3, () => seen(random, 'second', second)),
      unaccented,
      lent,
    ];
  },
  '2 parent and child of one name, years only': (random) => {
    const parent = aCitizen(random, { born: `${1940 + random.below(20)}` });
    const child = aCitizen(random, { ...parent, born: `${1965 + random.below(20)}`, insurance: aCitizen(random).insurance });
    const own = { ...child, number: numberFor(random, child.sex, Number(child.born)) };
    const borrowed = seen(random, 'child', own, { insuranceCards: card(parent.insurance), nationalId: undefined });
    return [...times(3, () => seen(random, 'parent', parent)), ...times(3, () => seen(random, 'child', own)), borrowed];
  },
  '3 newborns of one delivery, then named': (random) => {
    const mother = aCitizen(random, { sex: 'female', born: `${1985 + random.below(20)}-06-15` });
    const born = '2025-03-02';
    const features = {
      motherName: fullName(mother),
      motherNationalId: random.chance(0.7) ? mother.number : undefined,
      motherPhone: mother.phone,
    };
    const borrowed = {
      nationalId: random.chance(0.5) ? mother.number : undefined,
      insuranceCards: random.chance(0.5) ? card(mother.insurance) : undefined,
    };
    const newborn = (truth: string): Sighting => {
      const called = random.pick([`CB ${fullName(mother)}`, `Con bà ${fullName(mother)}`, 'BÉ TRAI', fullName(mother)]);
      const child = aCitizen(random, { sex: 'male', born });
      return seen(random, truth, child, { name: called, ...borrowed, ...features, sourcePatientId: undefined });
    };
    const named = aCitizen(random, { sex: 'male', born, middle: 'Văn', family: mother.family });
    const later = { ...features, insuranceCards: [`TE156${named.insurance}`] };
    return [
      ...times(3, () => seen(random, 'mother', mother)),
      newborn('one'),
      newborn('two'),
      newborn('stillborn'),
      ...times(2, () => seen(random, 'named', named, later)),
    ];
  },
  "4 the mother's number on the child's vaccination": (random) => {
    const mother = aCitizen(random, { sex: 'female', born: `${1975 + random.below(25)}-09-09` });
    const drawn = aCitizen(random, { born: `${2008 + random.below(15)}-04-08`, family: mother.family });
    // A daughter called like her mother, with her number and no date of birth, is beyond anybody's telling.
    const child = drawn.given === mother.given ? { ...drawn, given: otherGiven(random, drawn) } : drawn;
    const shot = (): Sighting =>
      seen(random, 'child', child, {
        sourceType: 'immunization',
        nationalId: mother.number,
        insuranceCards: undefined,
        phone: mother.phone,
        birthDate: random.chance(0.2) ? undefined : child.born,
        motherName: random.chance(0.5) ? fullName(mother) : undefined,
      });
    return [
      ...times(3, shot),
      ...times(3, () => seen(random, 'mother', mother)),
      ...times(2, () => seen(random, 'child', child)),
    ];
  },
  '5 CMND, then personal number, and a wrong bridge': (random) => {
    const [owner, other] = [aCitizen(random), aCitizen(random)];
    const old = `2251${owner.insurance.slice(-5)}`;
    return [
      ...times(2, () => seen(random, 'owner', owner, { nationalId: old })),
      ...times(2, () => seen(random, 'owner', owner)),
      ...times(2, () => seen(random, 'other', other)),
      seen(random, 'other', other, { nationalId: old }),
    ];
  },
  '7 one card, two people, one day': (random) => {
    const [owner, borrower] = [aCitizen(random), aCitizen(random)];
    const lent = (): Sighting =>
      seen(random, 'borrower', borrower, { source: '56901', insuranceCards: card(owner.insurance), nationalId: undefined });
    return [
      ...times(3, () => seen(random, 'owner', owner, { source: '56901' })),
      ...times(2, lent),
      ...times(2, () => seen(random, 'borrower', borrower)),
    ];
  },
  "8 one mistyped digit is somebody else's number": (random) => {
    const owner = aCitizen(random);
    const other = aCitizen(random, {
      sex: owner.sex,
      born: `${owner.born.slice(0, 4)}-${random.pick(['03', '11'])}-27`,
      number: oneDigitWrong(random, owner.number),
    });
    const slip = seen(random, 'owner', owner, { nationalId: other.number, insuranceCards: undefined });
    const short = seen(random, 'owner', owner, { nationalId: owner.number.replace(/^0/, '') });
    return owner.given === other.given && owner.family === other.family
      ? []
      : [...times(3, () => seen(random, 'owner', owner)), ...times(3, () => seen(random, 'other', other)), slip, short];
  },
  '9 namesakes of one day and one commune': (random) => {
    const first = aCitizen(random);
    const second = {
      ...first,
      number: numberFor(random, first.sex, Number(first.born.slice(0, 4))),
      insurance: aCitizen(random).insurance,
    };
    const bare = { nationalId: undefined, insuranceCards: undefined, sourcePatientId: undefined, communeCode: '22372' };
    return ['first', 'second'].flatMap((truth, at) => {
      const who = at === 0 ? first : second;
      return [
        ...times(2, () => seen(random, truth, who, { communeCode: '22372', sourcePatientId: undefined })),
        seen(random, truth, who, bare),
      ];
    });
  },
  '11 test patients and dummy numbers': (random) => {
    const dummy = {
      nationalId: random.pick(['000000000000', '111111111111', '123456789012', '012345678901']),
      insuranceCards: ['DN4560000000000'],
      phone: '0900000000',
    };
    const tests = ['one', 'two', 'three'].map((truth) =>
      seen(random, truth, aCitizen(random), {
        name: random.pick(['TEST', 'A B C', 'test 1']),
        birthDate: '1990-01-01',
        sex: 'male',
        ...dummy,
      }),
    );
    const namesake = aCitizen(random);
    const real = ['four', 'five'].map((truth) => seen(random, truth, namesake, { ...dummy, sourcePatientId: undefined }));
    return [...tests, ...real];
  },
  '12 a chain of number and card': (random) => {
    const first = aCitizen(random);
    const second = { ...first, number: numberFor(random, first.sex, Number(first.born.slice(0, 4))), insurance: first.insurance };
    return [
      ...times(2, () =>
        seen(random, 'first', first, {
          nationalId: first.number,
          insuranceCards: card(first.insurance),
          sourcePatientId: undefined,
        }),
      ),
      ...times(2, () =>
        seen(random, 'second', second, { nationalId: second.number, insuranceCards: undefined, sourcePatientId: undefined }),
      ),
      seen(random, 'second', second, {
        nationalId: second.number,
        insuranceCards: card(first.insurance),
        sourcePatientId: undefined,
      }),
    ];
  },
  '16 one clan, two people; a passport held by two': (random) => {
    const first = aCitizen(random, { family: 'Y', middle: 'Moan', given: 'Ênuôl', sex: 'male' });
    const second = aCitizen(random, { family: 'Y', middle: 'Wang', given: 'Ênuôl', sex: 'male', born: first.born });
    const passport = { passport: 'C1234567', nationalId: undefined, insuranceCards: undefined };
    const [guest, other] = [aCitizen(random, { family: 'Smith', middle: '', given: 'John', sex: 'male' }), aCitizen(random)];
    return [
      ...times(3, () => seen(random, 'first', first)),
      ...times(3, () => seen(random, 'second', second)),
      seen(random, 'guest', guest, passport),
      seen(random, 'other', other, passport),
    ];
  },
};

/** What the tiers of the slice must join: every sighting is of one person, and all belong together. */
export const ONE_PERSON: Readonly<Record<string, Pack>> = {
  '6 card of another prefix, ten digits, twelve digits in the card field': (random) => {
    const who = aCitizen(random);
    const form = (insuranceCards: string[], socialInsuranceNumber?: string): Sighting =>
      seen(random, 'who', who, { nationalId: undefined, insuranceCards, socialInsuranceNumber });
    return [
      form([`DN456${who.insurance}`]),
      form([`HT279${who.insurance}`]),
      form([who.insurance]),
      form([], who.insurance),
      form([who.number], who.insurance),
      form([who.number]),
      form([], who.number),
    ];
  },
  '8 lost leading zero': (random) => {
    const drawn = aCitizen(random);
    const who = { ...drawn, number: `056${drawn.number.slice(3)}` };
    return [who.number, who.number.replace(/^0/, '')].map((nationalId) =>
      seen(random, 'who', who, { nationalId, insuranceCards: undefined }),
    );
  },
  '10 a date misread, year only or absent, with the number': (random) => {
    const year = 1950 + random.below(50);
    const who = aCitizen(random, { born: `${year}-05-${random.pick(['04', '09', '11'])}` });
    const misread = random.pick([`${year}-${who.born.slice(8)}-05`, `${year}-05-${who.born.slice(8, 9)}2`]);
    const dates = [who.born, misread, `${year}`, `${year}-01-01`, undefined];
    return dates.map((birthDate) => seen(random, 'who', who, { birthDate, nationalId: who.number }));
  },
  '10 corrected sex at one hospital': (random) => {
    const who = aCitizen(random);
    const fields = { source: '56901', sourcePatientId: 'BN7', nationalId: who.number, name: fullName(who) };
    return [
      seen(random, 'who', who, fields),
      seen(random, 'who', who, { ...fields, sex: who.sex === 'male' ? 'female' : 'male' }),
    ];
  },
  '16 three spellings of a minority name, with the number': (random) => {
    const who = aCitizen(random, { sex: 'male' });
    return ['Y Moan Ênuôl', 'Y-Moan Ênuôn', 'Y MOAN ENUOL'].map((name) =>
      seen(random, 'who', who, { name, nationalId: who.number }),
    );
  },
};
