import type { LoadRequest } from '../load/load-order.js';
import { folded, generatedPeople, screenedPeople } from './sampled-people.js';
import type { SampledPerson } from './sampled-people.js';
import type { ServiceProcess } from './service.js';
import { signInStation } from './station.js';
import type { StationSession } from './station.js';

/** People looked for: of one screening, and with years of history. */
const SCREENED = 100;
const WITH_HISTORY = 50;

/**
 * What is read of a population, by family: the pages of a station, reads by id and the searches that are served today. Nothing is read
 * twice in a row.
 */
export async function familiesOf(
  service: ServiceProcess,
  files: string,
  persons: number,
): Promise<ReadonlyMap<string, readonly LoadRequest[]>> {
  const station = await signInStation(service);
  const screened = await lookedUp(station, screenedPeople(persons, SCREENED));
  const withHistory = await lookedUp(station, generatedPeople(files, 2 * WITH_HISTORY));
  if (screened.length === 0) throw new Error('nobody of the people screened is found');
  if (withHistory.length === 0) throw new Error('nobody with a history is found');
  const people = [...withHistory, ...screened];
  const byName: string[] = [];
  // Generated sheets hold names as they are mistyped; some of those no clerk could look for.
  for (const { name, birthDate } of screened) {
    byName.push(await station.search({ number: '', name: folded(name), birthYear: birthDate.slice(0, 4) }));
  }

  const token = await service.tokenOf('integrator');
  const headers = { Authorization: `Bearer ${token}`, Accept: 'application/fhir+json' };
  const pages = (paths: readonly string[]): readonly LoadRequest[] =>
    paths.map((path) => ({ method: 'GET', path, headers: station.headers }));
  const fhir = (pathOf: (person: FoundPerson) => string): readonly LoadRequest[] =>
    people.map((person) => ({ method: 'GET', path: `/fhir/R4/${pathOf(person)}`, headers }));
  const day = (index: number): string => `2026-06-${String((index % 28) + 1).padStart(2, '0')}`;
  return new Map([
    ['station: person by number', pages(people.map(({ resultsPath }) => resultsPath))],
    ['station: person by name and year', pages(byName)],
    ['history page', pages(withHistory.map(({ historyPath }) => historyPath))],
    ['history page of one visit', pages(screened.map(({ historyPath }) => historyPath))],
    ['read Patient', fhir(({ id }) => `Patient/${id}`)],
    ['Patient?_id', fhir(({ id }) => `Patient?_id=${id}`)],
    ['Patient?identifier', fhir(({ nationalId }) => `Patient?identifier=${nationalId}`)],
    ['Patient?name', fhir(({ name }) => `Patient?name=${wordsOf(name)}`)],
    ['Patient?name&birthdate', fhir(({ name, birthDate }) => `Patient?name=${wordsOf(name)}&birthdate=${birthDate.slice(0, 4)}`)],
    ['Patient?birthdate', fhir(({ birthDate }) => `Patient?birthdate=${birthDate}`)],
    ['Observation?patient', fhir(({ id }) => `Observation?patient=${id}`)],
    ['Observation?patient&code', fhir(({ id }) => `Observation?patient=${id}&code=http://loinc.org%7C85354-9`)],
    ['Observation?patient&date', fhir(({ id }) => `Observation?patient=${id}&date=ge2026-01-01`)],
    [
      'Observation?date, of all people',
      people.map((_, index): LoadRequest => ({ method: 'GET', path: `/fhir/R4/Observation?date=${day(index)}`, headers })),
    ],
  ]);
}

const wordsOf = (name: string): string => encodeURIComponent(folded(name)).replaceAll('%20', '+');

interface FoundPerson extends SampledPerson {
  readonly id: string;
  readonly resultsPath: string;
  readonly historyPath: string;
}

/** Those whom the station finds by their number: a generated sheet may hold a wrong one. */
async function lookedUp(station: StationSession, people: readonly SampledPerson[]): Promise<readonly FoundPerson[]> {
  const found: FoundPerson[] = [];
  for (const person of people) {
    const resultsPath = await station.search({ number: person.nationalId, name: '', birthYear: '' });
    const [, historyPath, id] = /href="(\/station\/person\/([^"/?]+))"/.exec(await station.page(resultsPath)) ?? [];
    if (historyPath !== undefined && id !== undefined) found.push({ ...person, id, resultsPath, historyPath });
  }
  return found;
}
