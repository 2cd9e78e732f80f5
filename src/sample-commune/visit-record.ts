import { monthEndOf, compactOf, momentOf, yearOf, type Day } from './calendar.js';
import type { FacilityCode, VisitEvent } from './life.js';
import type { CommuneParameters } from './parameters.js';
import type { Person } from './people.js';
import type { Random } from './random.js';
import { stateIdentity, type StatedIdentity } from './stated-identity.js';
import { planOf, type Drug, type Service, type VisitPlan } from './visit-catalogue.js';

/** A patient as the desk of one facility has them in its books. */
export interface Registration {
  /** MA_BN. */
  readonly patientNumber: string;
  readonly stated: StatedIdentity;
}

export interface ServiceLine {
  readonly service: Service;
  readonly ordered: string;
  readonly done: string;
  readonly resulted: string;
  readonly results: readonly { readonly code: string; readonly name: string; readonly unit: string; readonly value: string }[];
  readonly report?: readonly [description: string, conclusion: string];
}
export interface DrugLine {
  readonly drug: Drug;
  readonly days: number;
}
export interface CourseLine {
  readonly text: string;
  readonly at: string;
}

/** One visit with everything that its tables say; moments are `yyyymmddHHMM`. */
export interface VisitRecord {
  readonly visitId: string;
  readonly facility: FacilityCode;
  readonly person: Person;
  readonly registration: Registration;
  readonly plan: VisitPlan;
  readonly day: Day;
  readonly endDay: Day;
  readonly start: string;
  readonly end: string;
  readonly services: readonly ServiceLine[];
  readonly drugs: readonly DrugLine[];
  readonly course: readonly CourseLine[];
  readonly weightKg: number;
  /** Stated in XML1. */
  readonly bloodGroup: string;
  readonly newborns: readonly Newborn[];
  readonly paid: boolean;
}

export interface Newborn {
  readonly child: Person;
  /** HO_TEN_CON; the mother's name when the child has none yet. */
  readonly name: string;
  readonly temporaryCard: string;
  readonly weightGrams: number;
  /** Live births of the mother, this one included. */
  readonly order: number;
}

/** Visits that open a second entry in the books of a facility, with a number of its own. */
const SECOND_REGISTRATION = 0.06;

/**
 * How the desk of a facility has a person in its books. The same stream every time, so a patient keeps number and spelling from visit to
 * visit, and a second registration has its own.
 */
export function registrationOf(
  seed: Random,
  event: { readonly person: Person; readonly facility: FacilityCode; readonly day: Day; readonly second: boolean },
  housemates: readonly Person[],
  parameters: CommuneParameters,
): Registration {
  const { person, facility, day, second } = event;
  const random = seed.fork(`desk/${facility}/${person.id}/${second ? 2 : 1}`);
  const serial = String(person.household).padStart(6, '0') + String(person.member) + (second ? '2' : '1');
  return {
    patientNumber: `${{ '56901': 'TYT', '56902': 'BN', '56903': 'PK' }[facility]}${serial}`,
    stated: stateIdentity(random, person, { kind: 'visit', day, housemates }, parameters),
  };
}

