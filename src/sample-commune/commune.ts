import { bhytFile, dossierOf, type DossierForm } from './bhyt-xml-file.js';
import { ageOn, compactOf, dayFrom, yearOf, type Day } from './calendar.js';
import { checkupFile, checkupRecordOf } from './checkup-file.js';
import { makeHousehold } from './households.js';
import { STATION, livesOf, type CheckupEvent, type FacilityCode } from './life.js';
import { localNamesOf } from './names.js';
import { COMMUNE_PARAMETERS, FIRST_DAY, REFERENCE_DAY, type CommuneParameters } from './parameters.js';
import type { Household, Person } from './people.js';
import { makeRandom, type Random } from './random.js';
import { screeningRow, sheetFile, type ScreeningRow } from './screening-sheet.js';
import { issueDayOf, visitRecordOf, type VisitRecord } from './visit-record.js';

/** Doors as receipts name them. */
export type CommuneDoor = 'bhyt-xml' | 'health-checkup' | 'sheet/blood-pressure-glucose';

/**
 * Whom one source record is about. `source` is the facility, `sourceId` the business key of the receipt (`facility|MA_LK`,
 * `check-up|facility|MA_LK`, `ma_phieu`); a newborn inside a delivery has `#newborn-1` behind it.
 */
export interface TruthLine {
  readonly source: string;
  readonly sourceId: string;
  readonly truth: string;
}

/** One intake file as a facility would send it. */
export interface CommuneFile {
  /** Below the output folder: door, facility, name. */
  readonly path: string;
  readonly door: CommuneDoor;
  readonly facilityCode: FacilityCode;
  /** Written when asked for, so counting the files costs little. */
  readonly bytes: Uint8Array;
  /** Source records that this file is the first to hold. */
  readonly truth: readonly TruthLine[];
  /** People of the households told so far. */
  readonly personsSoFar: number;
}

export interface CommuneOrder {
  readonly seed: number | string;
  /** Stop after so many households, or after the household that completes so many persons; one of the two. */
  readonly households?: number;
  readonly persons?: number;
  readonly parameters?: CommuneParameters;
}

/** Households that are screened together and share month-end files: also what is held in memory at once. */
export const HAMLET_SIZE = 20;

/**
 * The files of a commune, one after the other: household 1 (the demonstration's citizen) first, then hamlet by hamlet. Pure: equal orders
 * give equal bytes. Memory is bounded by the hamlet, whatever the size of the commune.
 */
export function* generateCommune(order: CommuneOrder): Generator<CommuneFile, void, undefined> {
  const parameters = order.parameters ?? COMMUNE_PARAMETERS;
  const seed = makeRandom(`commune/${parameters.version}/${order.seed}`);
  const isComplete = (households: number, persons: number): boolean =>
    households >= (order.households ?? Infinity) || persons >= (order.persons ?? Infinity);
  let made = 0;
  let persons = 0;
  for (let hamlet = 0; !isComplete(made, persons); hamlet += 1) {
    const households: Household[] = [];
    const local = localNamesOf(seed.fork(`hamlet/${hamlet}`));
    // Household 1 stands alone, so that its files are complete before any other.
    const size = hamlet === 0 ? 1 : HAMLET_SIZE;
    while (households.length < size && !isComplete(made, persons)) {
      made += 1;
      const known = households.flatMap((household) => household.persons);
      const household = makeHousehold(seed.fork(`household/${made}`), made, { number: hamlet, local, known }, parameters);
      households.push(household);
      persons += household.persons.length;
    }
    yield* filesOfHamlet(seed, hamlet, households, persons, parameters);
  }
}

interface Sent {
  readonly visit: VisitRecord;
  readonly issued: Day;
}

