import {
  aCitizen,
  fullName,
  MARK_PAIRS,
  oneDigitWrong,
  seededRandom,
  typedName,
  type Citizen,
  type Random,
} from './identity-population.js';

/** A line of records with its true person; the fields of docs/matching.md. */
export interface OutsideLine {
  readonly record: Readonly<Record<string, unknown>>;
  readonly truth: string;
}

const FACILITIES = ['56901', '56902', '56903', '56904'];
const SOURCE_TYPES = ['visit', 'visit', 'visit', 'check-up', 'screening', 'school', 'immunization', 'occupational', 'portal'];

/** Seeded people, some of them twins, with two to six records each as several sources would type them, and now and then a list entry. */
export function outsidePopulation(persons: number, seed: number): OutsideLine[] {
  const random = seededRandom(seed);
  const lines: OutsideLine[] = [];
  let before: Citizen | undefined;
  for (let person = 0; person < persons; person++) {
    const citizen: Citizen = before !== undefined && random.chance(0.012) ? twinOf(random, before) : aCitizen(random);
    before = citizen;
    const records = 2 + random.below(5);
    for (let k = 0; k < records; k++)
      lines.push({ record: recordOf(random, citizen, lines.length, person), truth: `p${person}` });
    if (random.chance(0.9)) lines.push({ record: listEntry(citizen, lines.length), truth: `p${person}` });
  }
  return lines;
}

function twinOf(random: Random, sibling: Citizen): Citizen {
  const marks = MARK_PAIRS.find((pair) => pair.includes(sibling.given));
  const given = marks?.find((name) => name !== sibling.given);
  const { family, middle, sex, born, phone } = sibling;
  return aCitizen(random, { family, middle, sex, born, phone, ...(given === undefined ? {} : { given }) });
}

function listEntry(citizen: Citizen, line: number): OutsideLine['record'] {
  return {
    source: 'list',
    sourceType: 'reference',
    sourceId: `L${line}`,
    name: fullName(citizen),
    sex: citizen.sex,
    birthDate: citizen.born,
    nationalId: citizen.number,
  };
}

function recordOf(random: Random, citizen: Citizen, line: number, person: number): OutsideLine['record'] {
  const sourceType = random.pick(SOURCE_TYPES);
  const facility = random.pick(FACILITIES);
  const isVisit = sourceType === 'visit';
  const maybe = (share: number, value: unknown): unknown => (random.chance(share) ? value : random.pick([null, undefined]));
  return {
    source: isVisit ? 'insurance' : `${sourceType}-${facility}`,
    sourceType,
    sourceId: `R${line}`,
    receivedAt: '2026-01-05T08:00:00Z',
    name: maybe(0.99, typedName(random, citizen)),
    sex: random.chance(0.004) ? 'unknown' : citizen.sex,
    birthDate: random.chance(0.05) ? citizen.born.slice(0, 4) : citizen.born,
    nationalId: maybe(isVisit ? 0.9 : 0.5, random.chance(0.004) ? oneDigitWrong(random, citizen.number) : citizen.number),
    insuranceCard: maybe(isVisit ? 0.95 : 0.3, `DN456${citizen.insurance}`),
    facility,
    facilityPatientId: isVisit ? `BN${person}` : null,
    phone: maybe(0.7, citizen.phone),
  };
}