/** @param serial number of the visit in its household */
export function visitRecordOf(
  seed: Random,
  event: VisitEvent,
  serial: number,
  housemates: readonly Person[],
  parameters: CommuneParameters,
): VisitRecord {
  const { person, facility, day, reason } = event;
  const random = seed.fork(`visit/${person.household}/${serial}`);
  const second = !person.spelledRight && random.chance(SECOND_REGISTRATION);
  const plan = planOf(reason, random, person);
  const endDay = plan.type === '02' ? day + plan.days - 1 : day + plan.nights;
  const last = Math.min(event.minute + 150, 1_380);
  const end = plan.type === '02' ? momentOf(endDay, 1_439) : plan.nights > 0 ? momentOf(endDay, 600) : momentOf(day, last);
  const high = person.illnesses.includes('hypertension');
  const services = plan.services.map((service): ServiceLine => {
    const ordered = Math.min(event.minute + 10, 1_390);
    return {
      service,
      ordered: momentOf(day, ordered),
      done: momentOf(day, ordered + 15),
      resulted: momentOf(day, ordered + (service.group === '13' ? 20 : 45)),
      results: service.indices.map(({ code, name, unit, value }) => ({ code, name, unit, value: value(random, person) })),
      ...(service.report === undefined ? {} : { report: service.report(random) }),
    };
  });
  return {
    visitId: `${facility}.${compactOf(day).slice(2, 6)}.${String(person.household).padStart(5, '0')}${String(serial).padStart(3, '0')}`,
    facility,
    person,
    registration: registrationOf(seed, { person, facility, day, second }, housemates, parameters),
    plan,
    day,
    endDay,
    start: momentOf(day, event.minute),
    end,
    services,
    drugs: plan.drugs.map((drug) => ({ drug, days: plan.days })),
    course: plan.course.map((text, index) => ({
      text: `${text} ${vitalSignsOf(random, { high, fever: text.includes('Sốt cao'), child: yearOf(day) - yearOf(person.birthDay) < 12 })}`,
      at: courseMoment(event, plan, index),
    })),
    weightKg: Math.max(2.5, Math.round(10 * (person.weightKg + random.around(0, 0.8))) / 10),
    bloodGroup: plan.services.some(({ code }) => code === '22.0279.1269') || random.chance(0.15) ? person.bloodGroup : '',
    newborns: event.newborns.map((child, index) => newbornOf(random, event, child, index, housemates, parameters)),
    paid: random.chance(0.9),
  };
}

function courseMoment(event: VisitEvent, plan: VisitPlan, index: number): string {
  const { day, minute, newborns } = event;
  const [child] = newborns;
  if (child !== undefined && index === 1) return momentOf(child.birthDay, Math.min(child.birthMinute + 15, 1_439));
  if (plan.nights === 0) return momentOf(day, Math.min(minute + 10 + index * 80, 1_435));
  if (index === 0) return momentOf(day, Math.min(minute + 30, 1_435));
  return momentOf(day + Math.min(plan.nights, Math.round((plan.nights * index) / (plan.course.length - 1))), 480);
}

function newbornOf(
  random: Random,
  event: VisitEvent,
  child: Person,
  index: number,
  housemates: readonly Person[],
  { sending }: CommuneParameters,
): Newborn {
  const elder = housemates.filter(({ mother, birthDay }) => mother?.id === event.person.id && birthDay < child.birthDay).length;
  return {
    child,
    name: random.chance(sending.newbornUnnamed) ? event.person.name : child.name,
    temporaryCard: `TE156${child.insuranceNumbers[0] ?? ''}`,
    weightGrams: Math.round(random.around(3_150, 280) / 10) * 10,
    order: elder + 1 + index,
  };
}

/** `CSST<…>` of one moment: bhyt-xml.md §5. */
function vitalSignsOf(
  random: Random,
  { high, fever, child }: { readonly high: boolean; readonly fever: boolean; readonly child: boolean },
): string {
  const systolic = Math.round(random.around(high ? 143 : child ? 100 : 120, high ? 9 : 6));
  const diastolic = Math.round(random.around(high ? 86 : child ? 64 : 76, 4));
  const temperature = (fever ? random.around(38.9, 0.3) : random.around(36.8, 0.2)).toFixed(1);
  const pulse = Math.round(random.around(child ? 96 : 77, 6));
  return `CSST<M${pulse}_T${temperature}_HA${systolic}/${diastolic}_NT${random.between(16, 22)}_SP${random.between(95, 99)}>`;
}

/** NGAYLAP of the first file of a visit: when it is over, or at the end of the month. Long drug days do not delay it. */
export const issueDayOf = ({ day, plan }: Pick<VisitRecord, 'day' | 'plan'>, atMonthEnd: boolean): Day =>
  atMonthEnd ? monthEndOf(day + plan.nights) : day + plan.nights + 1;