function* filesOfHamlet(
  seed: Random,
  hamlet: number,
  households: readonly Household[],
  personsSoFar: number,
  parameters: CommuneParameters,
): Generator<CommuneFile> {
  const { sending } = parameters;
  const file = (
    door: CommuneDoor,
    facilityCode: FacilityCode,
    name: string,
    truth: readonly TruthLine[],
    write: () => Uint8Array,
  ): CommuneFile => ({
    path: `${door}/${facilityCode}/${name}`,
    door,
    facilityCode,
    truth,
    personsSoFar,
    get bytes() {
      return write();
    },
  });
  const dossierFile = (name: string, issued: Day, visits: readonly VisitRecord[], form?: DossierForm): CommuneFile => {
    const facility = visits[0]?.facility ?? STATION;
    const truth = form === undefined ? visits.flatMap(truthOfVisit) : [];
    return file('bhyt-xml', facility, `${name}.xml`, truth, () =>
      bhytFile(
        facility,
        issued,
        visits.map((visit) => dossierOf(visit, form)),
      ),
    );
  };

  const later: CommuneFile[] = [];
  const batches = new Map<string, Sent[]>();
  for (const household of households) {
    const random = seed.fork(`sending/${household.number}`);
    const lives = livesOf(seed.fork(`lives/${household.number}`), household, parameters);
    // The citizen of the demonstration is complete first.
    const ordered = [...lives].sort((a, b) => Number(b.person.spelledRight) - Number(a.person.spelledRight));
    let serial = 0;
    let isWithdrawalDue = household.number === 2;
    for (const event of ordered) {
      serial += 1;
      if (event.kind === 'check-up') {
        yield checkup(event, serial, household);
        continue;
      }
      const visit = visitRecordOf(seed, event, serial, household.persons, parameters);
      const atMonthEnd = hamlet > 0 && random.chance(sending.monthEndBatch);
      const issued = issueDayOf(visit, atMonthEnd);
      if (atMonthEnd && issued <= REFERENCE_DAY) {
        const key = `${visit.facility}-${compactOf(issued).slice(0, 6)}`;
        batches.set(key, [...(batches.get(key) ?? []), { visit, issued }]);
        continue;
      }
      const fate = fateOf(random, visit, { sending, isWithdrawalDue, isFirstHousehold: hamlet === 0 });
      // Only a visit that was not yet paid is sent again because of the payment.
      const first = fate === 'resent' ? { ...visit, paid: false } : visit;
      yield dossierFile(visit.visitId, issueDayOf(visit, false), [first]);
      if (fate === undefined) continue;
      const { daysLater, form } = FATES[fate];
      later.push(dossierFile(`${visit.visitId}-${fate}`, Math.min(issued + daysLater, REFERENCE_DAY), [visit], form));
      if (fate === 'withdrawn') isWithdrawalDue = false;
    }
    if (hamlet === 0) yield* sheets();
  }
  for (const [key, sent] of batches) {
    const issued = sent[0]?.issued ?? REFERENCE_DAY;
    yield dossierFile(
      `month-end-${key}-${hamlet}`,
      issued,
      sent.map(({ visit }) => visit),
    );
  }
  if (hamlet > 0) yield* sheets();
  yield* later;

  function checkup(event: CheckupEvent, serial: number, household: Household): CommuneFile {
    const record = checkupRecordOf(seed, event, serial, household.persons, parameters);
    const { facility, person } = event;
    const truth = [{ source: facility, sourceId: `check-up|${facility}|${record.checkupId}`, truth: person.id }];
    return file('health-checkup', facility, `${record.checkupId}.xml`, truth, () => checkupFile(record));
  }

  function* sheets(): Generator<CommuneFile> {
    for (const { day, rows } of screeningsOf(seed, hamlet, households, parameters)) {
      const truth = rows.map(({ slip, person }) => ({ source: STATION, sourceId: slip, truth: person.id }));
      yield file('sheet/blood-pressure-glucose', STATION, `sang-loc-${compactOf(day)}-${hamlet}.csv`, truth, () =>
        sheetFile(rows),
      );
    }
  }
}

/** What is sent of a visit after its first file. */
const FATES = {
  resent: { daysLater: 4, form: { paid: true } },
  corrected: { daysLater: 3, form: { drugsLeftOut: 1 } },
  withdrawn: { daysLater: 6, form: { withdrawn: true } },
} as const satisfies Readonly<Record<string, { readonly daysLater: number; readonly form: DossierForm }>>;

function fateOf(
  random: Random,
  visit: VisitRecord,
  of: { readonly sending: CommuneParameters['sending']; readonly isWithdrawalDue: boolean; readonly isFirstHousehold: boolean },
): keyof typeof FATES | undefined {
  const { sending, isWithdrawalDue, isFirstHousehold } = of;
  if (random.chance(sending.resend)) return 'resent';
  if (random.chance(sending.correction) && visit.drugs.length > 1) return 'corrected';
  return (random.chance(sending.withdrawal) && !isFirstHousehold) || isWithdrawalDue ? 'withdrawn' : undefined;
}

function truthOfVisit({ facility, visitId, person, newborns }: VisitRecord): readonly TruthLine[] {
  const sourceId = `${facility}|${visitId}`;
  return [
    { source: facility, sourceId, truth: person.id },
    ...newborns.map(({ child }, index) => ({ source: facility, sourceId: `${sourceId}#newborn-${index + 1}`, truth: child.id })),
  ];
}

/** Age from which people are asked to the screening table. */
const SCREENED_FROM_AGE = 40;

/** One screening day a year in each hamlet. */
function* screeningsOf(
  seed: Random,
  hamlet: number,
  households: readonly Household[],
  parameters: CommuneParameters,
): Generator<{ readonly day: Day; readonly rows: readonly ScreeningRow[] }> {
  for (let year = yearOf(FIRST_DAY) + 1; year <= yearOf(REFERENCE_DAY); year += 1) {
    const random = seed.fork(`screening/${hamlet}/${year}`);
    const day = dayFrom(year, 4, 1) + random.between(0, 150);
    const came: (readonly [Person, Household])[] = households.flatMap((household) =>
      household.persons
        .filter((person) => ageOn(person.birthDay, day) >= SCREENED_FROM_AGE)
        .filter((person) => random.chance(parameters.illness.screeningTurnout) || person.spelledRight)
        .map((person) => [person, household] as const),
    );
    const rows = came.map(([person, household], index) => {
      const slip = `THA-${compactOf(day)}-${String(hamlet).padStart(3, '0')}-${String(index + 1).padStart(3, '0')}`;
      return screeningRow(random.fork(slip), person, { slip, day, housemates: household.persons }, parameters);
    });
    if (rows.length > 0) yield { day, rows };
  }
}
