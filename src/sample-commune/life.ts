import { ageOn, yearOf, type Day } from './calendar.js';
import { FIRST_DAY, REFERENCE_DAY, type CommuneParameters } from './parameters.js';
import type { Household, Person } from './people.js';
import type { Random } from './random.js';
import type { VisitReason } from './visit-catalogue.js';

export const STATION = '56901';
export const HEALTH_CENTRE = '56902';
export const HOSPITAL = '56903';
export type FacilityCode = typeof STATION | typeof HEALTH_CENTRE | typeof HOSPITAL;

export interface VisitEvent {
  readonly kind: 'visit';
  readonly person: Person;
  readonly facility: FacilityCode;
  readonly reason: VisitReason;
  readonly day: Day;
  /** Of the day. */
  readonly minute: number;
  /** Children of a delivery. */
  readonly newborns: readonly Person[];
}
export interface CheckupEvent {
  readonly kind: 'check-up';
  readonly person: Person;
  readonly facility: FacilityCode;
  readonly day: Day;
  readonly minute: number;
}
export type LifeEvent = VisitEvent | CheckupEvent;

const YEARS = (REFERENCE_DAY - FIRST_DAY) / 365.25;
/** No event is so near the reference day that its file would be of after it. */
const LAST_DAY = REFERENCE_DAY - 12;
const ACUTE: readonly (readonly [VisitReason, number])[] = [
  ['cold', 40],
  ['bronchitis', 15],
  ['gastritis', 14],
  ['back-pain', 12],
  ['diarrhoea', 10],
  ['urinary-infection', 9],
];
/** Days between two visits of a chronic illness: one that keeps appointments, and one that comes when it hurts. */
const DAYS_BETWEEN_CHRONIC: readonly [number, number] = [95, 260];

/** Visits and check-ups of a household over the years, by day. */
export function livesOf(random: Random, household: Household, parameters: CommuneParameters): readonly LifeEvent[] {
  const events = household.persons.flatMap((person) => livesOfPerson(random.fork(person.id), person, household, parameters));
  return events.sort((a, b) => a.day - b.day || a.minute - b.minute || (a.person.id < b.person.id ? -1 : 1));
}

function livesOfPerson(
  random: Random,
  person: Person,
  household: Household,
  { illness }: CommuneParameters,
): readonly LifeEvent[] {
  const events: LifeEvent[] = [];
  const visit = (reason: VisitReason, facility: FacilityCode, day: Day, newborns: readonly Person[] = []): void => {
    if (day < Math.max(FIRST_DAY, person.birthDay) || day > LAST_DAY) return;
    const minute =
      reason === 'delivery' ? Math.max(0, (newborns[0]?.birthMinute ?? 600) - random.between(60, 420)) : random.between(420, 930);
    events.push({ kind: 'visit', person, facility, reason, day, minute, newborns });
  };

  for (const chronic of ['hypertension', 'diabetes'] as const) {
    if (!person.illnesses.includes(chronic)) continue;
    const facility = random.chance(0.7) ? STATION : HEALTH_CENTRE;
    const every = person.spelledRight ? 150 : random.between(...DAYS_BETWEEN_CHRONIC);
    for (let day = FIRST_DAY + random.between(0, 500); day <= LAST_DAY; day += every + random.between(-10, 25)) {
      visit(chronic, facility, day);
    }
  }
  if (person.illnesses.includes('asthma'))
    for (let count = random.between(1, 4); count > 0; count -= 1) visit('asthma', HEALTH_CENTRE, anyDay());
  for (let count = Math.floor(illness.acuteVisitsAYear * YEARS + random.next()); count > 0; count -= 1) {
    if (random.chance(0.85)) visit(random.weighted(ACUTE), random.chance(0.6) ? STATION : HEALTH_CENTRE, anyDay());
  }
  if (person.spelledRight || random.chance(illness.inpatientAYear * YEARS)) visit('pneumonia', HOSPITAL, anyDay());
  if (person.withheld !== undefined) {
    const reason = person.withheld === 'B20' ? 'immune-deficiency' : 'depression';
    for (let count = random.between(1, 3); count > 0; count -= 1) visit(reason, HEALTH_CENTRE, anyDay());
  }
  addBirths();
  addCheckups();
  return events;

  function anyDay(): Day {
    return random.between(Math.max(FIRST_DAY, person.birthDay + 30), LAST_DAY);
  }

  function addBirths(): void {
    const children = household.persons.filter(
      ({ mother, birthDay }) => mother?.id === person.id && birthDay >= FIRST_DAY && birthDay <= LAST_DAY,
    );
    const births = new Set(children.map(({ birthDay }) => birthDay));
    for (const day of births) {
      for (const before of [190, 120, 60, 20])
        if (random.chance(0.7)) visit('antenatal', HEALTH_CENTRE, day - before + random.between(-8, 8));
      if (household.number !== 1 && !random.chance(illness.deliveryRecorded)) continue;
      visit(
        'delivery',
        HEALTH_CENTRE,
        day,
        children.filter(({ birthDay }) => birthDay === day),
      );
    }
  }

  function addCheckups(): void {
    for (let year = yearOf(FIRST_DAY) + 1; year <= yearOf(REFERENCE_DAY); year += 1) {
      if (!random.chance(illness.checkupsAYear) && !(person.spelledRight && year % 2 === 0)) continue;
      const from = FIRST_DAY + Math.round((year - yearOf(FIRST_DAY) - 1) * 365.25) + 31;
      const day = Math.min(from + random.between(0, 300), LAST_DAY);
      if (ageOn(person.birthDay, day) < 18) continue;
      events.push({
        kind: 'check-up',
        person,
        facility: random.chance(0.6) ? STATION : HEALTH_CENTRE,
        day,
        minute: random.between(420, 660),
      });
    }
  }
}
